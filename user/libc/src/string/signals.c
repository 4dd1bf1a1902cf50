// What the signals mean, in glibc's words.
#include <signal.h>
#include <stdio.h>
#include <string.h>

const char* const sys_siglist[NSIG] = {
    [SIGHUP] = "Hangup",
    [SIGINT] = "Interrupt",
    [SIGQUIT] = "Quit",
    [SIGILL] = "Illegal instruction",
    [SIGTRAP] = "Trace/breakpoint trap",
    [SIGABRT] = "Aborted",
    [SIGBUS] = "Bus error",
    [SIGFPE] = "Floating point exception",
    [SIGKILL] = "Killed",
    [SIGUSR1] = "User defined signal 1",
    [SIGSEGV] = "Segmentation fault",
    [SIGUSR2] = "User defined signal 2",
    [SIGPIPE] = "Broken pipe",
    [SIGALRM] = "Alarm clock",
    [SIGTERM] = "Terminated",
    [SIGSTKFLT] = "Stack fault",
    [SIGCHLD] = "Child exited",
    [SIGCONT] = "Continued",
    [SIGSTOP] = "Stopped (signal)",
    [SIGTSTP] = "Stopped",
    [SIGTTIN] = "Stopped (tty input)",
    [SIGTTOU] = "Stopped (tty output)",
    [SIGURG] = "Urgent I/O condition",
    [SIGXCPU] = "CPU time limit exceeded",
    [SIGXFSZ] = "File size limit exceeded",
    [SIGVTALRM] = "Virtual timer expired",
    [SIGPROF] = "Profiling timer expired",
    [SIGWINCH] = "Window changed",
    [SIGIO] = "I/O possible",
    [SIGPWR] = "Power failure",
    [SIGSYS] = "Bad system call",
};

char* strsignal(int signal)
{
    static char other[32];
    if (signal > 0 && signal < SIGRTMIN) return (char*)sys_siglist[signal];
    const int real_time = signal >= SIGRTMIN && signal <= SIGRTMAX;
    snprintf(other, sizeof(other), real_time ? "Real-time signal %d" : "Unknown signal %d",
             real_time ? signal - SIGRTMIN : signal);
    return other;
}

void psignal(int signal, const char* what)
{
    if (what && *what) fprintf(stderr, "%s: ", what);
    fprintf(stderr, "%s\n", strsignal(signal));
}
