// Files in memory: names, contents, holes and mappings of a tmpfs of its own, memfd; and mounts.
#include "failtest.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { kPages = 16, kKeepSize = 1, kPunchHole = 2, kAddSeals = 1033, kSealWrite = 8, kAllowSealing = 2 };

static const char place[] = "/tmp/failtest.fs";
static char buffer[kPages * kPage];
static int file;

// ---- Names ----

static int try_create(void)
{
    file = open("new", O_RDWR | O_CREAT | O_EXCL, 0600);
    return file < 0 ? -1 : 0;
}
static void remove_created(void)
{
    check(close(file) == 0 && unlink("new") == 0);
}

static int try_mkdir(void)
{
    return mkdir("d", 0700);
}
static void remove_directory(void)
{
    check(rmdir("d") == 0);
}

static int try_fifo(void)
{
    return mknod("fifo", S_IFIFO | 0600, 0);
}
static void remove_fifo(void)
{
    check(unlink("fifo") == 0);
}

static int try_symlink(void)
{
    return symlink("a/target/of/some/length", "link");
}
static void remove_symlink(void)
{
    check(unlink("link") == 0);
}

static int try_link(void)
{
    return link("old", "hard");
}
static void remove_link(void)
{
    check(unlink("hard") == 0);
}

static int try_rename(void)
{
    return rename("old", "a name of another size, so that it needs another place");
}
static void rename_back(void)
{
    check(rename("a name of another size, so that it needs another place", "old") == 0);
}

// What it replaces is there after a failure, and only then.
static int try_replace(void)
{
    close(open("victim", O_RDWR | O_CREAT, 0600));
    if (rename("old", "victim") == 0) return 0;
    const int error = errno;
    check(access("old", F_OK) == 0);
    errno = error;
    return -1;
}
static void replace_back(void)
{
    check(rename("victim", "old") == 0);
}

static int try_list(void)
{
    DIR* const directory = opendir(".");
    if (!directory) return -1;
    int names = 0;
    errno = 0;
    while (readdir(directory))
        names++;
    const int error = errno;
    closedir(directory);
    errno = error;
    return error == 0 && names >= 3 ? 0 : -1;
}

static int try_unnamed(void)
{
    file = open(".", O_RDWR | O_TMPFILE, 0600);
    return file < 0 ? -1 : 0;
}
static void close_file(void)
{
    check(close(file) == 0);
}

// ---- Contents ----

// A part is a success, too.
static int try_write(void)
{
    return pwrite(file, buffer, sizeof buffer, 0) < 0 ? -1 : 0;
}
static int try_write_far(void)
{
    return pwrite(file, buffer, kPage, 0x10000000) < 0 ? -1 : 0;
}
static void empty_file(void)
{
    check(ftruncate(file, 0) == 0);
}

static int try_read_hole(void)
{
    check(ftruncate(file, 0) == 0 && ftruncate(file, sizeof buffer) == 0);
    return pread(file, buffer, sizeof buffer, 0) < 0 ? -1 : 0;
}

static int try_cut(void)
{
    check(pwrite(file, buffer, sizeof buffer, 0) != 0);
    return ftruncate(file, 5 * kPage + 7);
}

static int try_fallocate(void)
{
    return (int)syscall(SYS_fallocate, file, 0, 0, 0, sizeof buffer, 0);
}

static int try_punch(void)
{
    if (try_fallocate() != 0) return -1;
    return (int)syscall(SYS_fallocate, file, kKeepSize | kPunchHole, 3 * kPage + 5, 0, 4 * kPage, 0);
}

static int try_truncate_by_name(void)
{
    return truncate("old", 3 * kPage);
}

// ---- Mappings ----

static volatile char* shown;

static int try_map(void)
{
    void* const map = mmap(NULL, kPages * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return map == MAP_FAILED ? -1 : munmap(map, kPages * kPage);
}
static void touch_shown(void)
{
    check(ftruncate(file, 0) == 0 && ftruncate(file, kPages * kPage) == 0);
    shown[0] = 1;
    shown[9 * kPage] = 1;
}
static int try_read_into_shown(void)
{
    empty_file();
    check(ftruncate(file, kPages * kPage) == 0);
    const int zero = open("/dev/zero", O_RDONLY);
    if (zero < 0) return -1;
    if (read(zero, (char*)shown, 3 * kPage) < 0) return give_up(zero);
    return close(zero);
}

static void fail_mappings(void)
{
    empty_file();
    check(ftruncate(file, kPages * kPage) == 0);
    fail_call("tmpfs_map", (struct call){try_map, NULL, 0});
    shown = mmap((void*)0x20000000, kPages * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    fail_call("tmpfs_read_into", (struct call){try_read_into_shown, empty_file, EFAULT});
    fail_touch("tmpfs_touch", touch_shown);
    check(munmap((char*)shown, kPages * kPage) == 0);
}

static void fail_names(void)
{
    close(open("old", O_RDWR | O_CREAT, 0600));
    fail_call("tmpfs_create", (struct call){try_create, remove_created, 0});
    fail_call("tmpfs_mkdir", (struct call){try_mkdir, remove_directory, 0});
    fail_call("tmpfs_fifo", (struct call){try_fifo, remove_fifo, 0});
    fail_call("tmpfs_symlink", (struct call){try_symlink, remove_symlink, 0});
    fail_call("tmpfs_link", (struct call){try_link, remove_link, 0});
    fail_call("tmpfs_rename", (struct call){try_rename, rename_back, 0});
    fail_call("tmpfs_replace", (struct call){try_replace, replace_back, 0});
    fail_call("tmpfs_list", (struct call){try_list, NULL, 0});
    fail_call("tmpfs_unnamed", (struct call){try_unnamed, close_file, 0});
    fail_call("tmpfs_truncate", (struct call){try_truncate_by_name, NULL, 0});
}

static void fail_contents(void)
{
    check(try_create() == 0);
    fail_call("tmpfs_write", (struct call){try_write, empty_file, 0});
    fail_call("tmpfs_write_far", (struct call){try_write_far, empty_file, 0});
    fail_call("tmpfs_read_hole", (struct call){try_read_hole, empty_file, 0});
    fail_call("tmpfs_cut", (struct call){try_cut, empty_file, 0});
    fail_call("tmpfs_fallocate", (struct call){try_fallocate, empty_file, 0});
    fail_call("tmpfs_punch", (struct call){try_punch, empty_file, 0});
    fail_mappings();
    remove_created();
}

PART(tmpfs_fails)
{
    check(mkdir(place, 0700) == 0 || errno == EEXIST);
    check(mount("none", place, "tmpfs", 0, "size=8M") == 0 && chdir(place) == 0);
    fail_names();
    fail_contents();
    check(chdir("/") == 0 && umount(place) == 0 && rmdir(place) == 0);
}

static int try_memfd(void)
{
    const int fd = (int)syscall(SYS_memfd_create, "failtest", kAllowSealing);
    if (fd < 0) return -1;
    if (ftruncate(fd, 4 * kPage) != 0 || pwrite(fd, buffer, kPage, 2 * kPage) < 0) return give_up(fd);
    if (fcntl(fd, kAddSeals, kSealWrite) != 0) return give_up(fd);
    return close(fd);
}
FAILS(memfd, try_memfd, NULL, 0);

// ---- Mounts ----

static void unmount(void)
{
    check(umount("/mnt") == 0);
}
static int try_mount_tmpfs(void)
{
    return mount("none", "/mnt", "tmpfs", 0, "size=1M,mode=700");
}
FAILS(mount_tmpfs, try_mount_tmpfs, unmount, 0);

static int try_mount_sysfs(void)
{
    return mount("none", "/mnt", "sysfs", 0, NULL);
}
FAILS(mount_sysfs, try_mount_sysfs, unmount, 0);

static int try_mount_devpts(void)
{
    return mount("none", "/mnt", "devpts", 0, NULL);
}
FAILS(mount_devpts, try_mount_devpts, unmount, 0);

static int try_mount_disk(void)  // a second time: the same instance
{
    return mount("/dev/vda", "/mnt", "ext2", 0, NULL);
}
FAILS(mount_disk, try_mount_disk, unmount, 0);

// A tree: the mounts below come along.
static int try_bind_tree(void)
{
    return mount("/dev", "/mnt", NULL, MS_BIND | MS_REC, NULL);
}
static void detach_tree(void)
{
    check(umount2("/mnt", MNT_DETACH) == 0);
}
FAILS(mount_bind_tree, try_bind_tree, detach_tree, 0);

static int try_bind(void)
{
    return mount("/tests", "/mnt", NULL, MS_BIND, NULL);
}
FAILS(mount_bind, try_bind, unmount, 0);

static int try_remount(void)
{
    return mount("none", "/mnt", "tmpfs", MS_REMOUNT | MS_NOSUID, "size=2M");
}
PART(remount_fails)
{
    check(try_mount_tmpfs() == 0);
    fail_call("remount", (struct call){try_remount, NULL, 0});
    unmount();
}

// Detached while a file of it is open: whoever closes that ends it.
static int try_detach(void)
{
    if (try_mount_tmpfs() != 0) return -1;
    file = open("/mnt/file", O_RDWR | O_CREAT, 0600);
    const int error = errno;
    check(umount2("/mnt", MNT_DETACH) == 0);
    errno = error;
    if (file < 0) return -1;
    if (write(file, buffer, kPage) < 0) return give_up(file);
    return close(file);
}
FAILS(umount_detach, try_detach, NULL, 0);
