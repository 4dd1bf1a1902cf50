// How a task ends, and with the last one the process. The last gives everything back itself, but for its own stack; that,
// and telling the parent, is left to whoever runs next (Task::on_gone, become_zombie). So before wait4 returns all is free.
// The others are told to end (Task::leaving) and do so on their way back to user mode.
#include "arch/clock.h"
#include "core/log.h"
#include "core/scheduler.h"
#include "kernel/futex.h"
#include "kernel/process.h"
#include "kernel/receipt.h"
#include "kernel/task.h"
#include "mm/fail.h"
#include "mm/reclaim.h"

namespace faultline {

namespace {

// The space's counters go with it, unless others still use it.
void account_space_locked(Process& process) REQUIRES(process_lock)
{
    const FaultCounts& counts = process.space().fault_counts();
    process.faults_before_minor += counts.minor;
    process.faults_before_major += counts.major;
}

void give_back_space(Process& process)
{
    Ref<AddressSpace> space;
    const u32 peak = process.space().usage().peak_resident;
    {
        SpinGuard guard{process_lock};
        account_space_locked(process);
        process.peak_resident_before = max(process.peak_resident_before, peak);
        space = move(process.space_);
    }
    space = nullptr;  // frees all, if we were the last
    release_vfork_parent(process);
}

void give_back_files(Process& process)
{
    Ref<FileTable> files;
    Ref<PathView> view;
    Place executable;
    Ref<RunningFile> running;
    SpinGuard guard{process_lock};  // what it guards goes after it
    files = move(process.files);
    view = move(process.view);
    executable = process.executable;
    running = move(process.running);
    process.executable = Place{};
}

// The next of those it comes from that takes orphans, else init.
Process& heir_of_locked(const Process& process) REQUIRES(process_lock)
{
    if (!process.traits.has_orphans_taker) return init_process();
    for (Process* one = process.parent; one; one = one->parent)
        if (one->traits.takes_orphans && !one->exiting) return *one;
    return init_process();
}

// Its heir takes the children, living and dead. They end for it as any child does: which signal says so, and whether only a
// __WCLONE sees it, was between them and the parent that made them.
void give_away_children_locked(Process& process) REQUIRES(process_lock)
{
    if (process.children.empty()) return;
    Process& heir = heir_of_locked(process);
    while (Process* child = process.children.pop_front()) {
        child->parent = &heir;
        child->exit_signal = kSigChild;
        heir.children.push_back(*child);
        if (const u32 signal = child->traits.parent_death_signal; signal != 0)
            send_signal_locked(*child, {signal, kCodeUser, {process.pid(), process.uids.real}});
        note_orphaned_locked(*child, process, process);
    }
}

// True: there are more. An heir that ignores the ends of children has reaped it at once.
bool give_away_zombie(Process& process)
{
    Ref<Process> reaped;  // dropped after the lock
    SpinGuard guard{process_lock};
    Process* const child = process.zombies.pop_front();
    child->parent = &heir_of_locked(process);
    child->exit_signal = kSigChild;
    child->parent->zombies.push_back(*child);
    if (!child->leader_tracing) reaped = announce_zombie_locked(*child);  // else its tracer hears first
    return !process.zombies.empty();
}

void leave_family(Process& process)
{
    bool leads, has_zombies;
    {
        SpinGuard guard{process_lock};
        process.state = ProcessState::Exiting;
        process.signals_kept.wake_all();  // an epoll that others share may stand there
        leads = process.is_session_leader();
        give_away_children_locked(process);
        has_zombies = !process.zombies.empty();
        if (process.parent) note_orphaned_locked(process, *process.parent, process);
    }
    while (has_zombies)
        has_zombies = give_away_zombie(process);
    if (leads) leave_terminal(process);
}

[[noreturn]] void panic_without_init(u32 status)
{
    const u32 signal = status & 0x7f;
    if (signal != 0) panic("init died: signal %u killed it", signal);
    panic("init died: it exited with status %u", status >> 8);
}

bool reaps_itself(const Process& parent)
{
    const KernelSigaction& action = parent.actions.of(kSigChild);
    return action.handler == kHandlerIgnore || (action.flags & kActionNoChildWait) != 0;
}

}  // namespace

namespace {

void dismiss_locked(Task& task) REQUIRES(process_lock)
{
    task.leaving = true;
    end_thread(task);
}

// The task has left the space already. True: no other is left in the process, and none can come.
bool leave_process(Task& self, u32 status)
{
    Process& process = self.process();
    SpinGuard guard{process_lock};
    if (--process.live_tasks != 0) return false;
    if (!process.exiting) process.exit_status = status;
    process.exiting = true;
    return true;
}

void end_process(Process& process)
{
    if (process.is_init()) panic_without_init(process.exit_status);
    if (!process.tracees.empty()) trace_tracer_leaves(process);
    process.real_timer.cancel();
    process.timers.remove_all(process);
    keep_receipt(process);
    give_back_space(process);
    if (process.was_killed_for_memory) memory_was_freed();
    give_back_files(process);
    leave_family(process);
}

}  // namespace

void exit_task(Task& self, u32 status)
{
    if (self.trace.by) trace_exit(self, status);
    {
        SpinGuard guard{process_lock};
        self.leaving = true;
        leave_stop_locked(self);
        update_signal_marks_locked(self);  // others take what is pending for the process
    }
    release_futexes(self);
    self.may_use_reserve = false;
    fail_nth_allocation(0);
    leave_space();
    if (leave_process(self, status)) end_process(self.process());
    exit_thread();
}

void exit_process(Task& self, u32 status)
{
    if (self.trace.by) trace_exit(self, status);
    {
        SpinGuard guard{process_lock};
        if (!self.leaving) begin_exit_locked(self.process(), status);  // else only we end: another's exec
    }
    exit_task(self, status);
}

void begin_exit_locked(Process& process, u32 status)
{
    if (process.exiting) return;
    process.exiting = true;
    process.exit_status = status;
    process.stopping = false;
    for (Task& task : process.tasks)
        dismiss_locked(task);
    process.resumed.wake_all();
}

namespace {

void take_leaders_number_locked(Task& self) REQUIRES(process_lock)
{
    pids.remove(self);
    pids.insert(self, self.process().pid());
    self.id = self.process().pid();
}

}  // namespace

Result<void> become_only_task(Task& self)
{
    Process& process = self.process();
    SpinGuard guard{process_lock};
    if (self.leaving) return Errno::Intr;
    for (Task& task : process.tasks)
        if (&task != &self) dismiss_locked(task);
    process.resumed.wake_all();
    while (process.tasks.first() != process.tasks.last())
        TRY(process.task_gone.sleep(process_lock, Wait::Killable));
    if (!self.is_leader()) take_leaders_number_locked(self);
    return {};
}

void release_vfork_parent(Process& process)
{
    SpinGuard guard{process_lock};
    if (!process.vfork_parent) return;
    process.vfork_parent = nullptr;
    process.vfork_done.wake_all();
}

namespace {

// Nobody else would see them: wait4 has its own.
void tell_times_locked(Process& child, SignalInfo& info) REQUIRES(process_lock)
{
    constexpr u64 kNsPerTick = kNsPerSecond / kUserTicksPerSecond;
    const CpuSplit used = process_cpu_locked(child);
    info.fields[3] = static_cast<u32>(used.user_ns / kNsPerTick);
    info.fields[4] = static_cast<u32>(used.system_ns / kNsPerTick);
}

}  // namespace

void notify_parent_locked(Process& child, i32 code, u32 value)
{
    Process* parent = child.parent;
    if (!parent) return;
    parent->child_changed.wake_all();
    // A program did not ask for the signal that the one before it chose.
    const u32 signal = child.parents_execs == parent->execs ? child.exit_signal : kSigChild;
    if (signal == 0) return;
    const bool is_end = code == kCodeExited || code == kCodeKilled;
    if (!is_end && (parent->actions.of(kSigChild).flags & kActionNoChildStop) != 0) return;
    const u32 shown = code == kCodeExited ? value >> 8 : code == kCodeKilled ? value & 0x7f : value;
    SignalInfo info{signal, code, {child.pid(), child.uids.real, shown}};
    const Task* const first = parent->tasks.first();
    const bool is_kept = first && first->blocked.has(signal);  // for sigtimedwait or a signalfd
    if (is_kept || parent->actions.of(signal).handler > kHandlerIgnore) tell_times_locked(child, info);
    send_signal_locked(*parent, info);
}

void become_zombie(Process& process)
{
    Ref<Process> reaped;
    SpinGuard guard{process_lock};
    process.state = ProcessState::Zombie;
    if (!process.ended.empty()) process.ended.wake_all();
    static_cast<ListNode<SiblingsTag>&>(process).unlink();
    process.parent->zombies.push_back(process);
    if (!trace_holds_zombie_locked(process)) reaped = announce_zombie_locked(process);
}

Ref<Process> announce_zombie_locked(Process& process)
{
    const bool vanishes = reaps_itself(*process.parent);
    notify_parent_locked(process, (process.exit_status & 0x7f) == 0 ? kCodeExited : kCodeKilled,
                         process.exit_status);
    return vanishes ? reap_locked(process) : nullptr;
}

}  // namespace faultline
