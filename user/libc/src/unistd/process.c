// Processes: making them, their groups and sessions, their users, waiting for them.
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/libc/src/result.h"

pid_t fork(void)
{
    return result(__sys_fork());
}

pid_t getpid(void)
{
    return __sys_getpid();
}

pid_t getppid(void)
{
    return __sys_getppid();
}

pid_t gettid(void)
{
    return __sys_gettid();
}

pid_t getpgrp(void)
{
    return __sys_getpgrp();
}

pid_t getpgid(pid_t pid)
{
    return result(__sys_getpgid(pid));
}

int setpgid(pid_t pid, pid_t group)
{
    return result(__sys_setpgid(pid, group));
}

int setpgrp(void)
{
    return setpgid(0, 0);
}

pid_t getsid(pid_t pid)
{
    return result(__sys_getsid(pid));
}

pid_t setsid(void)
{
    return result(__sys_setsid());
}

uid_t getuid(void)
{
    return (uid_t)__sys_getuid32();
}

uid_t geteuid(void)
{
    return (uid_t)__sys_geteuid32();
}

gid_t getgid(void)
{
    return (gid_t)__sys_getgid32();
}

gid_t getegid(void)
{
    return (gid_t)__sys_getegid32();
}

int setuid(uid_t uid)
{
    return result(__sys_setuid32(uid));
}

int setgid(gid_t gid)
{
    return result(__sys_setgid32(gid));
}

int getgroups(int count, gid_t* groups)
{
    return result(__sys_getgroups32(count, groups));
}

pid_t wait(int* status)
{
    return wait4(-1, status, 0, NULL);
}

int waitid(idtype_t type, id_t id, siginfo_t* info, int options)
{
    return result(__sys_waitid(type, (int)id, info, (unsigned)options, 0));
}

pid_t waitpid(pid_t pid, int* status, int options)
{
    return wait4(pid, status, options, NULL);
}

pid_t wait3(int* status, int options, struct rusage* usage)
{
    return wait4(-1, status, options, usage);
}

pid_t wait4(pid_t pid, int* status, int options, struct rusage* usage)
{
    return result(__sys_wait4(pid, status, (unsigned)options, usage));
}

int getrlimit(int resource, struct rlimit* limit)
{
    return result(__sys_ugetrlimit((unsigned)resource, limit));
}

int setrlimit(int resource, const struct rlimit* limit)
{
    return result(__sys_setrlimit((unsigned)resource, limit));
}

int getrusage(int who, struct rusage* usage)
{
    return result(__sys_getrusage(who, usage));
}

int prctl(int option, ...)
{
    unsigned words[4];  // options look only at those that they have
    va_list arguments;
    va_start(arguments, option);
    for (int i = 0; i < 4; i++)
        words[i] = va_arg(arguments, unsigned);
    va_end(arguments);
    return result(__sys_prctl((unsigned)option, words[0], words[1], words[2], words[3]));
}

int getpriority(int which, id_t who)
{
    const long answer = result(__sys_getpriority((unsigned)which, (int)who));
    return answer < 0 ? -1 : 20 - (int)answer;  // the kernel avoids negative answers
}

int setpriority(int which, id_t who, int priority)
{
    return result(__sys_setpriority((unsigned)which, (int)who, priority));
}

int nice(int increment)
{
    errno = 0;
    const int old = getpriority(PRIO_PROCESS, 0);
    if (old == -1 && errno) return -1;
    return setpriority(PRIO_PROCESS, 0, old + increment) < 0 ? -1 : getpriority(PRIO_PROCESS, 0);
}
