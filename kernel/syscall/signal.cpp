// System calls about signals.
#include "core/timer.h"
#include "kernel/signal_delivery.h"
#include "kernel/signal_frame.h"
#include "kernel/syscall/signal_calls.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/time_values.h"
#include "kernel/task.h"

namespace faultline {

Result<void> signal_one_locked(Task& self, Process& target, const SignalInfo& info)
{
    if (info.signal > kSignals) return Errno::Invalid;
    if (!may_signal_locked(self, target, info.signal)) return Errno::Perm;
    return info.signal != 0 ? queue_signal_locked(target, info) : Result<void>{};
}

namespace {

constexpr u32 kMaskSize = 8;

SignalSet action_mask(const KernelSigaction& action)
{
    return SignalSet{action.mask[0], action.mask[1]};
}

void set_action_mask(KernelSigaction& action, SignalSet mask)
{
    action.mask[0] = mask.low();
    action.mask[1] = mask.high();
}

// ---- kill and its kin ----

// Success if at least one got it; else the last reason.
class Tally {
public:
    void note(const Result<void>& one)
    {
        if (one.ok())
            reached_ = true;
        else
            reason_ = one.error();
    }
    Result<void> answer() const { return reached_ ? Result<void>{} : Result<void>{reason_}; }

private:
    bool reached_ = false;
    Errno reason_ = Errno::NoProcess;
};

Result<void> signal_group_locked(Task& self, u32 number, const SignalInfo& info) REQUIRES(process_lock)
{
    Tally tally;
    ProcessGroup* group = find_group_locked(number);
    if (!group) return Errno::NoProcess;
    for (Process& member : group->members)
        tally.note(signal_one_locked(self, member, info));
    return tally.answer();
}

Result<void> signal_everybody_locked(Task& self, const SignalInfo& info) REQUIRES(process_lock)
{
    Tally tally;
    for (Process& process : all_processes)
        if (!process.is_init() && &process != &self.process())
            tally.note(signal_one_locked(self, process, info));
    return tally.answer();
}

// kill(2) takes any task's number for its process, as Linux does.
Process* find_target_locked(Task& self, u32 number) REQUIRES(process_lock)
{
    if (number == self.process().pid()) return &self.process();
    if (Process* process = find_process_locked(number)) return process;
    PidEntry* entry = pids.find(number, PidKind::Task);
    return entry ? &static_cast<Task*>(entry)->process() : nullptr;
}

Result<void> signal_process_locked(Task& self, u32 number, const SignalInfo& info) REQUIRES(process_lock)
{
    Process* target = find_target_locked(self, number);
    return target ? signal_one_locked(self, *target, info) : Result<void>{Errno::NoProcess};
}

Result<void> signal_thread(Task& self, i32 pid, i32 tid, const SignalInfo& info)
{
    const u32 signal = info.signal;
    if (tid <= 0) return Errno::Invalid;
    SpinGuard guard{process_lock};
    PidEntry* entry = pids.find(static_cast<u32>(tid), PidKind::Task);
    if (!entry)
        return find_process_locked(static_cast<u32>(tid)) ? Result<void>{} : Result<void>{Errno::NoProcess};
    Task& target = *static_cast<Task*>(entry);
    if (pid > 0 && target.process().pid() != static_cast<u32>(pid)) return Errno::NoProcess;
    if (signal > kSignals) return Errno::Invalid;
    if (!may_signal_locked(self, target.process(), signal)) return Errno::Perm;
    return signal != 0 ? queue_task_signal_locked(target, info) : Result<void>{};
}

}  // namespace

Result<void> sys_kill(Task& self, i32 pid, u32 signal)
{
    const SignalInfo info = SignalInfo::from_task(signal, kCodeUser, self);
    SpinGuard guard{process_lock};
    if (pid > 0) return signal_process_locked(self, static_cast<u32>(pid), info);
    if (pid == -1) return signal_everybody_locked(self, info);
    const u32 group = pid == 0 ? self.process().group->number() : 0u - static_cast<u32>(pid);
    return signal_group_locked(self, group, info);
}

Result<void> sys_tkill(Task& self, i32 tid, u32 signal)
{
    return signal_thread(self, 0, tid, SignalInfo::from_task(signal, kCodeTkill, self));
}

Result<void> sys_tgkill(Task& self, i32 pid, i32 tid, u32 signal)
{
    if (pid <= 0) return Errno::Invalid;
    return signal_thread(self, pid, tid, SignalInfo::from_task(signal, kCodeTkill, self));
}

// ---- Signals with a siginfo_t of the sender's own ----

Result<SignalInfo> own_signal_info(Task& self, u32 target, u32 signal, const Siginfo& given)
{
    const bool pretends = given.code >= 0 || given.code == kCodeTkill;
    if (pretends && target != self.tid()) return Errno::Perm;
    SignalInfo own{signal, given.code, {}};
    for (u32 i = 0; i < kSignalInfoFields; i++)
        own.fields[i] = given.fields[i];
    return own;
}

Result<void> sys_rt_sigqueueinfo(Task& self, i32 pid, u32 signal, UserPtr<const Siginfo> info)
{
    const u32 number = static_cast<u32>(pid);
    const Siginfo given = TRY(info.read());
    const SignalInfo own = TRY(own_signal_info(self, number, signal, given));
    SpinGuard guard{process_lock};
    return signal_process_locked(self, number, own);
}

Result<void> sys_rt_tgsigqueueinfo(Task& self, i32 pid, i32 tid, u32 signal, UserPtr<const Siginfo> info)
{
    const Siginfo given = TRY(info.read());
    const SignalInfo own = TRY(own_signal_info(self, static_cast<u32>(tid), signal, given));
    if (pid <= 0 || tid <= 0) return Errno::Invalid;
    return signal_thread(self, pid, tid, own);
}

// ---- Actions and masks ----

Result<KernelSigaction> change_action(Process& process, u32 signal, KernelSigaction action)
{
    if (signal == 0 || signal > kSignals || kUnblockable.has(signal)) return Errno::Invalid;
    TRY(process.actions.prepare_change());
    set_action_mask(action, action_mask(action).without(kUnblockable));
    SpinGuard guard{process_lock};
    const KernelSigaction old = process.actions.of(signal);
    process.actions.set(signal, action);
    if (is_ignored_locked(process, signal)) {  // POSIX: what is ignored does not stay pending
        process.pending.remove(SignalSet::of(signal));
        for (Task& task : process.tasks)
            task.pending.remove(SignalSet::of(signal));
    }
    return old;
}

Result<SignalSet> changed_mask(SignalSet before, u32 how, SignalSet given)
{
    switch (static_cast<MaskChange>(how)) {
    case MaskChange::Block:
        return before.with(given);
    case MaskChange::Unblock:
        return before.without(given);
    case MaskChange::Set:
        return given;
    }
    return Errno::Invalid;
}

Result<void> sys_rt_sigaction(Task& self, u32 signal, UserPtr<const KernelSigaction> action,
                              UserPtr<KernelSigaction> old, u32 mask_size)
{
    if (mask_size != kMaskSize || signal == 0 || signal > kSignals) return Errno::Invalid;
    Process& process = self.process();
    if (!action) return old.write_if_given(process.actions.of(signal));
    const KernelSigaction wanted = TRY(action.read());
    const KernelSigaction before = TRY(change_action(process, signal, wanted));
    return old.write_if_given(before);
}

Result<void> sys_rt_sigprocmask(Task& self, u32 how, UserPtr<const u64> mask, UserPtr<u64> old, u32 mask_size)
{
    if (mask_size != kMaskSize) return Errno::Invalid;
    const SignalSet before = self.blocked;
    if (mask) {
        const SignalSet given{TRY(mask.read())};
        set_blocked(self, TRY(changed_mask(before, how, given)));
    }
    return old.write_if_given(before.bits());
}

SignalSet pending_and_blocked(Task& self)
{
    SpinGuard guard{process_lock};
    return self.pending.set().with(self.process().pending.set()).common(self.blocked);
}

Result<void> sys_rt_sigpending(Task& self, UserPtr<u64> pending, u32 mask_size)
{
    if (mask_size > kMaskSize) return Errno::Invalid;
    const u64 bits = pending_and_blocked(self).bits();
    return copy_to_user(pending.address(), &bits, mask_size);
}

// ---- Waiting for signals ----

// The mask holds until the signal's handler has its frame, which brings the old one back.
Result<u32> suspend(Task& self, SignalSet mask)
{
    {
        SpinGuard guard{process_lock};
        self.saved_blocked = self.blocked;
        self.restore_blocked = true;
        set_blocked_locked(self, mask);
    }
    static_cast<void>(sleep_until_ns(kForever, Wait::Interruptible).ok());
    return Errno::RestartNoHandler;
}

namespace {

bool take_now(Task& self, SignalSet wanted, SignalInfo& info)
{
    SpinGuard guard{process_lock};
    return take_signal_locked(self, wanted, info);
}

// What is waited for must be able to wake us, so it is not blocked meanwhile.
Result<void> wait_for_signal(Task& self, SignalSet wanted, u64 deadline_ns, SignalInfo& info)
{
    const SignalSet before = self.blocked;
    {
        SpinGuard guard{process_lock};
        self.awaited = wanted;
        set_blocked_locked(self, before.without(wanted));
    }
    const auto slept = sleep_until_ns(deadline_ns, Wait::Interruptible);
    SpinGuard guard{process_lock};
    self.blocked = before;
    self.awaited = SignalSet{};
    const bool taken = take_signal_locked(self, wanted, info);
    update_signal_marks_locked(self);
    if (taken) return {};
    return slept.ok() ? Errno::Again : Errno::Intr;
}

}  // namespace

Result<u32> sys_rt_sigsuspend(Task& self, UserPtr<const u64> mask, u32 mask_size)
{
    if (mask_size != kMaskSize) return Errno::Invalid;
    const SignalSet given{TRY(mask.read())};
    return suspend(self, given);
}

Result<u32> sys_pause(Task&)
{
    static_cast<void>(sleep_until_ns(kForever, Wait::Interruptible).ok());
    return Errno::RestartNoHandler;
}

namespace {

template <class T>
Result<u32> wait_with_timeout(Task& self, UserPtr<const u64> mask, UserPtr<Siginfo> info,
                              UserPtr<const T> timeout, u32 mask_size)
{
    if (mask_size != kMaskSize) return Errno::Invalid;
    const SignalSet wanted = SignalSet{TRY(mask.read())}.without(kUnblockable);
    u64 deadline = kForever;
    if (timeout) deadline = deadline_after(TRY(read_ns(timeout)));
    SignalInfo taken;
    if (!take_now(self, wanted, taken)) TRY(wait_for_signal(self, wanted, deadline, taken));
    if (info) {
        Siginfo out;
        fill_siginfo(out, taken);
        TRY(info.write(out));
    }
    return taken.signal;
}

}  // namespace

Result<u32> sys_rt_sigtimedwait(Task& self, UserPtr<const u64> mask, UserPtr<Siginfo> info,
                                UserPtr<const Timespec32> timeout, u32 mask_size)
{
    return wait_with_timeout(self, mask, info, timeout, mask_size);
}

Result<u32> sys_rt_sigtimedwait_time64(Task& self, UserPtr<const u64> mask, UserPtr<Siginfo> info,
                                       UserPtr<const Timespec64> timeout, u32 mask_size)
{
    return wait_with_timeout(self, mask, info, timeout, mask_size);
}

// ---- Stacks and returns ----

Result<void> sys_sigaltstack(Task& self, UserPtr<const SignalStack> stack, UserPtr<SignalStack> old)
{
    SignalStack before = self.alternate_stack;
    const u32 esp = self.registers().esp;
    if (is_on_stack(before, esp)) before.flags |= kStackOnStack;
    if (stack) {
        const SignalStack wanted = TRY(stack.read());
        self.alternate_stack = TRY(changed_signal_stack(self.alternate_stack, wanted, esp));
    }
    return old.write_if_given(before);
}

Result<u32> sys_sigreturn(Task& self)
{
    return return_from_handler(self, self.registers());
}

Result<u32> sys_rt_sigreturn(Task& self)
{
    return return_from_siginfo_handler(self, self.registers());
}

}  // namespace faultline
