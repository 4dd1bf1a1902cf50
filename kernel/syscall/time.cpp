// System calls about time: clocks and sleeping.
#include "arch/clock.h"
#include "core/timer.h"
#include "kernel/clocks.h"
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

Itimerspec32 Itimerspec32::of(u64 interval_ns, u64 value_ns)
{
    return {to_timespec32(interval_ns), to_timespec32(value_ns)};
}

Itimerspec64 Itimerspec64::of(u64 interval_ns, u64 value_ns)
{
    return {to_timespec64(interval_ns), to_timespec64(value_ns)};
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

// Not to before the boot: since then time went on.
Result<void> set_wall_clock(Task& self, u64 ns)
{
    if (!self.process().credentials.is_root()) return Errno::Perm;
    if (ns < now_ns()) return Errno::Invalid;
    set_wall_ns(ns);
    return {};
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

Result<u32> sys_stime(Task& self, UserPtr<const i32> seconds)
{
    const i32 wanted = TRY(seconds.read());
    const u64 ns = TRY(to_ns(Timespec32{wanted, 0}));
    TRY(set_wall_clock(self, ns));
    return 0u;
}

Result<void> sys_settimeofday(Task& self, UserPtr<const Timeval32> now, UserPtr<const u64> zone)
{
    u64 ns = 0;
    if (now) {
        const Timeval32 given = TRY(now.read());
        ns = TRY(to_ns(given));
    }
    if (zone) TRY(zone.read());  // it stays UTC
    if (!self.process().credentials.is_root()) return Errno::Perm;
    return now ? set_wall_clock(self, ns) : Result<void>{};
}

namespace {

Result<u64> clock_now(Task& self, i32 id)
{
    const Clock clock = TRY(parse_clock(self, id));
    return read_clock(self, clock);
}

}  // namespace

Result<void> sys_clock_gettime(Task& self, i32 clock, UserPtr<Timespec32> now)
{
    const u64 ns = TRY(clock_now(self, clock));
    return now.write(to_timespec32(ns));
}

Result<void> sys_clock_gettime64(Task& self, i32 clock, UserPtr<Timespec64> now)
{
    const u64 ns = TRY(clock_now(self, clock));
    return now.write(to_timespec64(ns));
}

Result<void> sys_clock_getres(Task& self, i32 clock, UserPtr<Timespec32> resolution)
{
    const Clock parsed = TRY(parse_clock(self, clock));
    return resolution.write_if_given(to_timespec32(resolution_ns(parsed)));
}

Result<void> sys_clock_getres_time64(Task& self, i32 clock, UserPtr<Timespec64> resolution)
{
    const Clock parsed = TRY(parse_clock(self, clock));
    return resolution.write_if_given(to_timespec64(resolution_ns(parsed)));
}

namespace {

template <class T> Result<void> set_clock(Task& self, i32 id, UserPtr<const T> now)
{
    const Clock clock = TRY(parse_clock(self, id));
    const bool has_number_of_its_own = id >= 0;
    if (clock.is_fixed && has_number_of_its_own) return Errno::Invalid;
    const T given = TRY(now.read());
    if (clock.is_fixed) return Errno::Perm;
    const u64 ns = TRY(to_ns(given));
    return set_wall_clock(self, ns);
}

}  // namespace

Result<void> sys_clock_settime(Task& self, i32 clock, UserPtr<const Timespec32> now)
{
    return set_clock(self, clock, now);
}

Result<void> sys_clock_settime64(Task& self, i32 clock, UserPtr<const Timespec64> now)
{
    return set_clock(self, clock, now);
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

// clock_nanosleep.
Result<u32> sleep_by_clock(Task& self, i32 clock, u32 flags, u64 ns, UserAddr remaining, Remaining form)
{
    constexpr u32 kAbsolute = 1;
    const Clock parsed = TRY(parse_clock(self, clock));
    if (!parsed.rings || parsed.is_cpu()) return Errno::NotSupported;
    if ((flags & kAbsolute) == 0) return sleep_for(self, ns, remaining, form);
    const u64 behind = parsed.kind == ClockKind::Wall ? wall_ns() - now_ns() : 0;
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
