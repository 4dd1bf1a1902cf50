// System calls about time: clocks and sleeping.
#include "arch/clock.h"
#include "core/timer.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/time_values.h"
#include "kernel/task.h"

namespace faultline {

// ---- Conversions ----

namespace {

Result<u64> join(i64 seconds, i64 fraction, u32 fractions_per_second)
{
    if (seconds < 0 || fraction < 0 || fraction >= fractions_per_second) return Errno::Invalid;
    if (static_cast<u64>(seconds) > kLongest / kNsPerSecond) return kLongest;
    return static_cast<u64>(seconds) * kNsPerSecond +
           static_cast<u64>(fraction) * (static_cast<u32>(kNsPerSecond) / fractions_per_second);
}

}  // namespace

Result<u64> to_ns(const Timespec32& time)
{
    return join(time.seconds, time.nanoseconds, 1'000'000'000);
}

Result<u64> to_ns(const Timespec64& time)
{
    return join(time.seconds, static_cast<i32>(time.nanoseconds), 1'000'000'000);
}

Result<u64> to_ns(const Timeval32& time)
{
    return join(time.seconds, time.microseconds, 1'000'000);
}

Timespec32 to_timespec32(u64 ns)
{
    return {static_cast<i32>(ns / kNsPerSecond), static_cast<i32>(ns % kNsPerSecond)};
}

Timespec64 to_timespec64(u64 ns)
{
    return {static_cast<i64>(ns / kNsPerSecond), static_cast<i64>(ns % kNsPerSecond)};
}

Timeval32 to_timeval32(u64 ns)
{
    return {static_cast<i32>(ns / kNsPerSecond), static_cast<i32>(ns % kNsPerSecond / kNsPerUs)};
}

u64 deadline_after(u64 ns)
{
    return ns >= kLongest ? kForever : now_ns() + ns;
}

// ---- Clocks ----

namespace {

enum Clock : i32 {
    kRealTime = 0,
    kMonotonic = 1,
    kProcessCpu = 2,
    kThreadCpu = 3,
    kMonotonicRaw = 4,
    kRealTimeCoarse = 5,
    kMonotonicCoarse = 6,
    kBootTime = 7,
};

Result<u64> read_clock(Task& self, i32 clock)
{
    switch (clock) {
    case kRealTime:
    case kRealTimeCoarse:
        return wall_ns();
    case kMonotonic:
    case kMonotonicRaw:
    case kMonotonicCoarse:
    case kBootTime:
        return now_ns();
    case kProcessCpu:
        return usage_now(self.process()).cpu.total_ns();
    case kThreadCpu:
        return ticks_to_ns(self.cpu_ticks());
    default:
        return Errno::Invalid;
    }
}

}  // namespace

Result<u32> sys_time(Task&, UserPtr<i32> seconds)
{
    const u32 now = static_cast<u32>(wall_ns() / kNsPerSecond);
    TRY(seconds.write_if_given(static_cast<i32>(now)));
    return now;
}

Result<void> sys_gettimeofday(Task&, UserPtr<Timeval32> now, UserAddr zone)
{
    const u32 utc[2] = {0, 0};
    TRY(now.write_if_given(to_timeval32(wall_ns())));
    return zone.is_null() ? Result<void>{} : copy_to_user(zone, utc, sizeof utc);
}

Result<void> sys_clock_gettime(Task& self, i32 clock, UserPtr<Timespec32> now)
{
    return now.write(to_timespec32(TRY(read_clock(self, clock))));
}

Result<void> sys_clock_gettime64(Task& self, i32 clock, UserPtr<Timespec64> now)
{
    return now.write(to_timespec64(TRY(read_clock(self, clock))));
}

Result<void> sys_clock_getres(Task& self, i32 clock, UserPtr<Timespec32> resolution)
{
    TRY(read_clock(self, clock));
    return resolution.write_if_given({0, 1});
}

Result<void> sys_clock_settime(Task& self, i32 clock, UserPtr<const Timespec32> now)
{
    if (clock != kRealTime) return Errno::Invalid;
    const u64 ns = TRY(read_ns(now));
    if (!self.process().credentials.is_root()) return Errno::Perm;
    set_wall_ns(ns);
    return {};
}

// ---- Sleeping ----

namespace {

// How the time that is left is told: in which structure, if at all.
enum class Remaining : u32 { None, Timespec32, Timespec64 };

Result<void> tell_remaining(UserAddr where, Remaining form, u64 deadline_ns)
{
    const u64 now = now_ns();
    const u64 left = deadline_ns > now ? deadline_ns - now : 0;
    if (where.is_null() || form == Remaining::None) return {};
    if (form == Remaining::Timespec32) return UserPtr<Timespec32>{where}.write(to_timespec32(left));
    return UserPtr<Timespec64>{where}.write(to_timespec64(left));
}

Result<u32> sleep_on(Task& self, const RestartBlock& block)
{
    if (sleep_until_ns(block.deadline_ns, Wait::Interruptible).ok()) return 0u;
    TRY(tell_remaining(block.where, static_cast<Remaining>(block.count), block.deadline_ns));
    self.restart = block;
    return Errno::RestartBlock;
}

Result<u32> sleep_for(Task& self, u64 ns, UserAddr remaining, Remaining form)
{
    return sleep_on(self, {sleep_on, deadline_after(ns), remaining, static_cast<u32>(form)});
}

// clock_nanosleep on a clock that ticks with time.
Result<u32> sleep_by_clock(Task& self, i32 clock, u32 flags, u64 ns, UserAddr remaining, Remaining form)
{
    constexpr u32 kAbsolute = 1;
    if (clock != kRealTime && clock != kMonotonic && clock != kBootTime) return Errno::Invalid;
    if ((flags & kAbsolute) == 0) return sleep_for(self, ns, remaining, form);
    const u64 behind = clock == kRealTime ? wall_ns() - now_ns() : 0;
    const u64 deadline = ns > behind ? ns - behind : 0;
    if (sleep_until_ns(deadline, Wait::Interruptible).ok()) return 0u;
    return Errno::RestartNoHandler;
}

}  // namespace

Result<u32> sys_restart_syscall(Task& self)
{
    const RestartBlock block = self.restart;
    if (!block.function) return Errno::Intr;
    return block.function(self, block);
}

Result<u32> sys_nanosleep(Task& self, UserPtr<const Timespec32> duration, UserPtr<Timespec32> remaining)
{
    const u64 ns = TRY(read_ns(duration));
    return sleep_for(self, ns, remaining.address(), Remaining::Timespec32);
}

Result<u32> sys_clock_nanosleep(Task& self, i32 clock, u32 flags, UserPtr<const Timespec32> time,
                                UserPtr<Timespec32> remaining)
{
    const u64 ns = TRY(read_ns(time));
    return sleep_by_clock(self, clock, flags, ns, remaining.address(), Remaining::Timespec32);
}

Result<u32> sys_clock_nanosleep_time64(Task& self, i32 clock, u32 flags, UserPtr<const Timespec64> time,
                                       UserPtr<Timespec64> remaining)
{
    const u64 ns = TRY(read_ns(time));
    return sleep_by_clock(self, clock, flags, ns, remaining.address(), Remaining::Timespec64);
}

}  // namespace faultline
