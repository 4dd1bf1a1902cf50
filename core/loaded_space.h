// The part of an address space that the scheduler knows: its directory, and where it is loaded.
#pragma once

#include "arch/layout.h"
#include "arch/percpu.h"
#include "lib/atomic.h"

namespace faultline {

// A CPU's bit is set before its CR3 changes and cleared after.
struct LoadedSpace {
    PhysAddr directory;
    // The one page of the user half that the supervisor could touch and the program may not (mm's guard page); kUserEnd
    // where there is none. For the range check of system calls.
    UserAddr guard_page{kUserEnd};
    Atomic<CpuMask> active;  // CPUs that have the directory in CR3, running or borrowed by a kernel thread
};

// The running thread uses another space from now on, or none (null). Loads it. The old one stays valid until then.
void switch_space(LoadedSpace* space);
// Loads the kernel's directory: no user space is borrowed or used by this CPU any more. The thread's space becomes null.
void leave_space();
// No CPU has this space in CR3 when it returns. May wait for other CPUs; interrupts on, no spin lock held. Before a
// directory is freed.
void unload_everywhere(LoadedSpace& space);

void load_space(LoadedSpace* space);  // for the scheduler: on this CPU only; interrupts off

}  // namespace faultline
