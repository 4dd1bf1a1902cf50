// Every allocation that a call makes fails once: call by call, the first, the second, and so on until the call gets through
// before its turn comes. Each time the call must report the error that it documents, leave nothing behind, and work the
// next time. What is left behind shows as frames and heap objects that grow from round to round.
//
//   walk.c        the walk over the allocations of one call; what has grown; main
//   processes.c   fork, exec, sessions, groups, tracing     threads.c   threads, futexes, robust lists
//   memory.c      mmap and its kin, touches                 files.c     files of a disk, names, pipes, locks, signals
//   tmpfs.c       files in memory, memfd, mounts            proc.c      every file of /proc and /sys
//   sockets.c     sockets, and what they carry              waiting.c   epoll, eventfd, timers, select
#pragma once

#include "user/tests/parts.h"

int fail_nth(int n);  // of faultline.h, whose shutdown() is not the one of sys/socket.h

struct call {
    int (*attempt)(void);  // 0, or -1 and errno; a failure leaves nothing that the next attempt would meet
    void (*undo)(void);    // after a success; NULL: nothing is to be done
    int other_error;       // what it may say instead of ENOMEM; 0: nothing
};

struct outcome {
    int allocations, errors;
};

void fail_call(const char* name, struct call call);

// Its pieces, for many calls together: each allocation once; and rounds of that, which must not add to what is in use.
struct outcome fail_each_once(const char* name, const struct call* call);
void run_rounds(const char* name, void (*round)(void* context), void* context);
#define FAILS(name, attempt, undo, other_error)                                                              \
    PART(name##_fails)                                                                                       \
    {                                                                                                        \
        fail_call(#name, (struct call){attempt, undo, other_error});                                         \
    }                                                                                                        \
    _Static_assert(1, "for the semicolon")

// Counts in a child of its own, for there a fault of the program may meet the failure, and that is a SIGKILL. How it
// ends tells: 1, the count did not run out; 2, the call reported an error; 0, it did without, as does a SIGKILL.
enum { kCountLeft = 1, kReported = 2, kWrong = 99 };

void fail_in_child(const char* name, void (*attempt)(int n));
void fail_touch(const char* name, void (*touch)(void));  // a child touches memory

// Closes what a failed attempt has opened: -1 and the errno of the failure.
static inline int give_up(int fd)
{
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
}
