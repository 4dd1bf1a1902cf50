// What a file system in memory promises: contents, names, limits, mappings, seals. Each part mounts its own.
#include "parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { kTmpfsMagic = 0x01021994, kAddSeals = 1033, kGetSeals = 1034 };

static const char place[] = "/tmp/tmpfs-test";

// A fresh instance, in which the caller then stands.
static void enter_new(const char* options)
{
    if (mkdir(place, 0755) != 0) check(errno == EEXIST);
    check(mount("none", place, "tmpfs", 0, options) == 0);
    check(chdir(place) == 0);
}

static void leave(void)
{
    check(chdir("/") == 0);
    check(umount(place) == 0);
}

static int open_new(const char* name)
{
    const int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0644);
    check(fd >= 0);
    return fd;
}

static struct stat stat_of(const char* name)
{
    struct stat info;
    check(lstat(name, &info) == 0);
    return info;
}

PART(contents)
{
    char page[kPage], back[3 * kPage];
    enter_new("size=1M");
    const int fd = open_new("file");
    memset(page, 'x', sizeof page);
    check(pwrite(fd, page, 100, 2 * kPage + 7) == 100);
    check(stat_of("file").st_size == 2 * kPage + 107 && stat_of("file").st_blocks == 8);
    check(pread(fd, back, sizeof back, 0) == 2 * kPage + 107);
    for (int i = 0; i < 2 * kPage + 107; i++)
        check(back[i] == (i < 2 * kPage + 7 ? 0 : 'x'));
    check(ftruncate(fd, 2 * kPage + 10) == 0 && ftruncate(fd, 3 * kPage) == 0);
    check(pread(fd, back, kPage, 2 * kPage) == kPage);
    check(back[9] == 'x' && back[10] == 0 && back[200] == 0);  // what was cut does not come back
    check(ftruncate(fd, 0) == 0 && stat_of("file").st_blocks == 0);
    check(lseek(fd, 0, SEEK_END) == 0 && write(fd, "tail", 4) == 4);
    check(fsync(fd) == 0);
    close(fd);
    leave();
}

PART(kinds)
{
    char target[32];
    struct statfs info;
    enter_new("mode=1770");
    check(stat_of(".").st_mode == (S_IFDIR | 01770));
    check(statfs(".", &info) == 0 && info.f_type == kTmpfsMagic && info.f_bsize == kPage);
    check(symlink("anywhere", "link") == 0 && readlink("link", target, sizeof target) == 8);
    check(S_ISLNK(stat_of("link").st_mode) && stat_of("link").st_size == 8);
    check(mknod("fifo", S_IFIFO | 0600, 0) == 0 && S_ISFIFO(stat_of("fifo").st_mode));
    check(mknod("null", S_IFCHR | 0600, 0x103) == 0);
    const int null = open("null", O_RDWR);
    check(null >= 0 && write(null, "abc", 3) == 3);
    close(null);
    check(mkdir("d", 0700) == 0 && stat_of(".").st_nlink == 3 && stat_of("d").st_nlink == 2);
    close(open_new("d/f"));
    check_errno(rmdir("d"), ENOTEMPTY);
    check(link("d/f", "g") == 0 && stat_of("g").st_nlink == 2);
    check(unlink("d/f") == 0 && stat_of("g").st_nlink == 1);
    check(rename("g", "fifo") == 0 && S_ISREG(stat_of("fifo").st_mode));
    check(mkdir("e", 0700) == 0 && rename("d", "e/d") == 0 && stat_of("e").st_nlink == 3 &&
          stat_of(".").st_nlink == 3);
    check_errno(rename("e", "e/d/e"), EINVAL);
    check(rmdir("e/d") == 0 && rmdir("e") == 0 && stat_of(".").st_nlink == 2);
    leave();
}

PART(limits)
{
    struct statfs info;
    char page[2 * kPage];
    enter_new("size=40k,nr_inodes=5");
    memset(page, 1, sizeof page);
    check(statfs(".", &info) == 0 && info.f_blocks == 10 && info.f_bfree == 10 && info.f_files == 5 &&
          info.f_ffree == 4);
    const int fd = open_new("a");
    for (int i = 0; i < 10; i++)
        check(write(fd, page, kPage) == kPage);
    check_errno(write(fd, page, 1), ENOSPC);
    check(statfs(".", &info) == 0 && info.f_bfree == 0);
    check(pwrite(fd, page, 2 * kPage, 9 * kPage) == kPage && stat_of("a").st_size == 10 * kPage);
    check(ftruncate(fd, 5 * kPage) == 0 &&
          pwrite(fd, page, kPage, 100 * kPage) == kPage);  // a hole costs nothing
    close(fd);
    close(open_new("b"));
    check(link("b", "c") == 0 && symlink("x", "d") == 0);
    check_errno(mkdir("e", 0700), ENOSPC);
    check_errno(link("b", "e"), ENOSPC);
    check(unlink("b") == 0 && mkdir("e", 0700) == 0);
    check(mount("none", place, "tmpfs", MS_REMOUNT, "size=80k") == 0);
    check(statfs(".", &info) == 0 && info.f_blocks == 20 && info.f_bfree == 14);
    check_errno(mount("none", place, "tmpfs", MS_REMOUNT, "size=8k"), EINVAL);
    check_errno(mount("none", place, "tmpfs", 0, "sise=8k"), EINVAL);
    leave();
}

// Entries that stay are seen once each, whatever goes meanwhile.
PART(listing)
{
    enum { kNames = 2000 };
    static char seen[kNames];
    char name[16];
    enter_new("");
    for (int i = 0; i < kNames; i++) {
        snprintf(name, sizeof name, "n%d", i);
        close(open_new(name));
    }
    DIR* const directory = opendir(".");
    int count = 0;
    for (struct dirent* entry; (entry = readdir(directory));) {
        if (entry->d_name[0] == '.') continue;
        const int number = atoi(entry->d_name + 1);
        check(!seen[number]);
        seen[number] = 1;
        if (count++ % 2 == 0) check(unlink(entry->d_name) == 0);
    }
    closedir(directory);
    check(count == kNames);
    count = 0;
    for (int i = 0; i < kNames; i++) {
        snprintf(name, sizeof name, "n%d", i);
        count += access(name, F_OK) == 0;
    }
    check(count == kNames / 2);
    leave();
}

static void expect_bus_error(volatile char* at)
{
    const pid_t pid = fork();
    if (pid == 0) {
        (void)*at;
        _exit(0);
    }
    check(WTERMSIG(status_of(pid)) == SIGBUS);
}

PART(mapping)
{
    enter_new("size=64k");
    const int fd = open_new("m");
    check(ftruncate(fd, 8 * kPage) == 0);
    char* const shared = mmap(NULL, 8 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char* const copy = mmap(NULL, 8 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    check(shared != MAP_FAILED && copy != MAP_FAILED);
    const pid_t pid = fork();
    if (pid == 0) {
        strcpy(shared + 3 * kPage, "child");
        strcpy(copy + 4 * kPage, "mine");
        _exit(pwrite(fd, "by write", 9, 5 * kPage) != 9);
    }
    check_child(pid);
    check(strcmp(shared + 3 * kPage, "child") == 0 && strcmp(shared + 5 * kPage, "by write") == 0);
    check(shared[4 * kPage] == 0 && copy[4 * kPage] == 0 && strcmp(copy + 3 * kPage, "child") == 0);
    char back[8];
    check(pread(fd, back, 6, 3 * kPage) == 6 && strcmp(back, "child") == 0);
    check(ftruncate(fd, 2 * kPage) == 0);
    expect_bus_error(shared + 3 * kPage);
    check(ftruncate(fd, 8 * kPage) == 0 && shared[3 * kPage] == 0);
    check_errno(umount(place), EBUSY);
    check(munmap(shared, 8 * kPage) == 0 && munmap(copy, 8 * kPage) == 0);
    close(fd);
    leave();
}

PART(holes)
{
    enter_new("size=64k");
    const int fd = open_new("h");
    static char bytes[5 * kPage], back[5 * kPage];
    memset(bytes, 'h', sizeof bytes);
    check(write(fd, bytes, sizeof bytes) == sizeof bytes);
    char* const shared = mmap(NULL, 5 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char* const copy = mmap(NULL, 5 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    copy[2 * kPage] = shared[2 * kPage] = 'm';
    check(syscall(SYS_fallocate, fd, 3, kPage + 100, 0, 2 * kPage, 0) == 0);  // pages 1 (part), 2, 3 (part)
    memset(bytes + kPage + 100, 0, 2 * kPage);
    check(pread(fd, back, sizeof back, 0) == sizeof back && memcmp(back, bytes, sizeof back) == 0);
    check(stat_of("h").st_blocks == 32 && memcmp(shared, bytes, sizeof back) == 0 && copy[2 * kPage] == 'm');
    shared[2 * kPage] = 'n';
    check(pread(fd, back, 1, 2 * kPage) == 1 && back[0] == 'n');
    check(syscall(SYS_fallocate, fd, 0, 0, 0, 8 * kPage, 0) == 0 && stat_of("h").st_size == 8 * kPage);
    check(stat_of("h").st_blocks == 64);
    check_errno(syscall(SYS_fallocate, fd, 0, 0, 0, 32 * kPage, 0), ENOSPC);
    check(munmap(shared, 5 * kPage) == 0 && munmap(copy, 5 * kPage) == 0);
    close(fd);
    leave();
}

// A store that the limit refuses is a SIGBUS, not the end of somebody else.
PART(full_mapping)
{
    enter_new("size=16k");
    const int fd = open_new("m");
    check(ftruncate(fd, 8 * kPage) == 0);
    volatile char* const shared = mmap(NULL, 8 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    for (int i = 0; i < 4; i++)
        shared[i * kPage] = 1;
    const pid_t pid = fork();
    if (pid == 0) {
        shared[5 * kPage] = 1;
        _exit(0);
    }
    check(WTERMSIG(status_of(pid)) == SIGBUS);
    check(munmap((void*)shared, 8 * kPage) == 0);
    close(fd);
    leave();
}

// An open file outlives its name; a program in memory runs.
PART(lives_on)
{
    char text[8];
    enter_new("");
    const int fd = open_new("gone");
    check(write(fd, "still", 6) == 6 && unlink("gone") == 0);
    check(pread(fd, text, 8, 0) == 6 && strcmp(text, "still") == 0);
    struct stat info;
    check(fstat(fd, &info) == 0 && info.st_nlink == 0);
    close(fd);
    check(mkdir("removed", 0700) == 0 && chdir("removed") == 0 && rmdir("../removed") == 0);
    check_errno(open("x", O_CREAT | O_RDWR, 0600), ENOENT);
    leave();
}

static int create_memory_file(const char* name, unsigned flags)
{
    return (int)syscall(SYS_memfd_create, name, flags);
}

PART(memory_files)
{
    char link[64] = "", path[32];
    const int fd = create_memory_file("blob", 2);
    check(fd >= 0 && write(fd, "12345678", 8) == 8);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    check(readlink(path, link, sizeof link) > 0 && strcmp(link, "/memfd:blob (deleted)") == 0);
    check(fcntl(fd, kGetSeals) == 0);
    check(fcntl(fd, kAddSeals, 2 | 4) == 0);  // neither shorter nor longer
    check_errno(ftruncate(fd, 4), EPERM);
    check_errno(ftruncate(fd, 16), EPERM);
    check_errno(write(fd, "9", 1), EPERM);
    check(pwrite(fd, "AB", 2, 0) == 2);
    char* const writable = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    check(writable != MAP_FAILED && writable[1] == 'B');
    check_errno(fcntl(fd, kAddSeals, 8), EBUSY);
    check(munmap(writable, kPage) == 0 && fcntl(fd, kAddSeals, 8) == 0);
    check_errno(pwrite(fd, "C", 1, 0), EPERM);
    check(mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EPERM);
    char* const readable = mmap(NULL, kPage, PROT_READ, MAP_SHARED, fd, 0);
    check(readable != MAP_FAILED && readable[0] == 'A');
    check_errno(mprotect(readable, kPage, PROT_READ | PROT_WRITE), EACCES);
    check(fcntl(fd, kAddSeals, 1) == 0 && fcntl(fd, kGetSeals) == 15);
    check_errno(fcntl(fd, kAddSeals, 1), EPERM);
    check(fcntl(create_memory_file("", 0), kGetSeals) == 1);
    check_errno(create_memory_file("x", 0x400), EINVAL);
    check_errno(create_memory_file(NULL, 0), EFAULT);
    char name[251];
    memset(name, 'n', 250);
    name[250] = 0;
    check_errno(create_memory_file(name, 0), EINVAL);
    name[249] = 0;
    check(create_memory_file(name, 0) >= 0);
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
