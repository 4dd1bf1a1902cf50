// The end of the machine: file systems first, then the power.
#pragma once

#include "lib/types.h"

namespace faultline {

enum class MachineEnd : u8 { PowerOff, Reboot, Halt };

// Writes and closes all file systems, in use or not, and does not come back. May sleep before that.
[[noreturn]] void end_machine(MachineEnd how);
// The same, ending QEMU with `status` where its isa-debug-exit device is there.
[[noreturn]] void end_machine_with_status(u32 status);

}  // namespace faultline
