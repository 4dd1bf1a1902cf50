// Signals with a siginfo_t of the sender's own (sigqueue), their limit, the order of taking, and the calls from before
// there were real-time signals.
#include "signal_parts.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static long queue_to(pid_t pid, int signal, int code, int value)
{
    siginfo_t info;
    memset(&info, 0, sizeof(info));
    info.si_code = code;
    info.si_pid = 1234;
    info.si_uid = 4321;
    info.si_value.sival_int = value;
    return syscall(178, pid, signal, &info);
}

static int values[64], count;

static void log_value(int signal, siginfo_t* info, void* context)
{
    (void)signal, (void)context;
    last_info = *info;
    values[count++] = info->si_value.sival_int;
}

static void unblock_all(void)
{
    const sigset_t none = set_of(0);
    check(sigprocmask(SIG_SETMASK, &none, NULL) == 0);
}

PART(queued_values_come_in_order_with_who_sent_them)
{
    handle_info(40, log_value, 0);
    block(40);
    for (int i = 0; i < 20; i++)
        check(queue_to(getpid(), 40, SI_QUEUE, 100 + i) == 0);
    check(count == 0);
    unblock_all();
    check(count == 20);
    for (int i = 0; i < 20; i++)
        check(values[i] == 100 + i);
    check(last_info.si_signo == 40 && last_info.si_code == SI_QUEUE && last_info.si_pid == 1234);
    check(last_info.si_uid == 4321 && last_info.si_errno == 0);
}

PART(a_plain_signal_keeps_its_first_value)
{
    handle_info(SIGUSR1, log_value, 0);
    block(SIGUSR1);
    for (int i = 0; i < 3; i++)
        check(queue_to(getpid(), SIGUSR1, SI_QUEUE, 7 + i) == 0);
    unblock_all();
    check(count == 1 && values[0] == 7);
}

PART(nobody_pretends_to_others_that_the_kernel_sent_it)
{
    const int forbidden[] = {SI_USER, SI_KERNEL, SI_TKILL, 1};
    const pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    for (unsigned i = 0; i < sizeof(forbidden) / sizeof(int); i++)
        check_errno(queue_to(pid, 40, forbidden[i], 0), EPERM);
    check(queue_to(pid, 0, SI_QUEUE, 0) == 0 && queue_to(pid, 0, -60, 0) == 0);
    kill(pid, SIGKILL);
    status_of(pid);
    check_errno(queue_to(pid, 40, SI_QUEUE, 0), ESRCH);
    check_errno(queue_to(getpid(), 65, SI_QUEUE, 0), EINVAL);
    check_errno(syscall(178, getpid(), 40, 8), EFAULT);
    handle_info(40, log_value, 0);  // to itself it may tell anything
    for (unsigned i = 0; i < sizeof(forbidden) / sizeof(int); i++)
        check(queue_to(getpid(), 40, forbidden[i], 0) == 0 && last_info.si_code == forbidden[i]);
}

PART(a_task_gets_what_is_queued_for_it)
{
    siginfo_t info;
    memset(&info, 0, sizeof(info));
    info.si_code = SI_QUEUE;
    info.si_value.sival_int = 5;
    handle_info(41, log_value, 0);
    check(syscall(335, getpid(), getpid(), 41, &info) == 0 && count == 1 && values[0] == 5);
    check_errno(syscall(335, getpid(), getpid(), 65, &info), EINVAL);
    check_errno(syscall(335, getpid() + 1, getpid(), 41, &info), ESRCH);
    check_errno(syscall(335, 0, getpid(), 41, &info), EINVAL);
    check_errno(syscall(335, getpid(), -1, 41, &info), EINVAL);
}

PART(kill_and_its_kin_refuse_as_linux_does)
{
    check_errno(kill(getpid(), 65), EINVAL);
    check_errno(kill(getpid(), -1), EINVAL);
    check_errno(kill(32767, 65), ESRCH);
    check_errno(kill(-32767, SIGTERM), ESRCH);
    check_errno(syscall(270, getpid(), 32767, SIGTERM), ESRCH);
    check_errno(syscall(270, getpid(), getpid(), 65), EINVAL);
    check_errno(syscall(270, -1, getpid(), SIGTERM), EINVAL);
    check_errno(syscall(238, 0, SIGTERM), EINVAL);
    check_errno(syscall(238, 32767, SIGTERM), ESRCH);
    check(kill(getpid(), 0) == 0 && kill(0, 0) == 0);
}

PART(the_limit_on_queued_signals_holds)
{
    const struct rlimit few = {10, 10};
    if (getuid() == 0) check(setuid(61234) == 0);  // a user with nothing else queued
    check(setrlimit(RLIMIT_SIGPENDING, &few) == 0);
    handle_info(40, log_value, 0);
    block(40);
    for (int i = 0; i < 10; i++)
        check(queue_to(getpid(), 40, SI_QUEUE, i) == 0);
    check_errno(queue_to(getpid(), 40, SI_QUEUE, 10), EAGAIN);
    check(kill(getpid(), 40) == 0);  // not queued, but it is pending already
    unblock_all();
    check(count == 10);
    block(40);
    for (int i = 0; i < 10; i++)
        check(queue_to(getpid(), 40, SI_QUEUE, i) == 0);
    signal(40, SIG_IGN);  // throws them away, and gives the room back
    signal(40, SIG_DFL);
    for (int i = 0; i < 10; i++)
        check(queue_to(getpid(), 40, SI_QUEUE, i) == 0);
    check_errno(queue_to(getpid(), 40, SI_QUEUE, 0), EAGAIN);
}

PART(a_thousand_queued_signals_are_all_taken)
{
    sigset_t wanted = set_of(50);
    const struct timespec now = {0, 0};
    siginfo_t info;
    block(50);
    for (int i = 0; i < 1000; i++)
        check(queue_to(getpid(), 50, SI_QUEUE, i) == 0);
    for (int i = 0; i < 1000; i++)
        check(sigtimedwait(&wanted, &info, &now) == 50 && info.si_value.sival_int == i);
    check_errno(sigtimedwait(&wanted, &info, &now), EAGAIN);
}

// A task's own signals come before those of its process, whatever their numbers.
PART(own_signals_are_taken_before_the_process_ones)
{
    block(SIGUSR1);
    block(SIGUSR2);
    sigset_t both = set_of(SIGUSR1);
    sigaddset(&both, SIGUSR2);
    const struct timespec now = {0, 0};
    kill(getpid(), SIGUSR1);
    syscall(238, getpid(), SIGUSR2);
    check(sigtimedwait(&both, NULL, &now) == SIGUSR2);
    check(sigtimedwait(&both, NULL, &now) == SIGUSR1);
}

// ---- The old calls ----

struct old_action {
    unsigned long handler, mask, flags, restorer;
};

PART(the_old_sigaction_and_signal_work)
{
    const struct old_action wanted = {(unsigned long)note, 1ul << (SIGUSR2 - 1) | 1ul << (SIGKILL - 1), 0, 0};
    struct old_action got;
    check(syscall(67, SIGUSR1, &wanted, NULL) == 0);
    check(kill(getpid(), SIGUSR1) == 0 && caught == 1 && last_signal == SIGUSR1);
    check(syscall(67, SIGUSR1, NULL, &got) == 0);
    check(got.handler == wanted.handler && got.mask == 1ul << (SIGUSR2 - 1) && got.flags == 0);
    check_errno(syscall(67, SIGKILL, &wanted, NULL), EINVAL);
    check_errno(syscall(67, 0, NULL, &got), EINVAL);
    check_errno(syscall(67, SIGUSR1, 8, NULL), EFAULT);

    check(syscall(48, SIGUSR1, SIG_IGN) == (long)note);
    check(kill(getpid(), SIGUSR1) == 0 && caught == 1);
    check(syscall(48, SIGUSR1, note) == (long)SIG_IGN);
    check(syscall(67, SIGUSR1, NULL, &got) == 0 && (got.flags & SA_RESETHAND) && (got.flags & SA_NODEFER));
    check(kill(getpid(), SIGUSR1) == 0 && caught == 2);
    check(syscall(67, SIGUSR1, NULL, &got) == 0 && got.handler == 0);  // once only
    check_errno(syscall(48, SIGKILL, note), EINVAL);
    check_errno(syscall(48, 65, note), EINVAL);
}

PART(the_old_mask_calls_change_one_word)
{
    const unsigned long usr1 = 1ul << (SIGUSR1 - 1), usr2 = 1ul << (SIGUSR2 - 1);
    const unsigned long every = ~0ul, kill_too = 1ul << (SIGKILL - 1) | usr2;
    unsigned long before = 7, pending = 7;
    sigset_t now;
    block(50);
    check(syscall(126, SIG_BLOCK, &usr1, &before) == 0 && before == 0);
    check(syscall(126, SIG_SETMASK, &kill_too, &before) == 0 && before == usr1);
    check(sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, 50) && sigismember(&now, SIGUSR2));
    check(!sigismember(&now, SIGKILL) && !sigismember(&now, SIGUSR1));
    check(syscall(126, SIG_UNBLOCK, &every, NULL) == 0);
    check(sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, 50) && !sigismember(&now, SIGUSR2));
    check_errno(syscall(126, 3, &usr1, NULL), EINVAL);
    check(syscall(126, 77, NULL, &before) == 0 && before == 0);
    handle(SIGUSR1, note, 0);
    check(syscall(126, SIG_BLOCK, &usr1, NULL) == 0);
    kill(getpid(), SIGUSR1);
    check(syscall(73, &pending) == 0 && pending == usr1 && caught == 0);
    check_errno(syscall(72, 0, 0, usr2), EINTR);  // sigsuspend
    check(caught == 1);
    check(syscall(126, SIG_BLOCK, NULL, &before) == 0 && before == usr1);
}

PART(the_oldest_mask_calls_work)
{
    const unsigned long usr1 = 1ul << (SIGUSR1 - 1), usr2 = 1ul << (SIGUSR2 - 1);
    check(syscall(69, usr1) == 0);
    check((unsigned long)syscall(68) == usr1);
    check((unsigned long)syscall(69, usr2) == usr1);
    check((unsigned long)syscall(68) == usr2);
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
