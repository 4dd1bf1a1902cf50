// For the host: nobody reclaims but who says so.
#pragma once

#include "lib/types.h"

namespace faultline {

struct Thread {
    u32 reclaim_depth = 0;
};
inline Thread& current_thread()
{
    static thread_local Thread thread;
    return thread;
}

}  // namespace faultline
