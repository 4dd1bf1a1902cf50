// What Linux answers to calls on files: opening with each flag, names, bytes by vectors and ranges, directories in all
// their forms, old and new stat, and an error for each thing that can be wrong.
#include "parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
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

// ---- Opening ----

PART(opening_says_what_is_wrong)
{
    begin();
    close(make("file", "text"));
    check(mkdir("directory", 0700) == 0 && symlink("file", "link") == 0 && symlink("none", "dangling") == 0);
    check(symlink("loop", "loop") == 0 && mkfifo("fifo", 0600) == 0);
    check(mknod("socket", S_IFSOCK | 0600, 0) == 0 && mknod("device", S_IFCHR | 0600, 0xf0f0) == 0);
    check_errno(open("none", O_RDONLY), ENOENT);
    check_errno(open("", O_RDONLY), ENOENT);
    check_errno(open("dangling", O_RDONLY), ENOENT);
    check_errno(open("file/x", O_RDONLY), ENOTDIR);
    check_errno(open("file/", O_RDONLY), ENOTDIR);
    check_errno(open("file/.", O_RDONLY), ENOTDIR);
    check_errno(open("file", O_RDONLY | O_DIRECTORY), ENOTDIR);
    check_errno(open("directory", O_WRONLY), EISDIR);
    check_errno(open("directory", O_RDWR), EISDIR);
    check_errno(open("directory", O_RDONLY | O_CREAT, 0600), EISDIR);
    check_errno(open("directory/", O_RDONLY | O_CREAT, 0600), EISDIR);
    check_errno(open("new/", O_WRONLY | O_CREAT, 0600), EISDIR);
    check_errno(open("directory", O_RDONLY | O_TRUNC), EISDIR);
    check_errno(open("loop", O_RDONLY), ELOOP);
    check_errno(open("link", O_RDONLY | O_NOFOLLOW), ELOOP);
    check_errno(open("link", O_RDONLY | O_NOFOLLOW | O_DIRECTORY), ENOTDIR);
    check_errno(open("link", O_WRONLY | O_NOFOLLOW | O_CREAT, 0600), ELOOP);
    check_errno(open("file", O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST);
    check_errno(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST);
    check_errno(open("directory", O_RDONLY | O_CREAT | O_EXCL, 0600), EEXIST);
    check_errno(open("new", O_RDONLY | O_CREAT | O_DIRECTORY, 0600), EINVAL);
    check_errno(open(of_length(256), O_RDONLY), ENAMETOOLONG);
    check_errno(open(of_length(4096), O_RDONLY), ENAMETOOLONG);
    check_errno(open(of_length(255), O_RDONLY), ENOENT);
    check_errno(open(kNowhere, O_RDONLY), EFAULT);
    check_errno(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
    check_errno(open("socket", O_RDONLY), ENXIO);
    check(open("device", O_RDONLY) == -1 &&
          (errno == ENXIO || errno == EACCES));  // where devices are allowed, or not
    check_errno(openat(999, "file", O_RDONLY), EBADF);
    check_errno(openat(open("file", O_RDONLY), "file", O_RDONLY), ENOTDIR);
    check_errno(open("/proc/version", O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST);
    check(openat(999, "/proc/version", O_RDONLY) >= 0);
    struct stat st;
    check(open("dangling", O_WRONLY | O_CREAT, 0600) >= 0 && stat("none", &st) == 0);  // the target is made
    check(open("file", O_RDONLY | O_CREAT) >= 0 && open("file", 3 << 30 | O_RDONLY) >= 0);
}

PART(a_full_table_of_descriptors)
{
    begin();
    struct rlimit limit = {5, 5};
    check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    while (dup(0) >= 0)
        ;
    check(errno == EMFILE);
    check_errno(open("new", O_CREAT | O_WRONLY, 0600), EMFILE);
    check_errno(open("/", O_RDONLY), EMFILE);
    check_errno(dup2(0, 5), EBADF);
    check_errno(fcntl(0, F_DUPFD, 5), EINVAL);
    struct stat st;
    check_errno(stat("new", &st), ENOENT);  // nothing was made
}

PART(flags_of_open_files)
{
    begin();
    const int fd = open("file", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_EXCL, 0600);
    check(fcntl(fd, F_GETFD) == FD_CLOEXEC && (fcntl(fd, F_GETFL) & ~O_LARGEFILE) == (O_RDWR | O_APPEND));
    check(write(fd, "one", 3) == 3 && lseek(fd, 0, SEEK_SET) == 0 && write(fd, "two", 3) == 3);
    check(pwrite(fd, "six", 3, 0) == 3 && has("file", "onetwosix"));  // appended all the same
    check(fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
          (fcntl(fd, F_GETFL) & ~O_LARGEFILE) == (O_RDWR | O_NONBLOCK));
    check(pwrite(fd, "1", 1, 0) == 1 && has("file", "1netwosix"));
    const int twin = open("file", O_WRONLY | O_TRUNC | O_SYNC);
    check(has("file", "") && write(twin, "x", 1) == 1);
    check((fcntl(twin, F_GETFL) & ~O_LARGEFILE) == (O_WRONLY | O_SYNC));
    char byte;
    check_errno(read(twin, &byte, 1), EBADF);
    check_errno(write(open("file", O_RDONLY), "x", 1), EBADF);
    check(syscall(SYS_creat, "file", 0600) >= 0 && has("file", ""));
}

PART(a_path_alone)
{
    begin();
    close(make("file", "text"));
    check(symlink("file", "link") == 0 && mkdir("directory", 0700) == 0 && chmod("file", 0) == 0);
    close(make("directory/inner", "inner"));
    const int fd = open("file", O_PATH), link = open("link", O_PATH | O_NOFOLLOW);
    const int directory = open("directory", O_PATH | O_DIRECTORY);
    struct stat st;
    char text[64];
    check(fd >= 0 && link >= 0 && directory >= 0);
    check(fstat(fd, &st) == 0 && st.st_size == 4 && fstat(link, &st) == 0 && S_ISLNK(st.st_mode));
    check(readlinkat(link, "", text, sizeof text) == 4 && memcmp(text, "file", 4) == 0);
    check(openat(directory, "inner", O_RDONLY) >= 0 && fchdir(directory) == 0 && chdir("..") == 0);
    check(fstatat(directory, "", &st, AT_EMPTY_PATH) == 0 && S_ISDIR(st.st_mode));
    check_errno(read(fd, text, 1), EBADF);
    check_errno(write(fd, text, 1), EBADF);
    check_errno(lseek(fd, 0, SEEK_SET), EBADF);
    check_errno(ftruncate(fd, 0), EBADF);
    check_errno(fsync(fd), EBADF);
    check_errno(syscall(SYS_ioctl, fd, 0x5401, text), EBADF);
    check_errno(syscall(SYS_getdents64, directory, text, 64), EBADF);
    check_errno((long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0), EBADF);
    check_errno(fchdir(fd), ENOTDIR);
    check_errno(open("file", O_PATH | O_DIRECTORY), ENOTDIR);
    check_errno(open("none", O_PATH | O_CREAT, 0600), ENOENT);
    sprintf(text, "/proc/self/fd/%d", fd);
    check(chmod("file", 0600) == 0 && open(text, O_RDWR) >= 0);
}

PART(files_without_a_name)
{
    begin();
    struct stat st;
    char text[64];
    const int fd = open(".", kTmpFile | O_RDWR, 0644);
    check(fd >= 0 && write(fd, "text", 4) == 4 && fstat(fd, &st) == 0 && st.st_nlink == 0);
    check(S_ISREG(st.st_mode) && (st.st_mode & 07777) == 0644);
    sprintf(text, "/proc/self/fd/%d", fd);
    check(linkat(AT_FDCWD, text, AT_FDCWD, "named", AT_SYMLINK_FOLLOW) == 0 && has("named", "text"));
    check(fstat(fd, &st) == 0 && st.st_nlink == 1);
    check(linkat(fd, "", AT_FDCWD, "again", AT_EMPTY_PATH) == 0 && has("again", "text"));
    check_errno(linkat(fd, "", AT_FDCWD, "again", AT_EMPTY_PATH), EEXIST);
    const int never = open(".", kTmpFile | O_WRONLY | O_EXCL, 0600);
    sprintf(text, "/proc/self/fd/%d", never);
    check_errno(linkat(AT_FDCWD, text, AT_FDCWD, "never", AT_SYMLINK_FOLLOW), ENOENT);
    check_errno(open(".", kTmpFile | O_RDONLY, 0600), EINVAL);
    check_errno(open(".", kTmpFile | O_RDWR | O_CREAT, 0600), EINVAL);
    check_errno(open("named", kTmpFile | O_RDWR, 0600), ENOTDIR);
    check_errno(open("none", kTmpFile | O_RDWR, 0600), ENOENT);
    const int gone = make("gone", "x");
    check(unlink("gone") == 0);
    sprintf(text, "/proc/self/fd/%d", gone);
    check_errno(linkat(AT_FDCWD, text, AT_FDCWD, "back", AT_SYMLINK_FOLLOW), ENOENT);  // it had its names
    check(readlink(text, text, sizeof text) > 0);
}

struct how {
    unsigned long long flags, mode, resolve, more;
};

static int open2(int directory, const char* path, struct how how)
{
    return (int)syscall(SYS_openat2, directory, path, &how, 24);
}

PART(openat2_keeps_to_its_bounds)
{
    enum { kNoMounts = 1, kNoMagic = 2, kNoLinks = 4, kBeneath = 8, kInRoot = 16 };
    begin();
    check(mkdir("in", 0700) == 0 && mkdir("in/deep", 0700) == 0 && chmod("in", 0755) == 0);
    close(make("outside", "outside"));
    close(make("in/file", "inside"));
    check(symlink("../outside", "in/out") == 0 && symlink("file", "in/link") == 0 &&
          symlink("/file", "in/root") == 0);
    const int in = open("in", O_PATH);
    check(open2(in, "file", (struct how){O_RDONLY, 0, 0, 0}) >= 0);
    check(open2(in, "deep/../link", (struct how){O_RDONLY, 0, kBeneath, 0}) >= 0);
    check_errno(open2(in, "../outside", (struct how){O_RDONLY, 0, kBeneath, 0}), EXDEV);
    check_errno(open2(in, "out", (struct how){O_RDONLY, 0, kBeneath, 0}), EXDEV);
    check_errno(open2(in, "root", (struct how){O_RDONLY, 0, kBeneath, 0}), EXDEV);
    check_errno(open2(in, "/proc/version", (struct how){O_RDONLY, 0, kBeneath, 0}), EXDEV);
    check(open2(in, "root", (struct how){O_RDONLY, 0, kInRoot, 0}) >= 0);
    check(open2(in, "/file", (struct how){O_RDONLY, 0, kInRoot, 0}) >= 0);
    check(open2(in, "../../file", (struct how){O_RDONLY, 0, kInRoot, 0}) >= 0);
    check_errno(open2(in, "out", (struct how){O_RDONLY, 0, kInRoot, 0}), ENOENT);
    check_errno(open2(in, "link", (struct how){O_RDONLY, 0, kNoLinks, 0}), ELOOP);
    check(open2(in, "link", (struct how){O_PATH | O_NOFOLLOW, 0, kNoLinks, 0}) >= 0);
    check(open2(in, "link", (struct how){O_RDONLY, 0, kNoMagic, 0}) >= 0);
    check_errno(open2(in, "/proc/self/fd/0", (struct how){O_RDONLY, 0, kNoMagic, 0}), ELOOP);
    check_errno(open2(AT_FDCWD, "/proc/version", (struct how){O_RDONLY, 0, kNoMounts, 0}), EXDEV);
    check(open2(in, "new", (struct how){O_CREAT | O_WRONLY, 0640, kBeneath, 0}) >= 0);
    check_errno(open2(in, "file", (struct how){1ULL << 40, 0, 0, 0}), EINVAL);
    check_errno(open2(in, "file", (struct how){O_RDONLY, 0600, 0, 0}), EINVAL);
    check_errno(open2(in, "file", (struct how){O_CREAT, 010000, 0, 0}), EINVAL);
    check_errno(open2(in, "file", (struct how){O_RDONLY, 0, 64, 0}), EINVAL);
    check_errno(open2(in, "file", (struct how){O_RDONLY, 0, kBeneath | kInRoot, 0}), EINVAL);
    check_errno(open2(in, "file", (struct how){O_PATH | O_RDWR, 0, 0, 0}), EINVAL);
    struct how larger = {O_RDONLY, 0, 0, 0};
    check(syscall(SYS_openat2, in, "file", &larger, sizeof larger) >= 0);
    larger.more = 1;
    check_errno(syscall(SYS_openat2, in, "file", &larger, sizeof larger), E2BIG);
    check_errno(syscall(SYS_openat2, in, "file", &larger, 23), EINVAL);
    check_errno(syscall(SYS_openat2, in, "file", kNowhere, 24), EFAULT);
}

PART(ranges_of_descriptors)
{
    for (int fd = 10; fd < 20; fd++)
        check(dup2(0, fd) == fd);
    check(syscall(SYS_close_range, 12, 14, 0) == 0);
    check(fcntl(11, F_GETFD) == 0 && fcntl(15, F_GETFD) == 0);
    check_errno(fcntl(12, F_GETFD), EBADF);
    check_errno(fcntl(14, F_GETFD), EBADF);
    check(syscall(SYS_close_range, 16, -1, 4) == 0 && fcntl(15, F_GETFD) == 0 &&
          fcntl(17, F_GETFD) == FD_CLOEXEC);
    check(syscall(SYS_close_range, 10, -1, 2) == 0);
    check_errno(fcntl(19, F_GETFD), EBADF);
    check_errno(syscall(SYS_close_range, 5, 4, 0), EINVAL);
    check_errno(syscall(SYS_close_range, 5, 6, 8), EINVAL);
    check_errno(syscall(SYS_dup3, 0, 0, 0), EINVAL);
    check_errno(syscall(SYS_dup3, 0, 5, O_APPEND), EINVAL);
    check(syscall(SYS_dup3, 0, 5, O_CLOEXEC) == 5 && fcntl(5, F_GETFD) == FD_CLOEXEC);
    check_errno(dup2(99, 5), EBADF);
    check_errno(dup2(0, -1), EBADF);
    check(dup2(5, 5) == 5 && fcntl(5, F_GETFD) == FD_CLOEXEC && dup2(0, 5) == 5 && fcntl(5, F_GETFD) == 0);
}

PART(running_programs_are_not_written)
{
    begin();
    char buffer[4096];
    const int in = open("/proc/self/exe", O_RDONLY);
    int out = open("program", O_CREAT | O_WRONLY, 0755);
    ssize_t got;
    while ((got = read(in, buffer, sizeof buffer)) > 0)
        check(write(out, buffer, (size_t)got) == got);
    check_errno(execl("program", "hold", NULL), ETXTBSY);
    close(out);
    int ends[2];
    check(pipe(ends) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[0], 0);
        close(ends[1]);
        fcntl(0, F_SETFD, 0);
        execl("program", "hold", NULL);
        _exit(1);
    }
    char path[64];
    sprintf(path, "/proc/%d/exe", (int)pid);
    struct stat st, program;
    check(stat("program", &program) == 0);
    do
        check(stat(path, &st) == 0);
    while (st.st_ino != program.st_ino);
    check_errno(open("program", O_WRONLY), ETXTBSY);
    check_errno(open("program", O_RDWR | O_TRUNC), ETXTBSY);
    check_errno(truncate("program", 0), ETXTBSY);
    check(open("program", O_RDONLY) >= 0 && rename("program", "moved") == 0 && unlink("moved") == 0);
    close(ends[0]);
    close(ends[1]);
    check_child(pid);
}

PART(pipes_are_opened_again)
{
    int ends[2];
    char path[64], byte;
    struct stat st, same;
    check(pipe(ends) == 0);
    sprintf(path, "/proc/self/fd/%d", ends[1]);
    const int writer = open(path, O_WRONLY);
    check(writer >= 0 && stat(path, &st) == 0 && S_ISFIFO(st.st_mode) && fstat(ends[0], &same) == 0);
    check(st.st_ino == same.st_ino);
    close(ends[1]);
    check(write(writer, "x", 1) == 1);
    sprintf(path, "/proc/self/fd/%d", ends[0]);
    const int reader = open(path, O_RDONLY);
    check(read(reader, &byte, 1) == 1 && byte == 'x');
    close(writer);
    check(read(reader, &byte, 1) == 0);
    const int both = open(path, O_RDWR | O_CREAT, 0600);  // as a shell's redirection asks
    check(both >= 0 && write(both, "y", 1) == 1 && read(ends[0], &byte, 1) == 1 && byte == 'y');
}

// ---- Names ----

PART(making_and_removing_names)
{
    begin();
    close(make("file", "text"));
    check(mkdir("directory", 0755) == 0 && mkdir("directory/inner", 0755) == 0 &&
          symlink("file", "link") == 0);
    check(symlink("none", "dangling") == 0);
    check_errno(mkdir("file", 0755), EEXIST);
    check_errno(mkdir("dangling", 0755), EEXIST);
    check_errno(mkdir("none/x", 0755), ENOENT);
    check_errno(mkdir("file/x", 0755), ENOTDIR);
    check_errno(mkdir(".", 0755), EEXIST);
    check_errno(mkdir("/", 0755), EEXIST);
    check_errno(mkdir("", 0755), ENOENT);
    check(mkdir("slash/", 0755) == 0 && rmdir("slash/") == 0);
    check_errno(rmdir("directory"), ENOTEMPTY);
    check_errno(rmdir("file"), ENOTDIR);
    check_errno(rmdir("."), EINVAL);
    check_errno(rmdir("directory/.."), ENOTEMPTY);
    check_errno(rmdir("/"), EBUSY);
    check_errno(rmdir("/proc"), EBUSY);
    check_errno(rmdir("none"), ENOENT);
    check_errno(rmdir("link"), ENOTDIR);
    check_errno(unlink("directory"), EISDIR);
    check_errno(unlink("file/"), ENOTDIR);
    check_errno(unlink("none"), ENOENT);
    check_errno(unlink("."), EISDIR);
    check_errno(unlinkat(AT_FDCWD, "file", 1), EINVAL);
    check_errno(unlinkat(AT_FDCWD, "file", AT_REMOVEDIR), ENOTDIR);
    check_errno(unlinkat(999, "file", 0), EBADF);
    check_errno(unlink(of_length(256)), ENAMETOOLONG);
    check_errno(link("none", "x"), ENOENT);
    check_errno(link("file", "link"), EEXIST);
    check_errno(link("directory", "x"), EPERM);
    check_errno(link("file", "x/"), ENOENT);
    check_errno(linkat(AT_FDCWD, "file", AT_FDCWD, "x", 1), EINVAL);
    check_errno(linkat(AT_FDCWD, "", AT_FDCWD, "x", 0), ENOENT);
    struct stat st;
    check(link("link", "hard") == 0 && lstat("hard", &st) == 0 && S_ISLNK(st.st_mode));  // the link itself
    check(linkat(AT_FDCWD, "link", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW) == 0 && has("followed", "text"));
    check(stat("file", &st) == 0 && st.st_nlink == 2);
    check_errno(symlink("", "x"), ENOENT);
    check_errno(symlink("x", "file"), EEXIST);
    check_errno(symlink("x", "none/x"), ENOENT);
    check_errno(symlink(of_length(4096), "x"), ENAMETOOLONG);
    char text[8];
    check(readlink("link", text, 2) == 2 && memcmp(text, "fi", 2) == 0);
    check_errno(readlink("file", text, 8), EINVAL);
    check_errno(readlink("none", text, 8), ENOENT);
    check_errno(readlink("link", text, 0), EINVAL);
    check_errno(readlink("link", kNowhere, 8), EFAULT);
    check_errno(mknod("file", S_IFREG | 0600, 0), EEXIST);
    check_errno(mknod("x/", S_IFREG | 0600, 0), ENOENT);
}

PART(directories_that_were_removed)
{
    begin();
    check(mkdir("directory", 0755) == 0);
    const int fd = open("directory", O_RDONLY);
    check(chdir("directory") == 0 && rmdir("../directory") == 0);
    char text[PATH_MAX];
    check_errno(syscall(SYS_getcwd, text, sizeof text), ENOENT);
    check_errno(open("new", O_CREAT | O_WRONLY, 0600), ENOENT);
    check_errno(mkdir("new", 0700), ENOENT);
    check_errno(openat(fd, "new", O_CREAT | O_WRONLY, 0600), ENOENT);
    check_errno(open("new", O_RDONLY), ENOENT);
    struct stat st;
    check(stat(".", &st) == 0 && st.st_nlink == 0 && chdir("..") == 0 && stat("directory", &st) == -1);
}

static long rename2(const char* from, const char* to, unsigned flags)
{
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

PART(renaming)
{
    enum { kNoReplace = 1, kExchange = 2, kWhiteout = 4 };
    begin();
    close(make("one", "one"));
    close(make("two", "two"));
    check(mkdir("a", 0755) == 0 && mkdir("a/b", 0755) == 0 && mkdir("empty", 0755) == 0);
    check_errno(rename("none", "x"), ENOENT);
    check_errno(rename("one", "a"), EISDIR);
    check_errno(rename("a", "one"), ENOTDIR);
    check_errno(rename("empty", "a"), ENOTEMPTY);
    check_errno(rename("a", "a/b"), EINVAL);
    check_errno(rename("a", "a/b/c"), EINVAL);
    check_errno(rename("a/b", "a"), ENOTEMPTY);
    check_errno(rename("one/", "x"), ENOTDIR);
    check_errno(rename("one", "x/"), ENOTDIR);
    check_errno(rename(".", "x"), EBUSY);
    check_errno(rename("one", ".."), EBUSY);
    check_errno(rename("one", "/proc/x"), EXDEV);
    check_errno(rename("one", of_length(256)), ENAMETOOLONG);
    check(rename("a", "a") == 0 && rename("a/b", "empty") == 0 && rename("empty", "a/b") == 0);
    check(link("one", "same") == 0 && rename("one", "same") == 0 && has("one", "one"));  // nothing done
    check_errno(rename2("one", "two", kNoReplace), EEXIST);
    check(rename2("one", "three", kNoReplace) == 0 && rename2("three", "one", 0) == 0);
    check_errno(rename2("one", "two", 8), EINVAL);
    check_errno(rename2("one", "two", kNoReplace | kExchange), EINVAL);
    check_errno(rename2("one", "two", kWhiteout | kExchange), EINVAL);
    check(rename2("one", "two", kExchange) == 0 && has("one", "two") && has("two", "one"));
    check_errno(rename2("one", "none", kExchange), ENOENT);
    check_errno(rename2("a", "a/b", kExchange), EINVAL);
    check(rename2("one", "a/b", kExchange) == 0 && has("a/b", "two"));  // a file for a directory
    struct stat st, parent;
    check(stat("one", &st) == 0 && S_ISDIR(st.st_mode) && stat("one/..", &st) == 0 &&
          stat(".", &parent) == 0);
    check(st.st_ino == parent.st_ino && parent.st_nlink == 4 && stat("a", &st) == 0 && st.st_nlink == 2);
    check(mkdir("c", 0755) == 0 && rename2("a", "c", kExchange) == 0 && stat("c/b", &st) == 0);
    check(unlink("c/b") == 0 && rmdir("a") == 0 && rmdir("c") == 0 && rmdir("one") == 0 && has("two", "one"));
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

PART(handles_want_a_file)
{
    begin();
    struct {
        unsigned size;
        int type;
        char bytes[128];
    } handle = {128, 0, ""};
    int mount;
    check_errno(syscall(SYS_name_to_handle_at, AT_FDCWD, "none", &handle, &mount, 0), ENOENT);
    check_errno(syscall(SYS_name_to_handle_at, AT_FDCWD, ".", &handle, &mount, 0x4000), EINVAL);
    check_errno(syscall(SYS_name_to_handle_at, 999, ".", &handle, &mount, 0), EBADF);
    check(syscall(SYS_name_to_handle_at, AT_FDCWD, ".", &handle, &mount, 0) == 0 || errno == EOPNOTSUPP);
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
    char byte;
    if (strcmp(argv[0], "hold") == 0) return read(0, &byte, 1) != 0;
    return run_parts(argc, argv);
}
