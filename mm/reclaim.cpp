#include "mm/reclaim.h"

#include "arch/clock.h"
#include "core/spinlock.h"
#include "core/thread.h"
#include "core/wait_queue.h"
#include "lib/bits.h"
#include "mm/binding.h"
#include "mm/fail.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/kernel_stack.h"
#include "mm/memory_object.h"
#include "mm/page_cache.h"
#include "mm/rmap.h"

namespace faultline {

namespace {

constexpr u32 kMaxShrinkers = 4;
constexpr u32 kBatch = 64;
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

Atomic<u32> hand;  // the clock's: a frame number; several may turn it
Atomic<u32> scanned, stolen, wakeups, direct, oom_kills;

u32 high_mark()
{
    return managed_frames() / 32;
}

void wake_writer()
{
    if (writer_waker) writer_waker();
}

// One step of the clock. True: the frame is free now.
bool try_frame(Frame frame, bool& met_dirty)
{
    FrameRecord& record = frame_record(frame);
    if (record.use != FrameUse::Cache || record.object == nullptr) return false;
    if (record.dirty_sectors != 0) {
        met_dirty = true;
        return false;
    }
    PageIndex index;
    const Ref<MemoryObject> object = object_of(frame, index);
    if (!object || object->take_referenced(frame)) return false;
    if (frame_owners(frame) > 1) ReverseMap::unmap(*object, index, frame);
    return object->try_evict(frame);
}

// Turns the clock until enough is free, twice round at most: the first round takes the second chances away.
u32 turn_clock(u32 wanted, bool& met_dirty)
{
    u32 freed = 0;
    for (u32 steps = 2 * frame_limit(); steps > 0 && freed < wanted; steps--) {
        const u32 number = hand.fetch_add(1) % frame_limit();
        scanned.fetch_add(1);
        if (try_frame(Frame{number}, met_dirty)) freed++;
    }
    return freed;
}

u32 run_shrinkers()
{
    u32 freed = 0;
    for (u32 i = 0; i < shrinker_count; i++)
        freed += shrinkers[i](kBatch);
    return freed;
}

void announce_freed()
{
    SpinGuard guard{lock};
    freed_queue.wake_all();
}

void wait_for_memory()
{
    SpinGuard guard{lock};
    (void)freed_queue.sleep_until(lock, now_ns() + kPatienceNs, Wait::Uninterruptible);
}

}  // namespace

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
    Thread& self = current_thread();
    if (failed_on_purpose()) return 0;
    if (self.reclaim_depth > 0) return 0;  // what we do here may allocate, and must not come back
    self.reclaim_depth++;
    const u32 before = free_frames();
    bool met_dirty = false;
    u32 evicted = turn_clock(wanted, met_dirty);
    if (evicted < wanted) {
        const u32 objects = run_shrinkers();
        shrink_heap();
        shrink_kernel_stacks();
        if (objects > 0) evicted += turn_clock(wanted, met_dirty);
        if (met_dirty) wake_writer();
    }
    self.reclaim_depth--;
    const u32 after = free_frames();
    const u32 freed =
        max(evicted, after > before ? after - before : 0);  // others may have taken them already
    stolen.fetch_add(freed);
    if (freed > 0) announce_freed();
    return freed;
}

bool make_room()
{
    if (current_thread().reclaim_depth > 0 || failed_on_purpose()) return false;
    direct.fetch_add(1);
    if (reclaim_frames(kBatch) > 0) return true;
    if (dirty_pages() > 0) {  // the writer makes clean what we may take next
        wake_writer();
        const u32 before = dirty_pages();
        wait_for_memory();
        if (dirty_pages() < before || reclaim_frames(kBatch) > 0) return true;
    }
    if (current_thread().may_use_reserve || !oom_handler || !oom_handler()) return false;
    oom_kills.fetch_add(1);
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
            announce_freed();
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
    return {scanned.load(), stolen.load(), wakeups.load(), direct.load(), oom_kills.load()};
}

}  // namespace faultline
