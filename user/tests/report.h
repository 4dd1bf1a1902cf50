// What the test programs share: the report (lines `name: value` that test/machine.py parses) and the kernel's counters.
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { kPage = 4096 };

static inline void report(const char* name, long value)
{
    printf("%s: %ld\n", name, value);
}

// Ends the test where something that must hold does not.
#define check(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            printf("failed: %s (%s:%d)\n", #condition, __FILE__, __LINE__);                                  \
            fflush(stdout);                                                                                  \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

// A counter of /proc/vmstat; -1 where the kernel has none of that name.
static inline long vmstat(const char* name)
{
    char line[128];
    long value = -1;
    FILE* file = fopen("/proc/vmstat", "r");
    if (!file) return -1;
    const size_t length = strlen(name);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, name, length) == 0 && line[length] == ' ') value = atol(line + length + 1);
    fclose(file);
    return value;
}

// This process's own count of one fault action, from /proc/self/faults: other processes' faults do not disturb it.
static inline long own_faults(const char* action)
{
    char line[128];
    long value = -1;
    FILE* file = fopen("/proc/self/faults", "r");
    if (!file) return -1;
    const size_t length = strlen(action);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, action, length) == 0 && line[length] == ' ') value = atol(line + length + 1);
    fclose(file);
    return value;
}

static inline long all_faults(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt + usage.ru_majflt;
}
