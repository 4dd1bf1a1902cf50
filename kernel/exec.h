// execve: another program takes the place of the running one.
//
// Everything that can fail happens in a new address space beside the old one; then one function, commit(), which cannot
// fail, swaps them.
#pragma once

#include "arch/trap_frame.h"
#include "fs/path.h"
#include "kernel/syscall/types.h"

namespace faultline {

class Task;
struct MemoryChoices;

void init_exec();                      // reads stack_guard_gap=, vm=, fault_around= and aslr=
bool exec_randomizes();                // aslr=1
MemoryChoices first_memory_choices();  // what the command line gives the first process

// Which program: a path, or (execveat) one that starts behind a descriptor.
struct ProgramName {
    StringView path;
    StringView shown = path;       // AT_EXECFN, and what a script is called with
    const Place* start = nullptr;  // null: the working directory
    Walk walk = Walk::Follow;
    bool is_closed =
        false;  // exec closes the descriptor, so that no script's interpreter could read it: NoEntry
};

// `registers` become the new program's.
Result<void> execute(Task& self, const ProgramName& name, UserPtr<const u32> arguments,
                     UserPtr<const u32> environment, TrapFrame& registers);
// The same with strings of the kernel, for init.
Result<void> execute_first(Task& self, StringView path, Span<const StringView> arguments,
                           Span<const StringView> environment, TrapFrame& registers);

}  // namespace faultline
