// Signals: handlers, masks, waiting, faults.
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.h"

static volatile sig_atomic_t calls, last_signal, last_code;
static void* volatile last_address;

static void count(int signal)
{
    calls++;
    last_signal = signal;
}

static void handlers(void)
{
    calls = 0;
    CHECK(signal(SIGUSR1, count) == SIG_DFL);
    CHECK_EQUAL(raise(SIGUSR1), 0);
    CHECK(calls == 1 && last_signal == SIGUSR1);
    kill(getpid(), SIGUSR1);
    CHECK_EQUAL(calls, 2);
    CHECK(signal(SIGUSR1, SIG_IGN) == count);
    raise(SIGUSR1);
    CHECK_EQUAL(calls, 2);
    CHECK(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
    CHECK(signal(SIGKILL, count) == SIG_ERR && errno == EINVAL);
}

static void masks(void)
{
    sigset_t block, old, pending;
    calls = 0;
    signal(SIGUSR1, count);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, &block, &old), 0);
    raise(SIGUSR1);
    raise(SIGUSR1);
    CHECK_EQUAL(calls, 0);
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) == 1);
    CHECK(sigsuspend(&old) < 0 && errno == EINTR);
    CHECK_EQUAL(calls, 1);  // both became one
    raise(SIGUSR1);
    int taken = 0;
    CHECK(sigwait(&block, &taken) == 0 && taken == SIGUSR1 && calls == 1);
    const struct timespec soon = {0, 10000000};
    CHECK(sigtimedwait(&block, NULL, &soon) < 0 && errno == EAGAIN);
    sigprocmask(SIG_SETMASK, &old, NULL);
    signal(SIGUSR1, SIG_DFL);
}

static void note_info(int signal, siginfo_t* info, void* context)
{
    (void)context;
    last_signal = signal;
    last_code = info->si_code;
    last_address = info->si_addr;
    calls++;
}

static void infos(void)
{
    struct sigaction action, old;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = note_info;
    action.sa_flags = SA_SIGINFO | SA_RESETHAND;
    calls = 0;
    CHECK_EQUAL(sigaction(SIGUSR2, &action, NULL), 0);
    kill(getpid(), SIGUSR2);
    CHECK(calls == 1 && last_signal == SIGUSR2 && last_code == SI_USER);
    CHECK(sigaction(SIGUSR2, NULL, &old) == 0 && old.sa_handler == SIG_DFL);  // reset by its first call
}

static volatile char* volatile guarded;  // both: the handler reads it in the middle of a store

static void open_page(int signal, siginfo_t* info, void* context)
{
    note_info(signal, info, context);
    mprotect((void*)guarded, 4096, PROT_READ | PROT_WRITE);
}

// A pager in user space: the store faults, the handler makes the page writable, the store is done again.
static void faults(void)
{
    struct sigaction action, old;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = open_page;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, &old);
    guarded = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    calls = 0;
    guarded[100] = 42;
    CHECK(calls == 1 && last_signal == SIGSEGV && last_code == SEGV_ACCERR);
    CHECK(last_address == guarded + 100 && guarded[100] == 42);
    munmap((void*)guarded, 4096);
    sigaction(SIGSEGV, &old, NULL);
}

static sigjmp_buf escape;

static void jump_out(int signal, siginfo_t* info, void* context)
{
    note_info(signal, info, context);
    siglongjmp(escape, 1);
}

static void escapes(void)
{
    struct sigaction action, old;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = jump_out;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, &old);
    volatile int* volatile nowhere = (volatile int*)16;
    for (volatile int round = 0; round < 3; round++) {  // the mask is restored, or the second would kill
        if (sigsetjmp(escape, 1) == 0) {
            *nowhere = 1;
            CHECK(0);
        }
        CHECK(last_code == SEGV_MAPERR && last_address == (void*)nowhere);
    }
    sigaction(SIGSEGV, &old, NULL);
}

static void skip_instruction(int signal, siginfo_t* info, void* context)
{
    note_info(signal, info, context);
    ((ucontext_t*)context)->uc_mcontext.gregs[REG_EIP] += 2;
}

static void contexts(void)
{
    struct sigaction action, old;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = skip_instruction;
    action.sa_flags = SA_SIGINFO;
    calls = 0;
    sigaction(SIGILL, &action, &old);
    unsigned kept = 0x12345678;
    __asm__ volatile("ud2" : "+r"(kept));  // two bytes, which the handler steps over
    CHECK(calls == 1 && last_signal == SIGILL && kept == 0x12345678);
    sigaction(SIGILL, &old, NULL);
}

static char alternate[SIGSTKSZ];
static volatile int was_on_alternate;

static void look_at_stack(int signal)
{
    char here;
    count(signal);
    was_on_alternate =
        (uintptr_t)&here >= (uintptr_t)alternate && (uintptr_t)&here < (uintptr_t)alternate + SIGSTKSZ;
}

static void other_stack(void)
{
    stack_t stack = {alternate, 0, sizeof(alternate)}, old;
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = look_at_stack;
    action.sa_flags = SA_ONSTACK;
    CHECK_EQUAL(sigaltstack(&stack, NULL), 0);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    CHECK_EQUAL(was_on_alternate, 1);
    stack.ss_flags = SS_DISABLE;
    CHECK(sigaltstack(&stack, &old) == 0 && old.ss_sp == alternate);
    signal(SIGUSR1, SIG_DFL);
}

static void alarms(void)
{
    calls = 0;
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = count;  // without SA_RESTART
    sigaction(SIGALRM, &action, NULL);
    const struct itimerval soon = {{0, 30000}, {0, 30000}}, once = {{0, 0}, {0, 10000}},
                           never = {{0, 0}, {0, 0}};
    CHECK_EQUAL(setitimer(ITIMER_REAL, &soon, NULL), 0);  // again, should the first come before the pause
    CHECK(pause() < 0 && errno == EINTR);
    CHECK(calls >= 1 && last_signal == SIGALRM);
    CHECK_EQUAL(setitimer(ITIMER_REAL, &never, NULL), 0);
    calls = 0;
    CHECK_EQUAL(setitimer(ITIMER_REAL, &once, NULL), 0);
    while (calls == 0)
        usleep(1000);
    usleep(30000);
    CHECK_EQUAL(calls, 1);
    CHECK_EQUAL(alarm(100), 0);
    CHECK(alarm(0) >= 99);
    signal(SIGALRM, SIG_DFL);
}

static void interrupted_calls(void)
{
    int ends[2];
    char byte;
    pipe(ends);
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = count;
    sigaction(SIGALRM, &action, NULL);
    const struct itimerval soon = {{0, 30000}, {0, 30000}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &soon, NULL);  // again, should the first come before we read
    CHECK(read(ends[0], &byte, 1) < 0 && errno == EINTR);
    setitimer(ITIMER_REAL, &never, NULL);
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    calls = 0;
    const pid_t child = fork();
    if (child == 0) {
        const struct timespec later = {0, 50000000};
        nanosleep(&later, NULL);
        kill(getppid(), SIGALRM);
        nanosleep(&later, NULL);
        write(ends[1], "x", 1);
        _exit(0);
    }
    CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x' && calls == 1);
    waitpid(child, NULL, 0);
    close(ends[0]);
    close(ends[1]);
    signal(SIGALRM, SIG_DFL);
}

static int signal_that_kills(void (*suicide)(void))
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        suicide();
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void die_by_abort(void)
{
    abort();
}

static void die_by_pipe(void)
{
    int ends[2];
    pipe(ends);
    close(ends[0]);
    write(ends[1], "x", 1);
}

static void die_by_division(void)
{
    volatile int zero = 0;
    zero = 7 / zero;
}

static void survive_abort(int signal)
{
    (void)signal;
}

static void die_by_caught_abort(void)
{
    signal(SIGABRT, survive_abort);
    abort();
}

static void deaths(void)
{
    CHECK_EQUAL(signal_that_kills(die_by_abort), SIGABRT);
    CHECK_EQUAL(signal_that_kills(die_by_caught_abort), SIGABRT);
    CHECK_EQUAL(signal_that_kills(die_by_pipe), SIGPIPE);
    CHECK_EQUAL(signal_that_kills(die_by_division), SIGFPE);
}

const struct test signal_tests[] = {{"signal", handlers},
                                    {"signal masks", masks},
                                    {"siginfo", infos},
                                    {"SIGSEGV handler", faults},
                                    {"siglongjmp out of SIGSEGV", escapes},
                                    {"ucontext", contexts},
                                    {"sigaltstack", other_stack},
                                    {"alarms", alarms},
                                    {"EINTR SA_RESTART", interrupted_calls},
                                    {"deadly signals", deaths},
                                    {NULL, NULL}};
