// The signal calls from before there were real-time signals: masks of one word, which stands for signals 1 to 32.
#include "kernel/syscall/signal_calls.h"
#include "kernel/syscall/table.h"
#include "kernel/task.h"

namespace faultline {

Result<u32> sys_signal(Task& self, u32 signal, u32 handler)
{
    const KernelSigaction action{handler, kActionResetHandler | kActionNoDefer, 0, {0, 0}};
    const KernelSigaction before = TRY(change_action(self.process(), signal, action));
    return before.handler;
}

Result<void> sys_sigaction(Task& self, u32 signal, UserPtr<const OldSigaction> action,
                           UserPtr<OldSigaction> old)
{
    if (signal == 0 || signal > kSignals) return Errno::Invalid;
    KernelSigaction before = self.process().actions.of(signal);
    if (action) {
        const OldSigaction given = TRY(action.read());
        before = TRY(change_action(self.process(), signal,
                                   {given.handler, given.flags, given.restorer, {given.mask, 0}}));
    }
    return old.write_if_given({before.handler, before.mask[0], before.flags, before.restorer});
}

u32 sys_sgetmask(Task& self)
{
    return self.blocked.low();
}

u32 sys_ssetmask(Task& self, u32 mask)
{
    const u32 before = self.blocked.low();
    set_blocked(self, SignalSet{mask, 0});
    return before;
}

Result<u32> sys_sigsuspend(Task& self, u32, u32, u32 mask)
{
    return suspend(self, SignalSet{mask, 0});
}

Result<void> sys_sigpending(Task& self, UserPtr<u32> pending)
{
    return pending.write(pending_and_blocked(self).low());
}

Result<void> sys_sigprocmask(Task& self, u32 how, UserPtr<const u32> mask, UserPtr<u32> old)
{
    const SignalSet before = self.blocked;
    if (mask) {
        const SignalSet given{TRY(mask.read()), 0};
        const SignalSet changed = TRY(changed_mask(before, how, given));
        set_blocked(self, SignalSet{changed.low(), before.high()});
    }
    return old.write_if_given(before.low());
}

}  // namespace faultline
