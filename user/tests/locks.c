// Locks on files as Linux has them: fcntl's record locks, those of open-file descriptions, and flock's.
#include "parts.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { kOfdGet = 36, kOfdSet = 37, kOfdSetWait = 38 };
enum { kNarrowGet = 5, kNarrowSet = 6, kNarrowSetWait = 7 };

struct narrow_flock {
    short type, whence;
    int start, length, pid;
};

// An empty file of the part's own, open for both.
static char name[PATH_MAX];
static int open_file(void)
{
    const char* const place = getenv("TMPDIR");
    snprintf(name, sizeof name, "%s/locks-%lld", place ? place : "/tmp", now_ns());
    const int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    check(fd >= 0);
    return fd;
}

static int ask(int fd, int command, int type, off_t start, off_t length)
{
    struct flock lock = {(short)type, SEEK_SET, start, length, 0};
    return fcntl(fd, command, &lock);
}

static int lock(int fd, int type, off_t start, off_t length)
{
    return ask(fd, F_SETLK, type, start, length);
}

// What another process would find in its way: "w 3-9" or "r 3-" or "-".
static const char* seen(int fd, int type, off_t start, off_t length)
{
    static char text[64];
    int ends[2];
    check(pipe(ends) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        struct flock found = {(short)type, SEEK_SET, start, length, 0};
        check(fcntl(fd, F_GETLK, &found) == 0);
        if (found.l_type == F_UNLCK)
            strcpy(text, "-");
        else if (found.l_len == 0)
            sprintf(text, "%c %lld-", found.l_type == F_WRLCK ? 'w' : 'r', (long long)found.l_start);
        else
            sprintf(text, "%c %lld-%lld", found.l_type == F_WRLCK ? 'w' : 'r', (long long)found.l_start,
                    (long long)(found.l_start + found.l_len - 1));
        check(found.l_type == F_UNLCK || (found.l_pid == getppid() && found.l_whence == SEEK_SET));
        check(write(ends[1], text, sizeof text) == sizeof text);
        _exit(0);
    }
    check(read(ends[0], text, sizeof text) == sizeof text);
    check_child(pid);
    close(ends[0]);
    close(ends[1]);
    return text;
}

#define expect_seen(fd, start, length, text)                                                                 \
    do {                                                                                                     \
        const char* const got = seen(fd, F_WRLCK, start, length);                                            \
        if (strcmp(got, text) != 0) printf("failed: seen %s, not %s (line %d)\n", got, text, __LINE__);      \
        fflush(stdout);                                                                                      \
        if (strcmp(got, text) != 0) _exit(1);                                                                \
    } while (0)

PART(ranges_split_and_join)
{
    const int fd = open_file();
    check(lock(fd, F_WRLCK, 10, 10) == 0);
    expect_seen(fd, 0, 0, "w 10-19");
    check(lock(fd, F_WRLCK, 20, 5) == 0 && lock(fd, F_WRLCK, 5, 5) == 0);
    expect_seen(fd, 0, 0, "w 5-24");
    check(lock(fd, F_UNLCK, 12, 3) == 0);
    expect_seen(fd, 0, 0, "w 5-11");
    expect_seen(fd, 12, 3, "-");
    expect_seen(fd, 12, 0, "w 15-24");
    check(lock(fd, F_RDLCK, 17, 2) == 0);
    expect_seen(fd, 15, 2, "w 15-16");
    expect_seen(fd, 17, 1, "r 17-18");
    expect_seen(fd, 19, 1, "w 19-24");
    check(strcmp(seen(fd, F_RDLCK, 17, 2), "-") == 0);
    check(lock(fd, F_WRLCK, 0, 0) == 0);
    expect_seen(fd, 1000000, 1, "w 0-");
    check(lock(fd, F_UNLCK, 100, 0) == 0);
    expect_seen(fd, 50, 1, "w 0-99");
    check(lock(fd, F_UNLCK, 0, 0) == 0);
    expect_seen(fd, 0, 0, "-");
}

PART(where_a_range_begins)
{
    const int fd = open_file();
    check(ftruncate(fd, 100) == 0 && lseek(fd, 40, SEEK_SET) == 40);
    struct flock from_end = {F_WRLCK, SEEK_END, -10, 5, 0}, from_here = {F_WRLCK, SEEK_CUR, 5, -3, 0};
    check(fcntl(fd, F_SETLK, &from_end) == 0);
    expect_seen(fd, 60, 0, "w 90-94");
    check(fcntl(fd, F_SETLK, &from_here) == 0);
    expect_seen(fd, 0, 60, "w 42-44");
    struct flock wrong = {F_WRLCK, SEEK_SET, -1, 1, 0};
    check_errno(fcntl(fd, F_SETLK, &wrong), EINVAL);
    wrong = (struct flock){F_WRLCK, SEEK_SET, 5, -6, 0};
    check_errno(fcntl(fd, F_SETLK, &wrong), EINVAL);
    wrong = (struct flock){F_WRLCK, 3, 5, 6, 0};
    check_errno(fcntl(fd, F_SETLK, &wrong), EINVAL);
    wrong = (struct flock){3, SEEK_SET, 5, 6, 0};
    check_errno(fcntl(fd, F_SETLK, &wrong), EINVAL);
    wrong = (struct flock){F_WRLCK, SEEK_END, 0x7fffffffffffffff, 1, 0};
    check_errno(fcntl(fd, F_SETLK, &wrong), EOVERFLOW);
    wrong = (struct flock){F_WRLCK, SEEK_SET, 5, 0x7fffffffffffffff, 0};
    check_errno(fcntl(fd, F_SETLK, &wrong), EOVERFLOW);
    wrong = (struct flock){F_UNLCK, SEEK_SET, 5, 6, 0};
    check_errno(fcntl(fd, F_GETLK, &wrong), EINVAL);
    check_errno(fcntl(fd, F_SETLK, (void*)16), EFAULT);
    check_errno(fcntl(-1, F_SETLK, &wrong), EBADF);
}

PART(readers_share_and_writers_do_not)
{
    const int fd = open_file();
    check(lock(fd, F_RDLCK, 0, 10) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        check(lock(fd, F_RDLCK, 5, 10) == 0);
        check_errno(lock(fd, F_WRLCK, 9, 1), EAGAIN);
        check(lock(fd, F_WRLCK, 10, 5) == 0);
        check(lock(fd, F_UNLCK, 0, 0) == 0);  // one's own only
        check_errno(lock(fd, F_WRLCK, 0, 1), EAGAIN);
        _exit(0);
    }
    check_child(pid);
    const int reads = open(name, O_RDONLY), writes = open(name, O_WRONLY), path = open(name, O_PATH);
    check_errno(lock(reads, F_WRLCK, 0, 1), EBADF);
    check_errno(lock(writes, F_RDLCK, 0, 1), EBADF);
    check_errno(lock(path, F_RDLCK, 0, 1), EBADF);
    check(lock(reads, F_RDLCK, 0, 1) == 0 && lock(writes, F_WRLCK, 0, 1) == 0);
}

PART(any_close_of_the_file_ends_record_locks)
{
    const int fd = open_file();
    check(lock(fd, F_WRLCK, 0, 10) == 0);
    expect_seen(fd, 0, 0, "w 0-9");  // and a child that ends keeps its hands off them
    close(dup(fd));
    expect_seen(fd, 0, 0, "-");
    check(lock(fd, F_WRLCK, 0, 10) == 0);
    close(open(name, O_RDONLY));
    expect_seen(fd, 0, 0, "-");
    check(lock(fd, F_WRLCK, 0, 10) == 0);
    const int other = open(name, O_RDONLY);
    check(dup2(0, other) == other);
    expect_seen(fd, 0, 0, "-");
    const pid_t pid = fork();
    if (pid == 0) {
        check(lock(fd, F_WRLCK, 0, 10) == 0);
        _exit(0);
    }
    check_child(pid);
    check(lock(fd, F_WRLCK, 0, 10) == 0);  // its end took it
}

PART(record_locks_are_not_inherited_but_survive_exec)
{
    const int fd = open_file();
    check(lock(fd, F_WRLCK, 0, 10) == 0);
    int ends[2];
    check(pipe(ends) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        check_errno(lock(fd, F_WRLCK, 0, 1), EAGAIN);
        check(lock(fd, F_WRLCK, 20, 5) == 0);
        dup2(ends[0], 0);
        close(ends[1]);
        execl("/proc/self/exe", "reader", NULL);
        _exit(1);
    }
    close(ends[0]);
    while (strcmp(seen(fd, F_RDLCK, 0, 5), "w 0-9") != 0)
        ;
    struct flock found = {F_WRLCK, SEEK_SET, 20, 1, 0};
    do {
        check(fcntl(fd, F_GETLK, &found) == 0);
    } while (found.l_type == F_UNLCK && (found.l_type = F_WRLCK, 1));
    check(found.l_pid == pid && found.l_start == 20 && found.l_len == 5);
    close(ends[1]);
    check_child(pid);
    check(lock(fd, F_WRLCK, 20, 1) == 0);
}

static void nothing(int signal)
{
    (void)signal;
}

PART(waiting_ends_with_the_lock_or_a_signal)
{
    const int fd = open_file();
    check(lock(fd, F_WRLCK, 0, 10) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        check(ask(fd, F_SETLKW, F_WRLCK, 5, 1) == 0);
        check_errno(lock(fd, F_WRLCK, 0, 1), EAGAIN);
        _exit(0);
    }
    wait_until_asleep(pid);
    check(lock(fd, F_UNLCK, 5, 5) == 0);
    check_child(pid);
    pid = fork();
    if (pid == 0) {
        const struct sigaction action = {.sa_handler = nothing};
        sigaction(SIGUSR1, &action, NULL);
        check(write(fd, "r", 1) == 1);
        check_errno(ask(fd, F_SETLKW, F_WRLCK, 0, 1), EINTR);
        _exit(0);
    }
    char ready = 0;
    while (pread(fd, &ready, 1, 0) != 1)
        ;
    int status;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        kill(pid, SIGUSR1);
        nap_ms(5);
    }
    check(status == 0);
}

PART(deadlocks_are_refused)
{
    const int fd = open_file();
    check(lock(fd, F_WRLCK, 0, 1) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        check(lock(fd, F_WRLCK, 1, 1) == 0);
        check(ask(fd, F_SETLKW, F_WRLCK, 0, 1) == 0);  // granted once the parent lets go
        _exit(0);
    }
    wait_until_asleep(pid);  // or it would be the child that closes the circle, and is refused
    check_errno(ask(fd, F_SETLKW, F_WRLCK, 1, 1), EDEADLK);
    check(lock(fd, F_UNLCK, 0, 1) == 0);
    check_child(pid);
}

PART(a_circle_of_three_is_refused)
{
    const int fd = open_file();
    pid_t children[2];
    check(lock(fd, F_WRLCK, 0, 1) == 0);
    for (int i = 0; i < 2; i++) {  // child i holds byte i + 1 and waits for byte i
        children[i] = fork();
        if (children[i] == 0) {
            check(lock(fd, F_WRLCK, i + 1, 1) == 0);
            check(ask(fd, F_SETLKW, F_WRLCK, i, 1) == 0);
            _exit(0);
        }
        wait_until_asleep(children[i]);
    }
    check_errno(ask(fd, F_SETLKW, F_WRLCK, 2, 1), EDEADLK);
    check(lock(fd, F_UNLCK, 0, 1) == 0);
    check_child(children[0]);
    check_child(children[1]);
}

PART(the_narrow_form_overflows)
{
    const int fd = open_file();
    struct narrow_flock narrow = {F_WRLCK, SEEK_SET, 3, 4, 0};
    check(syscall(SYS_fcntl, fd, kNarrowSet, &narrow) == 0);
    expect_seen(fd, 0, 0, "w 3-6");
    check(syscall(SYS_fcntl64, fd, kNarrowSetWait, &narrow) == 0);
    check(lock(fd, F_WRLCK, 0x100000000, 5) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        narrow = (struct narrow_flock){F_WRLCK, SEEK_SET, 0, 5, 0};
        check(syscall(SYS_fcntl, fd, kNarrowGet, &narrow) == 0 && narrow.start == 3 && narrow.length == 4);
        check(narrow.pid == getppid());
        narrow = (struct narrow_flock){F_WRLCK, SEEK_SET, 7, 0, 0};
        check_errno(syscall(SYS_fcntl, fd, kNarrowGet, &narrow), EOVERFLOW);
        _exit(0);
    }
    check_child(pid);
}

PART(description_locks_belong_to_the_open_file)
{
    const int fd = open_file(), other = open(name, O_RDWR);
    check(ask(fd, kOfdSet, F_WRLCK, 0, 10) == 0);
    check_errno(ask(other, kOfdSet, F_WRLCK, 5, 1), EAGAIN);  // of the same process
    check_errno(lock(other, F_WRLCK, 5, 1), EAGAIN);          // nor does a record lock go with it
    struct flock found = {F_WRLCK, SEEK_SET, 0, 0, 0};
    check(fcntl(other, kOfdGet, &found) == 0 && found.l_type == F_WRLCK && found.l_len == 10 &&
          found.l_pid == -1);
    close(dup(fd));
    check_errno(ask(other, kOfdSet, F_RDLCK, 5, 1), EAGAIN);
    const pid_t pid = fork();
    if (pid == 0) {
        check(ask(fd, kOfdSet, F_WRLCK, 0, 10) == 0);  // the same description
        _exit(0);
    }
    check_child(pid);
    check_errno(ask(other, kOfdSet, F_RDLCK, 5, 1), EAGAIN);
    struct flock wrong = {F_WRLCK, SEEK_SET, 0, 10, 7};
    check_errno(fcntl(fd, kOfdSet, &wrong), EINVAL);
    close(fd);
    check(ask(other, kOfdSetWait, F_WRLCK, 5, 1) == 0);
}

PART(flock_belongs_to_the_open_file)
{
    const int fd = open_file(), other = open(name, O_RDONLY), twin = dup(fd);
    check(flock(fd, LOCK_SH) == 0 && flock(other, LOCK_SH | LOCK_NB) == 0);
    check_errno(flock(fd, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    check(flock(other, LOCK_EX | LOCK_NB) == 0);  // the failed change let go of what it had
    check_errno(flock(twin, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    check(flock(other, LOCK_UN) == 0 && flock(twin, LOCK_EX) == 0 && flock(fd, LOCK_EX | LOCK_NB) == 0);
    check(lock(fd, F_WRLCK, 0, 0) == 0);  // the two kinds do not meet
    close(fd);
    check_errno(flock(other, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    close(twin);
    check(flock(other, LOCK_SH | LOCK_NB) == 0);
    check_errno(flock(other, LOCK_NB), EINVAL);
    check_errno(flock(other, 16), EINVAL);
    check_errno(flock(-1, LOCK_SH), EBADF);
    check_errno(flock(open(name, O_PATH), LOCK_SH), EBADF);
}

PART(flock_waits_and_is_shared_by_fork)
{
    const int fd = open_file(), other = open(name, O_RDWR);
    check(flock(fd, LOCK_EX) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        check(flock(fd, LOCK_EX | LOCK_NB) == 0);
        check(flock(other, LOCK_EX) == 0);
        check_errno(flock(fd, LOCK_SH | LOCK_NB), EWOULDBLOCK);
        _exit(0);
    }
    wait_until_asleep(pid);
    check(flock(fd, LOCK_UN) == 0);
    check_child(pid);
}

static int lines_of_proc_locks(const char* kind, const char* type, const char* range)
{
    char line[128], inode[32];
    struct stat st;
    int count = 0;
    check(stat(name, &st) == 0);
    sprintf(inode, ":%llu ", (unsigned long long)st.st_ino);
    FILE* const file = fopen("/proc/locks", "r");
    check(file != NULL);
    while (fgets(line, sizeof line, file))
        count += strstr(line, inode) && strstr(line, kind) && strstr(line, type) && strstr(line, range) &&
                 strstr(line, "ADVISORY");
    fclose(file);
    return count;
}

PART(proc_locks_shows_them)
{
    const int fd = open_file();
    check(lock(fd, F_WRLCK, 3, 4) == 0 && lock(fd, F_RDLCK, 100, 0) == 0);
    check(ask(fd, kOfdSet, F_RDLCK, 50, 2) == 0 && flock(fd, LOCK_EX) == 0);
    check(lines_of_proc_locks("POSIX", "WRITE", " 3 6\n") == 1);
    check(lines_of_proc_locks("POSIX", "READ", " 100 EOF\n") == 1);
    check(lines_of_proc_locks("OFDLCK", "READ -1 ", " 50 51\n") == 1);
    check(lines_of_proc_locks("FLOCK", "WRITE", " 0 EOF\n") == 1);
}

PART(every_kind_of_file_can_be_locked)
{
    int ends[2];
    check(pipe(ends) == 0 && flock(ends[0], LOCK_EX) == 0);
    check(lock(ends[0], F_RDLCK, 0, 1) == 0 && lock(ends[1], F_WRLCK, 0, 1) == 0);
    const int null = open("/dev/null", O_RDWR), root = open("/", O_RDONLY);
    check(lock(null, F_WRLCK, 0, 1) == 0 && flock(null, LOCK_SH) == 0 && flock(root, LOCK_SH) == 0);
}

PART(odd_commands)
{
    const int fd = open_file();
    int pair[2] = {0, 0};
    check(fcntl(fd, F_GETOWN) == 0 && fcntl(fd, 11) == 0 && fcntl(fd, 1025) == F_UNLCK);
    check(fcntl(fd, F_SETOWN, getpid()) == 0 && fcntl(fd, F_GETOWN) == getpid());
    check(fcntl(fd, 16, pair) == 0 && pair[0] == 1 && pair[1] == getpid());
    check(fcntl(fd, 10, SIGUSR1) == 0 && fcntl(fd, 11) == SIGUSR1);
    check_errno(fcntl(fd, 10, 65), EINVAL);
    check_errno(fcntl(fd, 4711, 0), EINVAL);
    check_errno(fcntl(fd, F_DUPFD, -1), EINVAL);
    check_errno(fcntl(fd, F_DUPFD, 1 << 30), EINVAL);
    check_errno(fcntl(999, F_GETFD), EBADF);
    check_errno(fcntl(fd, F_GETPIPE_SZ), EBADF);
    const int path = open(name, O_PATH | O_CLOEXEC);
    check(fcntl(path, F_GETFL) == O_PATH && fcntl(path, F_GETFD) == FD_CLOEXEC);
    check(fcntl(path, F_DUPFD_CLOEXEC, 50) == 50 && fcntl(50, F_GETFD) == FD_CLOEXEC);
    check_errno(fcntl(path, F_SETFL, 0), EBADF);
    check_errno(fcntl(path, F_GETOWN), EBADF);
}

int main(int argc, char** argv)
{
    char byte;
    if (strcmp(argv[0], "reader") == 0) return read(0, &byte, 1) != 0;
    return run_parts(argc, argv);
}
