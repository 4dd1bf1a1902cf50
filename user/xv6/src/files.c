// Files by descriptor and by name. What differs between the two kernels' calls is made good here; all the rest is passed
// on: above all addresses, which only the kernel can check without dying of a bad one.
#include <errno.h>
#include <faultline_syscalls.h>
#include <stddef.h>
#include <sys/sysmacros.h>

#include "user/xv6/fcntl.h"
#include "user/xv6/fs.h"
#include "user/xv6/src/linux.h"
#include "user/xv6/src/names.h"
#include "user/xv6/src/result.h"
#include "user/xv6/stat.h"
#include "user/xv6/user.h"

enum {
    kNewFile = 0666,
    kNewDirectory = 0777,
    kNewDevice = 0020666,  // a character device
    kNoSuchDevice = 240,   // a device number that Linux leaves free: opening it fails
};

static long open_name(const char* path, long mode)
{
    return __sys_open(path, (unsigned)mode, kNewFile);
}

int open(const char* path, int mode)
{
    if (!(mode & O_CREATE)) return __result(__on_existing(path, open_name, mode));
    const char* const name = __name_to_make(path, 0);
    return name ? __result(open_name(name, mode)) : -1;
}

// xv6 reads a directory like any file; here it is read by a call of its own.
static int read_entries(int fd, struct dirent* to, int count)
{
    struct __entry entry;
    int done = 0;
    for (; (done + 1) * (int)sizeof(*to) <= count; done++) {
        const int got = __next_entry(fd, &entry);
        if (got < 0) return -1;
        if (got == 0) break;
        const ushort number = (ushort)entry.number;
        to[done].inum = number ? number : 1;  // 0 would say: no file here
        int length = 0;
        for (; length < DIRSIZ && entry.name[length]; length++)
            to[done].name[length] = entry.name[length];
        for (; length < DIRSIZ; length++)
            to[done].name[length] = 0;
    }
    return done * (int)sizeof(*to);
}

int read(int fd, void* bytes, int count)
{
    const long got = __sys_read(fd, bytes, (unsigned)count);
    return got == -EISDIR ? read_entries(fd, bytes, count) : __result(got);
}

int write(int fd, const void* bytes, int count)
{
    return __result(__sys_write(fd, bytes, (unsigned)count));
}

int close(int fd)
{
    return __result(__sys_close(fd));
}

int dup(int fd)
{
    return __result(__sys_dup(fd));
}

// A write to a pipe that nobody reads is an error in xv6 and a signal here: whoever makes pipes ignores it, and so do
// the programs that they start.
int pipe(int* fds)
{
    __ignore_broken_pipes();
    return __result(__sys_pipe(fds));
}

static int put_status(const struct __status* from, struct stat* to)
{
    if (from->type == 0) return -1;
    to->type = from->type;
    to->dev = from->device;
    to->ino = from->number;
    to->nlink = from->links;
    to->size = from->size;
    return 0;
}

int fstat(int fd, struct stat* out)
{
    struct __status status;
    return __status_of_descriptor(fd, &status) < 0 ? -1 : put_status(&status, out);
}

static long status_of_name(const char* path, long out)
{
    return __status_of_name(path, (struct __status*)out);
}

int stat(const char* path, struct stat* out)
{
    struct __status status;
    return __on_existing(path, status_of_name, (long)&status) < 0 ? -1 : put_status(&status, out);
}

static long link_name(const char* old_path, long new_path)
{
    return __sys_link(old_path, (const char*)new_path);
}

int link(const char* old_path, const char* new_path)
{
    const char* const name = __name_to_make(new_path, 1);
    return name ? __result(__on_existing(old_path, link_name, (long)name)) : -1;
}

// xv6 has no call of its own for empty directories.
static long unlink_name(const char* path, long unused)
{
    (void)unused;
    const long done = __sys_unlink(path);
    return done == -EISDIR ? __sys_rmdir(path) : done;
}

int unlink(const char* path)
{
    return __result(__on_existing(path, unlink_name, 0));
}

int mkdir(const char* path)
{
    const char* const name = __name_to_make(path, 0);
    return name ? __result(__sys_mkdir(name, kNewDirectory)) : -1;
}

static long change_directory(const char* path, long unused)
{
    (void)unused;
    return __sys_chdir(path);
}

int chdir(const char* path)
{
    return __result(__on_existing(path, change_directory, 0));
}

// Device 1 is xv6's console: /dev/console's number here, so that the new name is the same device.
int mknod(const char* path, short major, short minor)
{
    const char* const name = __name_to_make(path, 0);
    const dev_t device = major == 1 ? makedev(5, 1) : makedev(kNoSuchDevice, (unsigned char)minor);
    return name ? __result(__sys_mknod(name, kNewDevice, (unsigned)device)) : -1;
}
