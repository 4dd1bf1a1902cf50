// A task takes its signals on the way back to user mode: default actions, stops, and frames for handlers on the user's
// stack; and sigreturn, the way back from a handler.
#pragma once

#include "arch/trap_frame.h"
#include "kernel/signal.h"
#include "lib/result.h"

namespace faultline {

class Task;

// Interrupts on. `frame` is what the program will go on with. Does not return if a signal ends the process.
void deliver_signals(Task& self, TrapFrame& frame);

void fill_siginfo(Siginfo& out, const SignalInfo& info);

// Give eax back. A bad frame is the program's SIGSEGV.
u32 return_from_handler(Task& self, TrapFrame& frame);          // sigreturn
u32 return_from_siginfo_handler(Task& self, TrapFrame& frame);  // rt_sigreturn

}  // namespace faultline
