// The order of bring-up, as one list. boot/ calls kernel_main on the boot CPU, above KERNBASE, with traps reported, the
// early console and per-CPU data working, interrupts off.
#include "arch/acpi.h"
#include "arch/apic.h"
#include "arch/clock.h"
#include "arch/multiboot.h"
#include "core/log.h"
#include "core/options.h"
#include "core/panic.h"
#include "core/random.h"
#include "core/scheduler.h"
#include "core/timer.h"
#include "core/trace.h"
#include "dev/block.h"
#include "dev/driver.h"
#include "fs/devices.h"
#include "fs/writer.h"
#include "kernel/cpu_time.h"
#include "kernel/exec.h"
#include "kernel/first_process.h"
#include "kernel/kernel_thread.h"
#include "kernel/oom.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "kernel/self_test.h"
#include "kernel/smp.h"
#include "kernel/syscall/socket.h"
#include "kernel/sysfs.h"
#include "kernel/task.h"
#include "kernel/version.h"
#include "lib/string.h"
#include "mm/commit.h"
#include "mm/consistency.h"
#include "mm/eviction.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/kernel_map.h"
#include "mm/reclaim.h"

namespace faultline {

namespace {

void init_options(const BootInfo& boot)
{
    options_init(boot.command_line);
    if (option_flag("quiet")) log_set_quiet();
    const StringView end = option("panic") ? option("panic") : "";
    if (end == "exit") set_panic_end(PanicEnd::Exit);
    if (end == "reboot") set_panic_end(PanicEnd::Reboot);
    log_info("Faultline %s for %s", kRelease, kMachine);
}

void init_memory(const BootInfo& boot)
{
    const char* evict = option("evict");
    init_frames(boot, static_cast<u32>(option_size("mem", 0)), eviction_bytes_per_frame(evict));
    init_eviction(evict);
    init_heap();
    init_consistency();
    init_kernel_map();
    init_commit();
}

KernelAddr map_apic(PhysAddr address, u32 size_bytes)
{
    auto mapped = map_device(address, size_bytes);
    if (!mapped.ok()) panic("no room to map the interrupt controller");
    return mapped.value();
}

void* zeroed_block(u32 size_bytes)
{
    if (size_bytes > kMaxHeapBlock) return nullptr;
    void* block = heap_allocate(size_bytes).value_or(nullptr);
    if (block) memset(block, 0, size_bytes);
    return block;
}

void init_machine()
{
    apic_init(map_apic);
    random_init();
    timers_init();
    scheduler_init();
    trace_init(zeroed_block);
    bring_up_other_cpus();
}

// Images that the boot loader brought become disks in memory.
void make_ramdisks(const BootInfo& boot)
{
    for (const BootModule& module : boot.modules) {
        const u32 size = module.end.value() - module.begin.value();
        auto disk = create_ramdisk(module.begin, size);
        if (disk.ok())
            log_info("%s: %u KiB image from the boot loader", disk.value()->name(), size / kKiB);
        else
            log_error("the boot loader's module at 0x%x cannot become a disk: error %u", module.begin.value(),
                      static_cast<u32>(disk.error()));
    }
}

void init_devices(const BootInfo& boot)
{
    init_drivers();
    make_ramdisks(boot);
    connect_terminals();
    connect_sockets();
    if (!register_standard_devices().ok()) panic("no memory for the table of devices");
    initialize_file_systems();
    register_procfs();
    register_sysfs();
}

void init_processes()
{
    init_exec();
    set_call_describer(describe_call);
    set_writer_waker(wake_writer);
    connect_ticks();
}

void start_threads()
{
    if (!start_kernel_thread("writer", writer_thread).ok() ||
        !start_kernel_thread("reclaimer", reclaim_thread).ok())
        panic("no memory for the kernel's own threads");
    start_oom_killer();
    run_boot_self_tests(start_first_process);
}

}  // namespace

extern "C" [[noreturn]] void kernel_main(const BootInfo& boot)
{
    init_options(boot);
    panic_init();
    acpi_init();
    clock_init();
    init_memory(boot);
    init_machine();
    init_devices(boot);
    init_processes();
    start_threads();
    run_idle();
}

}  // namespace faultline
