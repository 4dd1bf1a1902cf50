// Ids as system calls take them.
#pragma once

#include "lib/types.h"

namespace faultline {

constexpr u32 kNoId = ~u32{0};  // chown, setresuid, ...: leave it

// An argument of the old calls, of 16 bits: ~0 stays ~0.
constexpr u32 widen_id(u32 id)
{
    return (id & 0xffff) == 0xffff ? kNoId : id & 0xffff;
}

}  // namespace faultline
