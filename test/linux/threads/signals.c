// Which thread takes a signal, and stops that are everybody's.
#include "threads.h"

#include <setjmp.h>

static sigjmp_buf after_fault;

PART(signal_to_one_thread)
{
    install(SIGUSR1, note_thread);
    const int tid = start_sleeper();
    check(syscall(SYS_tgkill, getpid(), tid, SIGUSR1) == 0);
    while (handled_by != tid)
        sched_yield();
    handled_by = 0;
    check(syscall(SYS_tkill, self_tid(), SIGUSR1) == 0 && handled_by == self_tid());
    check_errno(syscall(SYS_tgkill, getpid(), 0x3ffffff0, SIGUSR1), ESRCH);
    check_errno(syscall(SYS_tgkill, getpid() + 1, tid, SIGUSR1), ESRCH);
    check_errno(syscall(SYS_tgkill, getpid(), 0, SIGUSR1), EINVAL);
    check(syscall(SYS_tgkill, getpid(), tid, 0) == 0);
}

// A signal for the process goes to a thread that does not block it.
PART(signal_to_whoever_takes_it)
{
    sigset_t set;
    install(SIGUSR1, note_thread);
    const int tid = start_sleeper();
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < 20; i++) {
        handled_by = 0;
        check(kill(getpid(), SIGUSR1) == 0);
        while (handled_by != tid)
            sched_yield();
    }
}

static void jump_out(int signal)
{
    handled_by = self_tid();
    siglongjmp(after_fault, signal);
}

static int use_stack(int depth)
{
    volatile char bytes[4096];
    bytes[0] = (char)depth;
    return use_stack(depth + 1) + bytes[0];
}

static void* overflow(void* argument)
{
    stack_t other;
    memset(&other, 0, sizeof other);
    other.ss_sp = malloc(65536);
    other.ss_size = 65536;
    check(sigaltstack(&other, NULL) == 0);
    *(volatile int*)argument = self_tid();
    if (sigsetjmp(after_fault, 1) == 0) use_stack(0);
    return NULL;
}

PART(stack_guard)
{
    volatile int tid = 0;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = jump_out;
    action.sa_flags = SA_ONSTACK;
    check(sigaction(SIGSEGV, &action, NULL) == 0);
    join(start(overflow, (void*)&tid));
    check(handled_by == tid && tid != self_tid());
}

static volatile int spinning_on;

static void* count_up(void* argument)
{
    volatile unsigned* counter = argument;
    spinning_on = 1;
    for (;;)
        ++*counter;
    return NULL;
}

// All threads of a stopped process stand still, whatever they did.
PART(stop_and_continue)
{
    unsigned* counters = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;
    const pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 4; i++)
            start(count_up, &counters[i * 16]);
        start(sleep_for_ever, NULL);
        for (;;)
            pause();
    }
    for (int i = 0; i < 4; i++)
        while (*(volatile unsigned*)&counters[i * 16] == 0)
            sched_yield();
    for (int round = 0; round < 5; round++) {
        unsigned before[4];
        check(kill(pid, SIGSTOP) == 0);
        check(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
        for (int i = 0; i < 4; i++)
            before[i] = *(volatile unsigned*)&counters[i * 16];
        nap_ms(2);
        for (int i = 0; i < 4; i++)
            check(*(volatile unsigned*)&counters[i * 16] == before[i]);
        check(kill(pid, SIGCONT) == 0);
        check(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
        for (int i = 0; i < 4; i++)
            while (*(volatile unsigned*)&counters[i * 16] == before[i])
                sched_yield();
    }
    check(kill(pid, SIGSTOP) == 0 && waitpid(pid, &status, WUNTRACED) == pid);
    check(kill(pid, SIGKILL) == 0 && status_of(pid) == SIGKILL);
}
