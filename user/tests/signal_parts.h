// What the tests about signals share: handlers that write down what they were told, and short ways to say who is
// blocked, handled and pending.
#pragma once

#include "parts.h"

#include <setjmp.h>
#include <ucontext.h>

#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-variable"

static volatile sig_atomic_t caught, last_signal;
static siginfo_t last_info;
static ucontext_t last_context;
static sigjmp_buf escape;

static void note(int signal)
{
    caught++;
    last_signal = signal;
}

static void note_info(int signal, siginfo_t* info, void* context)
{
    note(signal);
    last_info = *info;
    last_context = *(ucontext_t*)context;
}

static void jump_out(int signal, siginfo_t* info, void* context)
{
    note_info(signal, info, context);
    siglongjmp(escape, 1);
}

static void handle(int signal, void (*handler)(int), unsigned long flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    check(sigaction(signal, &action, NULL) == 0);
}

static void handle_info(int signal, void (*handler)(int, siginfo_t*, void*), unsigned long flags)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO};
    check(sigaction(signal, &action, NULL) == 0);
}

static sigset_t set_of(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    if (signal) sigaddset(&set, signal);
    return set;
}

static void block(int signal)
{
    const sigset_t set = set_of(signal);
    check(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
}

static void unblock(int signal)
{
    const sigset_t set = set_of(signal);
    check(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
}

static int is_pending(int signal)
{
    sigset_t set;
    check(sigpending(&set) == 0);
    return sigismember(&set, signal);
}

// Until handlers have run so often. Signals are blocked between looking and sleeping: none can come there and leave us asleep.
static void until_caught(int times)
{
    sigset_t all, before;
    sigfillset(&all);
    check(sigprocmask(SIG_BLOCK, &all, &before) == 0);
    while (caught < times)
        sigsuspend(&before);
    check(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
}

// A child that sends `signal` to us every few milliseconds until it is killed.
static pid_t pester(int signal)
{
    const pid_t parent = getpid(), pid = fork();
    check(pid >= 0);
    if (pid != 0) return pid;
    for (;;) {
        nap_ms(10);
        if (kill(parent, signal) != 0) _exit(0);
    }
}

static void calm(pid_t pid)
{
    kill(pid, SIGKILL);
    check(status_of(pid) == SIGKILL);
}
