// A ring of events on each CPU, filled where `trace=fault,switch,syscall` or /proc/sys/kernel/trace asked for it, read by
// /proc/trace. Off, an event costs one test of a word. Writers are the ring's own CPU with interrupts off; readers copy
// and check.
#pragma once

#include "arch/percpu.h"
#include "lib/result.h"
#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

class Thread;

enum class TraceKind : u32 { Fault = 1, Switch = 2, Syscall = 4, Return = 8 };
constexpr u32 kTraceKinds = 3;  // that can be asked for; Return comes with Syscall

constexpr u32 kTraceWords = 6;

struct TraceEvent {
    u64 ticks;  // rdtsc
    TraceKind kind;
    u32 thread;  // Thread::id
    char name[16];
    u32 what;  // Fault: action. Switch: id of the thread that comes. Syscall, Return: number
    // Fault: address, PTE, how. Switch: the name of the thread that comes. Syscall: arguments. Return: eax
    u32 words[kTraceWords];
    u32 spare;
};
static_assert(sizeof(TraceEvent) == 64);

// Bits of `how` in a fault's event, above the Access.
constexpr u32 kTraceMajor = 0x100;      // a device was asked
constexpr u32 kTracePopulates = 0x200;  // no touch: the page was made present beforehand

extern u32 trace_kinds;  // bits of TraceKind: what is recorded now

// After acpi_init. Reads the option; `allocate` gives zeroed memory, at most 4 KiB at a time, or null.
void trace_init(void* (*allocate)(u32 size_bytes));
// "fault,switch,syscall" in any order, or "off". Invalid: an unknown word.
Result<u32> parse_trace_kinds(StringView list);
const char* trace_kind_name(TraceKind kind);
// From now on these kinds. The first time rings are made: NoMemory leaves tracing off. One caller at a time.
Result<void> trace_start(u32 kinds);

void trace_record(TraceKind kind, u32 what, const u32 (&words)[kTraceWords]);
void trace_record_switch(const Thread& to);

// While a debugger or strace looks at some task: system calls take the path of their own that may stop (kernel/tracing.h).
constexpr u32 kTraceTasks = 1u << 31;  // in trace_kinds
enum class TaskWatch : u8 { On, Off };
void trace_watch_tasks(TaskWatch watch);

inline bool traces(TraceKind kind)
{
    return __builtin_expect((trace_kinds & static_cast<u32>(kind)) != 0, 0);
}

// ---- Reading ----

u64 trace_end(u32 cpu);  // the number of the event that comes next
// Copies the next event of a CPU at or after `position` and moves position behind it. False: none yet.
bool trace_read(u32 cpu, u64& position, TraceEvent& event);

}  // namespace faultline
