// Who follows whom while booting.
#pragma once

#include "lib/types.h"

namespace faultline {

struct BootInfo;

extern "C" [[noreturn]] void boot_main(u32 magic, u32 multiboot_info);  // from entry.S
extern "C" [[noreturn]] void kernel_main(const BootInfo& boot);         // kernel/main.cpp

}  // namespace faultline
