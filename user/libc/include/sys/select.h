// select: waiting for one of many descriptors below 1024.
#pragma once

#include <signal.h>
#include <sys/types.h>
#include <time.h>

#define FD_SETSIZE 1024

struct timeval {
    time_t tv_sec;
    suseconds_t tv_usec;
};

typedef struct {
    unsigned long fds_bits[FD_SETSIZE / 32];
} fd_set;

#define FD_ZERO(set)                                                                                         \
    do {                                                                                                     \
        for (unsigned __i = 0; __i < FD_SETSIZE / 32; __i++)                                                 \
            (set)->fds_bits[__i] = 0;                                                                        \
    } while (0)
#define FD_SET(fd, set) ((set)->fds_bits[(fd) / 32] |= 1UL << ((fd) % 32))
#define FD_CLR(fd, set) ((set)->fds_bits[(fd) / 32] &= ~(1UL << ((fd) % 32)))
#define FD_ISSET(fd, set) (((set)->fds_bits[(fd) / 32] >> ((fd) % 32)) & 1)

__BEGIN_DECLS
int select(int count, fd_set* read, fd_set* write, fd_set* except, struct timeval* timeout);
int pselect(int count, fd_set* read, fd_set* write, fd_set* except, const struct timespec* timeout,
            const sigset_t* mask);
__END_DECLS
