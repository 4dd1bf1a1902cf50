#include "mm/reclaim.h"

#include "arch/clock.h"
#include "core/scheduler.h"
#include "core/spinlock.h"
#include "core/thread.h"
#include "core/wait_queue.h"
#include "lib/bits.h"
#include "mm/binding.h"
#include "mm/eviction.h"
#include "mm/fail.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/kernel_stack.h"
#include "mm/page_cache.h"
#include "mm/rmap.h"
#include "mm/swap.h"

namespace faultline {

namespace {

constexpr u32 kMaxShrinkers = 4;
constexpr u32 kBatch = 64;
constexpr u32 kLocksPerTurn = 32;
constexpr u64 kPatienceNs =
    50'000'000;  // how long one allocation waits for the writer or a victim before it looks again

u32 (*shrinkers[kMaxShrinkers])(u32);
u32 shrinker_count;
bool (*oom_handler)();
void (*writer_waker)();

SpinLock lock{LockRank::WaitQueue};
WaitQueue wanted_queue GUARDED_BY(lock);  // the background thread sleeps here
WaitQueue freed_queue GUARDED_BY(lock);   // those who wait for memory
bool low GUARDED_BY(lock);

Atomic<u32> scanned, stolen, wakeups, direct;

u32 high_mark()
{
    return managed_frames() / 32;
}

void wake_writer()
{
    if (writer_waker) writer_waker();
}

// One sweep: what it got, and the frames that are free as soon as swap is written.
struct Sweep {
    explicit Sweep(u32 frames) : wanted{frames} {}

    u32 wanted;
    u32 freed = 0;
    bool swap_has_room = false;
    u32 in_transit_count = 0;
    Frame in_transit[kBatch];
    bool met_dirty = false;
    u32 met_others = 0;  // frames that somebody else is busy with just now

    bool is_over() const { return freed + in_transit_count >= wanted || in_transit_count == kBatch; }
};

bool holds_a_page(const FrameRecord& record)
{
    return record.use == FrameUse::Cache || record.use == FrameUse::Anonymous || record.use == FrameUse::Swap;
}

// Could it go? Where a program has nearly all memory and there is no swap, nearly none can: to know that without a look at
// who has it makes a sweep many times as fast.
bool may_hold_a_candidate(const FrameRecord& record, const Sweep& sweep)
{
    const bool needs_swap = record.use == FrameUse::Anonymous || (record.flags & kFrameShared) != 0;
    return holds_a_page(record) && (sweep.swap_has_room || !needs_swap);
}

bool swap_has_room()
{
    const Ref<SwapArea> area = find_swap_area();
    return area && !area->is_full();
}

// False: the frame stays where it is.
bool look_at(Frame frame, Sweep& sweep)
{
    const FrameRecord& record = frame_record(frame);
    if (!may_hold_a_candidate(record, sweep)) return !holds_a_page(record);
    PageIndex index;
    const Ref<FrameHome> home = home_of(frame, index);
    if (!home) return false;
    if (eviction_policy().spares_used_pages() && home->take_accessed(frame, index)) return false;
    switch (home->evict(frame, index)) {
    case Eviction::Freed:
        sweep.freed++;
        return true;
    case Eviction::ToSwap:
        sweep.in_transit[sweep.in_transit_count++] = frame;
        return true;
    case Eviction::Dirty:
        sweep.met_dirty = true;
        return false;
    case Eviction::Locked:
        // Who holds the lock, or waits for one of ours, gets a turn.
        if (++sweep.met_others % kLocksPerTurn == 0) yield_cpu();
        return false;
    case Eviction::Kept:
        return false;
    }
    return false;
}

// What the sweep has taken from programs is written, and then free; unless somebody has wanted it back meanwhile.
void write_out_swap(Sweep& sweep)
{
    if (sweep.in_transit_count == 0) return;
    if (const Ref<SwapArea> area = find_swap_area()) (void)area->write_back_all();
    for (u32 i = 0; i < sweep.in_transit_count; i++) {
        PageIndex index;
        const Ref<FrameHome> home = home_of(sweep.in_transit[i], index);
        const Eviction outcome = home ? home->evict(sweep.in_transit[i], index) : Eviction::Kept;
        if (outcome == Eviction::Freed) {
            sweep.freed++;
            continue;
        }
        if (outcome != Eviction::ToSwap) sweep.met_others++;  // else it could not be written
        eviction_policy().stays(sweep.in_transit[i]);
    }
    sweep.in_transit_count = 0;
}

// Looks at frames until enough are free, at most three times at each: used pages lose their chances in the first two rounds.
void run_sweep(Sweep& sweep)
{
    sweep.swap_has_room = swap_has_room();
    EvictionPolicy& policy = eviction_policy();
    u32 steps = 0;
    for (const u32 most = 3 * frame_limit(); steps < most && !sweep.is_over(); steps++) {
        const Frame frame = policy.next();
        if (!look_at(frame, sweep)) policy.stays(frame);
    }
    scanned.fetch_add(steps);
    ReverseMap::flush_accessed();
    write_out_swap(sweep);
}

u32 run_shrinkers()
{
    u32 freed = 0;
    for (u32 i = 0; i < shrinker_count; i++)
        freed += shrinkers[i](kBatch);
    return freed;
}

struct Reclaimed {
    u32 freed;
    bool met_others;
};

Reclaimed reclaim(u32 wanted)
{
    Thread& self = current_thread();
    if (self.reclaim_depth > 0 || failed_on_purpose())
        return {0, false};  // what we do here may allocate, too
    self.reclaim_depth++;
    const u32 before = free_frames();
    Sweep sweep{wanted};
    run_sweep(sweep);
    if (sweep.freed < wanted) {
        const u32 objects = run_shrinkers();
        shrink_heap();
        shrink_kernel_stacks();
        if (objects > 0) run_sweep(sweep);
        if (sweep.met_dirty) wake_writer();
    }
    self.reclaim_depth--;
    const u32 after = free_frames();
    const u32 freed =
        max(sweep.freed, after > before ? after - before : 0);  // others may have taken them already
    stolen.fetch_add(freed);
    if (freed > 0) memory_was_freed();
    return {freed, sweep.met_others > 0};
}

void wait_for_memory()
{
    SpinGuard guard{lock};
    (void)freed_queue.sleep_until(lock, now_ns() + kPatienceNs, Wait::Uninterruptible);
}

// The writer makes clean what may be taken next. False: it has not come forward for a second.
bool wait_for_writer()
{
    constexpr u32 kRounds = 20;
    const u32 before = unwritten_pages();
    for (u32 i = 0; i < kRounds && unwritten_pages() > 0; i++) {
        wake_writer();
        wait_for_memory();
        if (unwritten_pages() < before || reclaim_frames(kBatch) > 0) return true;
    }
    return false;
}

}  // namespace

void memory_was_freed()
{
    SpinGuard guard{lock};
    freed_queue.wake_all();
}

void note_low_memory()
{
    SpinGuard guard{lock};
    if (low) return;
    low = true;
    wakeups.fetch_add(1);
    wanted_queue.wake_all();
}

u32 reclaim_frames(u32 wanted)
{
    return reclaim(wanted).freed;
}

bool make_room()
{
    if (current_thread().reclaim_depth > 0 || failed_on_purpose()) return false;
    direct.fetch_add(1);
    const Reclaimed reclaimed = reclaim(kBatch);
    if (reclaimed.freed > 0) return true;
    if (reclaimed.met_others) {  // they are at work, and do not wait for memory
        yield_cpu();
        return true;
    }
    if (current_thread().may_use_reserve) return false;  // its end, or its work, is what the others wait for
    if (unwritten_pages() > 0 && wait_for_writer()) return true;
    if (free_frames() >= high_mark()) return true;  // given back while we looked, as by the last victim
    if (!oom_handler || !oom_handler()) return false;
    if (!current_thread().may_use_reserve)
        wait_for_memory();  // else we are the victim: on to our end, from the reserve
    return true;
}

Result<Frame> allocate_frame_reclaiming(Fill fill, FrameUse use)
{
    for (;;) {
        auto frame = allocate_frame(fill, use);
        if (frame.ok() || !make_room()) return frame;
    }
}

void reclaim_thread(void*)
{
    current_thread().may_use_reserve = true;
    for (;;) {
        {
            SpinGuard guard{lock};
            while (!low)
                (void)wanted_queue.sleep(lock);
            low = false;
        }
        while (free_frames() < high_mark() && reclaim_frames(kBatch) > 0)
            memory_was_freed();
    }
}

void register_shrinker(u32 (*shrink)(u32 wanted))
{
    if (shrinker_count < kMaxShrinkers) shrinkers[shrinker_count++] = shrink;
}

void set_oom_handler(bool (*handler)())
{
    oom_handler = handler;
}
void set_writer_waker(void (*wake)())
{
    writer_waker = wake;
}

ReclaimCounts reclaim_counts()
{
    return {scanned.load(), stolen.load(), wakeups.load(), direct.load()};
}

}  // namespace faultline
