// The rings. An event's slot is its number modulo the size; the number is published after the event is written, and a
// reader that copied a slot checks that the writer has not come round meanwhile.

#include "core/trace.h"

#include "arch/acpi.h"
#include "arch/report.h"
#include "arch/x86.h"
#include "core/options.h"
#include "core/thread.h"
#include "lib/string.h"

namespace faultline {

u32 trace_kinds;

namespace {

constexpr u32 kChunkSize = 4096;  // what `allocate` is asked for at a time
constexpr u32 kChunkEvents = kChunkSize / sizeof(TraceEvent);
constexpr u32 kChunks = 32;
constexpr u32 kEvents = kChunks * kChunkEvents;
static_assert((kEvents & (kEvents - 1)) == 0);

struct Ring {
    TraceEvent* chunks[kChunks] = {};
    u64 begun = 0, done = 0;  // numbers of events; written by the ring's CPU only
};
PER_CPU PerCpu<Ring> rings;

TraceEvent& slot(const Ring& ring, u64 number)
{
    const u32 index = static_cast<u32>(number) & (kEvents - 1);
    return ring.chunks[index / kChunkEvents][index % kChunkEvents];
}

bool allocate_ring(Ring& ring, void* (*allocate)(u32 size_bytes))
{
    for (TraceEvent*& chunk : ring.chunks) {
        chunk = static_cast<TraceEvent*>(allocate(kChunkSize));
        if (!chunk) return false;
    }
    return true;
}

struct KindName {
    const char* name;
    TraceKind kind;
};
constexpr KindName kKinds[] = {
    {"fault", TraceKind::Fault}, {"switch", TraceKind::Switch}, {"syscall", TraceKind::Syscall}};

u32 parse_kinds(const char* list)
{
    u32 kinds = 0;
    while (*list) {
        const char* end = strchr(list, ',');
        const StringView word{list, end ? static_cast<usize>(end - list) : strlen(list)};
        u32 found = 0;
        for (const KindName& known : kKinds)
            if (word == known.name) found = static_cast<u32>(known.kind);
        if (found == 0)
            log_warn("option trace=: unknown kind of event %.*s", static_cast<int>(word.size()), word.data());
        kinds |= found;
        list = end ? end + 1 : list + word.size();
    }
    return kinds;
}

}  // namespace

void trace_init(void* (*allocate)(u32 size_bytes))
{
    const char* list = option("trace");
    const u32 kinds = list ? parse_kinds(list) : 0;
    if (kinds == 0) return;
    for (u32 cpu = 0; cpu < acpi().cpu_count; cpu++) {
        if (allocate_ring(rings.on(cpu), allocate)) continue;
        log_warn("option trace=: no memory for the rings");
        return;
    }
    trace_kinds = kinds;
}

void trace_record(TraceKind kind, u32 what, u32 first, u32 second, u32 third)
{
    InterruptsOff off;
    Ring& ring = rings.here();
    ring.begun++;
    compiler_barrier();
    slot(ring, ring.done) = {rdtsc(), kind, current_thread().id, what, first, second, third};
    compiler_barrier();
    ring.done++;
}

bool trace_read(u32 cpu, u64& position, TraceEvent& event)
{
    const Ring& ring = rings.on(cpu);
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
