#include "kernel/signal.h"

#include "core/scheduler.h"
#include "kernel/task.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

const KernelSigaction SignalActions::kDefault{};

// ---- SignalActions ----

void SignalActions::Table::last_ref_dropped()
{
    destroy(this);
}

Result<Ref<SignalActions::Table>> SignalActions::make_table()
{
    return Ref<Table>::adopt(TRY(make<Table>()));
}

// Two threads may come at once: the table of the second is not needed.
Result<void> SignalActions::prepare_change()
{
    if (table_) return {};
    Ref<Table> table = TRY(make_table());
    memset(table->of, 0, sizeof table->of);
    SpinGuard guard{process_lock};
    if (!table_) swap(table_, table);
    return {};
}

Result<void> SignalActions::copy_from(const SignalActions& other)
{
    if (!other.table_) return {};
    Ref<Table> table = TRY(make_table());
    SpinGuard guard{process_lock};  // other threads may change it meanwhile
    memcpy(table->of, other.table_->of, sizeof table->of);
    table_ = move(table);
    return {};
}

Result<void> SignalActions::share(SignalActions& other)
{
    TRY(other.prepare_change());
    table_ = other.table_;
    return {};
}

Result<void> SignalActions::stop_sharing()
{
    if (!table_ || table_->ref_count() == 1) return {};
    SignalActions own;
    TRY(own.copy_from(*this));
    SpinGuard guard{process_lock};
    swap(table_, own.table_);
    return {};
}

void SignalActions::reset_handlers()
{
    if (!table_) return;
    bool any_left = false;
    for (KernelSigaction& action : table_->of) {
        const bool ignored = action.handler == kHandlerIgnore;
        action = KernelSigaction{};
        if (ignored) action.handler = kHandlerIgnore;
        any_left |= ignored;
    }
    if (!any_left) table_ = nullptr;
}

// ---- Sending ----

bool is_ignored_locked(const Process& process, u32 signal)
{
    const u32 handler = process.actions.of(signal).handler;
    if (handler == kHandlerIgnore) return signal != kSigKill && signal != kSigStop;
    if (handler != kHandlerDefault) return false;
    // Nobody kills or stops init by a signal that it does not expect.
    return process.is_init() || (signal <= 31 && kIgnoredByDefault.has(signal));
}

namespace {

void resume_locked(Process& process, bool report) REQUIRES(process_lock)
{
    if (!end_stop_locked(process) || !report) return;
    process.continue_unreported = true;
    notify_parent_locked(process, kCodeContinued, kSigCont);
}

void remove_pending_locked(Process& process, SignalSet which) REQUIRES(process_lock)
{
    process.pending.remove(which);
    for (Task& task : process.tasks)
        task.pending.remove(which);
}

// What a signal does at once, whether it is blocked, ignored or neither.
void stop_or_continue_locked(Process& process, u32 signal) REQUIRES(process_lock)
{
    if (signal == kSigCont) {
        process.continues++;
        remove_pending_locked(process, kStopSignals);
        resume_locked(process, true);
        trace_continued_locked(process);
    } else if (signal == kSigKill) {
        resume_locked(process, false);
    } else {
        remove_pending_locked(process, SignalSet::of(kSigCont));
    }
}

inline void act_on_arrival_locked(Process& process, u32 signal) REQUIRES(process_lock)
{
    constexpr SignalSet kActing = kStopSignals.with(SignalSet::of(kSigCont, kSigKill));
    if (kActing.has(signal)) stop_or_continue_locked(process, signal);
}

bool wants(const Task& task, u32 signal)
{
    return !task.blocked.has(signal) || kUnblockable.has(signal);
}

// Whether a signal stays pending even though it would be ignored.
bool keeps_ignored(const Task& task, u32 signal)
{
    return task.blocked.has(signal) || task.awaited.has(signal) || task.trace.by;
}

// A task that has the signal not blocked; null if none.
Task* find_receiver_locked(Process& process, u32 signal) REQUIRES(process_lock)
{
    Task* const first = process.tasks.first();  // most have no other
    if (first && !first->leaving && !first->signal_pending.load() && wants(*first, signal)) return first;
    Task* busy = nullptr;  // has signals to take already
    for (Task& task : process.tasks) {
        if (task.leaving || !wants(task, signal)) continue;
        if (!task.signal_pending.load()) return &task;
        if (!busy) busy = &task;
    }
    return busy;
}

// What one task may not take any more, another may.
void offer_to_others_locked(const Task& task) REQUIRES(process_lock)
{
    Process& process = task.process();
    SignalSet offered = process.pending.set();
    if (!task.leaving) offered = offered.common(task.blocked);
    if (offered.empty() || process.tasks.first() == process.tasks.last()) return;
    for (Task& other : process.tasks)
        if (&other != &task && !other.leaving && !offered.without(other.blocked).empty())
            interrupt_thread(other);
}

bool is_alive(const Process& process)
{
    return process.state == ProcessState::Running || process.state == ProcessState::Stopped;
}

}  // namespace

Result<void> queue_signal_locked(Process& process, const SignalInfo& info, PendingSignals::Details details)
{
    if (!is_alive(process)) return {};
    act_on_arrival_locked(process, info.signal);
    Task* receiver = find_receiver_locked(process, info.signal);
    const bool kept = receiver && (receiver->awaited.has(info.signal) || receiver->trace.by);
    if (receiver && !kept && is_ignored_locked(process, info.signal)) return {};
    if (info.signal == kSigKill) {
        begin_exit_locked(process, kSigKill);
        return {};
    }
    TRY(process.pending.add(info, details, process));
    if (receiver)
        interrupt_thread(*receiver);
    else
        process.signals_kept.wake_all();
    return {};
}

Result<void> queue_task_signal_locked(Task& task, const SignalInfo& info)
{
    Process& process = task.process();
    if (!is_alive(process)) return {};
    act_on_arrival_locked(process, info.signal);
    if (!keeps_ignored(task, info.signal) && is_ignored_locked(process, info.signal)) return {};
    if (info.signal == kSigKill) {
        begin_exit_locked(process, kSigKill);
        return {};
    }
    TRY(task.pending.add(info, PendingSignals::Details::Keep, process));
    if (wants(task, info.signal))
        interrupt_thread(task);
    else
        process.signals_kept.wake_all();
    return {};
}

PendingSignals* queue_own_signal_locked(Process& process, Task* task, QueuedSignal& queued)
{
    const u32 signal = queued.info.signal;
    if (!is_alive(process)) return nullptr;
    act_on_arrival_locked(process, signal);
    Task* receiver = task ? task : find_receiver_locked(process, signal);
    const bool kept = task ? keeps_ignored(*task, signal) : !receiver || receiver->awaited.has(signal);
    if (!kept && is_ignored_locked(process, signal)) return nullptr;
    if (signal == kSigKill) {
        begin_exit_locked(process, kSigKill);
        return nullptr;
    }
    PendingSignals& queue = task ? task->pending : process.pending;
    queue.add_own(queued);
    if (receiver && wants(*receiver, signal))
        interrupt_thread(*receiver);
    else
        process.signals_kept.wake_all();
    return &queue;
}

void send_signal_locked(Process& process, const SignalInfo& info, PendingSignals::Details details)
{
    static_cast<void>(queue_signal_locked(process, info, details).ok());
}

void send_task_signal_locked(Task& task, const SignalInfo& info)
{
    static_cast<void>(queue_task_signal_locked(task, info).ok());
}

void send_signal(Process& process, const SignalInfo& info)
{
    SpinGuard guard{process_lock};
    send_signal_locked(process, info);
}

void force_signal(Task& self, const SignalInfo& info)
{
    SpinGuard guard{process_lock};
    Process& process = self.process();
    const u32 handler = process.actions.of(info.signal).handler;
    const bool deaf = self.blocked.has(info.signal) || handler == kHandlerIgnore;
    if (deaf && handler != kHandlerDefault) process.actions.set(info.signal, KernelSigaction{});
    self.blocked.remove(info.signal);
    static_cast<void>(self.pending.add(info, PendingSignals::Details::Drop, process).ok());
    self.fault = info;
    interrupt_thread(self);
}

bool will_be_handled(Task& self, u32 signal)
{
    SpinGuard guard{process_lock};
    if (self.trace.by) return true;  // at least the tracer sees it
    return self.process().actions.of(signal).handler > kHandlerIgnore && !self.blocked.has(signal);
}

bool may_signal_locked(const Task& sender, const Process& target, u32 signal)
{
    const Process& caller = sender.process();
    const u32 effective = caller.credentials.uid, real = caller.uids.real;
    if (effective == 0) return true;
    if (effective == target.uids.saved || effective == target.uids.real) return true;
    if (real == target.uids.saved || real == target.uids.real) return true;
    return signal == kSigCont && &caller.session() == &target.session();
}

// ---- Taking ----

bool take_signal_locked(Task& self, SignalSet wanted, SignalInfo& info)
{
    const SignalSet own = self.pending.set().common(wanted);
    const SignalSet shared = self.process().pending.set().common(wanted);
    if (own.empty() && shared.empty()) return false;
    const u32 signal = (own.empty() ? shared : own).lowest();
    (own.empty() ? self.process().pending : self.pending).take(signal, info);
    update_signal_marks_locked(self);
    return true;
}

// ---- Masks ----

void update_signal_marks_locked(Task& task)
{
    const SignalSet waiting = task.pending.set().with(task.process().pending.set());
    if (waiting.empty() && !task.leaving && !task.trace.by) return task.signal_pending.store(false);
    const bool any = !waiting.without(task.blocked.without(kUnblockable)).empty() || task.leaving ||
                     task.trace.wants_trap() || has_to_stop_locked(task);
    task.signal_pending.store(any);
    if (any) task.return_work.fetch_or(kReturnSignal);
    if (!waiting.common(task.blocked).empty())
        task.process().signals_kept.wake_all();  // blocked since it came
    offer_to_others_locked(task);
}

void set_blocked_locked(Task& self, SignalSet blocked)
{
    self.blocked = blocked.without(kUnblockable);
    update_signal_marks_locked(self);
}

void set_blocked(Task& self, SignalSet blocked)
{
    SpinGuard guard{process_lock};
    set_blocked_locked(self, blocked);
}

}  // namespace faultline
