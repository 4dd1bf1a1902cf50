// The load average as Linux computes it: every 5 seconds, in fixed point with 11 bits behind the point.

#include "arch/clock.h"
#include "core/scheduler.h"
#include "core/timer.h"

namespace faultline {

namespace {

constexpr u32 kOne = 1u << 11;
constexpr u32 kDecay[3] = {1884, 2014, 2037};  // e^(-5 s / 1, 5, 15 min) in units of 1/2048
constexpr u64 kPeriodNs = 5 * kNsPerSecond;

Timer timer;
u32 averages[3];

void sample(Timer& self, void*)
{
    const u32 active = runnable_threads() * kOne;
    for (u32 i = 0; i < 3; i++)
        averages[i] = (averages[i] * kDecay[i] + active * (kOne - kDecay[i])) / kOne;
    self.start(self.deadline() + kPeriodNs, sample, nullptr);
}

}  // namespace

void start_load_average()
{
    timer.start(now_ns() + kPeriodNs, sample, nullptr);
}

u32 load_average(u32 which)
{
    return averages[which];
}

}  // namespace faultline
