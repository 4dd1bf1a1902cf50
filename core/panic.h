// The end: reason, registers, symbolized backtrace, by the early console alone. panic() itself is in arch/report.h.
#pragma once

#include "arch/report.h"
#include "lib/types.h"

namespace faultline {

struct TrapFrame;

// What panic does at last: `panic=exit` (debug exit, status 125's half), `panic=reboot`, or halt.
enum class PanicEnd : u8 { Halt, Exit, Reboot };
void set_panic_end(PanicEnd end);

bool panicking();

void panic_init();  // the NMI handler by which a panic stops the other CPUs

// Return addresses by the chain of frame pointers, each with its function.
void print_backtrace(u32 ebp);

}  // namespace faultline
