// Files of the disk, names, pipes and signals.
#include "failtest.h"

#include <dirent.h>
#include <fcntl.h>
#include <pty.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

static int opened, file;

static int try_open(void)
{
    opened = open("/root/failtest.open", O_RDWR);
    return opened < 0 ? -1 : 0;
}
static void close_opened(void)
{
    close(opened);
}
PART(open_fails)
{
    close(open("/root/failtest.open", O_RDWR | O_CREAT, 0600));
    fail_call("open", (struct call){try_open, close_opened, 0});
    unlink("/root/failtest.open");
}

static int master, slave;

static int try_openpty(void)
{
    return openpty(&master, &slave, NULL, NULL, NULL);
}
static void close_pty(void)
{
    close(slave);
    close(master);
}
PART(openpty_fails)
{
    fail_call("openpty", (struct call){try_openpty, close_pty, 0});
}

static int try_create(void)
{
    opened = open("/root/failtest.new", O_RDWR | O_CREAT | O_EXCL, 0600);
    return opened < 0 ? -1 : 0;
}
static void remove_created(void)
{
    close(opened);
    check(unlink("/root/failtest.new") == 0);
}
PART(create_fails)
{
    fail_call("create", (struct call){try_create, remove_created, 0});
}

static int try_unlink(void)
{
    opened = open("/root/failtest.gone", O_RDWR | O_CREAT, 0600);
    if (opened < 0) return -1;
    check(write(opened, "abc", 3) == 3 || errno == ENOMEM);
    close(opened);
    return unlink("/root/failtest.gone");
}
PART(unlink_fails)
{
    fail_call("unlink", (struct call){try_unlink, NULL, 0});
    unlink("/root/failtest.gone");
}

static int try_directories(void)
{
    if (mkdir("/root/failtest.d", 0700) != 0 && errno != EEXIST) return -1;
    if (rename("/root/failtest.d", "/root/failtest.e") != 0) return -1;
    return 0;
}
static void remove_directories(void)
{
    check(rmdir("/root/failtest.e") == 0);
}
PART(directories_fail)
{
    fail_call("mkdir_rename", (struct call){try_directories, remove_directories, 0});
}

static char buffer[16 * kPage];

// Pages of a hole that are not in the cache: cutting the file drops them.
static int try_read_file(void)
{
    check(ftruncate(file, 0) == 0 && ftruncate(file, sizeof buffer) == 0 && lseek(file, 0, SEEK_SET) == 0);
    const ssize_t size = read(file, buffer, sizeof buffer);
    check(size != 0);
    return size < 0 ? -1 : 0;  // a part is a success
}
PART(read_file_fails)
{
    file = open("/root/failtest.read", O_RDWR | O_CREAT, 0600);
    fail_call("read_file", (struct call){try_read_file, NULL, 0});
    unlink("/root/failtest.read");
}

static int try_write_file(void)
{
    check(lseek(file, 0, SEEK_SET) == 0);
    const ssize_t size = write(file, buffer, sizeof buffer);
    check(size != 0);
    return size < 0 ? -1 : 0;
}
static void empty_file(void)
{
    check(ftruncate(file, 0) == 0);
}
PART(write_file_fails)
{
    file = open("/root/failtest.write", O_RDWR | O_CREAT, 0600);
    fail_call("write_file", (struct call){try_write_file, empty_file, 0});
    unlink("/root/failtest.write");
}

static int try_sync(void)
{
    check(lseek(file, 0, SEEK_SET) == 0 && write(file, buffer, sizeof buffer) > 0);
    return fsync(file);
}
PART(fsync_fails)
{
    file = open("/root/failtest.sync", O_RDWR | O_CREAT, 0600);
    fail_call("fsync", (struct call){try_sync, NULL, 0});
    unlink("/root/failtest.sync");
}

static int try_read_proc(void)
{
    const int fd = open("/proc/self/maps", O_RDONLY);
    if (fd < 0) return -1;
    const ssize_t size = read(fd, buffer, kPage);
    const int error = errno;
    close(fd);
    errno = error;
    return size > 0 ? 0 : -1;
}
PART(proc_fails)
{
    fail_call("proc", (struct call){try_read_proc, NULL, 0});
}

static int try_stat(void)
{
    struct stat facts;
    return stat("/tests/../tests/failtest", &facts) == 0 &&
                   readlink("/proc/self/exe", buffer, sizeof buffer) > 0 && getcwd(buffer, sizeof buffer)
               ? 0
               : -1;
}
PART(names_fail)
{
    fail_call("names", (struct call){try_stat, NULL, 0});
}

static int try_links(void)
{
    static const char long_target[] =
        "a/target/too/long/for/the/place/in/the/inode/that/short/ones/have/so/that/it/needs/a/block";
    unlink("/root/failtest.link");
    unlink("/root/failtest.hard");
    if (symlink(long_target, "/root/failtest.link") != 0) return -1;
    return link("/root/failtest.link", "/root/failtest.hard");
}
PART(links_fail)
{
    fail_call("links", (struct call){try_links, NULL, 0});
    unlink("/root/failtest.link");
    unlink("/root/failtest.hard");
}

static int try_list(void)
{
    DIR* const directory = opendir("/tests");
    if (!directory) return -1;
    int names = 0;
    errno = 0;
    while (readdir(directory))
        names++;
    const int error = errno;
    closedir(directory);
    errno = error;
    return error == 0 && names > 5 ? 0 : -1;
}
PART(list_fails)
{
    fail_call("list", (struct call){try_list, NULL, 0});
}

static int try_mount(void)
{
    return mount("proc", "/mnt", "proc", 0, NULL);
}
static void unmount(void)
{
    check(umount("/mnt") == 0);
}
PART(mount_fails)
{
    fail_call("mount", (struct call){try_mount, unmount, 0});
}

// A table that has to grow, in a child whose table is small.
static void dup_and_tell(int n)
{
    fail_nth(n);
    const int fd = dup2(0, 1000);
    const int error = errno, left = fail_nth(0);
    if (fd < 0) _exit((error == ENOMEM || error == EMFILE) && left == 0 ? kReported : kWrong);
    _exit(left > 0 ? kCountLeft : 0);
}
PART(dup_fails)
{
    fail_in_child("dup2", dup_and_tell);
}

// ---- Locks ----

enum { kSetOfdLock = 37 };

static int lock_range(int command, int type, off_t start, off_t length)
{
    struct flock lock = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(file, command, &lock);
}

static int try_lock(void)
{
    return lock_range(F_SETLK, F_WRLCK, 0, 100);
}
static void unlock(void)
{
    check(lock_range(F_SETLK, F_UNLCK, 0, 0) == 0);
}

// The middle of a range is unlocked, or made another kind: what it needs it has before it changes anything.
static int try_split(void)
{
    return lock_range(F_SETLK, F_UNLCK, 40, 20) | lock_range(F_SETLK, F_RDLCK, 10, 5);
}
static void lock_whole(void)
{
    check(try_lock() == 0);
}

static int try_ofd_lock(void)
{
    return lock_range(kSetOfdLock, F_RDLCK, 0, 100);
}
static void unlock_ofd(void)
{
    check(lock_range(kSetOfdLock, F_UNLCK, 0, 0) == 0);
}

static int try_flock(void)
{
    return flock(file, LOCK_EX);
}
static void unlock_flock(void)
{
    check(flock(file, LOCK_UN) == 0);
}

PART(locks_fail)
{
    file = open("/root/failtest.lock", O_RDWR | O_CREAT, 0600);
    fail_call("lock", (struct call){try_lock, unlock, ENOLCK});
    lock_whole();
    fail_call("lock_split", (struct call){try_split, lock_whole, ENOLCK});
    unlock();
    fail_call("lock_ofd", (struct call){try_ofd_lock, unlock_ofd, ENOLCK});
    fail_call("flock", (struct call){try_flock, unlock_flock, 0});
    unlink("/root/failtest.lock");
}

// ---- Pipes, signals ----

static int ends[2];

static int try_pipe(void)
{
    return pipe(ends);
}
static void close_pipe(void)
{
    close(ends[0]);
    close(ends[1]);
}
PART(pipe_fails)
{
    fail_call("pipe", (struct call){try_pipe, close_pipe, 0});
}

static int try_pipe_traffic(void)
{
    const ssize_t put = write(ends[1], buffer, sizeof buffer);
    if (put < 0) return -1;
    check(put > 0);
    for (ssize_t got = 0; got < put;) {
        const ssize_t part = read(ends[0], buffer, sizeof buffer);
        if (part < 0) return -1;
        got += part;
    }
    return 0;
}
PART(pipe_traffic_fails)
{
    check(pipe2(ends, O_NONBLOCK) == 0);
    fail_call("pipe_traffic", (struct call){try_pipe_traffic, NULL, 0});
}

static void handle(int signal)
{
    (void)signal;
}
static int try_signals(void)
{
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    struct sigaction action = {.sa_handler = handle};
    if (sigaction(SIGUSR1, &action, NULL) != 0 || sigprocmask(SIG_BLOCK, &set, &old) != 0) return -1;
    const int sent = kill(getpid(), SIGUSR1);
    const int error = errno;
    sigprocmask(SIG_SETMASK, &old, NULL);
    errno = error;
    return sent;
}
PART(signals_fail)
{
    fail_call("signals", (struct call){try_signals, NULL, EAGAIN});
}
