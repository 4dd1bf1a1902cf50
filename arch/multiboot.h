// What the boot loader handed over (multiboot 1), copied out of its memory: after kernel_main has begun nothing of the
// loader's data is needed but the modules' contents.
#pragma once

#include "arch/layout.h"
#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

// [begin, end) of physical memory below 4 GiB; end 4 GiB is cut to 0xFFFFF000.
struct MemoryRange {
    PhysAddr begin, end;
};

struct BootModule {
    PhysAddr begin, end;  // may lie outside the direct map or the RAM in use
    char command_line[128];
};

struct BootInfo {
    Span<const MemoryRange> ram;        // usable RAM, ascending, not overlapping, whole pages
    Span<const BootModule> modules;     // ascending by address; their frames stand in `ram` too: reserve them
    const char* command_line;           // without the kernel's file name; core/options parses it
    PhysAddr kernel_begin, kernel_end;  // the image with bss and per-CPU room, whole pages
    PhysAddr ap_trampoline;             // one page below 1 MiB, in `ram`: reserve it
};

void read_boot_info(u32 magic, PhysAddr multiboot_info, BootInfo& info);

// Physical memory through the boot page tables, while they are loaded: the direct map up to its end, anything else
// through one window, which the next such call moves. At most 4 MiB from `address` on are visible.
const void* boot_window(PhysAddr address);

}  // namespace faultline
