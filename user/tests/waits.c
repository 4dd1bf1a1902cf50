// Waiting for children in all its forms, and what SIGCHLD tells; and which interrupted calls go on after a signal.
#include "signal_parts.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { kAll, kPid, kGroup };

static int waitid_of(int type, pid_t id, siginfo_t* info, int options)
{
    memset(info, 0x55, sizeof(*info));
    return (int)syscall(284, type, id, info, options, NULL);
}

static pid_t child_that_exits(int status)
{
    const pid_t pid = fork();
    if (pid == 0) _exit(status);
    return pid;
}

static pid_t child_that_waits(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    return pid;
}

PART(waitid_tells_each_change_by_its_code)
{
    siginfo_t info;
    const pid_t pid = child_that_waits();
    kill(pid, SIGSTOP);
    check(waitid_of(kPid, pid, &info, WSTOPPED) == 0 && info.si_code == CLD_STOPPED &&
          info.si_status == SIGSTOP);
    check(info.si_signo == SIGCHLD && info.si_pid == pid && info.si_uid == getuid());
    kill(pid, SIGCONT);
    check(waitid_of(kPid, pid, &info, WCONTINUED) == 0 && info.si_code == CLD_CONTINUED);
    check(info.si_status == SIGCONT);
    check(waitid_of(kPid, pid, &info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG) == 0);
    check(info.si_pid == 0 && info.si_signo == 0);
    kill(pid, SIGTERM);
    check(waitid_of(kPid, pid, &info, WEXITED | WNOWAIT) == 0 && info.si_code == CLD_KILLED);
    check(waitid_of(kPid, pid, &info, WEXITED) == 0 && info.si_code == CLD_KILLED &&
          info.si_status == SIGTERM);
    check_errno(waitid_of(kPid, pid, &info, WEXITED), ECHILD);
    const pid_t exits = child_that_exits(300);
    check(waitid_of(kAll, 0, &info, WEXITED) == 0 && info.si_code == CLD_EXITED && info.si_status == 44);
    check(info.si_pid == exits);
}

PART(a_death_by_a_core_signal_leaves_no_core_without_the_limit)
{
    siginfo_t info;
    int status;
    pid_t pid = child_that_waits();
    kill(pid, SIGQUIT);
    check(waitid_of(kPid, pid, &info, WEXITED | WNOWAIT) == 0);
    check(info.si_code == CLD_KILLED && info.si_status == SIGQUIT);
    check(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && !(status & 0x80));
}

PART(wait_calls_refuse_nonsense)
{
    siginfo_t info;
    int status;
    check_errno(waitid_of(kPid, 0, &info, WEXITED), EINVAL);
    check_errno(waitid_of(kPid, -5, &info, WEXITED), EINVAL);
    check_errno(waitid_of(77, 1, &info, WEXITED), EINVAL);
    check_errno(waitid_of(kAll, 0, &info, 0), EINVAL);
    check_errno(waitid_of(kAll, 0, &info, WNOHANG), EINVAL);
    check_errno(waitid_of(kAll, 0, &info, WEXITED | 0x100), EINVAL);
    check_errno(waitid_of(kAll, 0, &info, WEXITED), ECHILD);
    check_errno(waitpid(-1, &status, 0x1000), EINVAL);
    check_errno(waitpid(-1, &status, WNOHANG), ECHILD);
    check_errno(waitpid((pid_t)0x80000000, &status, 0), ESRCH);
    const pid_t pid = child_that_exits(3);
    check_errno(waitpid(-pid - 1000, &status, 0), ECHILD);
    check_errno(waitpid(pid, (int*)8, 0), EFAULT);
}

#define WAIT_CLONE 0x80000000u
#define WAIT_ALL 0x40000000u

static pid_t clone_that_exits(int exit_signal)
{
    const pid_t pid = (pid_t)syscall(120, exit_signal, 0, 0, 0, 0);
    if (pid == 0) _exit(9);
    return pid;
}

PART(children_that_clone_made_are_waited_for_on_demand)
{
    int status;
    pid_t pid = clone_that_exits(0);
    check_errno(waitpid(-1, &status, 0), ECHILD);
    check_errno(waitpid(pid, &status, 0), ECHILD);
    check(waitpid(-1, &status, (int)WAIT_CLONE) == pid && status == 9 << 8);
    pid = clone_that_exits(0);
    check(waitpid(pid, &status, (int)WAIT_ALL) == pid);
    pid = child_that_exits(1);
    check_errno(waitpid(-1, &status, (int)WAIT_CLONE), ECHILD);
    check(waitpid(-1, &status, (int)WAIT_ALL) == pid);
    handle(SIGUSR1, note, 0);
    pid = clone_that_exits(SIGUSR1);  // tells its end by another signal
    check(waitpid(pid, &status, (int)WAIT_CLONE) == pid && caught == 1);
}

// The heir of clone's children never asked for their signal, and need not know of __WCLONE.
PART(an_orphan_ends_for_its_heir_as_any_child_does)
{
    int status, told[2], ends[2];
    pid_t orphans[2];
    char byte;
    check(prctl(36, 1) == 0);  // PR_SET_CHILD_SUBREAPER
    handle(SIGUSR1, note, 0);
    check(pipe(told) == 0 && pipe(ends) == 0);
    const pid_t parent = fork();
    if (parent == 0) {
        siginfo_t info;
        orphans[0] = clone_that_exits(0);  // dead when it changes hands
        check(waitid_of(kPid, orphans[0], &info, WEXITED | WNOWAIT | (int)WAIT_ALL) == 0);
        orphans[1] = (pid_t)syscall(120, SIGUSR1, 0, 0, 0, 0);
        if (orphans[1] == 0) _exit(close(ends[1]) != 0 || read(ends[0], &byte, 1) != 0);
        check(write(told[1], orphans, sizeof orphans) == sizeof orphans);
        _exit(0);
    }
    check(waitpid(parent, &status, 0) == parent && status == 0);
    check(read(told[0], orphans, sizeof orphans) == sizeof orphans);
    check(waitpid(orphans[0], &status, 0) == orphans[0] && status == 9 << 8);
    check(close(ends[1]) == 0 && waitpid(orphans[1], &status, 0) == orphans[1] && status == 0);
    check(caught == 0);
}

// A program that began meanwhile never asked for the signal of a child that it finds.
PART(a_new_program_meets_no_old_signal)
{
    int ends[2], status;
    char child[16], end[16], byte;
    check(pipe(ends) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        const pid_t orphan = (pid_t)syscall(120, SIGUSR1, 0, 0, 0, 0);
        if (orphan == 0) _exit(close(ends[1]) != 0 || read(ends[0], &byte, 1) != 0);
        sprintf(child, "%d", (int)orphan), sprintf(end, "%d", ends[1]);
        execl("/proc/self/exe", "waits", "--executed", child, end, NULL);
        _exit(99);
    }
    close(ends[1]);
    check(waitpid(pid, &status, 0) == pid && status == 0);
}

static int after_exec(pid_t child, int end)
{
    int status;
    close(end);  // lets it go
    return waitpid(child, &status, (int)WAIT_ALL) != child || status != 0;
}

PART(nocldwait_and_ignoring_leave_nothing_to_wait_for)
{
    int status;
    handle(SIGCHLD, note, SA_NOCLDWAIT);
    child_that_exits(1);
    check_errno(waitpid(-1, &status, 0), ECHILD);
    check(caught == 1);  // the signal comes all the same
    handle(SIGCHLD, SIG_IGN, 0);
    child_that_exits(1);
    child_that_exits(2);
    check_errno(waitpid(-1, &status, 0), ECHILD);
    handle(SIGCHLD, SIG_DFL, 0);
    const pid_t pid = child_that_exits(3);
    check(waitpid(-1, &status, 0) == pid && status == 3 << 8);
}

PART(an_heir_that_ignores_ends_inherits_none)
{
    int status, told[2];
    pid_t orphan;
    check(prctl(36, 1) == 0);  // PR_SET_CHILD_SUBREAPER
    handle(SIGCHLD, SIG_IGN, 0);
    check(pipe(told) == 0);
    const pid_t parent = fork();
    if (parent == 0) {
        siginfo_t info;
        handle(SIGCHLD, SIG_DFL, 0);
        orphan = child_that_exits(4);  // dead when it changes hands
        check(waitid_of(kPid, orphan, &info, WEXITED | WNOWAIT) == 0);
        check(write(told[1], &orphan, sizeof orphan) == sizeof orphan);
        _exit(0);
    }
    check_errno(waitpid(-1, &status, 0), ECHILD);
    check(read(told[0], &orphan, sizeof orphan) == sizeof orphan);
    check_errno(kill(orphan, 0), ESRCH);
}

PART(sigchld_tells_the_time_that_was_used)
{
    handle_info(SIGCHLD, note_info, 0);
    const pid_t pid = fork();
    if (pid == 0) {
        struct timespec used;
        volatile unsigned x = 1;
        do {
            for (int i = 0; i < 10000; i++)
                x = x * 3 + 1;
            check(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0);
        } while (used.tv_sec == 0 && used.tv_nsec < 250000000);
        _exit(0);
    }
    until_caught(1);
    check(last_info.si_pid == pid && last_info.si_utime + last_info.si_stime >= 5);
    check(last_info.si_utime + last_info.si_stime <= 60);
    status_of(pid);
}

// ---- Stopped and continued in the middle of a call: it goes on ----

// 0: its call had ended before it could be stopped.
static int stop_and_continue(pid_t pid)
{
    int status;
    nap_ms(40);
    check(kill(pid, SIGSTOP) == 0);
    check(waitpid(pid, &status, WUNTRACED) == pid);
    if (status == 0) return 0;
    check(WIFSTOPPED(status));
    nap_ms(20);
    check(kill(pid, SIGCONT) == 0);
    check_child(pid);
    return 1;
}

PART(a_stop_does_not_cut_timed_waits_short)
{
    for (int which = 0; which < 6;) {
        const pid_t pid = fork();
        if (pid == 0) {
            int pipes[2], word = 0;
            check(pipe(pipes) == 0);
            struct pollfd poll_one = {.fd = pipes[0], .events = POLLIN};
            struct timespec span = {0, 200000000};
            struct timeval val = {0, 200000};
            fd_set set;
            FD_ZERO(&set);
            FD_SET(pipes[0], &set);
            sigset_t wanted = set_of(50);
            const long long before = now_ns();
            long answer = 0, error = 0;
            errno = 0;
            if (which == 0) answer = nanosleep(&span, &span);
            if (which == 1) answer = syscall(267, CLOCK_MONOTONIC, 0, &span, &span);
            if (which == 2) answer = poll(&poll_one, 1, 200);
            if (which == 3) answer = syscall(142, pipes[0] + 1, &set, NULL, NULL, &val);
            if (which == 4) answer = syscall(240, &word, 0, 0, &span), error = ETIMEDOUT;
            if (which == 5) answer = sigtimedwait(&wanted, NULL, &span), error = -1;
            // Linux ends sigtimedwait by a stop; the others wait their time out.
            if (error == -1)
                check(answer == -1 && (errno == EINTR || errno == EAGAIN));
            else
                check(answer == (error ? -1 : 0) && errno == error && now_ns() - before >= 200000000);
            _exit(0);
        }
        which += stop_and_continue(pid);
    }
}

PART(a_handler_without_restart_ends_every_wait)
{
    handle(SIGUSR1, note, SA_RESTART);  // these do not restart whatever the flags say
    for (int which = 0; which < 6; which++) {
        int pipes[2];
        check(pipe(pipes) == 0);
        struct pollfd poll_one = {.fd = pipes[0], .events = POLLIN};
        struct timespec span = {30, 0}, left = {0, 0};
        struct timeval val = {30, 0};
        fd_set set;
        FD_ZERO(&set);
        FD_SET(pipes[0], &set);
        sigset_t wanted = set_of(50);
        const long long before = now_ns();
        const pid_t pid = pester(SIGUSR1);
        if (which == 0) check_errno(nanosleep(&span, &left), EINTR);
        if (which == 1) check_errno(syscall(267, CLOCK_MONOTONIC, 0, &span, &left), EINTR);
        if (which == 2) check_errno(poll(&poll_one, 1, 30000), EINTR);
        if (which == 3) check_errno(syscall(142, pipes[0] + 1, &set, NULL, NULL, &val), EINTR);
        if (which == 4) check_errno(sigtimedwait(&wanted, NULL, &span), EINTR);
        if (which == 5) check_errno(pause(), EINTR);
        calm(pid);
        if (which < 2) {
            const long long left_ns = left.tv_sec * 1000000000LL + left.tv_nsec;
            check(left_ns < 30000000000LL && left_ns >= 30000000000LL - (now_ns() - before));
        }
        close(pipes[0]), close(pipes[1]);
    }
}

PART(restart_syscall_alone_is_interrupted)
{
    check_errno(syscall(0), EINTR);
}

int main(int argc, char** argv)
{
    if (argc == 4 && strcmp(argv[1], "--executed") == 0) return after_exec(atoi(argv[2]), atoi(argv[3]));
    return run_parts(argc, argv);
}
