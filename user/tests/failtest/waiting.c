// Waiting for many: epoll, select and poll with many files, eventfd, timers of all kinds, queued signals.
#include "failtest.h"

#include <poll.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>

enum { kAdd = 1, kDelete = 2, kModify = 3, kIn = 1, kMany = 300 };

struct event {
    uint32_t events;
    uint64_t data;
} __attribute__((packed));

static int made, ends[2];

static void close_made(void)
{
    check(close(made) == 0);
}

static int made_is(long fd)
{
    made = (int)fd;
    return fd < 0 ? -1 : 0;
}

// ---- epoll ----

static int try_epoll_create(void)
{
    return made_is(syscall(SYS_epoll_create1, 0));
}
FAILS(epoll_create, try_epoll_create, close_made, 0);

static struct event event = {kIn, 1}, found[8];

static int try_epoll_add(void)
{
    return (int)syscall(SYS_epoll_ctl, made, kAdd, ends[0], &event);
}
static void epoll_remove(void)
{
    check(syscall(SYS_epoll_ctl, made, kDelete, ends[0], &event) == 0);
}
static int try_epoll_wait(void)
{
    const long count = syscall(SYS_epoll_wait, made, found, 8, 1);
    check(count <= 1);
    return count < 0 ? -1 : 0;
}
PART(epoll_add_fails)
{
    check(pipe(ends) == 0 && try_epoll_create() == 0);
    fail_call("epoll_add", (struct call){try_epoll_add, epoll_remove, 0});
    check(try_epoll_add() == 0);
    fail_call("epoll_wait", (struct call){try_epoll_wait, NULL, 0});
    check(write(ends[1], "x", 1) == 1);
    fail_call("epoll_ready", (struct call){try_epoll_wait, NULL, 0});
}

// One watches another, and the inner one goes with its watcher still there.
static int try_epoll_nest(void)
{
    const int outer = (int)syscall(SYS_epoll_create1, 0);
    if (outer < 0) return -1;
    if (try_epoll_create() != 0) return give_up(outer);
    if (try_epoll_add() != 0 || syscall(SYS_epoll_ctl, outer, kAdd, made, &event) != 0) {
        give_up(made);
        return give_up(outer);
    }
    close_made();
    return close(outer);
}
PART(epoll_nest_fails)
{
    check(pipe(ends) == 0);
    fail_call("epoll_nest", (struct call){try_epoll_nest, NULL, 0});
}

// ---- Descriptors that count ----

static int try_eventfd(void)
{
    const uint64_t one = 1;
    if (made_is(syscall(SYS_eventfd2, 3, 0)) != 0) return -1;
    if (write(made, &one, sizeof one) != sizeof one) return give_up(made);
    return 0;
}
FAILS(eventfd, try_eventfd, close_made, 0);

static int try_timerfd(void)
{
    const long long soon[4] = {0, 1000000, 0, 1000000};
    if (made_is(syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0)) != 0) return -1;
    if (syscall(SYS_timerfd_settime64, made, 0, soon, NULL) != 0) return give_up(made);
    return 0;
}
FAILS(timerfd, try_timerfd, close_made, 0);

// ---- poll and select ----

static struct pollfd polled[kMany];
static fd_set read_set;

// A wait without end, so that no time passes before it has begun to wait: a signal ends it.
static int interrupted(int result)
{
    check(result < 0);
    return errno == EINTR ? 0 : -1;
}
static int try_poll(void)
{
    return interrupted(poll(polled, 64, -1));
}
static int try_poll_many(void)
{
    return interrupted(poll(polled, kMany, -1));
}
static int try_poll_ready(void)
{
    const int count = poll(polled, kMany, 1000);
    check(count == kMany || count < 0);
    return count < 0 ? -1 : 0;
}
static int try_select_many(void)
{
    fd_set set = read_set;
    return interrupted(select(kMany, &set, NULL, NULL, NULL));
}
static void do_nothing(int signal)
{
    (void)signal;
}
static void interrupt_every_ms(long ms)
{
    const struct sigaction caught = {.sa_handler = do_nothing};
    const struct itimerval every = {{0, ms * 1000}, {0, ms * 1000}};
    check(sigaction(SIGALRM, &caught, NULL) == 0 && setitimer(ITIMER_REAL, &every, NULL) == 0);
}
PART(poll_fails)
{
    check(pipe(ends) == 0);
    for (int i = 0; i < kMany; i++)
        polled[i] = (struct pollfd){i < 10 ? ends[0] : dup2(ends[0], i), POLLIN, 0};
    for (int i = 0; i < kMany; i++)
        FD_SET(polled[i].fd, &read_set);
    interrupt_every_ms(2);
    fail_call("poll", (struct call){try_poll, NULL, 0});
    fail_call("poll_many", (struct call){try_poll_many, NULL, 0});
    fail_call("select_many", (struct call){try_select_many, NULL, 0});
    interrupt_every_ms(0);
    check(dup2(ends[1], 900) == 900 && write(900, "x", 1) == 1);
    fail_call("poll_ready", (struct call){try_poll_ready, NULL, 0});
}

// ---- Timers and queued signals ----

static int timer;

static int try_timer_create(void)
{
    return (int)syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer);
}
static void delete_timer(void)
{
    check(syscall(SYS_timer_delete, timer) == 0);
}
FAILS(timer_create, try_timer_create, delete_timer, EAGAIN);

static int try_timer_settime(void)
{
    const long long late[4] = {1000, 0, 1000, 0};
    return (int)syscall(SYS_timer_settime64, timer, 0, late, NULL);
}
static int try_itimer(void)
{
    const struct itimerval late = {{1000, 0}, {1000, 0}}, none = {{0, 0}, {0, 0}};
    if (setitimer(ITIMER_REAL, &late, NULL) != 0 || setitimer(ITIMER_PROF, &late, NULL) != 0) return -1;
    return setitimer(ITIMER_REAL, &none, NULL) | setitimer(ITIMER_PROF, &none, NULL);
}
PART(timer_settime_fails)
{
    check(try_timer_create() == 0);
    fail_call("timer_settime", (struct call){try_timer_settime, NULL, 0});
    fail_call("itimer", (struct call){try_itimer, NULL, 0});
}

// A timer's signal has its memory from timer_create on: none is lost when memory is short.
static int try_timer_fires(void)
{
    const long long soon[4] = {0, 0, 0, 1000};
    const struct timespec patience = {10, 0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    if (syscall(SYS_timer_settime64, timer, 0, soon, NULL) != 0) return -1;
    return sigtimedwait(&set, NULL, &patience) == SIGALRM ? 0 : -1;
}
PART(timer_fires_fails)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    check(sigprocmask(SIG_BLOCK, &set, NULL) == 0 && try_timer_create() == 0);
    fail_call("timer_fires", (struct call){try_timer_fires, NULL, 0});
}

static const int kQueued = 40;

static void take_queued(void)
{
    const struct timespec none = {0, 0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, kQueued);
    while (sigtimedwait(&set, NULL, &none) == kQueued)
        ;
}
static int try_sigqueue(void)
{
    siginfo_t info = {.si_code = SI_QUEUE};
    for (int i = 0; i < 3; i++) {
        if (syscall(SYS_rt_sigqueueinfo, getpid(), kQueued, &info) == 0) continue;
        const int error = errno;
        take_queued();
        errno = error;
        return -1;
    }
    return 0;
}
PART(sigqueue_fails)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, kQueued);
    check(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    fail_call("sigqueue", (struct call){try_sigqueue, take_queued, EAGAIN});
}
