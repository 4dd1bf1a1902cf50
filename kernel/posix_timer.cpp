#include "kernel/posix_timer.h"

#include "arch/clock.h"
#include "core/scheduler.h"
#include "kernel/task.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u64 kNever = u64{1} << 62;
constexpr u32 kMostOverruns = 0x7fffffff;

}  // namespace

// ---- One timer ----

PosixTimer::PosixTimer(Process& process, const Clock& clock, TimerNotice notice)
    : process_{process}, clock_{clock}, notice_{notice}
{
    unqueued = left_queue;
}

u64 PosixTimer::now_locked() const
{
    if (!clock_.is_cpu()) return now_ns();
    if (clock_.kind == ClockKind::TaskCpu) {
        Task* task = static_cast<Task*>(pids.find(clock_.number, PidKind::Task));
        if (!task || &task->process() != &process_) return 0;  // it ended: its time stands still
        return clock_.user_only ? split_cpu_time(cpu_time_of(*task), task->cpu_shown).user_ns
                                : ticks_to_ns(task->cpu_ticks());
    }
    const CpuSplit now = process_cpu_locked(process_);
    return clock_.user_only ? now.user_ns : now.total_ns();
}

TimerState PosixTimer::state_locked() const
{
    if (!runs_ && !waits_for_take_) return {0, interval_ns_};
    const u64 now = now_locked();
    if (deadline_ns_ > now) return {deadline_ns_ - now, interval_ns_};
    if (interval_ns_ != 0) return {interval_ns_ - (now - deadline_ns_) % interval_ns_, interval_ns_};
    return {signal() == 0 ? u64{0} : 1, 0};
}

void PosixTimer::run_locked()
{
    runs_ = true;
    if (clock_.is_cpu())
        watch_cpu_time_locked(process_);
    else if (signal() != 0 && deadline_ns_ < kNever)
        timer_.start(deadline_ns_, rang, this);
}

// Moves the deadline, by whole intervals, beyond `moment`.
void PosixTimer::pass_until_locked(u64 moment)
{
    if (moment < deadline_ns_) return;
    const u64 count = (moment - deadline_ns_) / interval_ns_ + 1;
    deadline_ns_ += count * interval_ns_;
    passed_ = static_cast<u32>(min(u64{kMostOverruns}, passed_ + count));
}

// In the timer interrupt, or the tick.
void PosixTimer::ring_locked()
{
    runs_ = false;
    Task* task = nullptr;
    if (notice_.tid != 0) {
        task = static_cast<Task*>(pids.find(notice_.tid, PidKind::Task));
        if (!task || &task->process() != &process_) return;
    }
    if (queue_) {  // its signal waits since before it was set anew
        passed_++;
        return;
    }
    const u32 value = notice_.value_is_id ? static_cast<u32>(id_) : notice_.value;
    info = {signal(), kCodeTimer, {static_cast<u32>(id_), 0, value}};
    queue_ = queue_own_signal_locked(process_, task, *this);
    waits_for_take_ = queue_ && interval_ns_ != 0;
    if (queue_ || interval_ns_ == 0) return;
    pass_until_locked(now_locked() + kTickNs);  // ignored: no need to hurry
    run_locked();
}

void PosixTimer::rang(Timer&, void* context)
{
    PosixTimer& self = *static_cast<PosixTimer*>(context);
    SpinGuard guard{process_lock};
    if (self.runs_) self.ring_locked();
}

void PosixTimer::left_queue(QueuedSignal& queued, SignalInfo* taken) NO_THREAD_SAFETY_ANALYSIS
{
    PosixTimer& self = static_cast<PosixTimer&>(queued);
    self.queue_ = nullptr;
    const bool again = self.waits_for_take_;
    self.waits_for_take_ = false;
    if (again) {
        self.pass_until_locked(self.now_locked());
        if (self.passed_ != 0) self.passed_--;  // one of them is what this signal told
    }
    self.overrun_ = self.passed_;
    self.passed_ = 0;
    if (taken) taken->fields[1] = self.overrun_;
    if (again) self.run_locked();
}

// ---- A process's timers ----

Result<PosixTimer*> PosixTimerSet::find_locked(i32 id)
{
    for (PosixTimer& timer : timers_)
        if (timer.id_ == id) return &timer;
    return Errno::Invalid;
}

Result<i32> PosixTimerSet::create(Process& process, const Clock& clock, TimerNotice notice)
{
    PosixTimer* timer = TRY(make<PosixTimer>(process, clock, notice));
    {
        SpinGuard guard{process_lock};
        auto quota = take_quota_locked(process);
        if (quota.ok()) {
            timer->quota = quota.value();
            timer->id_ = next_id_++;
            cpu_timers_ += clock.is_cpu();
            timers_.push_back(*timer);
            return timer->id_;
        }
    }
    destroy(timer);
    return Errno::Again;
}

Result<TimerState> PosixTimerSet::set(Process& process, i32 id, TimerStart start, TimerState wanted)
{
    SleepGuard one_at_a_time{process.timers_lock};
    PosixTimer* timer;
    TimerState before;
    {
        SpinGuard guard{process_lock};
        timer = TRY(find_locked(id));
        before = timer->state_locked();
        timer->runs_ = timer->waits_for_take_ = false;
    }
    timer->timer_.cancel();
    SpinGuard guard{process_lock};
    timer->interval_ns_ = wanted.left_ns == 0 ? 0 : wanted.interval_ns;
    timer->passed_ = timer->overrun_ = 0;
    if (wanted.left_ns == 0) return before;
    const u64 behind = timer->clock_.kind == ClockKind::Wall ? wall_ns() - now_ns() : 0;
    timer->deadline_ns_ = start == TimerStart::After ? timer->now_locked() + wanted.left_ns
                                                     : max(wanted.left_ns, behind) - behind;
    timer->run_locked();
    return before;
}

Result<TimerState> PosixTimerSet::state(i32 id)
{
    SpinGuard guard{process_lock};
    const PosixTimer* timer = TRY(find_locked(id));
    return timer->state_locked();
}

Result<u32> PosixTimerSet::overrun(i32 id)
{
    SpinGuard guard{process_lock};
    const PosixTimer* timer = TRY(find_locked(id));
    return timer->overrun_;
}

// Off the list already, and not to run again.
void PosixTimerSet::forget(PosixTimer& timer)
{
    timer.timer_.cancel();
    {
        SpinGuard guard{process_lock};
        if (timer.queue_) timer.queue_->remove_own(timer);
        release_quota_locked(timer.quota);
        cpu_timers_ -= timer.clock_.is_cpu();
    }
    destroy(&timer);
}

Result<void> PosixTimerSet::remove(Process& process, i32 id)
{
    SleepGuard one_at_a_time{process.timers_lock};
    PosixTimer* timer;
    {
        SpinGuard guard{process_lock};
        timer = TRY(find_locked(id));
        timers_.remove(*timer);
        timer->runs_ = timer->waits_for_take_ = false;
    }
    forget(*timer);
    return {};
}

void PosixTimerSet::remove_all(Process& process)
{
    for (;;) {
        i32 id;
        {
            SpinGuard guard{process_lock};
            const PosixTimer* first = timers_.first();
            if (!first) return;
            id = first->id_;
        }
        static_cast<void>(remove(process, id).ok());
    }
}

void PosixTimerSet::tick_locked()
{
    if (cpu_timers_ == 0) return;
    for (PosixTimer& timer : timers_)
        if (timer.clock_.is_cpu() && timer.runs_ && timer.signal() != 0 &&
            timer.now_locked() >= timer.deadline_ns_)
            timer.ring_locked();
}

}  // namespace faultline
