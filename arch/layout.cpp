// The slow path of the address bridge.

#include "arch/layout.h"

#include "arch/report.h"

namespace faultline {

[[noreturn]] void direct_map_violation(u32 address)
{
    panic("address 0x%08x has no place in the direct map", address);
}

}  // namespace faultline
