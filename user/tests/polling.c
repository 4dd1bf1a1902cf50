// What poll, select, epoll, eventfd, timerfd and fifos promise.
#include "parts.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

struct event {
    uint32_t events;
    uint64_t data;
} __attribute__((packed));

enum { kAdd = 1, kDelete = 2, kModify = 3, kIn = 1, kOut = 4, kError = 8, kHangUp = 16 };
static const uint32_t kOneShot = 1u << 30, kEdge = 1u << 31, kExclusive = 1u << 28;

static int create_epoll(void)
{
    const int epoll = (int)syscall(SYS_epoll_create1, 0);
    check(epoll >= 0);
    return epoll;
}

static long control(int epoll, int operation, int fd, uint32_t events)
{
    struct event event = {events, (uint64_t)fd << 32 | 7};
    return syscall(SYS_epoll_ctl, epoll, operation, fd, &event);
}

static struct event found[64];

static long wait_for(int epoll, int most, int timeout_ms)
{
    return syscall(SYS_epoll_wait, epoll, found, most, timeout_ms);
}

static int count_in(int epoll)
{
    return (int)wait_for(epoll, 64, 0);
}

PART(levels_and_edges)
{
    int ends[2];
    char byte;
    const int epoll = create_epoll();
    check(pipe(ends) == 0 && control(epoll, kAdd, ends[0], kIn) == 0 && count_in(epoll) == 0);
    check(write(ends[1], "ab", 2) == 2);
    check(count_in(epoll) == 1 && found[0].events == kIn && found[0].data == ((uint64_t)ends[0] << 32 | 7));
    check(count_in(epoll) == 1);  // still, until it was read
    check(read(ends[0], &byte, 1) == 1 && count_in(epoll) == 1);
    check(read(ends[0], &byte, 1) == 1 && count_in(epoll) == 0);
    check(control(epoll, kModify, ends[0], kIn | kEdge) == 0 && write(ends[1], "ab", 2) == 2);
    check(count_in(epoll) == 1 && count_in(epoll) == 0);  // once for each change
    check(write(ends[1], "c", 1) == 1 && count_in(epoll) == 1 && count_in(epoll) == 0);
    check(control(epoll, kModify, ends[0], kIn | kOneShot) == 0 && count_in(epoll) == 1 &&
          count_in(epoll) == 0);
    check(write(ends[1], "d", 1) == 1 && count_in(epoll) == 0);
    check(control(epoll, kModify, ends[0], kIn) == 0 && count_in(epoll) == 1);
    close(ends[1]);
    check(count_in(epoll) == 1 && found[0].events == (kIn | kHangUp));
    check(control(epoll, kDelete, ends[0], 0) == 0 && count_in(epoll) == 0);
    check_errno(control(epoll, kDelete, ends[0], 0), ENOENT);
    check_errno(control(epoll, kModify, ends[0], kIn), ENOENT);
}

PART(descriptions)
{
    int ends[2];
    const int epoll = create_epoll();
    check(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
    const int twin = dup(ends[0]);
    check(control(epoll, kAdd, ends[0], kIn) == 0 && control(epoll, kAdd, twin, kIn) == 0);
    check_errno(control(epoll, kAdd, twin, kIn), EEXIST);
    check(count_in(epoll) == 2);
    close(twin);
    check(count_in(epoll) == 2);  // the description is open still
    close(ends[0]);
    check(count_in(epoll) == 0);  // ... and now it is not
    check_errno(control(epoll, kAdd, ends[0], kIn), EBADF);
}

PART(epoll_errors)
{
    int ends[2];
    const int epoll = create_epoll(), inner = create_epoll();
    check(pipe(ends) == 0);
    const int file = open("/etc/passwd", O_RDONLY);
    check_errno(control(epoll, kAdd, file, kIn), EPERM);
    check_errno(control(epoll, kAdd, epoll, kIn), EINVAL);
    check_errno(control(ends[0], kAdd, ends[1], kIn), EINVAL);
    check_errno(control(99, kAdd, ends[1], kIn), EBADF);
    check_errno(control(epoll, 9, ends[1], kIn), EINVAL);
    check_errno(syscall(SYS_epoll_ctl, epoll, kAdd, ends[0], NULL), EFAULT);
    check_errno(wait_for(epoll, 0, 0), EINVAL);
    check_errno(wait_for(ends[0], 1, 0), EINVAL);
    check_errno(syscall(SYS_epoll_create, 0), EINVAL);
    check_errno(syscall(SYS_epoll_create1, 1), EINVAL);
    check(control(epoll, kAdd, inner, kIn) == 0);
    check_errno(control(inner, kAdd, epoll, kIn), ELOOP);
    check_errno(control(epoll, kAdd, ends[0], kIn | kExclusive | kOneShot), EINVAL);
    check(control(epoll, kAdd, ends[0], kIn | kExclusive) == 0);
    check_errno(control(epoll, kModify, ends[0], kIn), EINVAL);
    int chain = create_epoll();
    for (int i = 0; i < 3; i++) {
        const int next = create_epoll();
        check(control(next, kAdd, chain, kIn) == 0);
        chain = next;
    }
}

PART(nesting)
{
    int ends[2];
    char byte;
    const int outer = create_epoll(), inner = create_epoll();
    check(pipe(ends) == 0 && control(inner, kAdd, ends[0], kIn) == 0 &&
          control(outer, kAdd, inner, kIn) == 0);
    check(count_in(outer) == 0 && write(ends[1], "x", 1) == 1 && count_in(outer) == 1);
    struct pollfd one = {inner, POLLIN, 0};
    check(poll(&one, 1, 0) == 1);
    check(count_in(inner) == 1 && read(ends[0], &byte, 1) == 1);
    check(count_in(outer) == 0 && poll(&one, 1, 0) == 0);
    check(control(outer, kModify, inner, kIn | kEdge) == 0 && write(ends[1], "x", 1) == 1);
    check(count_in(outer) == 1 && count_in(outer) == 0);
}

PART(sleeping)
{
    int ends[2];
    char byte;
    const int epoll = create_epoll();
    check(pipe(ends) == 0 && control(epoll, kAdd, ends[0], kIn) == 0);
    long long before = now_ns();
    check(wait_for(epoll, 1, 30) == 0 && now_ns() - before >= 30000000);
    for (int i = 0; i < 20; i++) {
        const pid_t pid = fork();
        if (pid == 0) {
            nap_ms(i % 3);
            check(write(ends[1], "x", 1) == 1);
            _exit(0);
        }
        check(wait_for(epoll, 4, -1) == 1 && read(ends[0], &byte, 1) == 1);
        check_child(pid);
    }
    const struct timeval soon = {0, 20000};
    signal(SIGALRM, SIG_IGN);
    struct sigaction action = {.sa_flags = SA_RESTART};
    action.sa_handler = (void (*)(int))(void*)abs;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &(struct itimerval){soon, soon}, NULL);  // again, should it come before we wait
    check_errno(wait_for(epoll, 1, -1), EINTR);                     // never begun again
    alarm(kPartSeconds);
}

// One ready file among many is found, and each gets its turn.
PART(many_files)
{
    enum { kPipes = 200 };
    int ends[kPipes][2];
    const int epoll = create_epoll();
    for (int i = 0; i < kPipes; i++)
        check(pipe(ends[i]) == 0 && control(epoll, kAdd, ends[i][0], kIn) == 0);
    check(write(ends[150][1], "x", 1) == 1 && count_in(epoll) == 1 &&
          (int)(found[0].data >> 32) == ends[150][0]);
    for (int i = 0; i < kPipes; i++)
        if (i != 150) check(write(ends[i][1], "x", 1) == 1);
    static int turns[3 * kPipes];
    for (int i = 0; i < kPipes; i++) {
        check(wait_for(epoll, 1, 0) == 1);
        turns[found[0].data >> 32]++;
    }
    for (int i = 0; i < kPipes; i++)
        check(turns[ends[i][0]] == 1);
    check(wait_for(epoll, 64, 0) == 64);
}

PART(counters)
{
    uint64_t value = 5;
    const int fd = (int)syscall(SYS_eventfd2, 3, O_NONBLOCK);
    struct pollfd one = {fd, POLLIN | POLLOUT, 0};
    check(fd >= 0 && poll(&one, 1, 0) == 1 && one.revents == (POLLIN | POLLOUT));
    check(write(fd, &value, 8) == 8 && read(fd, &value, 8) == 8 && value == 8);
    check_errno(read(fd, &value, 8), EAGAIN);
    check_errno(read(fd, &value, 4), EINVAL);
    value = ~0ull;
    check_errno(write(fd, &value, 8), EINVAL);
    value = ~0ull - 1;
    check(write(fd, &value, 8) == 8 && poll(&one, 1, 0) == 1 && one.revents == POLLIN);
    value = 1;
    check_errno(write(fd, &value, 8), EAGAIN);
    const int semaphore = (int)syscall(SYS_eventfd2, 2, 1);
    check(read(semaphore, &value, 8) == 8 && value == 1);
    const pid_t pid = fork();
    if (pid == 0) {
        value = 4;
        nap_ms(5);
        check(write(semaphore, &value, 8) == 8);
        _exit(0);
    }
    for (int i = 0; i < 5; i++)
        check(read(semaphore, &value, 8) == 8 && value == 1);
    check_child(pid);
    check_errno(syscall(SYS_eventfd2, 0, 2), EINVAL);
}

struct itimer {
    struct timespec interval, value;
};

PART(timers)
{
    uint64_t times;
    const int fd = (int)syscall(SYS_timerfd_create, 1, 0);
    struct itimer setting = {{0, 0}, {0, 20000000}}, old;
    long long before = now_ns();
    check(fd >= 0 && syscall(SYS_timerfd_settime, fd, 0, &setting, NULL) == 0);
    check(read(fd, &times, 8) == 8 && times == 1 && now_ns() - before >= 20000000);
    setting = (struct itimer){{0, 5000000}, {0, 5000000}};
    before = now_ns();
    check(syscall(SYS_timerfd_settime, fd, 0, &setting, NULL) == 0);
    nap_ms(52);
    check(read(fd, &times, 8) == 8 && times >= 9 && times <= (uint64_t)(now_ns() - before) / 5000000);
    setting = (struct itimer){{0, 0}, {100, 0}};
    before = now_ns();
    check(syscall(SYS_timerfd_settime, fd, 0, &setting, &old) == 0 && old.interval.tv_nsec == 5000000);
    check(syscall(SYS_timerfd_gettime, fd, &old) == 0 && old.interval.tv_nsec == 0);
    const long long left = old.value.tv_sec * 1000000000LL + old.value.tv_nsec;
    check(left <= 100000000000LL && left >= 100000000000LL - (now_ns() - before));
    setting = (struct itimer){{0, 0}, {0, 0}};
    check(syscall(SYS_timerfd_settime, fd, 0, &setting, NULL) == 0);
    struct pollfd one = {fd, POLLIN, 0};
    check(poll(&one, 1, 20) == 0);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const int wall = (int)syscall(SYS_timerfd_create, 0, O_NONBLOCK);
    check_errno(read(wall, &times, 8), EAGAIN);
    setting.value = (struct timespec){now.tv_sec - 1, 0};
    check(syscall(SYS_timerfd_settime, wall, 1, &setting, NULL) == 0);
    one.fd = wall;
    check(poll(&one, 1, 1000) == 1 && read(wall, &times, 8) == 8 && times == 1);
    setting.value.tv_nsec = 1000000000;
    check_errno(syscall(SYS_timerfd_settime, wall, 0, &setting, NULL), EINVAL);
    check_errno(syscall(SYS_timerfd_create, 77, 0), EINVAL);
    check_errno(syscall(SYS_timerfd_gettime, 0, &old), EINVAL);
}

PART(old_select)
{
    int ends[2];
    fd_set in, out;
    check(pipe(ends) == 0);
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(ends[0], &in);
    FD_SET(ends[1], &out);
    struct timeval none = {0, 0};
    unsigned long arguments[5] = {(unsigned long)ends[1] + 1, (unsigned long)&in, (unsigned long)&out, 0,
                                  (unsigned long)&none};
    check(syscall(SYS_select, arguments) == 1 && !FD_ISSET(ends[0], &in) && FD_ISSET(ends[1], &out));
    long long wide[2] = {0, 10000000};
    FD_SET(ends[0], &in);
    const long long before = now_ns();
    check(syscall(SYS_pselect6_time64, ends[0] + 1, &in, NULL, NULL, wide, NULL) == 0);
    check(now_ns() - before >= 10000000);
}

PART(fifos)
{
    char text[8], name[200];
    const char* const place = getenv("TMPDIR");
    snprintf(name, sizeof name, "%s/polling-fifo", place ? place : "/tmp");
    unlink(name);
    check(mknod(name, S_IFIFO | 0600, 0) == 0);
    check_errno(open(name, O_WRONLY | O_NONBLOCK), ENXIO);
    int reader = open(name, O_RDONLY | O_NONBLOCK);
    check(reader >= 0 && read(reader, text, 8) == 0);
    const int writer = open(name, O_WRONLY | O_NONBLOCK);
    check(writer >= 0 && write(writer, "text", 4) == 4 && read(reader, text, 8) == 4);
    check_errno(read(reader, text, 8), EAGAIN);
    close(reader);
    signal(SIGPIPE, SIG_IGN);
    check_errno(write(writer, "x", 1), EPIPE);
    close(writer);
    const int both = open(name, O_RDWR);
    check(both >= 0 && write(both, "self", 4) == 4 && read(both, text, 8) == 4);
    close(both);
    for (int round = 0; round < 200; round++) {  // each open waits for the other, which may leave at once
        const pid_t pid = fork();
        if (pid == 0) {
            const int fd = open(name, O_WRONLY);
            check(fd >= 0 && write(fd, "meet", 4) == 4);
            _exit(0);
        }
        reader = open(name, O_RDONLY);
        check(reader >= 0 && read(reader, text, 8) == 4 && read(reader, text, 8) == 0);
        close(reader);
        check_child(pid);
    }
    unlink(name);
}

// Several processes take what others put, through one epoll and several files of each kind.
PART(storm)
{
    enum { kFiles = 12, kProcesses = 3, kRounds = 400 };
    const int epoll = create_epoll();
    int fds[kFiles][2], sums[2];
    check(pipe(sums) == 0);
    for (int i = 0; i < kFiles; i++) {
        if (i % 2)
            check(pipe(fds[i]) == 0);
        else
            check(socketpair(AF_UNIX, SOCK_STREAM, 0, fds[i]) == 0);
        check(fcntl(fds[i][0], F_SETFL, O_NONBLOCK) == 0);
        check(control(epoll, kAdd, fds[i][0], kIn | (i % 3 == 0 ? kEdge : 0)) == 0);
    }
    for (int p = 0; p < kProcesses; p++) {
        if (fork() != 0) continue;
        for (int i = 0; i < kFiles; i++)
            close(fds[i][1]);
        long sum = 0;
        char bytes[16];
        for (int quiet = 0; quiet < 3;) {
            const long count = wait_for(epoll, 4, 200);
            check(count >= 0);
            quiet = count == 0 ? quiet + 1 : quiet;
            for (long k = 0; k < count; k++) {
                const int fd = (int)(found[k].data >> 32);
                ssize_t done;
                while ((done = read(fd, bytes, sizeof bytes)) > 0)
                    sum += done;
                if (done == 0) quiet = 3;
            }
        }
        check(write(sums[1], &sum, sizeof sum) == sizeof sum);
        _exit(0);
    }
    for (int round = 0; round < kRounds; round++)
        for (int i = 0; i < kFiles; i++)
            check(write(fds[i][1], "abc", 3) == 3);
    for (int i = 0; i < kFiles; i++)
        close(fds[i][1]);
    for (int status; wait(&status) > 0;)
        check(status == 0);
    long total = 0, sum;
    for (int p = 0; p < kProcesses; p++) {
        check(read(sums[0], &sum, sizeof sum) == sizeof sum);
        total += sum;
    }
    char bytes[64];
    for (int i = 0; i < kFiles; i++)  // who saw an end may have left something behind
        for (ssize_t done; (done = read(fds[i][0], bytes, sizeof bytes)) > 0;)
            total += done;
    check(total == (long)kFiles * kRounds * 3);
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
