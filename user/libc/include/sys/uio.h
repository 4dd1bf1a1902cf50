// Reading and writing several buffers in one call.
#pragma once

#include <limits.h>
#include <sys/types.h>

struct iovec {
    void* iov_base;
    size_t iov_len;
};

__BEGIN_DECLS
ssize_t readv(int fd, const struct iovec* vectors, int count);
ssize_t writev(int fd, const struct iovec* vectors, int count);
__END_DECLS
