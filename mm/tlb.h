// When to flush the TLB, and whom to tell.
//
// A TlbBatch collects what one change of a space made stale, and the frames that may be let go only after every CPU has
// forgotten them. flush() (or the end of its life) does both: `invlpg` for a few pages, a reload of CR3 for many; the other
// CPUs that have the space loaded are interrupted and waited for, with interrupts on. Held lock: the space's SleepLock,
// no spin lock.
#pragma once

#include "arch/layout.h"
#include "core/thread.h"

namespace faultline {

class TlbBatch {
public:
    explicit TlbBatch(LoadedSpace& space) : space_{space} {}
    ~TlbBatch() { flush(); }
    TlbBatch(const TlbBatch&) = delete;
    TlbBatch& operator=(const TlbBatch&) = delete;

    void add(UserPage page)  // this page's entry lost rights or its frame
    {
        if (page_count_ < kMaxPages) pages_[page_count_] = page;
        page_count_++;
    }
    void add_all() { page_count_ += kMaxPages + 1; }  // everything of the space
    void release_after(Frame frame)  // one ownership to let go once nobody can reach the frame
    {
        if (frame_count_ == kMaxFrames) flush();
        frames_[frame_count_++] = frame;
    }
    void flush();

private:
    static constexpr u32 kMaxPages = 8;    // beyond: the whole TLB
    static constexpr u32 kMaxFrames = 64;  // beyond: flush at once

    LoadedSpace& space_;
    u32 page_count_ = 0;
    u32 frame_count_ = 0;
    // In unions, so that a batch that stays empty does not cost the zeroing of 72 words.
    union {
        UserPage pages_[kMaxPages];
    };
    union {
        Frame frames_[kMaxFrames];
    };
};

// Every CPU forgets all user pages, of whatever space it has loaded. Sleeps not, but waits with interrupts on; no spin lock.
void flush_all_spaces();

struct TlbCounts {
    u32 local_flushes, shootdowns;
};
TlbCounts tlb_counts();

}  // namespace faultline
