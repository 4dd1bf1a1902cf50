// Signals and processes as files: signalfd, pidfds, programs that are run from a descriptor. Made with glibc or musl; each
// part is right on Linux.
#define _GNU_SOURCE
#include "parts.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
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

// ---- pidfds ----

static int open_process(pid_t pid, int flags)
{
    const int fd = (int)syscall(SYS_pidfd_open, pid, flags);
    check(fd >= 0);
    return fd;
}

static int send_by(int fd, int signal, siginfo_t* info)
{
    return (int)syscall(SYS_pidfd_send_signal, fd, signal, info, 0);
}

static int wait_by(int fd, siginfo_t* info, int options)
{
    memset(info, 0x55, sizeof *info);
    return waitid((idtype_t)3, (id_t)fd, info, options);
}

// A child that ends with `status` once the other end of its pipe is closed.
static pid_t child_held_by(int* hold, int status)
{
    int ends[2];
    char byte;
    check(pipe2(ends, O_CLOEXEC) == 0);
    const pid_t pid = fork();
    check(pid >= 0);
    if (pid == 0) {
        close(ends[1]);
        check(read(ends[0], &byte, 1) == 0);
        _exit(status);
    }
    close(ends[0]);
    *hold = ends[1];
    return pid;
}

static void pid_in_fdinfo(int fd, char* text, int room)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    const int info = open(path, O_RDONLY);
    const ssize_t size = read(info, text, (size_t)room - 1);
    check(info >= 0 && size > 0 && close(info) == 0);
    text[size] = 0;
}

PART(a_process_is_waited_for)
{
    int hold;
    char wanted[32], text[256];
    siginfo_t info;
    const pid_t pid = child_held_by(&hold, 3);
    const int fd = open_process(pid, 0), eager = open_process(pid, O_NONBLOCK), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    check(fcntl(fd, F_GETFD) == FD_CLOEXEC && !readable(fd, 0));
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 && epoll_wait(epoll, &event, 1, 0) == 0);
    check(wait_by(fd, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0);
    check(wait_by(eager, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0);
    check_errno(wait_by(eager, &info, WEXITED), EAGAIN);
    pid_in_fdinfo(fd, text, sizeof text);
    snprintf(wanted, sizeof wanted, "Pid:\t%d\n", (int)pid);
    check(strstr(text, wanted));
    close(hold);
    check(readable(fd, -1) && epoll_wait(epoll, &event, 1, -1) == 1 && event.events == EPOLLIN);
    check(send_by(fd, 0, NULL) == 0);  // it is there still
    check(wait_by(fd, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == pid && info.si_status == 3);
    check(wait_by(fd, &info, WEXITED) == 0 && info.si_pid == pid && info.si_code == CLD_EXITED);
    check_errno(wait_by(fd, &info, WEXITED), ECHILD);
    check_errno(send_by(fd, 0, NULL), ESRCH);
    check(readable(fd, 0));
    pid_in_fdinfo(fd, text, sizeof text);
    check(strstr(text, "Pid:\t-1\n"));
}

PART(a_process_is_signalled)
{
    int hold;
    siginfo_t info = {.si_signo = SIGTERM, .si_code = SI_QUEUE};
    const pid_t pid = child_held_by(&hold, 0);
    const int fd = open_process(pid, 0), own = open_process(getpid(), 0), zero = open("/dev/null", O_RDWR);
    check_errno(send_by(fd, 99, NULL), EINVAL);
    check_errno(send_by(zero, 0, NULL), EBADF);
    check_errno(send_by(fd, SIGUSR1, &info), EINVAL);
    info.si_code = SI_USER;
    check_errno(send_by(fd, SIGTERM, &info), EPERM);
    info.si_code = SI_QUEUE;
    check(send_by(fd, SIGTERM, &info) == 0 && status_of(pid) == SIGTERM);
    const int signals = signals_of(SIGUSR1, SIGTERM);
    record got;
    info.si_code = SI_USER;
    info.si_pid = 4711;
    check(send_by(own, SIGTERM, &info) == 0);
    check(read(signals, &got, sizeof got) == sizeof got && got.ssi_pid == 4711);
    const int directory = open("/proc/self", O_RDONLY | O_DIRECTORY);  // pidfds before there were any
    check(send_by(directory, SIGUSR1, NULL) == 0);
    check(read(signals, &got, sizeof got) == sizeof got && got.ssi_pid == (uint32_t)getpid());
}

// Another process's descriptor is opened here: the same description.
PART(descriptors_are_taken)
{
    int ends[2], hold;
    char byte;
    check(pipe(ends) == 0);
    const pid_t pid = child_held_by(&hold, 0);
    const int fd = open_process(pid, 0);
    check(write(ends[1], "a", 1) == 1 && close(ends[0]) == 0);
    const int twin = (int)syscall(SYS_pidfd_getfd, fd, ends[0], 0);
    check(twin >= 0 && fcntl(twin, F_GETFD) == FD_CLOEXEC && read(twin, &byte, 1) == 1 && byte == 'a');
    check_errno(syscall(SYS_pidfd_getfd, fd, 999, 0), EBADF);
    check_errno(syscall(SYS_pidfd_getfd, twin, 0, 0), EBADF);
    check_errno(syscall(SYS_pidfd_getfd, fd, 0, 1), EINVAL);
    const pid_t poor = fork();
    if (poor == 0) {
        check(setgid(99) == 0 && setuid(99) == 0);
        check_errno(syscall(SYS_pidfd_getfd, fd, 0, 0), EPERM);
        check_errno(send_by(fd, SIGTERM, NULL), EPERM);
        _exit(0);
    }
    check_child(poor);
    close(hold);
    check_child(pid);
    check_errno(syscall(SYS_pidfd_getfd, fd, 0, 0), ESRCH);
}

PART(clone_gives_a_descriptor)
{
    enum { kPidFile = 0x1000, kParentTid = 0x100000, kThread = 0x10900, kDetached = 0x400000 };
    int fd = -1, hold[2];
    siginfo_t info;
    check(pipe(hold) == 0);
    const pid_t pid = (pid_t)syscall(SYS_clone, kPidFile | SIGCHLD, NULL, &fd, NULL, NULL);
    if (pid == 0) _exit(fcntl(4711, F_GETFD) == -1 && getppid() != 1 ? 9 : 1);
    check(pid > 0 && fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && readable(fd, -1));
    check(wait_by(fd, &info, WEXITED) == 0 && info.si_pid == pid && info.si_status == 9);
    check_errno(syscall(SYS_clone, kPidFile | kParentTid | SIGCHLD, NULL, &fd, NULL, NULL), EINVAL);
    check_errno(syscall(SYS_clone, kPidFile | kDetached | SIGCHLD, NULL, &fd, NULL, NULL), EINVAL);
    const int next = dup(0);
    close(next);
    check_errno(syscall(SYS_clone, kPidFile | SIGCHLD, NULL, (void*)8, NULL, NULL), EFAULT);
    check(dup(0) == next);  // nothing is left behind
    struct {
        uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    } arguments = {.flags = kPidFile | kParentTid, .exit_signal = SIGCHLD};
    int parent_tid = -1;
    arguments.pidfd = arguments.parent_tid = (uintptr_t)&fd;
    check_errno(syscall(435, &arguments, sizeof arguments), EINVAL);
    arguments.parent_tid = (uintptr_t)&parent_tid;
    const pid_t second = (pid_t)syscall(435, &arguments, sizeof arguments);
    if (second == 0) pause();
    check(second > 0 && parent_tid == second && send_by(fd, SIGKILL, NULL) == 0 && readable(fd, -1));
    check(status_of(second) == SIGKILL);
}

// Many ends at once, watched through one epoll by several threads: each is told once it is there to be told.
static int crowd_epoll;
static int ended[64];

static void* watches_ends(void* argument)
{
    (void)argument;
    for (;;) {
        struct epoll_event event;
        siginfo_t info;
        check(epoll_wait(crowd_epoll, &event, 1, -1) == 1);
        if (event.data.u32 == 0) return NULL;
        check(wait_by((int)event.data.u32, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0);
        check(close((int)event.data.u32) == 0);
        __atomic_add_fetch(&ended[info.si_status], 1, __ATOMIC_SEQ_CST);
    }
}

PART(a_crowd_of_processes)
{
    enum { kWatchers = 3, kChildren = 64 };
    pthread_t watchers[kWatchers];
    int stop[2];
    check(pipe(stop) == 0);
    crowd_epoll = epoll_create1(0);
    for (int i = 0; i < kWatchers; i++)
        check(pthread_create(&watchers[i], NULL, watches_ends, NULL) == 0);
    for (int i = 0; i < kChildren; i++) {
        const pid_t pid = fork();
        if (pid == 0) _exit(i);
        const int fd = open_process(pid, 0);
        struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.u32 = (uint32_t)fd};
        check(epoll_ctl(crowd_epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    }
    for (int i = 0; i < kChildren; i++)
        while (__atomic_load_n(&ended[i], __ATOMIC_SEQ_CST) == 0)
            nap_ms(1);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = 0};
    check(epoll_ctl(crowd_epoll, EPOLL_CTL_ADD, stop[0], &event) == 0 && write(stop[1], "x", 1) == 1);
    for (int i = 0; i < kWatchers; i++)
        check(pthread_join(watchers[i], NULL) == 0);
    check_errno(waitpid(-1, NULL, 0), ECHILD);
}

// ---- What two processes share ----

static int compare(pid_t first, pid_t second, int type, int first_fd, int second_fd)
{
    return (int)syscall(SYS_kcmp, first, second, type, first_fd, second_fd);
}

static void* compares_threads(void* argument)
{
    const pid_t leader = *(pid_t*)argument, self = (pid_t)syscall(SYS_gettid);
    for (int type = 1; type <= 4; type++)
        check(compare(leader, self, type, 0, 0) == 0);
    return NULL;
}

PART(sharing_is_told)
{
    enum { kFile, kSpace, kFiles, kView, kActions, kAll = 8 };
    int hold;
    pthread_t thread;
    pid_t self = getpid();
    const int fd = open("/dev/null", O_RDONLY), other = open("/dev/null", O_RDONLY), twin = dup(fd);
    const pid_t pid = child_held_by(&hold, 0);
    check(compare(self, self, kFile, fd, twin) == 0 && compare(self, pid, kFile, fd, twin) == 0);
    const int order = compare(self, self, kFile, fd, other);
    check(order == 1 || order == 2);
    check(compare(self, self, kFile, other, fd) == 3 - order);
    for (int type = kSpace; type <= kActions; type++) {
        check(compare(self, self, type, 0, 0) == 0);
        check(compare(self, pid, type, 0, 0) > 0);
    }
    check(pthread_create(&thread, NULL, compares_threads, &self) == 0 && pthread_join(thread, NULL) == 0);
    check_errno(compare(self, self, kFile, fd, 999), EBADF);
    check_errno(compare(self, 30000, kSpace, 0, 0), ESRCH);
    check_errno(compare(self, self, kAll, 0, 0), EINVAL);
    const pid_t poor = fork();
    if (poor == 0) {
        check(setgid(99) == 0 && setuid(99) == 0);
        check_errno(compare(getpid(), self, kSpace, 0, 0), EPERM);
        _exit(0);
    }
    check_child(poor);
    close(hold);
    check_child(pid);
}

// Advice for another's memory: it may go out, and it is the same when it comes back.
PART(another_is_advised)
{
    enum { kPages = 64, kBytes = kPages * 4096, kDontNeed = 4, kWillNeed = 3, kCold = 20, kPageOut = 21 };
    int hold[2];
    char byte;
    char* const memory = mmap(NULL, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED && pipe(hold) == 0);
    for (int i = 0; i < kPages; i++)
        memory[i * 4096] = (char)i;
    const pid_t pid = fork();
    if (pid == 0) {
        close(hold[1]);
        check(read(hold[0], &byte, 1) == 0);
        for (int i = 0; i < kPages; i++)
            check(memory[i * 4096] == (char)i);
        _exit(0);
    }
    const int fd = open_process(pid, 0);
    struct iovec ranges[2] = {{memory, 4096}, {memory + 4096, kBytes - 4096}};
    check(syscall(SYS_process_madvise, fd, ranges, 2, kCold, 0) == kBytes);
    check(syscall(SYS_process_madvise, fd, ranges, 2, kPageOut, 0) == kBytes);
    check(syscall(SYS_process_madvise, fd, ranges, 2, kWillNeed, 0) == kBytes);
    check(syscall(SYS_process_madvise, fd, ranges, 0, kCold, 0) == 0);
    check_errno(syscall(SYS_process_madvise, fd, ranges, 2, kDontNeed, 0), EINVAL);
    check_errno(syscall(SYS_process_madvise, fd, ranges, 2, 99, 0), EINVAL);
    check_errno(syscall(SYS_process_madvise, fd, ranges, 2, kCold, 1), EINVAL);
    check_errno(syscall(SYS_process_madvise, hold[0], ranges, 2, kCold, 0), EBADF);
    check_errno(syscall(SYS_process_madvise, fd, (void*)8, 1, kCold, 0), EFAULT);
    ranges[0].iov_base = memory + 1;
    check_errno(syscall(SYS_process_madvise, fd, ranges, 2, kCold, 0), EINVAL);
    ranges[0].iov_base = NULL;
    check_errno(syscall(SYS_process_madvise, fd, ranges, 2, kCold, 0), ENOMEM);
    check(close(hold[1]) == 0);
    check_child(pid);
}

// ---- Programs behind descriptors ----

static const char* const kSay[] = {"pf", "said", NULL};

// This program, called as itself with "said", prints how it was called and where it was found.
static int says(int fd, const char* path, int flags, const char* wanted)
{
    int ends[2];
    char text[256] = "";
    check(pipe(ends) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        check(dup2(ends[1], 1) == 1);
        syscall(SYS_execveat, fd, path, kSay, environ, flags);
        _exit(errno);
    }
    close(ends[1]);
    for (ssize_t size, at = 0; (size = read(ends[0], text + at, sizeof text - 1 - (size_t)at)) > 0;
         at += size)
        text[at + size] = 0;
    close(ends[0]);
    const int status = status_of(pid);
    if (status == 0 && strcmp(text, wanted) != 0) printf("%s instead of %s\n", text, wanted);
    return status == 0 && strcmp(text, wanted) == 0 ? 0 : status >> 8;
}

static void copy_program(int to)
{
    static char piece[65536];
    const int from = open("/proc/self/exe", O_RDONLY);
    ssize_t size;
    while ((size = read(from, piece, sizeof piece)) > 0)
        check(write(to, piece, (size_t)size) == size);
    check(size == 0 && close(from) == 0);
}

static int open_script(const char* interpreter, int flags)
{
    const int fd = open("script", O_CREAT | O_WRONLY | O_TRUNC, 0755);
    check(fd >= 0 && dprintf(fd, "#!%s said\n", interpreter) > 0 && close(fd) == 0);
    return open("script", O_RDONLY | flags);
}

PART(programs_are_run_from_descriptors)
{
    enum { kEmptyPath = 0x1000, kNoFollow = 0x100 };
    char wanted[128], directory[] = "/tmp/process_files.XXXXXX", path[64];
    check(mkdtemp(directory) && chdir(directory) == 0);
    const int plain = open("copy", O_CREAT | O_WRONLY, 0755);
    copy_program(plain);
    check_errno(execve("copy", (char**)kSay, environ), ETXTBSY);
    check(close(plain) == 0 && symlink("copy", "link") == 0);
    const int here = open(".", O_RDONLY), copy = open("copy", O_PATH), memory = memfd_create("program", 0);
    copy_program(memory);
    snprintf(wanted, sizeof wanted, "/dev/fd/%d/copy pf said\n", here);
    check(says(here, "copy", 0, wanted) == 0);
    check(says(AT_FDCWD, "copy", 0, "copy pf said\n") == 0);
    snprintf(path, sizeof path, "%s/copy", directory);
    snprintf(wanted, sizeof wanted, "%s pf said\n", path);
    check(says(99, path, 0, wanted) == 0);
    snprintf(wanted, sizeof wanted, "/dev/fd/%d pf said\n", copy);
    check(says(copy, "", kEmptyPath, wanted) == 0);
    snprintf(wanted, sizeof wanted, "/dev/fd/%d pf said\n", memory);
    check(says(memory, "", kEmptyPath, wanted) == 0);
    const int closed = fcntl(memory, F_DUPFD_CLOEXEC, 50);
    check(says(closed, "", kEmptyPath, "/dev/fd/50 pf said\n") == 0);
    snprintf(wanted, sizeof wanted, "/dev/fd/%d/link pf said\n", here);
    check(says(here, "link", 0, wanted) == 0 && says(here, "link", kNoFollow, "") == ELOOP);
    check(says(copy, "", 0, "") == ENOENT && says(copy, "x", 0, "") == ENOTDIR);
    check(says(here, "", kEmptyPath, "") == EACCES && says(here, "copy", 1, "") == EINVAL);
    check(says(99, "copy", 0, "") == EBADF && says(here, "nothing", 0, "") == ENOENT);
    int ends[2];
    check(pipe(ends) == 0 && says(ends[0], "", kEmptyPath, "") == EACCES);
    // A script is read again by its interpreter, so its descriptor must be there still.
    const int script = open_script(path, 0), hidden = open_script(path, O_CLOEXEC);
    snprintf(wanted, sizeof wanted, "/dev/fd/%d %s said /dev/fd/%d said\n", script, path, script);
    check(says(script, "", kEmptyPath, wanted) == 0);
    check(says(hidden, "", kEmptyPath, "") == ENOENT);
    check(unlink("copy") == 0 && unlink("link") == 0 && unlink("script") == 0 && rmdir(directory) == 0);
}

// AT_EXECFN and the arguments.
static int say_how_called(int argc, char** argv)
{
    printf("%s", (const char*)getauxval(31));
    for (int i = 0; i < argc; i++)
        printf(" %s", argv[i]);
    printf("\n");
    return 0;
}

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "said") == 0) return say_how_called(argc, argv);
    return run_parts(argc, argv);
}
