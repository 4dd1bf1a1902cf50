// Names of the kernel's own functions, from the table that scripts/symbols.py links in (.ksyms).
#pragma once

#include "lib/types.h"

namespace faultline {

struct Symbol {
    const char* name;  // "?" where the table knows nothing
    u32 offset;
};

Symbol find_symbol(u32 eip);

}  // namespace faultline
