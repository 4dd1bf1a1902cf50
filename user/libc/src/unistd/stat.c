// What is known of files, and changing it.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <utime.h>

#include "user/libc/src/result.h"

int stat(const char* path, struct stat* out)
{
    return result(__sys_stat64(path, out));
}

int lstat(const char* path, struct stat* out)
{
    return result(__sys_lstat64(path, out));
}

int fstat(int fd, struct stat* out)
{
    return result(__sys_fstat64(fd, out));
}

int chmod(const char* path, mode_t mode)
{
    return result(__sys_chmod(path, mode));
}

int fchmod(int fd, mode_t mode)
{
    return result(__sys_fchmod(fd, mode));
}

mode_t umask(mode_t mask)
{
    return (mode_t)__sys_umask(mask);
}

int mkdir(const char* path, mode_t mode)
{
    return result(__sys_mkdir(path, mode));
}

int mkdirat(int directory, const char* path, mode_t mode)
{
    return result(__sys_mkdirat(directory, path, mode));
}

int mkfifo(const char* path, mode_t mode)
{
    return mknod(path, mode | S_IFIFO, 0);
}

int utime(const char* path, const struct utimbuf* times)
{
    return result(__sys_utime(path, times));
}

int utimes(const char* path, const struct timeval times[2])
{
    return result(__sys_utimes(path, times));
}

int futimens(int fd, const struct timespec times[2])
{
    return result(__sys_utimensat(fd, NULL, times, 0));
}

int fstatat(int directory, const char* path, struct stat* out, int flags)
{
    return result(__sys_fstatat64(directory, path, out, (unsigned)flags));
}

int fchmodat(int directory, const char* path, mode_t mode, int flags)
{
    (void)flags;  // the kernel's call has none: modes of symbolic links mean nothing
    return result(__sys_fchmodat(directory, path, mode));
}

int mknod(const char* path, mode_t mode, dev_t device)
{
    return result(__sys_mknod(path, mode, (unsigned)device));
}

int mknodat(int directory, const char* path, mode_t mode, dev_t device)
{
    return result(__sys_mknodat(directory, path, mode, (unsigned)device));
}

int utimensat(int directory, const char* path, const struct timespec times[2], int flags)
{
    return result(__sys_utimensat(directory, path, times, (unsigned)flags));
}
