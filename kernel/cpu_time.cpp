#include "kernel/cpu_time.h"

#include "arch/clock.h"
#include "core/scheduler.h"
#include "kernel/task.h"

namespace faultline {

// ---- Dividing ----

void CpuTime::add(const CpuTime& other)
{
    ticks += other.ticks;
    user_ticks += other.user_ticks;
    system_ticks += other.system_ticks;
}

CpuTime cpu_time_of(const Task& task)
{
    return {task.cpu_ticks(), task.user_ticks, task.system_ticks};
}

CpuSplit split_cpu_time(const CpuTime& time, CpuSplit& shown)
{
    const u64 total = ticks_to_ns(time.ticks);
    if (total <= shown.total_ns()) return shown;
    const u64 samples = u64{time.user_ticks} + time.system_ticks;
    u64 system = 0;  // too short for a tick: all of it was the program's
    if (time.system_ticks != 0)
        system = total / samples * time.system_ticks + total % samples * time.system_ticks / samples;
    system = max(system, shown.system_ns);
    if (total - system < shown.user_ns) system = total - shown.user_ns;
    shown = {total - system, system};
    return shown;
}

CpuSplit process_cpu_locked(Process& process)
{
    CpuTime sum = process.cpu_of_gone;
    for (const Task& task : process.tasks)
        sum.add(cpu_time_of(task));
    return split_cpu_time(sum, process.cpu_shown);
}

// ---- What rings ----

namespace {

void send_from_tick(Process& process, u32 signal) REQUIRES(process_lock)
{
    send_signal_locked(process, SignalInfo::from_kernel(signal), PendingSignals::Details::Drop);
}

void ring_locked(Process& process, CpuAlarm& alarm, u64 now_ns, u32 signal) REQUIRES(process_lock)
{
    if (alarm.deadline_ns == 0 || now_ns < alarm.deadline_ns) return;
    alarm.deadline_ns = alarm.interval_ns == 0 ? 0 : now_ns + alarm.interval_ns;
    send_from_tick(process, signal);
}

// Beyond the soft limit it hears of it each second; the limit moves along, as in Linux.
void check_limit_locked(Process& process, u64 total_ns) REQUIRES(process_lock)
{
    Limit& limit = process.limits[kLimitCpu];
    const u64 seconds = total_ns / kNsPerSecond;
    if (limit.hard != kUnlimited && seconds >= limit.hard) return send_from_tick(process, kSigKill);
    if (limit.soft == kUnlimited || seconds < limit.soft) return;
    limit.soft++;
    send_from_tick(process, kSigCpuLimit);
}

// In the timer interrupt.
void tick(Thread& thread)
{
    Process& process = static_cast<Task*>(thread.owner)->process();
    if (!process.watches_cpu) return;
    SpinGuard guard{process_lock};
    const CpuSplit now = process_cpu_locked(process);
    ring_locked(process, process.virtual_alarm, now.user_ns, kSigVirtualAlarm);
    ring_locked(process, process.profile_alarm, now.total_ns(), kSigProfile);
    check_limit_locked(process, now.total_ns());
    process.timers.tick_locked();
    watch_cpu_time_locked(process);
}

}  // namespace

void watch_cpu_time_locked(Process& process)
{
    process.watches_cpu = process.virtual_alarm.deadline_ns != 0 || process.profile_alarm.deadline_ns != 0 ||
                          process.limits[kLimitCpu].soft != kUnlimited || process.timers.watches_cpu();
}

void connect_ticks()
{
    set_tick_hook(tick);
}

}  // namespace faultline
