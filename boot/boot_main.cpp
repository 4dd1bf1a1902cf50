// The first C++ above KERNBASE: makes traps, per-CPU data and the early console work, then calls kernel_main.

#include "arch/early_console.h"
#include "arch/fpu.h"
#include "arch/interrupts.h"
#include "arch/multiboot.h"
#include "arch/percpu.h"
#include "arch/segments.h"
#include "boot/boot.h"
#include "core/panic.h"
#include "core/scheduler.h"

namespace faultline {

static BootInfo boot_info;

extern "C" [[noreturn]] void boot_main(u32 magic, u32 multiboot_info)
{
    percpu_init();
    adopt_boot_threads();
    early_console_init();
    segments_init_this_cpu(0);
    interrupts_init();
    panic_init();
    fpu_init_this_cpu();
    read_boot_info(magic, PhysAddr{multiboot_info}, boot_info);
    kernel_main(boot_info);
}

}  // namespace faultline
