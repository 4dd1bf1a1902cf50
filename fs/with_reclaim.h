// One more try after memory was made: clean pages of the cache give way to what a file operation needs.
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
    auto first = attempt();
    if (first.ok() || first.error() != Errno::NoMemory || reclaim_frames(kFrames) == 0) return first;
    return attempt();
}

}  // namespace faultline
