// Giving way, and which CPUs a process may use.
#pragma once

#include <sys/types.h>
#include <time.h>

#define CPU_SETSIZE 1024

typedef struct {
    unsigned long __bits[CPU_SETSIZE / 32];
} cpu_set_t;

#define CPU_ZERO(set)                                                                                        \
    do {                                                                                                     \
        for (unsigned __i = 0; __i < CPU_SETSIZE / 32; __i++)                                                \
            (set)->__bits[__i] = 0;                                                                          \
    } while (0)
#define CPU_SET(cpu, set) ((set)->__bits[(cpu) / 32] |= 1UL << ((cpu) % 32))
#define CPU_CLR(cpu, set) ((set)->__bits[(cpu) / 32] &= ~(1UL << ((cpu) % 32)))
#define CPU_ISSET(cpu, set) (((set)->__bits[(cpu) / 32] >> ((cpu) % 32)) & 1)
#define CPU_COUNT(set) __cpu_count(set)

__BEGIN_DECLS
int sched_yield(void);
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t* set);
int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t* set);
int __cpu_count(const cpu_set_t* set);
__END_DECLS
