// A test program of many parts, one a promise. Without arguments each part runs in a child of its own and the program
// says which failed; with names only those run. The same binary runs on Linux, whose answers are the expected ones.
#pragma once

#include "report.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { kPartSeconds = 300 };

struct part {
    const char* name;
    void (*run)(void);
};

// PART(name) { ... } adds one; the linker collects them.
#define PART(name)                                                                                           \
    static void name(void);                                                                                  \
    static const struct part part_##name __attribute__((section("parts"), used)) = {#name, name};            \
    static void name(void)

extern const struct part __start_parts[], __stop_parts[];

// A call that must fail with this error.
#define check_errno(call, error)                                                                             \
    do {                                                                                                     \
        errno = 0;                                                                                           \
        const long result_of_call = (long)(call);                                                            \
        if (result_of_call != -1 || errno != (error)) {                                                      \
            printf("failed: %s gave %ld, errno %d (%s), not %s (%s:%d)\n", #call, result_of_call, errno,     \
                   strerror(errno), #error, __FILE__, __LINE__);                                             \
            fflush(stdout);                                                                                  \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

static inline int status_of(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) != pid)
        check(errno == EINTR);
    return status;
}

// The child of a check must have ended with _exit(0).
static inline void check_child(pid_t pid)
{
    const int status = status_of(pid);
    if (status != 0) {
        printf("failed: child %d ended with status 0x%x\n", (int)pid, status);
        fflush(stdout);
        _exit(1);
    }
}

static inline long long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static inline void nap_ms(long ms)
{
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

// Waits until a process sleeps and may be woken by a signal: it waits for somebody. (A disk or a lock inside the kernel is D.)
static inline void wait_until_asleep(pid_t pid)
{
    char path[32], text[256], state = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    while (state != 'S') {
        FILE* const file = fopen(path, "r");
        check(file && fgets(text, sizeof text, file));
        fclose(file);
        state = strrchr(text, ')')[2];
    }
}

static inline int run_part(const struct part* part)
{
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        alarm(kPartSeconds);
        part->run();
        _exit(0);
    }
    const int status = status_of(pid);
    if (status == 0)
        printf("%s: right\n", part->name);
    else
        printf("%s: ended with status 0x%x\n", part->name, status);
    return status != 0;
}

static inline int run_parts(int argc, char** argv)
{
    int failed = 0;
    for (const struct part* part = __start_parts; part < __stop_parts; part++) {
        int wanted = argc < 2;
        for (int k = 1; k < argc; k++)
            wanted |= strcmp(argv[k], part->name) == 0;
        if (wanted) failed += run_part(part);
    }
    return failed != 0;
}
