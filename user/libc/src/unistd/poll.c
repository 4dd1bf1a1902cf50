// Waiting for descriptors: poll, select.
#include <poll.h>
#include <sys/select.h>

#include "user/libc/src/result.h"

int poll(struct pollfd* fds, nfds_t count, int timeout_ms)
{
    return result(__sys_poll(fds, count, timeout_ms));
}

// The kernel may change the timeout, the caller's is constant: it gets a copy.
int ppoll(struct pollfd* fds, nfds_t count, const struct timespec* timeout, const sigset_t* mask)
{
    struct timespec copy;
    if (timeout) copy = *timeout;
    return result(__sys_ppoll(fds, count, timeout ? &copy : NULL, mask, sizeof(*mask)));
}

int select(int count, fd_set* read, fd_set* write, fd_set* except, struct timeval* timeout)
{
    return result(__sys__newselect(count, read, write, except, timeout));
}

int pselect(int count, fd_set* read, fd_set* write, fd_set* except, const struct timespec* timeout,
            const sigset_t* mask)
{
    struct timespec copy;
    if (timeout) copy = *timeout;
    const struct {
        const sigset_t* mask;
        unsigned size;
    } with_size = {mask, sizeof(*mask)};
    return result(__sys_pselect6(count, read, write, except, timeout ? &copy : NULL, &with_size));
}
