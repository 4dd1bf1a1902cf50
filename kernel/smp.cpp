#include "kernel/smp.h"

#include "arch/apic.h"
#include "core/log.h"
#include "core/scheduler.h"
#include "mm/kernel_map.h"
#include "mm/kernel_stack.h"

namespace faultline {

namespace {

KernelStack stacks[kMaxCpus];  // for their idle threads, for good

Result<KernelAddr> idle_stack(u32 cpu)
{
    stacks[cpu] = TRY(allocate_kernel_stack());
    return stacks[cpu].high;
}

}  // namespace

void bring_up_other_cpus()
{
    start_other_cpus(idle_stack);
    if (cpu_count() > 1) log_info("smp: %u CPUs are running", cpu_count());
}

extern "C" void ap_main(u32 cpu)
{
    load_kernel_directory();
    scheduler_init_this_cpu(stacks[cpu].low, stacks[cpu].high);
    run_idle();
}

}  // namespace faultline
