// Every allocation that a call makes fails once: call by call, the first, the second, and so on until the call gets through
// before its turn comes. Each time the call must report the error that it documents, leave nothing behind, and work the
// next time. What is left behind shows as frames and heap objects that grow from round to round.
//
//   walk.c        the walk over the allocations of one call; what has grown; main
//   processes.c   fork, exec, sessions          memory.c   mmap and its kin, touches
//   files.c       files of a disk, names, mounts, pipes, signals
#pragma once

#include "user/tests/parts.h"

#include <faultline.h>

struct call {
    int (*attempt)(void);  // 0, or -1 and errno
    void (*undo)(void);    // after a success; NULL: nothing is to be done
    int other_error;       // what it may say instead of ENOMEM; 0: nothing
};

void fail_call(const char* name, struct call call);

// Counts in a child of its own, for there a fault of the program may meet the failure, and that is a SIGKILL. How it
// ends tells: 1, the count did not run out; 2, the call reported an error; 0, it did without, as does a SIGKILL.
enum { kCountLeft = 1, kReported = 2, kWrong = 99 };

void fail_in_child(const char* name, void (*attempt)(int n));
