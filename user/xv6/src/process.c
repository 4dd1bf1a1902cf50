// Processes and time.
#include <errno.h>
#include <faultline_syscalls.h>
#include <stddef.h>
#include <time.h>

#include "user/xv6/param.h"
#include "user/xv6/src/result.h"
#include "user/xv6/user.h"

enum { kTicksPerSecond = 100, kNanosecondsPerTick = 10000000 };

// xv6 has NPROC processes in all; here a program may have that many less three (itself and two for the system) children
// that it has not waited for. The count is kept with the pid that it is of: so a child need not write to memory that it
// shares with its parent before it forks itself.
enum { kMostChildren = NPROC - 3 };
static int count_of, children;

static int* children_of_mine(void)
{
    const int me = (int)__sys_getpid();
    if (count_of != me) {
        count_of = me;
        children = 0;
    }
    return &children;
}

int fork(void)
{
    int* const count = children_of_mine();
    if (*count >= kMostChildren) return -1;
    (*count)++;  // before the fork: afterwards this page is shared, and writing would copy it
    const int pid = __result(__sys_fork());
    if (pid < 0) (*count)--;
    return pid;
}

// A signal that killed: 0 where the child called exit.
static int wait_for(int* signal)
{
    int status;
    long pid;
    do
        pid = __sys_wait4(-1, &status, 0, NULL);
    while (pid == -EINTR);
    if (pid < 0) return -1;
    int* const count = children_of_mine();
    if (*count > 0) (*count)--;           // as process 1 one waits for others' children too
    if (signal) *signal = status & 0x7f;  // a child that stopped is not waited for
    return (int)pid;
}

int wait(void)
{
    return wait_for(NULL);
}

int waitsignal(int* signal)
{
    return wait_for(signal);
}

int exit(void)
{
    for (;;)
        __sys_exit_group(0);
}

// Not a group, nor everyone, as 0 and -1 would mean to this kernel.
int kill(int pid)
{
    enum { kKill = 9 };
    return pid > 0 ? __result(__sys_kill(pid, kKill)) : -1;
}

int getpid(void)
{
    return (int)__sys_getpid();
}

int sleep(int ticks)
{
    const unsigned count = (unsigned)ticks;  // -1 sleeps for more than a year, as in xv6
    const struct timespec duration = {.tv_sec = (time_t)(count / kTicksPerSecond),
                                      .tv_nsec = (long)(count % kTicksPerSecond) * kNanosecondsPerTick};
    return __result(__sys_nanosleep(&duration, NULL));
}

int uptime(void)
{
    struct timespec now;
    __sys_clock_gettime(CLOCK_MONOTONIC, &now);
    return (int)(now.tv_sec * kTicksPerSecond + now.tv_nsec / kNanosecondsPerTick);
}

int yield(void)
{
    return __result(__sys_yield());
}

int shutdown(void)
{
    return __result(__sys_shutdown(0));
}
