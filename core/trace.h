// A ring of events on each CPU, filled where `trace=fault,switch,syscall` asked for it, read by /proc/trace.
// Off, an event costs one test of a word. Writers are the ring's own CPU with interrupts off; readers copy and check.
#pragma once

#include "arch/percpu.h"
#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

enum class TraceKind : u32 { Fault = 1, Switch = 2, Syscall = 4 };

struct TraceEvent {
    u64 ticks;  // rdtsc
    TraceKind kind;
    u32 thread;  // Thread::id
    u32 what;    // Fault: action. Switch: id of the thread that comes. Syscall: number
    u32 first, second, third;
};

extern u32 trace_kinds;  // bits of TraceKind

// After acpi_init. Reads the option; `allocate` gives zeroed memory, at most 4 KiB at a time, or null: then
// tracing stays off.
void trace_init(void* (*allocate)(u32 size_bytes));
void trace_record(TraceKind kind, u32 what, u32 first, u32 second, u32 third);

inline void trace(TraceKind kind, u32 what, u32 first = 0, u32 second = 0, u32 third = 0)
{
    if (__builtin_expect((trace_kinds & static_cast<u32>(kind)) != 0, 0))
        trace_record(kind, what, first, second, third);
}

// Copies the next event of a CPU at or after `position` and moves position behind it. False: none yet.
bool trace_read(u32 cpu, u64& position, TraceEvent& event);

}  // namespace faultline
