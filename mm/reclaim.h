// What happens when memory runs low: pages are evicted in the order of mm/eviction.h. Clean pages of files are given back,
// private and shared anonymous memory goes to swap, other caches shrink, the writer is woken for dirty files; when nothing
// is left, the process that uses most dies.
//
// Nothing here may be called under a space, object or spin lock. Direct reclaim writes to swap, never to files: the writer
// does that.
#pragma once

#include "lib/result.h"
#include "lib/types.h"

namespace faultline {

// Called by the allocator when it runs dry; wakes the background thread. Any context, any lock but the scheduler's.
void note_low_memory();

// Tries to free about `wanted` frames; how many it got. Sleeps.
u32 reclaim_frames(u32 wanted);

// Somebody who was waited for has given back memory: those who wait look again.
void memory_was_freed();

// After an allocation failed: true where trying again makes sense (something was freed, or a victim is dying), false
// where the caller must give up (it is the victim itself, or nothing can be done). Sleeps.
bool make_room();

// attempt() returns some Result; NoMemory comes out only where nothing can be done about it.
template <class Attempt> auto with_room(Attempt attempt)
{
    for (;;) {
        auto result = attempt();
        if (result.ok() || result.error() != Errno::NoMemory || !make_room()) return result;
    }
}

// The background thread: keeps free frames above the high mark once they fell under the low one.
void reclaim_thread(void*);

// Kernel objects that others cache (inodes, names): shrink(n) gives back about n objects, returns how many. Sleeps.
void register_shrinker(u32 (*shrink)(u32 wanted));

// kernel/ picks and kills a process; true: somebody is dying. Without a handler make_room() just fails.
void set_oom_handler(bool (*handler)());
// fs/ wakes its writer; called when dirty pages stand in the way.
void set_writer_waker(void (*wake)());

struct ReclaimCounts {
    u32 scanned, stolen, wakeups, direct;
};
ReclaimCounts reclaim_counts();

}  // namespace faultline
