// Which frame is evicted next: one small class for each answer, chosen at boot by `evict=`.
//
// reclaim asks for candidates until it has freed enough; free frames and the kernel's own are simply passed over. What order
// candidates come in, and whether a page that was used lately is spared, is all that a policy says.
#pragma once

#include "arch/layout.h"
#include "mm/frame.h"

namespace faultline {

class EvictionPolicy {
public:
    virtual const char* name() const = 0;
    // The next frame to look at. Any context; several CPUs may ask at once.
    virtual Frame next() = 0;
    // Whether a page that was used since it was last looked at stays.
    virtual bool spares_used_pages() const = 0;
    // The frame was looked at and stays.
    virtual void stays(Frame) {}

protected:
    ~EvictionPolicy() = default;
};

// After init_frames. By name ("clock", "fifo", "random"); an unknown one is named in the log, and the clock turns.
void init_eviction(const char* name);
EvictionPolicy& eviction_policy();

// Bytes for each frame that the policy wants beside the frame table.
u32 eviction_bytes_per_frame(const char* name);

// A page of a program or a file has come into the frame. Called where frames are bound; only an order of arrival cares.
extern bool eviction_keeps_order;
void note_arrival(Frame frame);

}  // namespace faultline
