// The rings. An event's slot is its number modulo the size; the number is published after the event is written, and a
// reader that copied a slot checks that the writer has not come round meanwhile.

#include "core/trace.h"

#include "arch/acpi.h"
#include "arch/report.h"
#include "arch/x86.h"
#include "core/options.h"
#include "core/thread.h"
#include "lib/new.h"
#include "lib/string.h"

namespace faultline {

u32 trace_kinds;

namespace {

constexpr u32 kChunkSize = 4096;  // what `allocate` is asked for at a time
constexpr u32 kChunkEvents = kChunkSize / sizeof(TraceEvent);
constexpr u32 kChunks = 64;
constexpr u32 kEvents = kChunks * kChunkEvents;
static_assert((kEvents & (kEvents - 1)) == 0);

struct Ring {
    TraceEvent* chunks[kChunks] = {};
    u64 begun = 0, done = 0;  // numbers of events; written by the ring's CPU only
    u64 last_ticks = 0;       // an emulator's time-stamp counter may go back a little: events of a CPU do not
};
PER_CPU PerCpu<Ring> rings;

TraceEvent& slot(const Ring& ring, u64 number)
{
    const u32 index = static_cast<u32>(number) & (kEvents - 1);
    return ring.chunks[index / kChunkEvents][index % kChunkEvents];
}

void* (*allocate)(u32 size_bytes);

Result<void> allocate_ring(Ring& ring)
{
    for (TraceEvent*& chunk : ring.chunks) {
        if (!chunk) chunk = static_cast<TraceEvent*>(allocate(kChunkSize));
        if (!chunk) return Errno::NoMemory;
    }
    return {};
}

constexpr TraceKind kAskable[kTraceKinds] = {TraceKind::Fault, TraceKind::Switch, TraceKind::Syscall};

u32 find_kind(StringView word)
{
    for (const TraceKind kind : kAskable)
        if (word == StringView{trace_kind_name(kind)}) return static_cast<u32>(kind);
    return 0;
}

}  // namespace

const char* trace_kind_name(TraceKind kind)
{
    switch (kind) {
    case TraceKind::Fault:
        return "fault";
    case TraceKind::Switch:
        return "switch";
    case TraceKind::Syscall:
        return "syscall";
    case TraceKind::Return:
        return "return";
    }
    return "?";
}

Result<u32> parse_trace_kinds(StringView list)
{
    u32 kinds = 0;
    if (list == "off") return 0u;
    for (usize at = 0; at <= list.size();) {
        usize end = at;
        while (end < list.size() && list[end] != ',')
            end++;
        const u32 found = find_kind({list.data() + at, end - at});
        if (found == 0) return Errno::Invalid;
        kinds |= found;
        at = end + 1;
    }
    return kinds;
}

void trace_init(void* (*allocate_zeroed)(u32 size_bytes))
{
    allocate = allocate_zeroed;
    const char* list = option("trace");
    if (!list) return;
    const auto kinds = parse_trace_kinds(list);
    if (!kinds.ok())
        log_warn("option trace=%s: the kinds of events are fault, switch, syscall", list);
    else if (!trace_start(kinds.value()).ok())
        log_warn("option trace=: no memory for the rings");
}

Result<void> trace_start(u32 kinds)
{
    for (u32 cpu = 0; kinds != 0 && cpu < acpi().cpu_count; cpu++)
        TRY(allocate_ring(rings.on(cpu)));
    __atomic_and_fetch(&trace_kinds, kTraceTasks | kinds, __ATOMIC_SEQ_CST);
    __atomic_or_fetch(&trace_kinds, kinds, __ATOMIC_SEQ_CST);
    return {};
}

void trace_watch_tasks(TaskWatch watch)
{
    if (watch == TaskWatch::On)
        __atomic_or_fetch(&trace_kinds, kTraceTasks, __ATOMIC_SEQ_CST);
    else
        __atomic_and_fetch(&trace_kinds, ~kTraceTasks, __ATOMIC_SEQ_CST);
}

void trace_record(TraceKind kind, u32 what, const u32 (&words)[kTraceWords])
{
    InterruptsOff off;
    Ring& ring = rings.here();
    const Thread& thread = current_thread();
    ring.begun++;
    compiler_barrier();
    TraceEvent& event = slot(ring, ring.done);
    event.ticks = ring.last_ticks = max(rdtsc(), ring.last_ticks);
    event.kind = kind;
    event.thread = thread.id;
    event.what = what;
    memcpy(event.name, thread.name, sizeof event.name);
    memcpy(event.words, words, sizeof event.words);
    compiler_barrier();
    ring.done++;
}

void trace_record_switch(const Thread& to)
{
    u32 words[kTraceWords] = {};
    memcpy(words, to.name, sizeof to.name);
    trace_record(TraceKind::Switch, to.id, words);
}

u64 trace_end(u32 cpu)
{
    return rings.on(cpu).done;
}

bool trace_read(u32 cpu, u64& position, TraceEvent& event)
{
    const Ring& ring = rings.on(cpu);
    if (!ring.chunks[kChunks - 1]) return false;  // never started
    for (;;) {
        const u64 done = ring.done;
        compiler_barrier();
        if (done > kEvents && position < done - kEvents) position = done - kEvents;
        if (position >= done) return false;
        event = slot(ring, position);
        compiler_barrier();
        if (ring.begun - position <= kEvents) {  // not overwritten while we copied
            position++;
            return true;
        }
        position = ring.begun - kEvents + 1;
    }
}

}  // namespace faultline
