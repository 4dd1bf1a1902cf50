#include "kernel/tracing.h"

#include "core/scheduler.h"
#include "core/trace.h"
#include "kernel/process.h"
#include "kernel/task.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kTrapFlag = 1u << 8;
constexpr i32 kCodeTrapStep = 1;  // SIGTRAP's, for a step over a system call
constexpr u32 kMessageOfEntry = 1, kMessageOfExit = 2;

u32 tracings GUARDED_BY(process_lock);

void tie_locked(Process& tracer, Task& tracee, Tracing& tie) REQUIRES(process_lock)
{
    tie.tracer = &tracer;
    tie.tracee = &tracee;
    tie.tid = tracee.tid();
    tracee.trace.by = &tie;
    tracer.tracees.push_back(tie);
    if (tracings++ == 0) trace_watch_tasks(TaskWatch::On);
}

void untie_locked(Tracing& tie) REQUIRES(process_lock)
{
    if (tie.tracee) tie.tracee->trace.by = nullptr;
    tie.tracer->tracees.remove(tie);
    if (--tracings == 0) trace_watch_tasks(TaskWatch::Off);
    destroy(&tie);
}

void tell_tracer_locked(const Tracing& tie, i32 code, u32 value) REQUIRES(process_lock)
{
    Process& tracer = *tie.tracer;
    tracer.child_changed.wake_all();
    const bool is_stop = code == kCodeTrapped;
    if (is_stop && (tracer.actions.of(kSigChild).flags & kActionNoChildStop) != 0) return;
    const u32 uid = tie.tracee ? tie.tracee->process().uids.real : 0;
    send_signal_locked(tracer, SignalInfo{kSigChild, code, {tie.tid, uid, value}});
}

// ---- Stopping ----

void put_away_fpu(Task& self)
{
    if (!fpu_save(self.fpu_state)) fpu_restore(self.fpu_state);
    self.trace.fpu_changed = self.trace.debug_changed = false;
}

void end_stepping(Task& self)
{
    if (self.trace.stepping) self.registers().eflags &= ~kTrapFlag;
    self.trace.stepping = false;
}

// The one place where a traced task sleeps. The answer: the signal that it shall go on with. Afterwards nobody may trace
// it any more.
u32 stop_locked(Task& self, u32 code, const SignalInfo* info, u32 message) REQUIRES(process_lock)
{
    Tracing& tie = *self.trace.by;
    if (self.leaving) return 0;
    put_away_fpu(self);
    end_stepping(self);
    tie.code = code;
    tie.unreported = true;
    tie.listening = false;
    tie.has_info = info != nullptr;
    if (info) tie.info = *info;
    tie.message = message;
    self.trace.signal = 0;
    self.trace.stopped = true;
    tell_tracer_locked(tie, kCodeTrapped, code & 0x7f);
    while (self.trace.stopped && !self.leaving)
        static_cast<void>(self.trace.go_on.sleep(process_lock, Wait::Killable).ok());
    self.trace.stopped = false;
    if (self.trace.fpu_changed) fpu_restore(self.fpu_state);
    if (self.trace.debug_changed) load_debug_registers(self.debug);
    return self.trace.signal;
}

u32 stop_as_trap_locked(Task& self, u32 code, u32 message) REQUIRES(process_lock)
{
    const SignalInfo info{
        code & 0x7f, static_cast<i32>(code), {self.process().pid(), self.process().uids.real}};
    return stop_locked(self, code, &info, message);
}

u32 event_code(u32 signal, TraceEventKind kind)
{
    return signal | static_cast<u32>(kind) << 8;
}

bool asked_for_locked(const Task& self, TraceEventKind kind) REQUIRES(process_lock)
{
    return self.trace.by && (self.trace.by->options >> static_cast<u32>(kind) & 1) != 0;
}

bool is_stop_signal(u32 signal)
{
    return signal < kSigFirstQueued && kStopSignals.has(signal);
}

}  // namespace

bool trace_signal_locked(Task& self, SignalInfo& info)
{
    const u32 continues = self.process().continues;
    const SignalInfo came = info;
    const Process* tracer = self.trace.by->tracer;
    const SignalInfo replacement{0, kCodeUser, {tracer->pid(), tracer->uids.real}};
    const u32 chosen = stop_locked(self, came.signal, &came, 0);
    if (chosen == 0) return false;
    if (chosen != came.signal) {
        info = replacement;
        info.signal = chosen;
    } else if (self.trace.by) {
        info = self.trace.by->info;  // PTRACE_SETSIGINFO may have changed it
        info.signal = chosen;
    }
    if (is_stop_signal(chosen) && self.process().continues != continues) return false;
    if (!self.blocked.has(chosen) || kUnblockable.has(chosen)) return true;
    static_cast<void>(self.pending.add(info, PendingSignals::Details::Keep, self.process()).ok());
    return false;
}

bool trace_group_stop_locked(Task& self, u32 signal)
{
    if (!self.trace.by) return false;
    if (self.trace.by->seized)
        stop_as_trap_locked(self, event_code(signal, TraceEventKind::Stop), 0);
    else
        stop_locked(self, signal, nullptr, 0);
    return self.trace.by != nullptr;
}

void trace_trap_locked(Task& self)
{
    self.trace.by->trap_wanted = false;
    const Process& process = self.process();
    const u32 signal = process.state == ProcessState::Stopped ? process.stop_signal : u32{kSigTrap};
    stop_as_trap_locked(self, event_code(signal, TraceEventKind::Stop), 0);
    update_signal_marks_locked(self);
}

void trace_call(Task& self, CallStop which)
{
    SpinGuard guard{process_lock};
    Tracing* tie = self.trace.by;
    if (!tie) return;
    const bool is_exit = which == CallStop::Exit;
    if (is_exit && self.trace.stepping && !tie->at_calls)
        send_task_signal_locked(self, SignalInfo::of_fault(kSigTrap, kCodeTrapStep, self.registers().eip));
    if (!tie->at_calls) return;
    tie->call = which;
    const u32 mark = (tie->options & kTraceSysGood) != 0 ? 0x80 : 0;
    const u32 signal = stop_as_trap_locked(self, kSigTrap | mark, is_exit ? kMessageOfExit : kMessageOfEntry);
    if (self.trace.by) self.trace.by->call = CallStop::None;
    if (signal != 0) send_task_signal_locked(self, SignalInfo::from_task(signal, kCodeUser, self));
}

void trace_handler_entered(Task& self)
{
    SpinGuard guard{process_lock};
    if (self.trace.by) stop_as_trap_locked(self, kSigTrap, 0);
}

void trace_exec(Task& self, u32 old_tid)
{
    SpinGuard guard{process_lock};
    if (Tracing* leader = self.process().leader_tracing) {  // we have its number now
        self.process().leader_tracing = nullptr;
        untie_locked(*leader);
    }
    if (self.trace.by) self.trace.by->tid = self.tid();
    if (asked_for_locked(self, TraceEventKind::Exec))
        stop_as_trap_locked(self, event_code(kSigTrap, TraceEventKind::Exec), old_tid);
    else if (self.trace.by && !self.trace.by->seized)
        send_task_signal_locked(self, SignalInfo::from_task(kSigTrap, kCodeUser, self));
}

void trace_exit(Task& self, u32 status)
{
    SpinGuard guard{process_lock};
    if (!self.trace.by) return;
    self.trace.by->end_status = status;
    if (asked_for_locked(self, TraceEventKind::Exit))
        stop_as_trap_locked(self, event_code(kSigTrap, TraceEventKind::Exit), status);
}

void trace_event(Task& self, TraceEventKind kind, u32 message)
{
    SpinGuard guard{process_lock};
    if (asked_for_locked(self, kind)) stop_as_trap_locked(self, event_code(kSigTrap, kind), message);
}

// ---- fork ----

namespace {

// What clone with these flags is for the tracer; None: it does not want to know.
TraceEventKind fork_kind_locked(const Task& self, u32 clone_flags) REQUIRES(process_lock)
{
    if (!self.trace.by || (clone_flags & kCloneUntraced) != 0) return TraceEventKind::None;
    TraceEventKind kind = TraceEventKind::Fork;
    if ((clone_flags & kCloneVfork) != 0)
        kind = TraceEventKind::Vfork;
    else if ((clone_flags & kCloneSignalMask) != kSigChild)
        kind = TraceEventKind::Clone;
    return asked_for_locked(self, kind) ? kind : TraceEventKind::None;
}

void inherit_locked(Task& self, Task& child, Tracing& tie) REQUIRES(process_lock)
{
    const Tracing& own = *self.trace.by;
    tie_locked(*own.tracer, child, tie);
    tie.options = own.options;
    tie.seized = own.seized;
    if (tie.seized)
        tie.trap_wanted = true;
    else
        static_cast<void>(
            child.pending
                .add(SignalInfo{kSigStop, kCodeUser, {}}, PendingSignals::Details::Drop, child.process())
                .ok());
    update_signal_marks_locked(child);
}

}  // namespace

TraceEventKind trace_new_child(Task& self, Task& child, u32 clone_flags)
{
    auto tie = make<Tracing>();
    if (!tie.ok()) return TraceEventKind::None;
    TraceEventKind kind;
    {
        SpinGuard guard{process_lock};
        kind = fork_kind_locked(self, clone_flags);
        if (kind != TraceEventKind::None) {
            inherit_locked(self, child, *tie.value());
            return kind;
        }
    }
    destroy(tie.value());
    return kind;
}

// ---- Beginning and ending ----

namespace {

Result<void> may_begin_locked(const Task& self, const Task& tracee) REQUIRES(process_lock)
{
    const Process& process = tracee.process();
    if (&process == &self.process() || process.is_init() || tracee.trace.by) return Errno::Perm;
    if (process.state == ProcessState::Zombie || process.state == ProcessState::Exiting || process.exiting)
        return Errno::Perm;
    return may_trace(self, process) ? Result<void>{} : Errno::Perm;
}

Result<void> begin_locked(Task& self, u32 tid, Tracing& tie) REQUIRES(process_lock)
{
    Task* tracee = find_task_locked(tid);
    if (!tracee) return Errno::NoProcess;
    TRY(may_begin_locked(self, *tracee));
    tie_locked(self.process(), *tracee, tie);
    Process& process = tracee->process();
    if (!tie.seized) send_task_signal_locked(*tracee, SignalInfo{kSigStop, kCodeKernel, {}});
    if (process.state == ProcessState::Stopped) process.resumed.wake_all();  // it stops again, for the tracer
    return {};
}

}  // namespace

Result<void> trace_begin(Task& self, u32 tid, u32 options, TraceStart start)
{
    Tracing* tie = TRY(make<Tracing>());
    tie->options = options;
    tie->seized = start == TraceStart::Seize;
    Result<void> begun;
    {
        SpinGuard guard{process_lock};
        begun = begin_locked(self, tid, *tie);
    }
    if (!begun.ok()) destroy(tie);
    return begun;
}

Result<void> trace_me(Task& self)
{
    Tracing* tie = TRY(make<Tracing>());
    SpinGuard guard{process_lock};
    Process* parent = self.process().parent;
    if (self.trace.by || !parent) {
        destroy(tie);
        return Errno::Perm;
    }
    tie_locked(*parent, self, *tie);
    return {};
}

void trace_resume_locked(Tracing& tie, u32 signal)
{
    Task& tracee = *tie.tracee;
    tie.unreported = false;
    tracee.trace.signal = signal;
    tracee.trace.stopped = false;
    tracee.trace.go_on.wake_all();
}

void trace_end_locked(Tracing& tie, u32 signal)
{
    Task& tracee = *tie.tracee;
    const bool was_stopped = tracee.trace.stopped;
    if (was_stopped) trace_resume_locked(tie, signal);
    if (tracee.trace.stepping) {
        tracee.registers().eflags &= ~kTrapFlag;
        tracee.trace.stepping = false;
    }
    untie_locked(tie);
    // What was only the tracer's to see is not to stop it.
    update_signal_marks_locked(tracee);
}

namespace {

// A zombie that waited for its tracer to look is its parent's now.
Ref<Process> let_go_of_zombie_locked(Tracing& tie) REQUIRES(process_lock)
{
    Process* process = tie.held;
    untie_locked(tie);
    if (!process) return nullptr;
    process->leader_tracing = nullptr;
    return announce_zombie_locked(*process);
}

}  // namespace

void trace_tracer_leaves(Process& tracer)
{
    for (;;) {
        Ref<Process> dropped;  // after the lock
        SpinGuard guard{process_lock};
        Tracing* tie = tracer.tracees.first();
        if (!tie) return;
        if (!tie->tracee) {
            if (tie->leads) tie->leads->leader_tracing = nullptr;
            dropped = let_go_of_zombie_locked(*tie);
            continue;
        }
        Process& process = tie->tracee->process();
        const bool kills = (tie->options & kTraceExitKill) != 0;
        trace_end_locked(*tie, 0);
        if (kills) send_signal_locked(process, SignalInfo::from_kernel(kSigKill));
    }
}

// ---- What others tell ----

void trace_continued_locked(Process& process)
{
    for (Task& task : process.tasks) {
        Tracing* tie = task.trace.by;
        if (!tie || !tie->seized) continue;
        tie->trap_wanted = true;
        if (task.trace.stopped && tie->listening)
            trace_resume_locked(*tie, 0);
        else
            interrupt_thread(task);
    }
}

void trace_interrupt_locked(Tracing& tie)
{
    Task& tracee = *tie.tracee;
    tie.trap_wanted = true;
    if (tracee.trace.stopped && tie.listening)
        trace_resume_locked(tie, 0);
    else
        interrupt_thread(tracee);
}

void trace_task_left_locked(Task& task, Process& process)
{
    Tracing* tie = task.trace.by;
    if (!tie) return;
    task.trace.by = nullptr;
    tie->tracee = nullptr;
    tie->tid = task.tid();
    if (task.tid() == process.pid()) {  // told when all of the process has left
        process.leader_tracing = tie;
        tie->leads = &process;
        return;
    }
    tie->has_ended = true;
    tell_tracer_locked(*tie, kCodeExited, tie->end_status >> 8);
}

bool trace_holds_zombie_locked(Process& process)
{
    Tracing* tie = process.leader_tracing;
    if (!tie) return false;
    tie->leads = nullptr;
    if (tie->tracer == process.parent) {
        process.leader_tracing = nullptr;
        untie_locked(*tie);
        return false;
    }
    tie->held = &process;
    tie->has_ended = true;
    tie->end_status = process.exit_status;
    const bool was_killed = (process.exit_status & 0x7f) != 0;
    tell_tracer_locked(*tie, was_killed ? kCodeKilled : kCodeExited,
                       was_killed ? process.exit_status & 0x7f : process.exit_status >> 8);
    return true;
}

// ---- wait4 ----

namespace {

bool matches_locked(const Tracing& tie, const Process& tracer, i32 which) REQUIRES(process_lock)
{
    if (which > 0) return tie.tid == static_cast<u32>(which);
    if (which == -1) return true;
    const Process* process = tie.tracee ? &tie.tracee->process() : tie.held ? tie.held : tie.leads;
    if (!process || !process->group) return false;
    const u32 group = which == 0 ? tracer.group->number() : static_cast<u32>(-which);
    return process->group->number() == group;
}

}  // namespace

bool trace_take_locked(Process& tracer, i32 which, u32 options, WaitAnswer& answer, bool& any,
                       Ref<Process>& dropped)
{
    const bool stays = (options & kWaitLeave) != 0;
    for (Tracing& tie : tracer.tracees) {
        if (!matches_locked(tie, tracer, which)) continue;
        any = true;
        answer.pid = tie.tid;
        if (tie.has_ended && (options & kWaitExited) != 0) {
            answer.status = tie.end_status;
            if (tie.held) answer.uid = tie.held->uids.real;
            if (!stays) dropped = let_go_of_zombie_locked(tie);
            return true;
        }
        if (!tie.tracee || !tie.tracee->trace.stopped || !tie.unreported) continue;
        tie.unreported = stays;
        answer.status = 0x7f | tie.code << 8;
        answer.uid = tie.tracee->process().uids.real;
        answer.is_trap = true;
        return true;
    }
    answer.pid = 0;
    return false;
}

bool is_traced_by_locked(Process& process, const Process& tracer)
{
    for (const Task& task : process.tasks)
        if (task.trace.by && task.trace.by->tracer == &tracer) return true;
    return false;
}

bool may_trace(const Task& self, const Process& target)
{
    const Process& caller = self.process();
    if (&caller == &target || caller.credentials.is_root()) return true;
    const u32 uid = caller.uids.real, gid = caller.gids.real;
    return uid == target.uids.real && uid == target.credentials.uid && uid == target.uids.saved &&
           gid == target.gids.real && gid == target.credentials.gid && gid == target.gids.saved;
}

}  // namespace faultline
