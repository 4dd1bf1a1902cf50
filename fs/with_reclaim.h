// More tries after memory was made: pages give way to what an operation needs. Nobody is killed for it.
//
// Not under a spin lock. File system locks may be held: reclaim takes none of them (what would is left to the writer).
#pragma once

#include "lib/result.h"
#include "mm/reclaim.h"

namespace faultline {

// attempt() returns some Result; NoMemory comes out only where nothing could be freed or that did not help either.
template <class Attempt> auto with_reclaim(Attempt attempt)
{
    constexpr u32 kFrames = 16;
    constexpr u32 kTries = 8;  // others may be faster than we at taking what was freed
    for (u32 tries = 1;; tries++) {
        auto outcome = attempt();
        if (outcome.ok() || outcome.error() != Errno::NoMemory) return outcome;
        if (tries == kTries || reclaim_frames(kFrames) == 0) return outcome;
    }
}

}  // namespace faultline
