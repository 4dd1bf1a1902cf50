// What Linux answers to calls on files: opening with each flag, names, bytes by vectors and ranges, directories in all
// their forms, old and new stat, and an error for each thing that can be wrong.
#include "parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>

enum { kTmpFile = 020200000, kSeekData = 3, kSeekHole = 4 };

static void* const kNowhere = (void*)16;  // no memory is there

// A directory of the part's own to work in.
static void begin(void)
{
    char name[PATH_MAX];
    const char* const place = getenv("TMPDIR");
    snprintf(name, sizeof name, "%s/filecalls-%lld", place ? place : "/tmp", now_ns());
    umask(0);
    check(mkdir(name, 0777) == 0 && chdir(name) == 0);
}

static int make(const char* name, const char* text)
{
    const int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static int has(const char* name, const char* text)
{
    char got[256] = {0};
    const int fd = open(name, O_RDONLY);
    check(fd >= 0);
    const ssize_t size = read(fd, got, sizeof got - 1);
    close(fd);
    return size == (ssize_t)strlen(text) && strcmp(got, text) == 0;
}

static const char* of_length(size_t length)
{
    static char text[5000];
    memset(text, 'x', length);
    text[length] = 0;
    return text;
}

// ---- Vectors ----

PART(vectors_at_offsets)
{
    begin();
    const int fd = make("file", "0123456789");
    char a[3] = "", b[4] = "";
    const struct iovec two[] = {{a, 2}, {b, 3}};
    check(syscall(SYS_preadv, fd, two, 2, 4, 0) == 5 && memcmp(a, "45", 2) == 0 && memcmp(b, "678", 3) == 0);
    check(syscall(SYS_preadv, fd, two, 2, 8, 0) == 2 && syscall(SYS_preadv, fd, two, 2, 10, 0) == 0);
    check(lseek(fd, 0, SEEK_CUR) == 0);
    const struct iovec words[] = {{"ab", 2}, {NULL, 0}, {"cde", 3}};
    check(syscall(SYS_pwritev, fd, words, 3, 8, 0) == 5 && has("file", "01234567abcde"));
    check(syscall(SYS_preadv2, fd, two, 2, -1, -1, 0) == 5 && lseek(fd, 0, SEEK_CUR) == 5);
    check(syscall(SYS_pwritev2, fd, words, 1, 0, 0, 0) == 2 && has("file", "ab234567abcde"));
    check_errno(syscall(SYS_preadv, fd, two, 2, -1, -1), EINVAL);
    check_errno(syscall(SYS_preadv, fd, two, -1, 0, 0), EINVAL);
    check_errno(syscall(SYS_preadv, fd, two, 1025, 0, 0), EINVAL);
    check_errno(syscall(SYS_preadv, fd, kNowhere, 2, 0, 0), EFAULT);
    check_errno(syscall(SYS_preadv2, fd, two, 2, 0, 0, 0x40000000), EOPNOTSUPP);
    const struct iovec huge[] = {{a, 2}, {b, 0x80000000}};
    check_errno(readv(fd, huge, 2), EINVAL);
    int ends[2];
    check(pipe(ends) == 0);
    check_errno(syscall(SYS_pwritev, ends[1], words, 1, 0, 0), ESPIPE);
    check_errno(syscall(SYS_pwritev, open("file", O_RDONLY), words, 1, 0, 0), EBADF);
    check_errno(syscall(SYS_preadv, open("file", O_WRONLY), two, 1, 0, 0), EBADF);
}

// ---- Copies ----

PART(sendfile_and_copy_file_range)
{
    begin();
    const int in = make("in", "0123456789"), out = make("out", "");
    int narrow = 3;
    check(syscall(SYS_sendfile, out, in, &narrow, 4) == 4 && narrow == 7 && has("out", "3456"));
    check(syscall(SYS_sendfile, out, in, NULL, 2) == 2 && lseek(in, 0, SEEK_CUR) == 2 &&
          has("out", "345601"));
    check_errno(syscall(SYS_sendfile, out, in, kNowhere, 2), EFAULT);
    check_errno(syscall(SYS_sendfile, open("out", O_RDONLY), in, NULL, 2), EBADF);
    check_errno(syscall(SYS_sendfile, open("out", O_WRONLY | O_APPEND), in, NULL, 2), EINVAL);

    long long from = 1, to = 4;
    check(syscall(SYS_copy_file_range, in, &from, out, &to, 5, 0) == 5 && from == 6 && to == 9);
    check(has("out", "345612345"));
    check(syscall(SYS_copy_file_range, in, NULL, out, NULL, 100, 0) == 8 && has("out", "34561223456789"));
    check(syscall(SYS_copy_file_range, in, NULL, out, NULL, 100, 0) == 0);
    check_errno(syscall(SYS_copy_file_range, in, NULL, out, NULL, 1, 1), EINVAL);
    from = 0, to = 2;
    check_errno(syscall(SYS_copy_file_range, out, &from, out, &to, 5, 0), EINVAL);  // overlapping
    check_errno(syscall(SYS_copy_file_range, in, NULL, open(".", O_RDONLY), NULL, 1, 0), EISDIR);
    check_errno(syscall(SYS_copy_file_range, in, NULL, open("out", O_WRONLY | O_APPEND), NULL, 1, 0), EBADF);
    int ends[2];
    check(pipe(ends) == 0);
    check_errno(syscall(SYS_copy_file_range, ends[0], NULL, out, NULL, 1, 0), EINVAL);
}

// ---- Size and blocks ----

static int allocate(int fd, int mode, long long offset, long long size)
{
    return (int)syscall(SYS_fallocate, fd, mode, (int)offset, (int)(offset >> 32), (int)size,
                        (int)(size >> 32));
}

PART(fallocate_finds_room)
{
    begin();
    const int fd = make("file", "text");
    struct stat st;
    check(allocate(fd, 0, 2, 100000) == 0 && fstat(fd, &st) == 0);
    check(st.st_size == 100002 && st.st_blocks * 512 >= 100000);
    char bytes[100] = "x";
    check(pread(fd, bytes, 8, 0) == 8 && memcmp(bytes, "text\0\0\0", 8) == 0);
    check(pread(fd, bytes, sizeof bytes, 90000) == sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        check(bytes[i] == 0);
    check(allocate(fd, 1, 0, 50) == 0 && fstat(fd, &st) == 0 && st.st_size == 100002);
    check(allocate(fd, 0, 0, 10) == 0 && pread(fd, bytes, 4, 0) == 4 && memcmp(bytes, "text", 4) == 0);
    check_errno(allocate(fd, 0, -1, 10), EINVAL);
    check_errno(allocate(fd, 0, 10, 0), EINVAL);
    check_errno(allocate(fd, 0x4000, 10, 1), EOPNOTSUPP);
    check_errno(allocate(open("file", O_RDONLY), 0, 0, 1), EBADF);
    check_errno(allocate(fd, 0, INT64_MAX, 1), EFBIG);
    int ends[2];
    check(pipe(ends) == 0);
    check_errno(allocate(ends[1], 0, 0, 1), ESPIPE);
}

PART(truncate_in_all_forms)
{
    begin();
    const int fd = make("file", "0123456789");
    struct stat st;
    check(syscall(SYS_truncate, "file", 4) == 0 && has("file", "0123"));
    check(syscall(SYS_ftruncate, fd, 2) == 0 && has("file", "01"));
    check(syscall(SYS_truncate64, "file", 6, 0) == 0 && stat("file", &st) == 0 && st.st_size == 6);
    check(syscall(SYS_ftruncate64, fd, 1, 0) == 0 && has("file", "0"));
    check_errno(syscall(SYS_truncate, "file", -1), EINVAL);
    check_errno(truncate("none", 1), ENOENT);
    check_errno(truncate(".", 1), EISDIR);
    check_errno(truncate("file/x", 1), ENOTDIR);
    check_errno(ftruncate(open("file", O_RDONLY), 1), EINVAL);
    check_errno(ftruncate(-1, 1), EBADF);
    check(mkfifo("fifo", 0600) == 0);
    check_errno(truncate("fifo", 1), EINVAL);
}

PART(seeking_for_data_and_holes)
{
    begin();
    const int fd = make("file", "0123456789");
    check(lseek(fd, 3, kSeekData) == 3 && lseek(fd, 3, kSeekHole) == 10);
    check_errno(lseek(fd, 10, kSeekData), ENXIO);
    check_errno(lseek(fd, 11, kSeekHole), ENXIO);
    check_errno(lseek(fd, -1, kSeekData), ENXIO);
    check_errno(lseek(fd, 0, 5), EINVAL);
    check_errno(lseek(fd, -1, SEEK_SET), EINVAL);
    check_errno(syscall(SYS_lseek, 999, 0, 0), EBADF);
}

PART(storing)
{
    begin();
    const int fd = make("file", "text");
    int ends[2];
    check(pipe(ends) == 0);
    check(syscall(SYS_syncfs, fd) == 0 && fsync(fd) == 0 && fdatasync(fd) == 0);
    check_errno(fsync(ends[0]), EINVAL);
    check_errno(syscall(SYS_syncfs, -1), EBADF);
    check(syscall(SYS_sync_file_range, fd, 0, 0, 4, 0, 7) == 0);
    check_errno(syscall(SYS_sync_file_range, fd, 0, 0, 4, 0, 8), EINVAL);
    check_errno(syscall(SYS_sync_file_range, fd, 0, -1, 4, 0, 1), EINVAL);
    check_errno(syscall(SYS_sync_file_range, ends[0], 0, 0, 4, 0, 1), ESPIPE);
    check(syscall(SYS_readahead, fd, 0, 0, 100) == 0);
    check_errno(syscall(SYS_readahead, ends[0], 0, 0, 100), EINVAL);
    check_errno(syscall(SYS_readahead, open("file", O_WRONLY), 0, 0, 100), EBADF);
}

// ---- Directories ----

struct narrow_record {
    unsigned inode, next;
    unsigned short size;
    char name[];
};
struct one_record {
    unsigned inode, position;
    unsigned short length;
    char name[256];
};

PART(directories_in_three_forms)
{
    begin();
    close(make("file", ""));
    check(mkdir("directory", 0700) == 0 && symlink("x", "link") == 0);
    int fd = open(".", O_RDONLY), seen = 0;
    char buffer[1024];
    long size;
    while ((size = syscall(SYS_getdents, fd, buffer, sizeof buffer)) > 0)
        for (long at = 0; at < size;) {
            const struct narrow_record* record = (void*)(buffer + at);
            const int type = buffer[at + record->size - 1];
            struct stat st;
            check(lstat(record->name, &st) == 0 && (unsigned)st.st_ino == record->inode);
            check(type == (int)(st.st_mode >> 12) && record->size % 4 == 0);
            seen++;
            at += record->size;
        }
    check(size == 0 && seen == 5);
    check(lseek(fd, 0, SEEK_SET) == 0);
    struct one_record one;
    for (seen = 0; syscall(SYS_readdir, fd, &one, 1) == 1; seen++)
        check(strlen(one.name) == one.length);
    check(seen == 5 && syscall(SYS_readdir, fd, &one, 1) == 0);
    check(lseek(fd, 0, SEEK_SET) == 0);
    check_errno(syscall(SYS_getdents, fd, buffer, 8), EINVAL);
    check_errno(syscall(SYS_getdents64, fd, buffer, 8), EINVAL);
    check_errno(syscall(SYS_getdents, fd, kNowhere, 1024), EFAULT);
    check(syscall(SYS_getdents64, fd, buffer, sizeof buffer) > 0);
    check_errno(syscall(SYS_getdents, open("file", O_RDONLY), buffer, sizeof buffer), ENOTDIR);
    check_errno(syscall(SYS_getdents64, -1, buffer, sizeof buffer), EBADF);
    fd = open("directory", O_RDONLY);
    check(rmdir("directory") == 0);
    check_errno(syscall(SYS_getdents64, fd, buffer, sizeof buffer), ENOENT);
    check_errno(syscall(SYS_readdir, fd, &one, 1), ENOENT);
}

// ---- stat ----

struct old_stat {
    unsigned device, inode;
    unsigned short mode, links, uid, gid;
    unsigned special, size, block_size, blocks, times[6], padding[2];
};

struct statx_out {
    unsigned mask, block_size;
    unsigned long long attributes;
    unsigned links, uid, gid;
    unsigned short mode, padding;
    unsigned long long inode, size, blocks, attributes_mask;
    struct {
        long long seconds;
        unsigned nanoseconds, padding;
    } accessed, created, changed, modified;
    unsigned rdev_major, rdev_minor, dev_major, dev_minor;
    unsigned long long mount_id, rest[13];
};

PART(stat_in_all_forms)
{
    begin();
    const int fd = make("file", "0123456789");
    check(symlink("file", "link") == 0 && link("file", "other") == 0);
    check(syscall(SYS_lchown32, "file", 100000, 7) == 0);
    const struct timespec times[2] = {{1000, 5}, {2000, 6}};
    check(utimensat(AT_FDCWD, "file", times, 0) == 0);
    struct stat st;
    struct old_stat old;
    struct statx_out wide;
    check(stat("file", &st) == 0 && st.st_size == 10 && st.st_nlink == 2 && st.st_uid == 100000);
    check(syscall(SYS_stat, "link", &old) == 0 && old.size == 10 && old.links == 2 && old.mode == st.st_mode);
    check(old.uid == 65534 && old.gid == 7 && old.times[0] == 1000 && old.times[1] == 5 &&
          old.times[2] == 2000);
    check(syscall(SYS_fstat, fd, &old) == 0 && old.inode == (unsigned)st.st_ino &&
          old.blocks == st.st_blocks);
    check(syscall(SYS_lstat, "link", &old) == 0 && S_ISLNK(old.mode) && old.size == 4);
    check(syscall(SYS_statx, AT_FDCWD, "file", 0, 0x7ff, &wide) == 0 && (wide.mask & 0x7ff) == 0x7ff);
    check(wide.size == 10 && wide.inode == st.st_ino && wide.uid == 100000 && wide.mode == st.st_mode);
    check(wide.accessed.seconds == 1000 && wide.modified.nanoseconds == 6 && wide.links == 2);
    check(syscall(SYS_statx, AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, 0x17ff, &wide) == 0 &&
          S_ISLNK(wide.mode));
    check((wide.mask & 0x1000) != 0 && wide.mount_id != 0);
    check(syscall(SYS_statx, fd, "", AT_EMPTY_PATH, 0x7ff, &wide) == 0 && wide.size == 10);
    check(syscall(SYS_statx, AT_FDCWD, "/proc", 0, 0x7ff, &wide) == 0);
    check((wide.attributes_mask & 0x2000) != 0 && (wide.attributes & 0x2000) != 0);  // a mount's root
    check_errno(syscall(SYS_statx, AT_FDCWD, "file", 0x6000, 0x7ff, &wide), EINVAL);
    check_errno(syscall(SYS_statx, AT_FDCWD, "file", 1, 0x7ff, &wide), EINVAL);
    check_errno(syscall(SYS_statx, AT_FDCWD, "file", 0, 0x80000000, &wide), EINVAL);
    check_errno(syscall(SYS_statx, AT_FDCWD, "file", 0, 0x7ff, kNowhere), EFAULT);
    check_errno(syscall(SYS_statx, AT_FDCWD, "", 0, 0x7ff, &wide), ENOENT);
    check_errno(syscall(SYS_stat64, "none", &st), ENOENT);
    check_errno(syscall(SYS_stat64, "file", kNowhere), EFAULT);
    check_errno(syscall(SYS_stat64, kNowhere, &st), EFAULT);
    check_errno(syscall(SYS_stat64, "file/", &st), ENOTDIR);
    check_errno(syscall(SYS_fstat64, -1, &st), EBADF);
    check_errno(syscall(SYS_fstatat64, 999, "file", &st, 0), EBADF);
    check_errno(syscall(SYS_fstatat64, fd, "file", &st, 0), ENOTDIR);
    check_errno(syscall(SYS_fstatat64, AT_FDCWD, "file", &st, 2), EINVAL);
    check_errno(syscall(SYS_stat64, of_length(256), &st), ENAMETOOLONG);
    check_errno(syscall(SYS_stat64, of_length(4096), &st), ENAMETOOLONG);
}

PART(statfs_knows_the_kinds)
{
    struct statfs out;
    check(statfs("/proc", &out) == 0 && out.f_type == 0x9fa0 && out.f_namelen == 255);
    check(statfs("/dev", &out) == 0 && out.f_type == 0x01021994);
    check(fstatfs(open("/proc/self/stat", O_RDONLY), &out) == 0 && out.f_type == 0x9fa0);
    check(fstatfs(open("/proc", O_PATH), &out) == 0 && out.f_type == 0x9fa0);
    check_errno(statfs("/none", &out), ENOENT);
    check_errno(fstatfs(-1, &out), EBADF);
    check_errno(syscall(SYS_statfs64, "/", 83, &out), EINVAL);
    check_errno(syscall(SYS_statfs64, "/", 84, kNowhere), EFAULT);
}

PART(extended_attributes_are_refused_in_order)
{
    begin();
    const int fd = make("file", "");
    check(symlink("file", "link") == 0);
    char value[16];
    check_errno(syscall(SYS_getxattr, "none", "user.a", value, 16), ENOENT);
    check_errno(syscall(SYS_getxattr, "file", "", value, 16), ERANGE);
    check_errno(syscall(SYS_getxattr, "file", of_length(256), value, 16), ERANGE);
    check_errno(syscall(SYS_getxattr, "file", kNowhere, value, 16), EFAULT);
    check_errno(syscall(SYS_getxattr, "file", "odd.a", value, 16), EOPNOTSUPP);
    check_errno(syscall(SYS_setxattr, "file", "odd.a", value, 1, 0), EOPNOTSUPP);
    check_errno(syscall(SYS_fsetxattr, fd, "odd.a", value, 1, 4), EINVAL);
    check_errno(syscall(SYS_fsetxattr, fd, "odd.a", value, 65537, 0), E2BIG);
    check_errno(syscall(SYS_lgetxattr, "link", "user.a", value, 16), ENODATA);
    check_errno(syscall(SYS_lsetxattr, "link", "user.a", value, 1, 0), EPERM);
    check_errno(syscall(SYS_removexattr, "file", "odd.a"), EOPNOTSUPP);
    check_errno(syscall(SYS_fgetxattr, -1, "user.a", value, 1), EBADF);
    check_errno(syscall(SYS_fgetxattr, open("file", O_PATH), "user.a", value, 1), EBADF);
    check(syscall(SYS_listxattr, "file", value, 16) == 0 && syscall(SYS_flistxattr, fd, NULL, 0) == 0);
    check_errno(syscall(SYS_llistxattr, "none", value, 16), ENOENT);
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
