// What mount, umount2, chroot and pivot_root promise. Each part builds its own tree in a tmpfs.
#include "parts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char place[] = "/tmp/mounts-test";

static void enter_new(void)
{
    if (mkdir(place, 0755) != 0) check(errno == EEXIST);
    check(mount("none", place, "tmpfs", 0, "") == 0);
    check(mount(NULL, place, NULL, MS_PRIVATE, NULL) == 0);
    check(chdir(place) == 0);
}

static void leave(void)
{
    check(chdir("/") == 0);
    check(umount2(place, MNT_DETACH) == 0);
}

static void make_file(const char* name)
{
    const int fd = open(name, O_RDWR | O_CREAT, 0755);
    check(fd >= 0 && write(fd, name, strlen(name)) == (ssize_t)strlen(name));
    close(fd);
}

static int exists(const char* name)
{
    return access(name, F_OK) == 0;
}

// A line of `file` that contains all of `words`.
static int has_line(const char* file, const char* first, const char* second)
{
    char line[512];
    int found = 0;
    FILE* lines = fopen(file, "r");
    check(lines);
    while (fgets(line, sizeof line, lines))
        found |= strstr(line, first) != NULL && strstr(line, second) != NULL;
    fclose(lines);
    return found;
}

PART(binding)
{
    enter_new();
    check(mkdir("a", 0755) == 0 && mkdir("a/in", 0755) == 0 && mkdir("b", 0755) == 0);
    make_file("a/f");
    check(mount("a", "b", NULL, MS_BIND, NULL) == 0);
    check(exists("b/f") && mkdir("b/new", 0755) == 0 && exists("a/new"));
    char path[64];
    check(chdir("b/in") == 0 && getcwd(path, sizeof path) && strcmp(path, "/tmp/mounts-test/b/in") == 0);
    check(chdir("../..") == 0 && exists("b"));
    check_errno(umount("a"), EINVAL);
    const int fd = open("b/f", O_RDONLY);
    check_errno(umount("b"), EBUSY);
    close(fd);
    check(umount("b") == 0 && !exists("b/f"));
    make_file("plain");
    make_file("cover");
    check(mount("plain", "cover", NULL, MS_BIND, NULL) == 0);
    struct stat one, two;
    check(stat("plain", &one) == 0 && stat("cover", &two) == 0 && one.st_ino == two.st_ino);
    const int created = open("cover", O_RDWR | O_CREAT, 0644);
    check(created >= 0 && fstat(created, &two) == 0 && one.st_ino == two.st_ino);
    close(created);
    check_errno(unlink("cover"), EBUSY);
    check_errno(rename("plain", "cover"), EBUSY);
    check_errno(mount("plain", "b", NULL, MS_BIND, NULL), ENOTDIR);
    check_errno(mount("a", "plain", NULL, MS_BIND, NULL), ENOTDIR);
    check(umount("cover") == 0);
    check_errno(mount("nothing", "b", NULL, MS_BIND, NULL), ENOENT);
    check_errno(mount(NULL, "b", NULL, MS_BIND, NULL), EINVAL);
    leave();
}

PART(trees)
{
    enter_new();
    check(mkdir("a", 0755) == 0 && mkdir("a/t", 0755) == 0 && mkdir("b", 0755) == 0 && mkdir("c", 0755) == 0);
    check(mount("none", "a/t", "tmpfs", 0, NULL) == 0);
    make_file("a/t/x");
    check(mount("a", "b", NULL, MS_BIND, NULL) == 0 && !exists("b/t/x"));
    check(mount("a", "c", NULL, MS_BIND | MS_REC, NULL) == 0 && exists("c/t/x"));
    check_errno(umount("c"), EBUSY);
    check(umount("c/t") == 0 && umount("c") == 0 && umount("b") == 0 && exists("a/t/x"));
    check(mkdir("m", 0755) == 0 && mount("a/t", "m", NULL, MS_MOVE, NULL) == 0);
    check(exists("m/x") && !exists("a/t/x"));
    check_errno(mount("a", "m", NULL, MS_MOVE, NULL), EINVAL);
    check(mkdir("m/below", 0755) == 0);
    check_errno(mount("m", "m/below", NULL, MS_MOVE, NULL), ELOOP);
    check(mount("m", "m", NULL, MS_BIND, NULL) == 0 && exists("m/x") && umount("m") == 0 && exists("m/x"));
    leave();
}

PART(flags)
{
    enter_new();
    check(mkdir("t", 0755) == 0 && mount("none", "t", "tmpfs", MS_NOEXEC | MS_NODEV | MS_NOSUID, NULL) == 0);
    check(has_line("/proc/mounts", "/tmp/mounts-test/t tmpfs rw,", "nosuid,nodev,noexec"));
    check(has_line("/proc/self/mountinfo", " / /tmp/mounts-test/t ", " - tmpfs none "));
    check(mknod("t/null", S_IFCHR | 0666, 0x103) == 0);
    check_errno(open("t/null", O_RDWR), EACCES);
    make_file("t/program");
    check_errno(execl("t/program", "program", (char*)NULL), EACCES);
    const int fd = open("t/program", O_RDWR);
    check(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == EPERM);
    check_errno(mount(NULL, "t", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY);
    check_errno(mount(NULL, "t", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), EBUSY);
    close(fd);
    check(mkdir("v", 0755) == 0 && mount("t", "v", NULL, MS_BIND, NULL) == 0);
    check(mount(NULL, "v", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
    check_errno(open("v/program", O_WRONLY), EROFS);
    check_errno(mkdir("v/d", 0755), EROFS);
    check_errno(unlink("v/program"), EROFS);
    check(mkdir("t/d", 0755) == 0);
    check(mount(NULL, "t", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
    check_errno(rmdir("t/d"), EROFS);
    check(mount(NULL, "t", NULL, MS_REMOUNT, NULL) == 0 && rmdir("t/d") == 0);
    check_errno(mount(NULL, "t/program", NULL, MS_REMOUNT, NULL), EINVAL);
    check_errno(mount(NULL, "t/program", NULL, MS_PRIVATE, NULL), EINVAL);
    check_errno(mount(NULL, "t", NULL, MS_PRIVATE | MS_SHARED, NULL), EINVAL);
    leave();
}

PART(errors)
{
    enter_new();
    check(mkdir("d", 0755) == 0);
    make_file("f");
    check_errno(mount("none", "missing", "tmpfs", 0, NULL), ENOENT);
    check_errno(mount("none", "f", "tmpfs", 0, NULL), ENOTDIR);
    check_errno(mount("none", "d", "nonsense", 0, NULL), ENODEV);
    check_errno(mount("none", "d", NULL, 0, NULL), EINVAL);
    check_errno(mount("f", "d", "ext2", 0, NULL), ENOTBLK);
    check_errno(mount("missing", "d", "ext2", 0, NULL), ENOENT);
    check_errno(mount("none", "d", "tmpfs", 0, (void*)-1), EFAULT);
    check_errno(umount("d"), EINVAL);
    check_errno(umount("missing"), ENOENT);
    check_errno(umount2("d", 0x100), EINVAL);
    check(mount("none", "d", "tmpfs", 0, NULL) == 0 && symlink("d", "link") == 0);
    check_errno(umount2("link", UMOUNT_NOFOLLOW), EINVAL);
    check_errno(rmdir("d"), EBUSY);
    check_errno(umount2("d", MNT_EXPIRE | MNT_FORCE), EINVAL);
    check_errno(umount2("d", MNT_EXPIRE), EAGAIN);
    check(umount2("d", MNT_EXPIRE) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        check(setuid(1000) == 0);
        check_errno(mount("none", "d", "tmpfs", 0, NULL), EPERM);
        check_errno(mount("none", "missing", "tmpfs", 0, NULL), ENOENT);
        check_errno(umount(place), EPERM);
        check_errno(chroot("d"), EPERM);
        _exit(0);
    }
    check_child(pid);
    leave();
}

// What is detached while in use lives on unseen.
PART(detaching)
{
    char text[8];
    enter_new();
    check(mkdir("d", 0755) == 0 && mount("none", "d", "tmpfs", 0, NULL) == 0 && mkdir("d/in", 0755) == 0);
    check(mount("none", "d/in", "tmpfs", 0, NULL) == 0);
    make_file("d/f");
    const int fd = open("d/f", O_RDWR);
    check_errno(umount("d"), EBUSY);
    check(umount2("d", MNT_DETACH) == 0 && !exists("d/f") && !has_line("/proc/mounts", "mounts-test/d", ""));
    check(pread(fd, text, 3, 0) == 3 && memcmp(text, "d/f", 3) == 0 && write(fd, "xyz", 3) == 3);
    check(rmdir("d") == 0);
    close(fd);
    leave();
}

PART(changing_root)
{
    char path[64];
    enter_new();
    check(mkdir("jail", 0755) == 0 && mkdir("jail/sub", 0755) == 0);
    make_file("outside");
    const pid_t pid = fork();
    if (pid == 0) {
        check(chroot("jail") == 0 && chdir("/sub") == 0);
        check(getcwd(path, sizeof path) && strcmp(path, "/sub") == 0);
        check(!exists("../../../outside") && exists("../sub") && chdir("/../..") == 0);
        check(getcwd(path, sizeof path) && strcmp(path, "/") == 0);
        check_errno(chroot("sub/missing"), ENOENT);
        _exit(0);
    }
    check_child(pid);
    check_errno(chroot("outside"), ENOTDIR);
    leave();
}

static long pivot_root(const char* new_root, const char* put_old)
{
    return syscall(SYS_pivot_root, new_root, put_old);
}

PART(pivot_errors)
{
    enter_new();
    check(mkdir("n", 0755) == 0 && mkdir("n/old", 0755) == 0 && mkdir("other", 0755) == 0);
    check_errno(pivot_root("n", "n/old"), EINVAL);  // no mount's root
    check(mount("none", "n", "tmpfs", 0, NULL) == 0 && mkdir("n/old", 0755) == 0);
    check_errno(pivot_root("n", "other"), EINVAL);  // not below the new root
    check_errno(pivot_root("n", "n/missing"), ENOENT);
    check_errno(pivot_root("/", "n/old"), EBUSY);
    leave();
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
