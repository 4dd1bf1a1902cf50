#include "user/xv6/src/linux.h"

#include <dirent.h>
#include <faultline_syscalls.h>
#include <signal.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

static short type_of(mode_t mode)  // stat.h's T_DIR, T_FILE, T_DEV
{
    if (S_ISDIR(mode)) return 1;
    if (S_ISREG(mode)) return 2;
    return S_ISCHR(mode) || S_ISBLK(mode) ? 3 : 0;
}

static int put_status(long answer, const struct stat* from, struct __status* to)
{
    if (answer < 0) return (int)answer;
    to->type = type_of(from->st_mode);
    to->device = (int)from->st_dev;
    to->number = (unsigned)from->st_ino;
    to->links = (short)from->st_nlink;
    to->size = (unsigned)from->st_size;
    return 0;
}

int __status_of_name(const char* path, struct __status* out)
{
    struct stat found;
    return put_status(__sys_stat64(path, &found), &found, out);
}

int __status_of_descriptor(int fd, struct __status* out)
{
    struct stat found;
    return put_status(__sys_fstat64(fd, &found), &found, out);
}

// The kernel gives as many entries as fit: all but the first are given back by seeking to where the second begins.
int __next_entry(int fd, struct __entry* out)
{
    struct dirent found;
    const long got = __sys_getdents64(fd, &found, sizeof(found));
    if (got <= 0) return (int)got;
    out->number = (unsigned)found.d_ino;
    unsigned length = 0;
    for (; found.d_name[length]; length++)
        out->name[length] = found.d_name[length];
    out->name[length] = 0;
    const long moved = __sys_lseek(fd, (int)found.d_off, SEEK_SET);
    return moved < 0 ? (int)moved : 1;
}

void __ignore_broken_pipes(void)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    __sys_rt_sigaction(SIGPIPE, &ignore, NULL, sizeof(sigset_t));
}
