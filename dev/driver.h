// DRIVER(name, init): one line in a driver's own file puts it into the linker's array .drivers (boot/kernel.ld), which
// init_drivers() walks once, in no order that a driver may rely on. The kernel's main does not know the drivers.
//
// init finds its hardware and registers what it found (dev/block.h, dev/tty.h); finding none is no error. It runs on
// the boot CPU, when memory, the interrupt controllers and the clock work; it may allocate, and does not sleep.
#pragma once

#include "lib/result.h"

namespace faultline {

struct Driver {
    const char* name;
    Result<void> (*init)();
};

// Calls every driver's init; one that fails is named in the log, and the others go on.
void init_drivers();

}  // namespace faultline

#define DRIVER(driver_name, driver_init)                                                                     \
    __attribute__((section(".drivers"), used)) static const ::faultline::Driver driver_##driver_name         \
    {                                                                                                        \
#driver_name, driver_init                                                                            \
    }
