// The ends of the machine. None of them touches disks: callers have synced.
#pragma once

#include "lib/types.h"

namespace faultline {

[[noreturn]] void power_off();
[[noreturn]] void reboot_machine();
[[noreturn]] void halt_forever();  // this CPU only

// Ends QEMU with exit status (status << 1) | 1 where the isa-debug-exit device is there; else returns.
void debug_exit(u8 status);

}  // namespace faultline
