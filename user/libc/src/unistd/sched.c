// CPUs and giving way.
#include <sched.h>
#include <string.h>

#include "user/libc/src/result.h"

int sched_yield(void)
{
    return result(__sys_sched_yield());
}

// The kernel says how many bytes it filled; the rest of the set is empty.
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t* set)
{
    const long filled = result(__sys_sched_getaffinity(pid, size, set));
    if (filled < 0) return -1;
    memset((char*)set + filled, 0, size - (size_t)filled);
    return 0;
}

int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t* set)
{
#ifdef SYS_sched_setaffinity
    return result(__sys_sched_setaffinity(pid, size, set));
#else
    return (void)pid, (void)size, (void)set, no_such_call();
#endif
}

int __cpu_count(const cpu_set_t* set)
{
    int count = 0;
    for (unsigned i = 0; i < CPU_SETSIZE / 32; i++)
        for (unsigned long bits = set->__bits[i]; bits; bits &= bits - 1)
            count++;
    return count;
}
