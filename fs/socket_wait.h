// How long a call on a socket sleeps, and what it says when that was for nothing.
#pragma once

#include "arch/clock.h"
#include "core/wait_queue.h"
#include "lib/result.h"

namespace faultline {

// SO_RCVTIMEO's and SO_SNDTIMEO's end. kForever stays.
inline u64 deadline_from(u64 timeout_ns)
{
    return timeout_ns == kForever ? kForever : now_ns() + timeout_ns;
}

// Again: the time is over. A sleep without end is begun again after a handler that says so; one with an end is not.
inline Result<void> restartable(const Result<void>& slept, u64 deadline_ns)
{
    if (slept.ok()) return slept;
    if (slept.error() == Errno::TimedOut) return Errno::Again;
    return slept.error() == Errno::Intr && deadline_ns == kForever ? Errno::RestartSys : slept.error();
}

}  // namespace faultline
