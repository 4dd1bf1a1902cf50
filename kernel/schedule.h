// What a task asked of the scheduler, as Linux's calls say it, and what it gets: a longer or shorter turn.
//
// The scheduler is round robin (core/scheduler.h). A nice value changes the length of a turn, by a factor of 1.25 a step as
// in Linux, within kShortestSliceNs and kLongestSliceNs. Policies and real-time priorities are kept, inherited and told;
// FIFO and RR get the longest turns and go no further: no thread waits for ever for another.
#pragma once

#include "lib/types.h"

namespace faultline {

constexpr i32 kNicest = 19, kLeastNice = -20;
constexpr u64 kShortestSliceNs = 1'000'000, kLongestSliceNs = 100'000'000;

enum class SchedulePolicy : u8 { Other = 0, Fifo = 1, RoundRobin = 2, Batch = 3, Idle = 5 };

struct Schedule {
    SchedulePolicy policy = SchedulePolicy::Other;
    u8 priority = 0;  // 1 to 99 for Fifo and RoundRobin, else 0
    i8 nice = 0;
    bool resets_on_fork = false;
    u16 io_priority = 0;  // kept and told: the disk serves who comes first

    bool is_real_time() const
    {
        return policy == SchedulePolicy::Fifo || policy == SchedulePolicy::RoundRobin;
    }
    u64 slice_ns() const;
    Schedule inherited() const;  // a child's
};

}  // namespace faultline
