// The system as a whole: sysconf, names, mounts, the log, the end of the machine.
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/swap.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "user/libc/src/result.h"

int uname(struct utsname* out)
{
    return result(__sys_uname(out));
}

int sysinfo(struct sysinfo* out)
{
    return result(__sys_sysinfo(out));
}

int gethostname(char* name, size_t size)
{
    struct utsname names;
    if (uname(&names) < 0) return -1;
    if (strlcpy(name, names.nodename, size) < size) return 0;
    errno = ENAMETOOLONG;
    return -1;
}

int get_nprocs(void)
{
    cpu_set_t usable;
    return sched_getaffinity(0, sizeof(usable), &usable) < 0 ? 1 : CPU_COUNT(&usable);
}

int get_nprocs_conf(void)
{
    return get_nprocs();
}

int getpagesize(void)
{
    return PAGE_SIZE;
}

static long pages(int only_free)
{
    struct sysinfo info;
    if (sysinfo(&info) < 0) return -1;
    const unsigned long long units = only_free ? info.freeram : info.totalram;
    return (long)(units * info.mem_unit / PAGE_SIZE);
}

long sysconf(int name)
{
    struct rlimit files;
    switch (name) {
    case _SC_PAGESIZE:
        return PAGE_SIZE;
    case _SC_NPROCESSORS_CONF:
        return get_nprocs_conf();
    case _SC_NPROCESSORS_ONLN:
        return get_nprocs();
    case _SC_CLK_TCK:
        return 100;  // Linux's unit for programs, whatever the timer does
    case _SC_PHYS_PAGES:
        return pages(0);
    case _SC_AVPHYS_PAGES:
        return pages(1);
    case _SC_OPEN_MAX:
        return getrlimit(RLIMIT_NOFILE, &files) < 0 ? OPEN_MAX : (long)files.rlim_cur;
    case _SC_ARG_MAX:
        return ARG_MAX;
    case _SC_NGROUPS_MAX:
        return NGROUPS_MAX;
    case _SC_HOST_NAME_MAX:
        return HOST_NAME_MAX;
    case _SC_CHILD_MAX:
        return -1;  // no limit
    }
    errno = EINVAL;
    return -1;
}

int mount(const char* source, const char* target, const char* type, unsigned long flags, const void* data)
{
    return result(__sys_mount(source, target, type, flags, data));
}

int umount(const char* target)
{
    return umount2(target, 0);
}

int umount2(const char* target, int flags)
{
    return result(__sys_umount2(target, (unsigned)flags));
}

int swapon(const char* path, int flags)
{
    return result(__sys_swapon(path, (unsigned)flags));
}

int swapoff(const char* path)
{
    return result(__sys_swapoff(path));
}

int statfs(const char* path, struct statfs* out)
{
    return result(__sys_statfs64(path, sizeof(*out), out));
}

int fstatfs(int fd, struct statfs* out)
{
    return result(__sys_fstatfs64(fd, sizeof(*out), out));
}

static void translate(const struct statfs* from, struct statvfs* to)
{
    memset(to, 0, sizeof(*to));
    to->f_bsize = from->f_bsize;
    to->f_frsize = from->f_frsize ? from->f_frsize : from->f_bsize;
    to->f_blocks = from->f_blocks;
    to->f_bfree = from->f_bfree;
    to->f_bavail = from->f_bavail;
    to->f_files = from->f_files;
    to->f_ffree = to->f_favail = from->f_ffree;
    to->f_fsid = (unsigned long)from->f_fsid.__val[0];
    to->f_flag = from->f_flags;
    to->f_namemax = from->f_namelen;
}

int statvfs(const char* path, struct statvfs* out)
{
    struct statfs status;
    if (statfs(path, &status) < 0) return -1;
    translate(&status, out);
    return 0;
}

int fstatvfs(int fd, struct statvfs* out)
{
    struct statfs status;
    if (fstatfs(fd, &status) < 0) return -1;
    translate(&status, out);
    return 0;
}

int klogctl(int command, char* buffer, int size)
{
    return result(__sys_syslog((unsigned)command, buffer, (unsigned)size));
}

int reboot(int command)
{
    return result(__sys_reboot(0xfee1dead, 672274793, (unsigned)command, NULL));
}

ssize_t getrandom(void* memory, size_t size, unsigned flags)
{
    return result(__sys_getrandom(memory, size, flags));
}

int getentropy(void* memory, size_t size)
{
    if (size > 256) {
        errno = EIO;
        return -1;
    }
    return getrandom(memory, size, 0) == (ssize_t)size ? 0 : -1;
}
