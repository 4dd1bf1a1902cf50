// Descriptors: reading, writing, positions, copies. A 64-bit offset is two registers, low word first.
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#include "user/libc/src/result.h"

ssize_t read(int fd, void* memory, size_t size)
{
    return result(__sys_read(fd, memory, size));
}

ssize_t write(int fd, const void* memory, size_t size)
{
    return result(__sys_write(fd, memory, size));
}

ssize_t pread(int fd, void* memory, size_t size, off_t offset)
{
    return result(__sys_pread64(fd, memory, size, (unsigned long long)offset));
}

ssize_t pwrite(int fd, const void* memory, size_t size, off_t offset)
{
    return result(__sys_pwrite64(fd, memory, size, (unsigned long long)offset));
}

ssize_t readv(int fd, const struct iovec* vectors, int count)
{
    return result(__sys_readv(fd, vectors, (unsigned)count));
}

ssize_t writev(int fd, const struct iovec* vectors, int count)
{
    return result(__sys_writev(fd, vectors, (unsigned)count));
}

off_t lseek(int fd, off_t offset, int whence)
{
    off_t position;
    const long failed =
        __sys__llseek(fd, (unsigned)(offset >> 32), (unsigned)offset, &position, (unsigned)whence);
    return failed ? result(failed) : position;
}

// The mode, where the flags say that one follows.
static unsigned mode_from(int flags, va_list arguments)
{
    return flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) ? va_arg(arguments, unsigned) : 0;
}

int open(const char* path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const unsigned mode = mode_from(flags, arguments);
    va_end(arguments);
    return result(__sys_open(path, (unsigned)flags | O_LARGEFILE, mode));
}

int openat(int directory, const char* path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const unsigned mode = mode_from(flags, arguments);
    va_end(arguments);
    return result(__sys_openat(directory, path, (unsigned)flags | O_LARGEFILE, mode));
}

int creat(const char* path, mode_t mode)
{
    return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    const unsigned argument = va_arg(arguments, unsigned);
    va_end(arguments);
    return result(__sys_fcntl64(fd, (unsigned)command, argument));
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void* argument = va_arg(arguments, void*);
    va_end(arguments);
    return result(__sys_ioctl(fd, request, argument));
}

int flock(int fd, int operation)
{
#ifdef SYS_flock
    return result(__sys_flock(fd, (unsigned)operation));
#else
    return (void)fd, (void)operation, no_such_call();
#endif
}

int close(int fd)
{
    return result(__sys_close(fd));
}

int dup(int fd)
{
    return result(__sys_dup(fd));
}

int dup2(int from, int to)
{
    return result(__sys_dup2(from, to));
}

int dup3(int from, int to, int flags)
{
    return result(__sys_dup3(from, to, (unsigned)flags));
}

int pipe(int fds[2])
{
    return result(__sys_pipe(fds));
}

int pipe2(int fds[2], int flags)
{
    return result(__sys_pipe2(fds, (unsigned)flags));
}

int fsync(int fd)
{
    return result(__sys_fsync(fd));
}

int fdatasync(int fd)
{
    return result(__sys_fdatasync(fd));
}

int posix_fadvise(int fd, off_t offset, off_t length, int advice)
{
    return -(int)__sys_fadvise64_64(fd, (unsigned long long)offset, (unsigned long long)length,
                                    (unsigned)advice);
}

void sync(void)
{
    __sys_sync();
}

int ftruncate(int fd, off_t size)
{
    return result(__sys_ftruncate64(fd, (unsigned long long)size));
}

int truncate(const char* path, off_t size)
{
    return result(__sys_truncate64(path, (unsigned long long)size));
}
