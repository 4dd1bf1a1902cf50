// Walks the linker's array of drivers.
#include "dev/driver.h"

#include "core/log.h"

namespace faultline {

extern "C" const Driver drivers_begin[], drivers_end[];  // boot/kernel.ld

void init_drivers()
{
    for (const Driver* driver = drivers_begin; driver != drivers_end; driver++) {
        const auto done = driver->init();
        if (!done.ok())
            log_warn("%s: does not start (error %u)", driver->name, static_cast<u32>(done.error()));
    }
}

}  // namespace faultline
