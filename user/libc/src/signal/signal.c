// Signals: handlers, masks, sending, waiting. The user's structures are the kernel's, so most calls pass them through.
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "user/libc/src/result.h"

void __restore(void);  // restorer.S
void __restore_rt(void);

int sigaction(int signal, const struct sigaction* action, struct sigaction* old)
{
    struct sigaction with_restorer;
    if (action) {
        with_restorer = *action;
        with_restorer.sa_flags |= SA_RESTORER;
        with_restorer.sa_restorer = action->sa_flags & SA_SIGINFO ? __restore_rt : __restore;
    }
    return result(
        __sys_rt_sigaction((unsigned)signal, action ? &with_restorer : NULL, old, sizeof(sigset_t)));
}

static sigset_t interrupting;  // signals for which siginterrupt asked that calls fail with EINTR

__sighandler_t signal(int signal, __sighandler_t handler)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
    if (sigismember(&interrupting, signal) == 1) action.sa_flags = 0;
    return sigaction(signal, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}

int siginterrupt(int signal, int interrupts)
{
    struct sigaction action;
    if (sigaction(signal, NULL, &action) < 0) return -1;
    if (interrupts) {
        sigaddset(&interrupting, signal);
        action.sa_flags &= ~(unsigned long)SA_RESTART;
    } else {
        sigdelset(&interrupting, signal);
        action.sa_flags |= SA_RESTART;
    }
    return sigaction(signal, &action, NULL);
}

int sigprocmask(int how, const sigset_t* set, sigset_t* old)
{
    return result(__sys_rt_sigprocmask((unsigned)how, set, old, sizeof(sigset_t)));
}

int sigpending(sigset_t* set)
{
    return result(__sys_rt_sigpending(set, sizeof(*set)));
}

int sigsuspend(const sigset_t* mask)
{
    return result(__sys_rt_sigsuspend(mask, sizeof(*mask)));
}

int sigaltstack(const stack_t* stack, stack_t* old)
{
    return result(__sys_sigaltstack(stack, old));
}

int sigtimedwait(const sigset_t* set, siginfo_t* info, const struct timespec* timeout)
{
    return result(__sys_rt_sigtimedwait(set, info, timeout, sizeof(*set)));
}

int sigwaitinfo(const sigset_t* set, siginfo_t* info)
{
    return sigtimedwait(set, info, NULL);
}

int sigwait(const sigset_t* set, int* signal)
{
    int taken;
    do
        taken = sigwaitinfo(set, NULL);
    while (taken < 0 && errno == EINTR);
    if (taken < 0) return errno;
    *signal = taken;
    return 0;
}

int kill(pid_t pid, int signal)
{
    return result(__sys_kill(pid, (unsigned)signal));
}

int killpg(pid_t group, int signal)
{
    return kill(-group, signal);
}

int raise(int signal)
{
    return result(__sys_tkill(gettid(), (unsigned)signal));
}

int tgkill(pid_t pid, pid_t tid, int signal)
{
    return result(__sys_tgkill(pid, tid, (unsigned)signal));
}
