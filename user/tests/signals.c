// What Linux promises about signals: what a handler is told, masks, restarts, stacks, default actions, and that a frame
// which a program forges gives it nothing.
#include "signal_parts.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/time.h>

// ---- What a handler is told ----

#define FAULT(statement)                                                                                     \
    do {                                                                                                     \
        caught = 0;                                                                                          \
        if (sigsetjmp(escape, 1) == 0) {                                                                     \
            statement;                                                                                       \
            check(!"no signal came");                                                                        \
        }                                                                                                    \
        check(caught == 1);                                                                                  \
    } while (0)

PART(a_fault_tells_its_address_and_kind)
{
    handle_info(SIGSEGV, jump_out, 0);
    handle_info(SIGBUS, jump_out, 0);
    volatile char* unmapped = (volatile char*)0x00800444;
    FAULT(*unmapped = 1);
    check(last_signal == SIGSEGV && last_info.si_code == SEGV_MAPERR && last_info.si_addr == (void*)unmapped);
    check(last_context.uc_mcontext.cr2 == (unsigned long)(uintptr_t)unmapped);
    check(last_context.uc_mcontext.gregs[REG_TRAPNO] == 14 && last_context.uc_mcontext.gregs[REG_ERR] == 6);
    FAULT((void)*unmapped);
    check(last_info.si_code == SEGV_MAPERR && last_context.uc_mcontext.gregs[REG_ERR] == 4);
    char* page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(page[5] == 0);
    FAULT(*(volatile char*)(page + 7) = 1);
    check(last_signal == SIGSEGV && last_info.si_code == SEGV_ACCERR && last_info.si_addr == page + 7);
    check(last_context.uc_mcontext.gregs[REG_ERR] == 7);
    mprotect(page, 4096, PROT_NONE);
    FAULT((void)*(volatile char*)(page + 9));
    check(last_info.si_code == SEGV_ACCERR && last_info.si_addr == page + 9);
    const int fd = open("/tmp/signals-bus", O_RDWR | O_CREAT | O_TRUNC, 0600);
    check(fd >= 0 && ftruncate(fd, 100) == 0);
    unlink("/tmp/signals-bus");
    char* file = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
    check(file[99] == 0 && file[4095] == 0);
    FAULT((void)*(volatile char*)(file + 4096));
    check(last_signal == SIGBUS && last_info.si_code == BUS_ADRERR && last_info.si_addr == file + 4096);
}

PART(other_traps_tell_their_kind)
{
    handle_info(SIGFPE, jump_out, 0);
    handle_info(SIGILL, jump_out, 0);
    handle_info(SIGTRAP, note_info, 0);
    handle_info(SIGSEGV, jump_out, 0);
    volatile int zero = 0;
    FAULT(zero = 7 / zero);  // 1 / x would be compared, not divided
    check(last_signal == SIGFPE && last_info.si_code == FPE_INTDIV && last_info.si_addr != NULL);
    check(last_context.uc_mcontext.gregs[REG_TRAPNO] == 0);
    FAULT(__asm__ volatile("ud2"));
    check(last_signal == SIGILL && last_info.si_code == ILL_ILLOPN);
    check(last_info.si_addr == (void*)last_context.uc_mcontext.gregs[REG_EIP]);
    FAULT(__asm__ volatile("hlt"));
    check(last_signal == SIGSEGV && last_info.si_code == SI_KERNEL && last_info.si_addr == NULL);
    check(last_context.uc_mcontext.gregs[REG_TRAPNO] == 13);
    caught = 0;
    __asm__ volatile("int3");  // a trap: goes on behind it
    check(caught == 1 && last_info.si_code == SI_KERNEL);
    caught = 0;
    __asm__ volatile(
        "pushf\n\torl $0x100, (%%esp)\n\tpopf\n\tnop\n\tpushf\n\tandl $~0x100, (%%esp)\n\tpopf\n\tnop"
        :
        :
        : "memory", "cc");
    check(caught >= 3 && caught <= 6 && last_info.si_code == TRAP_TRACE);
}

PART(floating_point_exceptions_become_sigfpe)
{
    handle_info(SIGFPE, jump_out, 0);
    unsigned short control = 0x037b;  // division by zero is not masked
    volatile double zero = 0, one = 1;
    FAULT(__asm__ volatile("fninit\n\tfldcw %0\n\tfldl %1\n\tfdivl %2\n\tfwait"
                           :
                           : "m"(control), "m"(one), "m"(zero)));
    check(last_signal == SIGFPE && last_info.si_code == FPE_FLTDIV);
    __asm__ volatile("fninit");
    unsigned mxcsr = 0x1f80 & ~(1u << 9);
    caught = 0;
    if (sigsetjmp(escape, 1) == 0)  // QEMU's own CPU knows no unmasked SSE exceptions: none may come
        __asm__ volatile("ldmxcsr %0\n\tmovsd %1, %%xmm0\n\tdivsd %2, %%xmm0"
                         :
                         : "m"(mxcsr), "m"(one), "m"(zero));
    check(caught == 0 || last_info.si_code == FPE_FLTDIV);
}

static char* page;
static volatile int mended;

static void mend(int signal, siginfo_t* info, void* context)
{
    (void)signal, (void)context;
    check((char*)info->si_addr >= page && (char*)info->si_addr < page + 64 * 4096);
    mprotect((void*)((uintptr_t)info->si_addr & ~4095u), 4096, PROT_READ | PROT_WRITE);
    mended++;
}

PART(a_handler_may_mend_and_the_instruction_restarts)
{
    page = mmap(NULL, 64 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    handle_info(SIGSEGV, mend, 0);
    for (int i = 0; i < 64; i++)
        page[i * 4096 + i] = (char)i;
    check(mended == 64);
    mprotect(page, 64 * 4096, PROT_READ);
    for (int i = 0; i < 64; i++)
        check(page[i * 4096 + i] == (char)i);
    check(mended == 64);
}

static void skip(int signal, siginfo_t* info, void* context)
{
    (void)signal, (void)info;
    ucontext_t* c = context;
    c->uc_mcontext.gregs[REG_EIP] += 2;  // ud2
    c->uc_mcontext.gregs[REG_EAX] = 4711;
    c->uc_mcontext.gregs[REG_ECX] = 815;
}

PART(a_handler_may_change_the_registers)
{
    int eax = 1, ecx = 2;
    handle_info(SIGILL, skip, 0);
    __asm__ volatile("ud2" : "+a"(eax), "+c"(ecx));
    check(eax == 4711 && ecx == 815);
}

static void expect_sigchld(int code, pid_t pid, int status)
{
    const sigset_t set = set_of(SIGCHLD);
    const struct timespec late = {30, 0};
    siginfo_t info;
    check(sigtimedwait(&set, &info, &late) == SIGCHLD);
    check(info.si_code == code && info.si_pid == pid && info.si_status == status && info.si_uid == getuid());
}

PART(kill_and_sigchld_tell_who)
{
    handle_info(SIGUSR1, note_info, 0);
    check(kill(getpid(), SIGUSR1) == 0);
    check(caught == 1 && last_info.si_code == SI_USER && last_info.si_pid == getpid() &&
          last_info.si_uid == getuid());
    check(raise(SIGUSR1) == 0 && caught == 2);
    block(SIGCHLD);
    pid_t pid = fork();
    if (pid == 0) _exit(42);
    expect_sigchld(CLD_EXITED, pid, 42);
    check(status_of(pid) == 42 << 8);
    pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    kill(pid, SIGSTOP);
    expect_sigchld(CLD_STOPPED, pid, SIGSTOP);
    kill(pid, SIGCONT);
    expect_sigchld(CLD_CONTINUED, pid, SIGCONT);
    kill(pid, SIGKILL);
    expect_sigchld(CLD_KILLED, pid, SIGKILL);
    check(status_of(pid) == SIGKILL);
}

PART(nocldstop_hears_of_ends_only)
{
    int status;
    handle_info(SIGCHLD, note_info, SA_NOCLDSTOP);
    const pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    kill(pid, SIGSTOP);
    check(waitpid(pid, &status, WUNTRACED) == pid && caught == 0);
    kill(pid, SIGCONT);
    check(waitpid(pid, &status, WCONTINUED) == pid && caught == 0);
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    check(caught == 1);
}

// ---- Restarting ----

PART(calls_restart_or_fail_as_the_handler_asked)
{
    int fds[2];
    char c;
    check(pipe(fds) == 0);
    handle(SIGUSR1, note, 0);
    pid_t pid = pester(SIGUSR1);
    check_errno(read(fds[0], &c, 1), EINTR);
    check_errno(pause(), EINTR);
    calm(pid);
    handle(SIGUSR1, note, SA_RESTART);
    const pid_t parent = getpid();
    caught = 0;
    pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 5; i++) {
            nap_ms(20);
            kill(parent, SIGUSR1);
        }
        write(fds[1], "x", 1);
        _exit(0);
    }
    check(read(fds[0], &c, 1) == 1 && c == 'x' && caught >= 1);
    check_child(pid);
    pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 5; i++) {
            nap_ms(20);
            kill(parent, SIGUSR1);
        }
        _exit(7);
    }
    int status;
    check(waitpid(pid, &status, 0) == pid && status == 7 << 8);  // restarted too
}

PART(poll_sleep_and_pause_never_restart)
{
    int fds[2];
    check(pipe(fds) == 0);
    handle(SIGUSR1, note, SA_RESTART);
    const pid_t pid = pester(SIGUSR1);
    struct pollfd one = {.fd = fds[0], .events = POLLIN};
    struct timespec long_time = {100, 0}, left = {0, 0};
    check_errno(poll(&one, 1, 100000), EINTR);
    check_errno(nanosleep(&long_time, &left), EINTR);
    check(left.tv_sec >= 90 && left.tv_sec < 100);
    check_errno(pause(), EINTR);
    sigset_t none = set_of(0);
    check_errno(sigsuspend(&none), EINTR);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    struct timeval wait_time = {100, 0};
    check_errno(select(fds[0] + 1, &set, NULL, NULL, &wait_time), EINTR);
    check(clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, &left) == EINTR);
    calm(pid);
}

PART(a_stop_and_continuation_do_not_interrupt)
{
    int fds[2], status;
    check(pipe(fds) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        char c;
        struct timespec left = {0, 300000000};
        check(read(fds[0], &c, 1) == 1);
        check(nanosleep(&left, NULL) == 0);
        _exit(0);
    }
    for (int i = 0; i < 3; i++) {
        kill(pid, SIGSTOP);
        check(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
        kill(pid, SIGCONT);
        nap_ms(10);
    }
    write(fds[1], "x", 1);
    for (int i = 0; i < 3; i++) {
        nap_ms(30);
        kill(pid, SIGSTOP);
        check(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
        kill(pid, SIGCONT);
    }
    check_child(pid);
}

PART(a_write_cut_short_tells_how_much)
{
    static char bytes[200000];
    int fds[2];
    check(pipe(fds) == 0);
    handle(SIGUSR1, note, SA_RESTART);
    const pid_t pid = pester(SIGUSR1);
    const ssize_t wrote =
        write(fds[1], bytes, sizeof(bytes));  // nobody reads: it fills, sleeps, is interrupted
    check(wrote > 0 && wrote < (ssize_t)sizeof(bytes));
    calm(pid);
}

// ---- Masks ----

PART(blocked_signals_wait_and_collapse)
{
    handle(SIGUSR1, note, 0);
    block(SIGUSR1);
    for (int i = 0; i < 5; i++)
        kill(getpid(), SIGUSR1);
    check(caught == 0 && is_pending(SIGUSR1));
    unblock(SIGUSR1);
    check(caught == 1 && !is_pending(SIGUSR1));
    block(SIGUSR1);
    kill(getpid(), SIGUSR1);
    signal(SIGUSR1, SIG_IGN);  // throws it away
    check(!is_pending(SIGUSR1));
    handle(SIGUSR1, note, 0);
    unblock(SIGUSR1);
    check(caught == 1);
}

static int order[32], count;

static void log_it(int signal)
{
    order[count++] = signal;
}

PART(realtime_signals_queue_in_order)
{
    for (int signal = 34; signal < 38; signal++) {
        struct sigaction action = {.sa_handler = log_it};
        sigfillset(&action.sa_mask);
        sigaction(signal, &action, NULL);
        block(signal);
    }
    for (int i = 0; i < 3; i++)
        for (int signal = 37; signal >= 34; signal--)
            kill(getpid(), signal);
    sigset_t all = set_of(0);
    check(count == 0);
    sigprocmask(SIG_SETMASK, &all, NULL);
    check(count == 12);
    for (int i = 0; i < 12; i++)
        check(order[i] == 34 + i / 3);
}

static volatile int depth, deepest, in_usr2;

static void nested(int signal)
{
    depth++;
    if (depth > deepest) deepest = depth;
    if (signal == SIGUSR1 && caught < 3) {
        caught++;
        kill(getpid(), SIGUSR1);  // blocked until we return
        kill(getpid(), SIGUSR2);
    }
    if (signal == SIGUSR2) in_usr2 = depth;
    depth--;
}

PART(a_mask_holds_while_its_handler_runs)
{
    handle(SIGUSR1, nested, 0);
    handle(SIGUSR2, nested, 0);
    kill(getpid(), SIGUSR1);
    check(caught == 3 && deepest == 2 && in_usr2 == 2 && depth == 0);
    struct sigaction action = {.sa_handler = nested};
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    caught = deepest = 0;
    kill(getpid(), SIGUSR1);
    check(caught == 3 && deepest == 1 && in_usr2 == 1);
}

static void again(int signal)
{
    depth++;
    if (depth > deepest) deepest = depth;
    if (depth < 5) kill(getpid(), signal);
    depth--;
}

PART(nodefer_nests_and_resethand_runs_once)
{
    handle(SIGUSR1, again, SA_NODEFER);
    kill(getpid(), SIGUSR1);
    check(deepest == 5);
    handle(SIGUSR2, note, SA_RESETHAND);
    kill(getpid(), SIGUSR2);
    struct sigaction now;
    check(caught == 1 && sigaction(SIGUSR2, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
}

PART(sigsuspend_waits_with_another_mask)
{
    sigset_t before, after, none = set_of(0);
    handle(SIGUSR1, note, 0);
    block(SIGUSR1);
    check(sigprocmask(SIG_SETMASK, NULL, &before) == 0);
    kill(getpid(), SIGUSR1);
    check(caught == 0);
    check_errno(sigsuspend(&none), EINTR);  // was pending: comes at once
    check(caught == 1 && sigprocmask(SIG_SETMASK, NULL, &after) == 0 &&
          memcmp(&before, &after, sizeof(after)) == 0);
    const pid_t pid = pester(SIGUSR1);
    for (int i = 2; i < 5; i++) {
        check_errno(sigsuspend(&none), EINTR);
        check(caught == i);
    }
    calm(pid);
}

PART(sigtimedwait_takes_without_a_handler)
{
    siginfo_t info;
    sigset_t set = set_of(SIGUSR1);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    const struct timespec now = {0, 0}, soon = {0, 50000000}, late = {100, 0};
    check_errno(sigtimedwait(&set, &info, &now), EAGAIN);
    const long long start = now_ns();
    check_errno(sigtimedwait(&set, &info, &soon), EAGAIN);
    check(now_ns() - start >= 50000000);
    kill(getpid(), SIGUSR1);
    check(sigtimedwait(&set, &info, &now) == SIGUSR1 && info.si_pid == getpid() && !is_pending(SIGUSR1));
    const pid_t pid = fork();
    if (pid == 0) _exit(5);
    check(sigtimedwait(&set, &info, &late) == SIGCHLD && info.si_pid == pid && info.si_status == 5);
    check(status_of(pid) == 5 << 8);
    handle(SIGUSR2, note, 0);
    const pid_t other = pester(SIGUSR2);
    check_errno(sigtimedwait(&set, &info, &late), EINTR);
    block(SIGUSR2);  // it may be sending one more
    kill(other, SIGKILL);
    check(sigtimedwait(&set, &info, &late) == SIGCHLD && status_of(other) == SIGKILL);
    const struct timespec bad = {0, 1000000000};
    check_errno(sigtimedwait(&set, &info, &bad), EINVAL);
}

PART(sigaction_and_sigprocmask_refuse_nonsense)
{
    struct sigaction action = {.sa_handler = note};
    check_errno(sigaction(SIGKILL, &action, NULL), EINVAL);
    check_errno(sigaction(SIGSTOP, &action, NULL), EINVAL);
    check_errno(sigaction(0, &action, NULL), EINVAL);
    check_errno(sigaction(65, &action, NULL), EINVAL);
    sigset_t set, got;
    sigfillset(&set);
    check_errno(sigprocmask(7, &set, NULL), EINVAL);
    check(sigprocmask(SIG_SETMASK, &set, NULL) == 0 && sigprocmask(SIG_SETMASK, NULL, &got) == 0);
    check(!sigismember(&got, SIGKILL) && !sigismember(&got, SIGSTOP) && sigismember(&got, SIGTERM));
    check(sigismember(&got, 64));
}

// ---- Default actions ----

PART(default_actions_are_linuxs)
{
    for (int signal = 1; signal <= 64; signal++) {
        if (signal == 32 || signal == 33) continue;  // other libraries keep them
        const pid_t pid = fork();
        if (pid == 0) {
            setpgid(0, 0);
            kill(getpid(), signal);
            _exit(0);
        }
        int status;
        check(waitpid(pid, &status, WUNTRACED) == pid);
        const int stops = signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
        const int ignored = signal == SIGCHLD || signal == SIGCONT || signal == SIGURG || signal == SIGWINCH;
        if (stops)
            check(WIFSTOPPED(status) && WSTOPSIG(status) == signal);
        else if (ignored)
            check(status == 0);
        else
            check(WIFSIGNALED(status) && WTERMSIG(status) == signal);
        if (stops) {
            kill(pid, SIGKILL);
            check(status_of(pid) == SIGKILL);
        }
    }
}

// A stop and what ends it, sent right behind each other: whichever comes first, nobody stays stopped for ever.
PART(sigkill_and_sigcont_never_miss_a_stop)
{
    for (int i = 0; i < 300; i++) {
        const pid_t pid = fork();
        if (pid == 0)
            for (;;)
                pause();
        for (int k = 0; k < 5; k++) {
            kill(pid, SIGSTOP);
            kill(pid, SIGCONT);
        }
        kill(pid, SIGSTOP);
        kill(pid, SIGKILL);
        check(status_of(pid) == SIGKILL);
    }
}

PART(stop_and_continue_cancel_each_other)
{
    handle(SIGCONT, note, 0);
    block(SIGTSTP);
    kill(getpid(), SIGTSTP);
    check(is_pending(SIGTSTP));
    kill(getpid(), SIGCONT);
    check(!is_pending(SIGTSTP) && caught == 1);
    block(SIGCONT);
    kill(getpid(), SIGCONT);
    check(is_pending(SIGCONT));
    kill(getpid(), SIGTSTP);
    check(!is_pending(SIGCONT) && is_pending(SIGTSTP));
    kill(getpid(), SIGCONT);
    unblock(SIGTSTP);
    unblock(SIGCONT);
    check(caught == 2);
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
