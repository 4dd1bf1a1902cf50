// Which address space each CPU has in CR3. A CPU that runs a kernel thread keeps the last one, so that going back costs
// nothing; before the directory is freed, unload_everywhere takes it away from all.

#include "core/loaded_space.h"

#include "arch/segments.h"
#include "arch/x86.h"
#include "core/cpu_call.h"
#include "core/thread.h"

namespace faultline {

namespace {

PER_CPU PerCpu<LoadedSpace*> loaded_space;  // null: the kernel's own directory

void unload_here(void* space)
{
    if (loaded_space.load() == space) load_space(nullptr);
}

}  // namespace

void load_space(LoadedSpace* space)
{
    LoadedSpace* const old = loaded_space.load();
    if (space == old) return;
    const CpuMask bit = cpu_bit(cpu_index());
    if (space) space->active.fetch_or(bit);
    write_cr3(space ? space->directory : kernel_directory());
    loaded_space.store(space);
    if (old) old->active.fetch_and(~bit);
}

void switch_space(LoadedSpace* space)
{
    InterruptsOff off;
    current_thread().space = space;
    load_space(space);
}

void leave_space()
{
    switch_space(nullptr);
}

void unload_everywhere(LoadedSpace& space)
{
    while (const CpuMask cpus = space.active.load())
        call_on_cpus(cpus, unload_here, &space);
}

}  // namespace faultline
