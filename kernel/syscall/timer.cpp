// System calls about timers that send signals: interval timers here; kernel/posix_timer.h has the other kind.
#include "core/timer.h"
#include "arch/clock.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/time_values.h"
#include "kernel/task.h"

namespace faultline {

namespace {

constexpr u32 kRealTimer = 0, kVirtualTimer = 1, kProfileTimer = 2;

// ---- Real time ----

// The next of the whole intervals after `deadline` that leaves time for something else.
u64 next_deadline(u64 deadline, u64 interval_ns)
{
    const u64 next = deadline + interval_ns, soonest = now_ns() + kShortestRepeatNs;
    return next >= soonest ? next : next + ((soonest - next) / interval_ns + 1) * interval_ns;
}

// In an interrupt. The process outlives its timer: exit cancels it.
void timer_rang(Timer& timer, void* context)
{
    Process& process = *static_cast<Process*>(context);
    SpinGuard guard{process_lock};
    send_signal_locked(process, SignalInfo::from_kernel(kSigAlarm), PendingSignals::Details::Drop);
    if (process.real_interval_ns != 0 && !process.exiting)
        timer.start(next_deadline(timer.deadline(), process.real_interval_ns), timer_rang, &process);
}

TimerState real_timer(Process& process)
{
    if (!process.real_timer.is_pending()) return {0, 0};
    const u64 now = now_ns(), deadline = process.real_timer.deadline();
    return {deadline > now ? deadline - now : 1, process.real_interval_ns};
}

TimerState set_real_timer(Process& process, TimerState wanted)
{
    SleepGuard one_at_a_time{process.timers_lock};
    const TimerState before = real_timer(process);
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
    process.real_timer.start(deadline_after(wanted.left_ns), timer_rang, &process);
    return before;
}

// ---- CPU time ----

CpuAlarm& alarm_of(Process& process, u32 which)
{
    return which == kVirtualTimer ? process.virtual_alarm : process.profile_alarm;
}

u64 cpu_clock_locked(Process& process, u32 which) REQUIRES(process_lock)
{
    const CpuSplit now = process_cpu_locked(process);
    return which == kVirtualTimer ? now.user_ns : now.total_ns();
}

TimerState alarm_state_locked(const CpuAlarm& alarm, u64 now_ns)
{
    if (alarm.deadline_ns == 0) return {0, alarm.interval_ns};
    return {alarm.deadline_ns > now_ns ? alarm.deadline_ns - now_ns : 1, alarm.interval_ns};
}

TimerState set_cpu_alarm(Process& process, u32 which, TimerState wanted)
{
    SpinGuard guard{process_lock};
    CpuAlarm& alarm = alarm_of(process, which);
    const u64 now_ns = cpu_clock_locked(process, which);
    const TimerState before = alarm_state_locked(alarm, now_ns);
    alarm.deadline_ns = wanted.left_ns == 0 ? 0 : now_ns + wanted.left_ns;
    alarm.interval_ns = wanted.interval_ns;
    watch_cpu_time_locked(process);
    return before;
}

// ---- All three ----

TimerState timer_state(Process& process, u32 which)
{
    if (which == kRealTimer) return real_timer(process);
    SpinGuard guard{process_lock};
    return alarm_state_locked(alarm_of(process, which), cpu_clock_locked(process, which));
}

Itimerval32 to_itimerval(TimerState state)
{
    return {to_timeval32(state.interval_ns), to_timeval32(state.left_ns)};
}

}  // namespace

u32 sys_alarm(Task& self, u32 seconds)
{
    const TimerState before = set_real_timer(self.process(), {u64{seconds} * kNsPerSecond, 0});
    if (before.left_ns == 0) return 0;
    return max(1u, static_cast<u32>((before.left_ns + kNsPerSecond / 2) / kNsPerSecond));
}

Result<void> sys_setitimer(Task& self, u32 which, UserPtr<const Itimerval32> value, UserPtr<Itimerval32> old)
{
    TimerState wanted{0, 0};
    if (value) {
        const Itimerval32 given = TRY(value.read());
        wanted = {TRY(to_ns(given.value)), TRY(to_ns(given.interval))};
    }
    if (which > kProfileTimer) return Errno::Invalid;
    const TimerState before = which == kRealTimer ? set_real_timer(self.process(), wanted)
                                                  : set_cpu_alarm(self.process(), which, wanted);
    return old.write_if_given(to_itimerval(before));
}

Result<void> sys_getitimer(Task& self, u32 which, UserPtr<Itimerval32> value)
{
    if (which > kProfileTimer) return Errno::Invalid;
    return value.write(to_itimerval(timer_state(self.process(), which)));
}

// ---- Timers of timer_create ----

namespace {

constexpr u32 kNotifySignal = 0, kNotifyNone = 1, kNotifyThread = 2, kNotifyTask = 4;

Result<TimerNotice> read_notice(Task& self, UserPtr<const Sigevent> event)
{
    if (!event) return TimerNotice{kSigAlarm, 0, 0, true};
    const Sigevent given = TRY(event.read());
    if (given.notify == kNotifyNone) return TimerNotice{0, given.value, 0, false};
    const bool to_task = given.notify == (kNotifySignal | kNotifyTask);
    if (given.notify != kNotifySignal && given.notify != kNotifyThread && !to_task) return Errno::Invalid;
    if (given.signal == 0 || given.signal > kSignals) return Errno::Invalid;
    if (to_task) {
        SpinGuard guard{process_lock};
        const auto* task = static_cast<const Task*>(pids.find(given.tid, PidKind::Task));
        if (!task || &task->process() != &self.process()) return Errno::Invalid;
    }
    return TimerNotice{given.signal, given.value, to_task ? given.tid : 0, false};
}

Result<Clock> clock_for_timer(Task& self, i32 id)
{
    Clock clock = TRY(parse_clock(self, id));
    if (!clock.rings) return Errno::NotSupported;
    if (clock.kind == ClockKind::TaskCpu && clock.number == 0) clock.number = self.tid();
    const bool of_another =
        clock.kind == ClockKind::ProcessCpu && clock.number != 0 && clock.number != self.process().pid();
    return of_another ? Result<Clock>{Errno::Invalid} : clock;
}

// In either form of itimerspec.
template <class Pair>
Result<void> set_posix_timer(Task& self, i32 id, u32 flags, UserPtr<const Pair> value, UserPtr<Pair> old)
{
    constexpr u32 kAbsolute = 1;
    if (!value) return Errno::Invalid;
    const Pair given = TRY(value.read());
    const TimerState wanted{TRY(to_ns(given.value)), TRY(to_ns(given.interval))};
    const TimerStart start = (flags & kAbsolute) != 0 ? TimerStart::At : TimerStart::After;
    const TimerState before = TRY(self.process().timers.set(self.process(), id, start, wanted));
    return old.write_if_given(Pair::of(before.interval_ns, before.left_ns));
}

template <class Pair> Result<void> get_posix_timer(Task& self, i32 id, UserPtr<Pair> value)
{
    const TimerState now = TRY(self.process().timers.state(id));
    return value.write(Pair::of(now.interval_ns, now.left_ns));
}

}  // namespace

Result<void> sys_timer_create(Task& self, i32 clock, UserPtr<const Sigevent> event, UserPtr<i32> id)
{
    const Clock parsed = TRY(clock_for_timer(self, clock));
    const TimerNotice notice = TRY(read_notice(self, event));
    Process& process = self.process();
    const i32 made = TRY(process.timers.create(process, parsed, notice));
    const Result<void> told = id.write(made);
    if (!told.ok()) static_cast<void>(process.timers.remove(process, made).ok());
    return told;
}

Result<void> sys_timer_settime(Task& self, i32 id, u32 flags, UserPtr<const Itimerspec32> value,
                               UserPtr<Itimerspec32> old)
{
    return set_posix_timer(self, id, flags, value, old);
}

Result<void> sys_timer_settime64(Task& self, i32 id, u32 flags, UserPtr<const Itimerspec64> value,
                                 UserPtr<Itimerspec64> old)
{
    return set_posix_timer(self, id, flags, value, old);
}

Result<void> sys_timer_gettime(Task& self, i32 id, UserPtr<Itimerspec32> value)
{
    return get_posix_timer(self, id, value);
}

Result<void> sys_timer_gettime64(Task& self, i32 id, UserPtr<Itimerspec64> value)
{
    return get_posix_timer(self, id, value);
}

Result<u32> sys_timer_getoverrun(Task& self, i32 id)
{
    return self.process().timers.overrun(id);
}

Result<void> sys_timer_delete(Task& self, i32 id)
{
    return self.process().timers.remove(self.process(), id);
}

}  // namespace faultline
