// Calls on names in the file system.
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/libc/src/result.h"

int access(const char* path, int mode)
{
    return result(__sys_access(path, (unsigned)mode));
}

int chdir(const char* path)
{
    return result(__sys_chdir(path));
}

int fchdir(int fd)
{
    return result(__sys_fchdir(fd));
}

int chroot(const char* path)
{
    return result(__sys_chroot(path));
}

int link(const char* from, const char* to)
{
    return result(__sys_link(from, to));
}

int symlink(const char* target, const char* path)
{
    return result(__sys_symlink(target, path));
}

int unlink(const char* path)
{
    return result(__sys_unlink(path));
}

int rmdir(const char* path)
{
    return result(__sys_rmdir(path));
}

int rename(const char* from, const char* to)
{
    return result(__sys_rename(from, to));
}

int chown(const char* path, uid_t uid, gid_t gid)
{
    return result(__sys_chown32(path, uid, gid));
}

int lchown(const char* path, uid_t uid, gid_t gid)
{
    return result(__sys_lchown32(path, uid, gid));
}

int fchown(int fd, uid_t uid, gid_t gid)
{
    return result(__sys_fchown32(fd, uid, gid));
}

// The kernel's faccessat has no flags; the real and the effective user are one here.
int faccessat(int directory, const char* path, int mode, int flags)
{
    (void)flags;
    return result(__sys_faccessat(directory, path, (unsigned)mode));
}

int linkat(int from_directory, const char* from, int to_directory, const char* to, int flags)
{
    return result(__sys_linkat(from_directory, from, to_directory, to, (unsigned)flags));
}

int symlinkat(const char* target, int directory, const char* path)
{
    return result(__sys_symlinkat(target, directory, path));
}

ssize_t readlink(const char* path, char* target, size_t size)
{
    return result(__sys_readlink(path, target, size));
}

ssize_t readlinkat(int directory, const char* path, char* target, size_t size)
{
    return result(__sys_readlinkat(directory, path, target, size));
}

int unlinkat(int directory, const char* path, int flags)
{
    return result(__sys_unlinkat(directory, path, (unsigned)flags));
}

int renameat(int from_directory, const char* from, int to_directory, const char* to)
{
    return result(__sys_renameat(from_directory, from, to_directory, to));
}

int fchownat(int directory, const char* path, uid_t uid, gid_t gid, int flags)
{
    return result(__sys_fchownat(directory, path, uid, gid, (unsigned)flags));
}

int remove(const char* path)
{
    return unlink(path) == 0 || (errno == EISDIR && rmdir(path) == 0) ? 0 : -1;
}

char* getcwd(char* path, size_t size)
{
    char* allocated = NULL;
    if (!path) {
        if (size == 0) size = PATH_MAX;
        path = allocated = malloc(size);
        if (!path) return NULL;
    }
    if (result(__sys_getcwd(path, size)) >= 0) return path;
    free(allocated);
    return NULL;
}

long pathconf(const char* path, int name)
{
    (void)path;
    switch (name) {
    case _PC_NAME_MAX:
        return NAME_MAX;
    case _PC_PATH_MAX:
        return PATH_MAX;
    case _PC_PIPE_BUF:
        return PIPE_BUF;
    }
    errno = EINVAL;
    return -1;
}

long fpathconf(int fd, int name)
{
    (void)fd;
    return pathconf("/", name);
}
