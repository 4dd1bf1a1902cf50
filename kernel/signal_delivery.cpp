#include "kernel/signal_delivery.h"

#include "arch/segments.h"
#include "core/scheduler.h"
#include "kernel/signal_frame.h"
#include "kernel/task.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/user_access.h"

namespace faultline {

namespace {

// ---- Taking a signal ----

struct Taken {
    SignalInfo info;
    KernelSigaction action;
    SignalSet mask;  // to come back after the handler
};

// Its own before those of the process, as in Linux; a fault before all, the end before the rest.
u32 choose(SignalSet own, SignalSet shared)
{
    if (const SignalSet faults = own.common(kFaultSignals); !faults.empty()) return faults.lowest();
    if (own.with(shared).has(kSigKill)) return kSigKill;
    return (own.empty() ? shared : own).lowest();
}

bool take_locked(Task& self, Taken& taken) REQUIRES(process_lock)
{
    Process& process = self.process();
    const SignalSet open = SignalSet::all().without(self.blocked.without(kUnblockable));
    const SignalSet own = self.pending.set().common(open);
    const SignalSet shared = process.pending.set().common(open);
    if (own.empty() && shared.empty()) return false;
    const u32 signal = choose(own, shared);
    (own.has(signal) ? self.pending : process.pending).take(signal, taken.info);
    if (self.fault.signal == signal && own.has(signal)) {
        taken.info = self.fault;
        self.fault.signal = 0;
    }
    return true;
}

// While the handler runs.
void block_for_handler_locked(Task& self, Taken& taken) REQUIRES(process_lock)
{
    taken.mask = self.restore_blocked ? self.saved_blocked : self.blocked;
    SignalSet during{taken.action.mask[0], taken.action.mask[1]};
    if ((taken.action.flags & kActionNoDefer) == 0) during.add(taken.info.signal);
    self.restore_blocked = false;
    set_blocked_locked(self, self.blocked.with(during));
}

// What the process does about it. False: a tracer took it.
bool look_up_action_locked(Task& self, Taken& taken) REQUIRES(process_lock)
{
    if (self.trace.by && taken.info.signal != kSigKill && !trace_signal_locked(self, taken.info))
        return false;
    Process& process = self.process();
    const u32 signal = taken.info.signal;
    taken.action = process.actions.of(signal);
    if (taken.action.handler <= kHandlerIgnore) return true;
    if ((taken.action.flags & kActionResetHandler) != 0) process.actions.set(signal, KernelSigaction{});
    block_for_handler_locked(self, taken);
    return true;
}

// ---- Default actions ----

bool is_stop(const Taken& taken)
{
    const u32 signal = taken.info.signal;
    return taken.action.handler == kHandlerDefault && signal <= 31 && kStopSignals.has(signal);
}

// In the same stretch under the lock in which the signal was taken: else a SIGCONT or SIGKILL that comes in between
// would find nothing to resume, and we would sleep for ever.
void obey_stop_locked(Task& self, u32 signal) REQUIRES(process_lock)
{
    if (signal == kSigStop || !is_orphaned_locked(*self.process().group)) stop_locked(self, signal);
}

void act_by_default(Task& self, u32 signal)
{
    if (signal <= 31 && kIgnoredByDefault.has(signal)) return;
    exit_process(self, signal);
}

// Takes signals, and stops where they say so, until one has to be acted on otherwise. False: none is left.
bool take_next(Task& self, Taken& taken)
{
    SpinGuard guard{process_lock};
    while (!self.leaving) {
        if (self.trace.wants_trap()) trace_trap_locked(self);
        if (has_to_stop_locked(self)) {
            join_stop_locked(self);
            continue;
        }
        if (!take_locked(self, taken)) return false;
        if (!look_up_action_locked(self, taken)) continue;
        if (!is_stop(taken)) return true;
        obey_stop_locked(self, taken.info.signal);
    }
    return false;
}

// ---- Restarting an interrupted call ----

bool is_interrupted_call(const TrapFrame& frame)
{
    return frame.trap_number == kSystemCallVector && is_restart_code(frame.eax);
}

void repeat_call(TrapFrame& frame, u32 number)
{
    constexpr u32 kIntInstruction = 2;  // bytes of int $0x80
    frame.eax = number;
    frame.eip -= kIntInstruction;
}

void settle_call_before_handler(TrapFrame& frame, const KernelSigaction& action)
{
    if (!is_interrupted_call(frame)) return;
    const u32 code = 0u - frame.eax;
    const bool restarts = code == static_cast<u32>(Errno::RestartSys) && (action.flags & kActionRestart) != 0;
    if (restarts)
        repeat_call(frame, frame.error_code);
    else
        frame.eax = 0u - static_cast<u32>(Errno::Intr);
    frame.trap_number = 0;  // settled
}

void settle_call_without_handler(TrapFrame& frame)
{
    constexpr u32 kRestartSyscall = 0;
    if (!is_interrupted_call(frame)) return;
    const bool by_block = 0u - frame.eax == static_cast<u32>(Errno::RestartBlock);
    repeat_call(frame, by_block ? kRestartSyscall : frame.error_code);
    frame.trap_number = 0;
}

// ---- Handlers ----

// The stack would not take the frame: SIGSEGV; if that is what we deliver, its default action.
void fail_delivery(Task& self, u32 signal)
{
    if (signal == kSigSegv) {
        SpinGuard guard{process_lock};
        self.process().actions.set(kSigSegv, KernelSigaction{});
    }
    force_signal(self, SignalInfo::from_kernel(kSigSegv));
}

void call_handler(Task& self, TrapFrame& frame, const Taken& taken)
{
    settle_call_before_handler(frame, taken.action);
    if (push_signal_frame(self, frame, taken.info, taken.action, taken.mask).ok()) return;
    set_blocked(self, taken.mask);
    fail_delivery(self, taken.info.signal);
}

// Nothing is left to take.
void finish(Task& self, TrapFrame& frame)
{
    settle_call_without_handler(frame);
    SpinGuard guard{process_lock};
    if (self.restore_blocked) self.blocked = self.saved_blocked;
    self.restore_blocked = false;
    update_signal_marks_locked(self);
}

}  // namespace

void fill_siginfo(Siginfo& out, const SignalInfo& info)
{
    memset(&out, 0, sizeof out);
    out.signal = static_cast<i32>(info.signal);
    out.code = info.code;
    __builtin_memcpy(out.fields, info.fields, sizeof info.fields);
}

void deliver_signals(Task& self, TrapFrame& frame)
{
    for (;;) {
        Taken taken;
        const bool any = take_next(self, taken);
        if (self.leaving) exit_task(self, self.process().exit_status);
        if (!any) return finish(self, frame);
        if (taken.action.handler > kHandlerIgnore) {
            call_handler(self, frame, taken);
            if (self.trace.stepping) trace_handler_entered(self);
            return;
        }
        if (taken.action.handler == kHandlerDefault) act_by_default(self, taken.info.signal);
    }
}

}  // namespace faultline
