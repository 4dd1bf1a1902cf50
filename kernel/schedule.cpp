#include "kernel/schedule.h"

#include "core/scheduler.h"
#include "lib/new.h"

namespace faultline {

u64 Schedule::slice_ns() const
{
    if (is_real_time()) return kLongestSliceNs;
    if (policy == SchedulePolicy::Idle) return kShortestSliceNs;
    u64 slice = kSliceNs;
    for (i32 i = nice; i > 0; i--)
        slice = slice * 4 / 5;
    for (i32 i = nice; i < 0; i++)
        slice = slice * 5 / 4;
    return max(kShortestSliceNs, min(kLongestSliceNs, slice));
}

Schedule Schedule::inherited() const
{
    if (!resets_on_fork) return *this;
    Schedule fresh;
    fresh.nice = is_real_time() || nice < 0 ? i8{0} : nice;
    fresh.io_priority = io_priority;
    return fresh;
}

}  // namespace faultline
