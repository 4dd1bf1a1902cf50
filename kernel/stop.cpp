// How a process stops and goes on: job control's stop of all its tasks. Each stops where it would go back to user mode; the
// process counts as stopped, and its parent hears of it, when the last has.
#include "core/scheduler.h"
#include "kernel/process.h"
#include "kernel/task.h"
#include "kernel/tracing.h"

namespace faultline {

namespace {

void become_stopped_locked(Process& process) REQUIRES(process_lock)
{
    process.state = ProcessState::Stopped;
    process.group->stopped_count++;
    process.stop_unreported = true;
    process.continue_unreported = false;
    notify_parent_locked(process, kCodeStopped, process.stop_signal);
}

void begin_locked(Process& process, u32 signal) REQUIRES(process_lock)
{
    process.stopping = true;
    process.stop_round++;
    process.stop_signal = signal;
    process.tasks_to_stop = 0;
    for (Task& task : process.tasks) {
        if (task.leaving) continue;
        process.tasks_to_stop++;
        interrupt_thread(task);
    }
}

// True: it was the last that the stop waited for.
bool count_out_locked(Task& task) REQUIRES(process_lock)
{
    Process& process = task.process();
    if (!has_to_stop_locked(task)) return false;
    task.stop_round = process.stop_round;
    return --process.tasks_to_stop == 0;
}

}  // namespace

bool has_to_stop_locked(const Task& task)
{
    const Process& process = task.process();
    return process.stopping && process.state == ProcessState::Running &&
           task.stop_round != process.stop_round;
}

bool end_stop_locked(Process& process)
{
    if (!process.stopping) return false;
    const bool was_stopped = process.state == ProcessState::Stopped;
    process.stopping = false;
    process.resumed.wake_all();
    if (!was_stopped) return false;
    process.state = ProcessState::Running;
    process.group->stopped_count--;
    process.stop_unreported = false;
    return true;
}

// A tracer may let its tracee run though the process was stopped.
void join_stop_locked(Task& self)
{
    Process& process = self.process();
    const u32 round = process.stop_round;
    if (count_out_locked(self)) become_stopped_locked(process);
    const auto goes_on = [&]() { return !process.stopping || process.stop_round != round || self.leaving; };
    while (!goes_on()) {
        if (trace_group_stop_locked(self, process.stop_signal))
            return static_cast<void>(end_stop_locked(process));
        if (!goes_on()) static_cast<void>(process.resumed.sleep(process_lock).ok());
    }
}

void stop_locked(Task& self, u32 signal)
{
    if (!self.process().stopping) begin_locked(self.process(), signal);
    join_stop_locked(self);
}

// Where nobody else is left, nobody is stopped.
void leave_stop_locked(Task& self)
{
    Process& process = self.process();
    if (!count_out_locked(self)) return;
    for (const Task& task : process.tasks)
        if (!task.leaving) return become_stopped_locked(process);
    process.stopping = false;
}

void enter_stop_locked(Task& fresh)
{
    if (!has_to_stop_locked(fresh)) return;
    fresh.process().tasks_to_stop++;
    interrupt_thread(fresh);
}

}  // namespace faultline
