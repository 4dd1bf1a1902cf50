// System calls about time: clocks, sleeping, interval timers.
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
        return ticks_to_ns(usage_now(self.process()).cpu_ticks);
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

// ---- Interval timers ----

namespace {

constexpr u32 kRealTimer = 0, kVirtualTimer = 1, kProfileTimer = 2;

// In an interrupt. The process outlives its timer: exit cancels it.
void timer_rang(Timer& timer, void* context)
{
    Process& process = *static_cast<Process*>(context);
    SpinGuard guard{process_lock};
    send_signal_locked(process, SignalInfo::from_kernel(kSigAlarm), PendingSignals::Details::Drop);
    if (process.real_interval_ns != 0 && !process.exiting)
        timer.start(timer.deadline() + process.real_interval_ns, timer_rang, &process);
}

struct TimerState {
    u64 left_ns, interval_ns;
};

TimerState timer_state(Process& process)
{
    if (!process.real_timer.is_pending()) return {0, 0};
    const u64 now = now_ns(), deadline = process.real_timer.deadline();
    return {deadline > now ? deadline - now : 1, process.real_interval_ns};
}

TimerState set_real_timer(Process& process, TimerState wanted)
{
    const TimerState before = timer_state(process);
    {
        SpinGuard guard{process_lock};
        process.real_interval_ns = 0;  // an expiry under way does not start it again
    }
    process.real_timer.cancel();
    if (wanted.left_ns == 0) return before;
    {
        SpinGuard guard{process_lock};
        process.real_interval_ns = wanted.interval_ns;
    }
    process.real_timer.start(now_ns() + wanted.left_ns, timer_rang, &process);
    return before;
}

Itimerval32 to_itimerval(TimerState state)
{
    return {to_timeval32(state.interval_ns), to_timeval32(state.left_ns)};
}

}  // namespace

u32 sys_alarm(Task& self, u32 seconds)
{
    const TimerState before = set_real_timer(self.process(), {u64{seconds} * kNsPerSecond, 0});
    return static_cast<u32>((before.left_ns + kNsPerSecond - 1) / kNsPerSecond);
}

Result<void> sys_setitimer(Task& self, u32 which, UserPtr<const Itimerval32> value, UserPtr<Itimerval32> old)
{
    TimerState wanted{0, 0};
    if (value) {
        const Itimerval32 given = TRY(value.read());
        wanted = {TRY(to_ns(given.value)), TRY(to_ns(given.interval))};
    }
    if (which == kVirtualTimer || which == kProfileTimer)
        return Errno::NotSupported;  // CPU time rings no timer yet
    if (which != kRealTimer) return Errno::Invalid;
    return old.write_if_given(to_itimerval(set_real_timer(self.process(), wanted)));
}

Result<void> sys_getitimer(Task& self, u32 which, UserPtr<Itimerval32> value)
{
    if (which > kProfileTimer) return Errno::Invalid;
    return value.write(to_itimerval(which == kRealTimer ? timer_state(self.process()) : TimerState{0, 0}));
}

}  // namespace faultline
