// Signals: what a process does about each, and how one is sent.
//
// A signal is sent by putting it among the pending ones of a process or of one task and waking who can take it; it is
// taken, and acted on, by the task itself on its way back to user mode (kernel/signal_delivery.cpp).
// Lock: process_lock guards all of it. Sending may happen in interrupts (^C): then no details are kept, as the heap
// is out of reach there.
#pragma once

#include "kernel/abi.h"
#include "kernel/pending_signals.h"
#include "kernel/process_lock.h"
#include "kernel/signal_set.h"
#include "lib/annotations.h"
#include "lib/ref.h"
#include "lib/result.h"

namespace faultline {

class Process;
class ProcessGroup;
class Task;

// sigaction's flags
constexpr u32 kActionNoChildStop = 1, kActionNoChildWait = 2, kActionSiginfo = 4,
              kActionRestorer = 0x04000000, kActionOnStack = 0x08000000, kActionRestart = 0x10000000,
              kActionNoDefer = 0x40000000, kActionResetHandler = 0x80000000;
constexpr u32 kHandlerDefault = 0, kHandlerIgnore = 1;

// What a process does about each signal. A table is made only for a process that changes something; processes made with
// CLONE_SIGHAND share one.
class SignalActions {
public:
    SignalActions() = default;
    SignalActions(const SignalActions&) = delete;
    SignalActions& operator=(const SignalActions&) = delete;

    const KernelSigaction& of(u32 signal) const { return table_ ? table_->of[signal - 1] : kDefault; }
    Result<void> copy_from(const SignalActions& other);
    Result<void> share(SignalActions& other);
    Result<void> stop_sharing();    // before exec's reset_handlers()
    Result<void> prepare_change();  // may allocate; after it set() cannot fail
    void set(u32 signal, const KernelSigaction& action) { table_->of[signal - 1] = action; }
    const void* identity() const { return table_ ? static_cast<const void*>(table_.get()) : this; }
    void reset_handlers();  // exec: what was caught is default again, what was ignored stays

private:
    static const KernelSigaction kDefault;
    struct Table : RefCounted {
        KernelSigaction of[kSignals];
        void last_ref_dropped();
    };
    static Result<Ref<Table>> make_table();
    Ref<Table> table_;
};

// ---- Sending ----

// Would it be thrown away? (Ignored, and nobody has it blocked.)
bool is_ignored_locked(const Process& process, u32 signal) REQUIRES(process_lock);

// Again: a real-time signal that RLIMIT_SIGPENDING leaves no room for. Who only notifies need not care.
Result<void> queue_signal_locked(Process& process, const SignalInfo& info,
                                 PendingSignals::Details details = PendingSignals::Details::Keep)
    REQUIRES(process_lock);
Result<void> queue_task_signal_locked(Task& task, const SignalInfo& info) REQUIRES(process_lock);
void send_signal_locked(Process& process, const SignalInfo& info,
                        PendingSignals::Details details = PendingSignals::Details::Keep)
    REQUIRES(process_lock);
void send_task_signal_locked(Task& task, const SignalInfo& info) REQUIRES(process_lock);
void send_signal(Process& process, const SignalInfo& info) EXCLUDES(process_lock);
// Of something that has room in a queue of its own; `task` may be null. Null: it is ignored, or nobody is left.
PendingSignals* queue_own_signal_locked(Process& process, Task* task, QueuedSignal& queued)
    REQUIRES(process_lock);

// The running task's own fault: cannot be ignored or blocked; then the default action comes.
void force_signal(Task& self, const SignalInfo& info) EXCLUDES(process_lock);
// Would the task's program see it in a handler?
bool will_be_handled(Task& self, u32 signal) EXCLUDES(process_lock);

// May `sender` signal `target`? (kill(2)'s rule.)
bool may_signal_locked(const Task& sender, const Process& target, u32 signal) REQUIRES(process_lock);

// ---- Taking ----

// One of `wanted` that is pending for the task or for its process, without a handler. False: none is.
bool take_signal_locked(Task& self, SignalSet wanted, SignalInfo& info) REQUIRES(process_lock);

// ---- Masks ----

void set_blocked(Task& self, SignalSet blocked) EXCLUDES(process_lock);
void set_blocked_locked(Task& self, SignalSet blocked) REQUIRES(process_lock);
// Sets or clears the task's "look at signals" marks from what is pending and not blocked.
void update_signal_marks_locked(Task& task) REQUIRES(process_lock);

}  // namespace faultline
