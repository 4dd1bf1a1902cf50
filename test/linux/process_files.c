// Signals and processes as files: signalfd, pidfds, programs that are run from a descriptor. Made with glibc or musl; each
// part is right on Linux.
#define _GNU_SOURCE
#include "parts.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct signalfd_siginfo record;

static int signals_of(int first, int second)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, first);
    sigaddset(&set, second);
    check(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    const int fd = signalfd(-1, &set, SFD_CLOEXEC);
    check(fd >= 0);
    return fd;
}

static int readable(int fd, int timeout_ms)
{
    struct pollfd one = {fd, POLLIN, 0};
    const int count = poll(&one, 1, timeout_ms);
    check(count >= 0);
    return count == 1 && (one.revents & POLLIN) != 0;
}

static void queue_value(pid_t pid, int signal, int value)
{
    check(sigqueue(pid, signal, (union sigval){.sival_int = value}) == 0);
}

static void does_nothing(int signal)
{
    (void)signal;
}

// ---- signalfd ----

PART(signals_are_read)
{
    record got[4];
    const int fd = signals_of(SIGUSR1, SIGRTMIN + 1);
    check(fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && !readable(fd, 0));
    check_errno(read(fd, got, sizeof got), EAGAIN);
    check(raise(SIGUSR1) == 0 && readable(fd, 0));
    check_errno(read(fd, got, sizeof got[0] - 1), EINVAL);
    check_errno(write(fd, got, sizeof got[0]), EINVAL);
    queue_value(getpid(), SIGRTMIN + 1, 77);
    queue_value(getpid(), SIGRTMIN + 1, 78);
    check(read(fd, got, sizeof got) == 3 * sizeof got[0] && !readable(fd, 0));
    check(got[0].ssi_signo == SIGUSR1 && got[0].ssi_pid == (uint32_t)getpid() && got[0].ssi_int == 0);
    check(got[1].ssi_signo == (uint32_t)SIGRTMIN + 1 && got[1].ssi_code == SI_QUEUE && got[1].ssi_int == 77 &&
          got[1].ssi_ptr == 77 && got[1].ssi_uid == getuid());
    check(got[2].ssi_int == 78);
    sigset_t other;
    sigemptyset(&other);
    sigaddset(&other, SIGUSR2);
    check(sigprocmask(SIG_BLOCK, &other, NULL) == 0 && raise(SIGUSR2) == 0 && !readable(fd, 0));
    check(signalfd(fd, &other, 0) == fd && readable(fd, 0) && raise(SIGUSR1) == 0);
    check(read(fd, got, sizeof got) == sizeof got[0] && got[0].ssi_signo == SIGUSR2);
}

PART(a_childs_end_is_read)
{
    record got;
    const int fd = signals_of(SIGCHLD, SIGCHLD);
    const pid_t pid = fork();
    if (pid == 0) _exit(5);
    check(read(fd, &got, sizeof got) == sizeof got && got.ssi_signo == SIGCHLD);
    check(got.ssi_pid == (uint32_t)pid && got.ssi_code == CLD_EXITED && got.ssi_status == 5);
    check(status_of(pid) == 5 << 8);
}

PART(readers_sleep)
{
    record got;
    const int fd = signals_of(SIGUSR1, SIGUSR2);
    for (int i = 0; i < 20; i++) {
        const pid_t pid = fork();
        if (pid == 0) {
            if (i % 2) nap_ms(i % 3);
            check(kill(getppid(), SIGUSR2) == 0);
            _exit(0);
        }
        if (i % 4 < 2) check(readable(fd, -1));
        check(read(fd, &got, sizeof got) == sizeof got && got.ssi_pid == (uint32_t)pid);
        check_child(pid);
    }
    struct sigaction action = {.sa_handler = does_nothing};
    check(sigaction(SIGHUP, &action, NULL) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        nap_ms(20);
        for (;; nap_ms(5))  // until the parent, once out of read, ends us
            kill(getppid(), SIGHUP);
    }
    check_errno(read(fd, &got, sizeof got), EINTR);
    check(kill(pid, SIGKILL) == 0 && status_of(pid) == SIGKILL);
}

// Whoever reads gets its own signals, whoever made the file.
PART(signals_after_fork)
{
    record got;
    const int fd = signals_of(SIGUSR1, SIGUSR2), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    check(fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && raise(SIGUSR1) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        check(!readable(fd, 0) && raise(SIGUSR2) == 0 && readable(fd, 0));
        check(read(fd, &got, sizeof got) == sizeof got && got.ssi_signo == SIGUSR2);
        check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);  // and ends: its process is watched no more
        _exit(0);
    }
    check_child(pid);
    epoll_wait(epoll, &event, 1, 0);
    check(epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event) == 0);
    event.events = EPOLLIN;
    check(read(fd, &got, sizeof got) == sizeof got && got.ssi_signo == SIGUSR1);
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 && epoll_wait(epoll, &event, 1, 0) == 0);
    pid = fork();
    if (pid == 0) {
        check(kill(getppid(), SIGUSR1) == 0);
        _exit(0);
    }
    check(epoll_wait(epoll, &event, 1, -1) == 1 && event.events == EPOLLIN);
    check(read(fd, &got, sizeof got) == sizeof got && epoll_wait(epoll, &event, 1, 0) == 0);
    check_child(pid);
}

enum { kReaders = 4, kValues = 200 };
static int seen[kValues + kReaders];
static pthread_barrier_t gate;
static int shared_fd;

static void* reads_values(void* argument)
{
    (void)argument;
    for (;;) {
        record got;
        check(read(shared_fd, &got, sizeof got) == sizeof got);
        if (got.ssi_int >= kValues) return NULL;
        __atomic_add_fetch(&seen[got.ssi_int], 1, __ATOMIC_SEQ_CST);
    }
}

static void* reads_its_own(void* argument)
{
    record got;
    (void)argument;
    pthread_barrier_wait(&gate);
    check(read(shared_fd, &got, sizeof got) == sizeof got && got.ssi_signo == SIGUSR1);
    check(got.ssi_code == SI_TKILL);
    return NULL;
}

PART(threads_share_a_signal_file)
{
    pthread_t threads[kReaders];
    shared_fd = signals_of(SIGRTMIN + 3, SIGUSR1);
    for (int i = 0; i < kReaders; i++)
        check(pthread_create(&threads[i], NULL, reads_values, NULL) == 0);
    for (int i = 0; i < kValues + kReaders; i++)
        queue_value(getpid(), SIGRTMIN + 3, i);
    for (int i = 0; i < kReaders; i++)
        check(pthread_join(threads[i], NULL) == 0);
    for (int i = 0; i < kValues; i++)
        check(seen[i] == 1);
    check(pthread_barrier_init(&gate, NULL, 2) == 0);
    check(pthread_create(&threads[0], NULL, reads_its_own, NULL) == 0);
    check(pthread_kill(threads[0], SIGUSR1) == 0 && !readable(shared_fd, 0));  // another thread's
    pthread_barrier_wait(&gate);
    check(pthread_join(threads[0], NULL) == 0);
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
