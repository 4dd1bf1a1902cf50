// Threads as programs use them: pthreads, and the calls behind them. Made with glibc or musl; each part is right on Linux.
#define _GNU_SOURCE
#include "parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>

enum { kThreads = 8 };

static int self_tid(void)
{
    return (int)syscall(SYS_gettid);
}

static pthread_t start(void* (*run)(void*), void* argument)
{
    pthread_t thread;
    check(pthread_create(&thread, NULL, run, argument) == 0);
    return thread;
}

static void* join(pthread_t thread)
{
    void* result;
    check(pthread_join(thread, &result) == 0);
    return result;
}

static void* sleep_for_ever(void* argument)
{
    if (argument) *(volatile int*)argument = self_tid();
    for (;;)
        pause();
    return NULL;
}

static ssize_t read_file(const char* path, char* text, size_t room)
{
    const int fd = open(path, O_RDONLY);
    if (fd < 0) return -1;
    const ssize_t size = read(fd, text, room - 1);
    close(fd);
    text[size < 0 ? 0 : size] = 0;
    return size;
}

static char state_of(const char* path)
{
    char text[512];
    return read_file(path, text, sizeof text) > 0 ? strrchr(text, ')')[2] : '?';
}

// The number behind `name` in /proc/self/status or another such file; -1: not there.
static long number_in(const char* path, const char* name)
{
    char text[2048];
    check(read_file(path, text, sizeof text) > 0);
    const char* at = strstr(text, name);
    return at ? strtol(at + strlen(name), NULL, 0) : -1;
}

static long threads_now(void)
{
    return number_in("/proc/self/status", "Threads:");
}

static void until_threads(long count)
{
    while (threads_now() != count)
        sched_yield();
}

// ---- pthreads ----

static __thread long own = 7;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static volatile long shared_count;

static void* count_under_mutex(void* argument)
{
    check(own == 7);
    own = (long)argument;
    for (int i = 0; i < 3000; i++) {
        pthread_mutex_lock(&mutex);
        shared_count++;
        pthread_mutex_unlock(&mutex);
        if (i % 500 == 0) sched_yield();
    }
    check(own == (long)argument);
    return (void*)own;
}

PART(mutex_and_tls)
{
    pthread_t threads[kThreads];
    for (long i = 0; i < kThreads; i++)
        threads[i] = start(count_under_mutex, (void*)(i + 100));
    for (long i = 0; i < kThreads; i++)
        check(join(threads[i]) == (void*)(i + 100));
    check(shared_count == kThreads * 3000 && own == 7);
}

static volatile int turn, rounds_done;

static void* take_turns(void* argument)
{
    const int mine = (int)(long)argument;
    for (int round = 0; round < 50; round++) {
        pthread_mutex_lock(&mutex);
        while (turn % kThreads != mine)
            pthread_cond_wait(&condition, &mutex);
        turn++;
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

PART(condition_variables)
{
    pthread_t threads[kThreads];
    for (long i = 0; i < kThreads; i++)
        threads[i] = start(take_turns, (void*)i);
    for (int i = 0; i < kThreads; i++)
        join(threads[i]);
    check(turn == kThreads * 50);
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec = time.tv_nsec < 990000000 ? time.tv_nsec + 10000000 : time.tv_nsec;
    pthread_mutex_lock(&mutex);
    check(pthread_cond_timedwait(&condition, &mutex, &time) == ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
}

static pthread_barrier_t barrier;
static sem_t semaphore;
static volatile int phases[kThreads], leaders;

static void* pass_barriers(void* argument)
{
    const long mine = (long)argument;
    for (int phase = 1; phase <= 20; phase++) {
        phases[mine] = phase;
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            __sync_fetch_and_add(&leaders, 1);
        for (int i = 0; i < kThreads; i++)
            check(phases[i] >= phase);
        pthread_barrier_wait(&barrier);
    }
    sem_post(&semaphore);
    return NULL;
}

PART(barriers_and_semaphores)
{
    check(pthread_barrier_init(&barrier, NULL, kThreads) == 0 && sem_init(&semaphore, 0, 0) == 0);
    pthread_t threads[kThreads];
    for (long i = 0; i < kThreads; i++)
        threads[i] = start(pass_barriers, (void*)i);
    for (int i = 0; i < kThreads; i++)
        check(sem_wait(&semaphore) == 0);
    for (int i = 0; i < kThreads; i++)
        join(threads[i]);
    check(leaders == 20);
    struct timespec past = {1, 0};
    check_errno(sem_timedwait(&semaphore, &past), ETIMEDOUT);
}

static volatile long first_half, second_half;

static void* read_or_write(void* argument)
{
    for (int i = 0; i < 300; i++) {
        if ((long)argument < 2) {
            pthread_rwlock_wrlock(&rwlock);
            first_half++;
            sched_yield();
            second_half++;
        } else {
            pthread_rwlock_rdlock(&rwlock);
            check(first_half == second_half);
        }
        pthread_rwlock_unlock(&rwlock);
    }
    return NULL;
}

PART(rwlocks)
{
    pthread_t threads[kThreads];
    for (long i = 0; i < kThreads; i++)
        threads[i] = start(read_or_write, (void*)i);
    for (int i = 0; i < kThreads; i++)
        join(threads[i]);
    check(first_half == 600);
}

static volatile int cleaned;

static void clean(void* argument)
{
    cleaned += (int)(long)argument;
}

static void* wait_with_cleanup(void* argument)
{
    pthread_cleanup_push(clean, (void*)5);
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push((void (*)(void*))pthread_mutex_unlock, &mutex);
    *(volatile int*)argument = 1;
    for (;;)
        pthread_cond_wait(&condition, &mutex);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    return NULL;
}

static void* spin_until_cancelled(void* argument)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    *(volatile int*)argument = 1;
    for (;;)
        ;
    return NULL;
}

static void* read_until_cancelled(void* argument)
{
    char byte;
    check(read(*(int*)argument, &byte, 1) == -2);  // never returns
    return NULL;
}

PART(cancel)
{
    volatile int ready = 0;
    pthread_t thread = start(wait_with_cleanup, (void*)&ready);
    while (!ready)
        sched_yield();
    check(pthread_cancel(thread) == 0 && join(thread) == PTHREAD_CANCELED && cleaned == 5);
    check(pthread_mutex_lock(&mutex) == 0);  // the handler gave it back
    ready = 0;
    thread = start(spin_until_cancelled, (void*)&ready);
    while (!ready)
        sched_yield();
    check(pthread_cancel(thread) == 0 && join(thread) == PTHREAD_CANCELED);
    int fds[2];
    check(pipe(fds) == 0);
    thread = start(read_until_cancelled, &fds[0]);
    check(pthread_cancel(thread) == 0 && join(thread) == PTHREAD_CANCELED);
}

static void* die_holding(void* argument)
{
    check(pthread_mutex_lock(argument) == 0);
    return NULL;
}

static void robust_mutex_of(int protocol, int shared)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t* robust = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_init(&attributes);
    check(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0);
    check(pthread_mutexattr_setprotocol(&attributes, protocol) == 0);
    if (shared) check(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0);
    check(pthread_mutex_init(robust, &attributes) == 0);
    if (shared) {
        const pid_t pid = fork();
        if (pid == 0) {
            die_holding(robust);
            kill(getpid(), SIGKILL);
        }
        check(status_of(pid) == SIGKILL);
    } else {
        join(start(die_holding, robust));
    }
    check(pthread_mutex_lock(robust) == EOWNERDEAD);
    check(pthread_mutex_consistent(robust) == 0 && pthread_mutex_unlock(robust) == 0);
    check(pthread_mutex_lock(robust) == 0 && pthread_mutex_unlock(robust) == 0);
    join(start(die_holding, robust));
    check(pthread_mutex_lock(robust) == EOWNERDEAD && pthread_mutex_unlock(robust) == 0);
    check(pthread_mutex_lock(robust) == ENOTRECOVERABLE);
}

PART(robust_mutexes)
{
    robust_mutex_of(PTHREAD_PRIO_NONE, 0);
    robust_mutex_of(PTHREAD_PRIO_NONE, 1);
    robust_mutex_of(PTHREAD_PRIO_INHERIT, 0);
    robust_mutex_of(PTHREAD_PRIO_INHERIT, 1);
}

static void* count_under_argument(void* argument)
{
    for (int i = 0; i < 500; i++) {
        check(pthread_mutex_lock(argument) == 0);
        const long was = shared_count;
        if (i % 50 == 0) sched_yield();
        shared_count = was + 1;
        check(pthread_mutex_unlock(argument) == 0);
    }
    return NULL;
}

PART(inheriting_mutex)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t inheriting;
    pthread_t threads[kThreads];
    pthread_mutexattr_init(&attributes);
    check(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT) == 0);
    check(pthread_mutex_init(&inheriting, &attributes) == 0);
    for (long i = 0; i < kThreads; i++)
        threads[i] = start(count_under_argument, &inheriting);
    for (int i = 0; i < kThreads; i++)
        join(threads[i]);
    check(shared_count == kThreads * 500);
}

static volatile sig_atomic_t handled_by;

static void note_thread(int signal)
{
    (void)signal;
    handled_by = self_tid();
}

static void install(int signal, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    check(sigaction(signal, &action, NULL) == 0);
}

// ---- Beginning ----

static int thread_body(void* argument)
{
    return *(int*)argument;
}

static long bare_clone(unsigned long flags, void* stack)
{
    return syscall(SYS_clone, flags, stack, NULL, NULL, NULL);
}

PART(clone_flags)
{
    static char stack[16384] __attribute__((aligned(16)));
    (void)thread_body;
    check_errno(bare_clone(CLONE_THREAD, stack + sizeof stack), EINVAL);
    check_errno(bare_clone(CLONE_THREAD | CLONE_VM, stack + sizeof stack), EINVAL);
    check_errno(bare_clone(CLONE_THREAD | CLONE_SIGHAND, stack + sizeof stack), EINVAL);
    check_errno(bare_clone(CLONE_SIGHAND, stack + sizeof stack), EINVAL);
    check_errno(bare_clone(CLONE_FS | CLONE_NEWNS, stack + sizeof stack), EINVAL);
}

static int change_what_is_shared(void* argument)
{
    install(SIGUSR1, note_thread);
    umask(*(int*)argument);
    return chdir("/dev");
}

// Processes that share handlers, directories and descriptors, as threads once were made.
PART(processes_that_share)
{
    static char stack[65536] __attribute__((aligned(16)));
    int mask = 031;
    char path[PATH_MAX];
    const pid_t pid = clone(change_what_is_shared, stack + sizeof stack,
                            CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD, &mask);
    check_child(pid);
    check(umask(0) == 031 && strcmp(getcwd(path, sizeof path), "/dev") == 0);
    struct sigaction action;
    check(sigaction(SIGUSR1, NULL, &action) == 0 && action.sa_handler == note_thread);
    const pid_t other = fork();
    if (other == 0) {
        mask = 022;
        check(syscall(SYS_unshare, CLONE_FS | CLONE_FILES) == 0);
        _exit(change_what_is_shared(&mask) | chdir("/"));
    }
    check_child(other);
    check(umask(0) == 0 && strcmp(getcwd(path, sizeof path), "/dev") == 0);
}

struct clone_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
        cgroup;
};

static long clone3_of(struct clone_arguments* arguments, size_t size)
{
    return syscall(SYS_clone3, arguments, size);
}

static void back_to_default(int signal)
{
    (void)signal;
}

PART(clone3)
{
    struct {
        struct clone_arguments known;
        uint64_t more[4];
    } big;
    memset(&big, 0, sizeof big);
    struct clone_arguments* arguments = &big.known;
    arguments->exit_signal = SIGCHLD;
    const size_t sizes[] = {64, 80, 88, sizeof big};
    for (int i = 0; i < 4; i++) {
        const long pid = clone3_of(arguments, sizes[i]);
        if (pid == 0) _exit(0);
        check(pid > 0);
        check_child((pid_t)pid);
    }
    check_errno(clone3_of(arguments, 63), EINVAL);
    check_errno(clone3_of(arguments, 5000), E2BIG);
    big.more[2] = 1;
    check_errno(clone3_of(arguments, sizeof big), E2BIG);
    check_errno(clone3_of((void*)16, 64), EFAULT);
    arguments->exit_signal = 65;
    check_errno(clone3_of(arguments, 64), EINVAL);
    arguments->exit_signal = SIGCHLD;
    arguments->stack = 4096;
    check_errno(clone3_of(arguments, 64), EINVAL);  // and no size
    arguments->stack = 0;
    arguments->stack_size = 4096;
    check_errno(clone3_of(arguments, 64), EINVAL);
    arguments->stack_size = 0;
    arguments->flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;
    check_errno(clone3_of(arguments, 64), EINVAL);  // with a signal
    arguments->flags = CLONE_DETACHED;
    check_errno(clone3_of(arguments, 64), EINVAL);
    arguments->flags = SIGCHLD;  // where clone has it
    check_errno(clone3_of(arguments, 64), EINVAL);
    signal(SIGUSR1, back_to_default);
    arguments->flags = 1ull << 32;  // CLONE_CLEAR_SIGHAND
    const long cleared = clone3_of(arguments, 88);
    if (cleared == 0) _exit(signal(SIGUSR1, SIG_IGN) != SIG_DFL);
    check_child((pid_t)cleared);
    int child_tid = 0;
    arguments->flags = CLONE_CHILD_SETTID;
    arguments->child_tid = (uintptr_t)&child_tid;
    const long pid = clone3_of(arguments, 88);
    if (pid == 0) _exit(child_tid != self_tid());
    check_child((pid_t)pid);
    check(child_tid == 0);
}

// ---- Ending ----

static void exit_with_many(int threads, void (*end)(void))
{
    const pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < threads; i++)
            start(sleep_for_ever, NULL);
        end();
        _exit(1);
    }
    const int status = status_of(pid);
    if (status != 5 << 8) printf("status 0x%x\n", status);
    check(status == 5 << 8);
}

static void end_all(void)
{
    _exit(5);
}

static void* end_all_from_thread(void* argument)
{
    (void)argument;
    _exit(5);
}

static void end_all_elsewhere(void)
{
    start(end_all_from_thread, NULL);
    for (;;)
        pause();
}

PART(exit_group_with_100_threads)
{
    exit_with_many(100, end_all);
    exit_with_many(100, end_all_elsewhere);
}

static void* exit_bare(void* argument)
{
    if ((long)argument == 5) nap_ms(50);
    syscall(SYS_exit, (int)(long)argument);
    return NULL;
}

// The status of the last one counts; until then the leader is a zombie that nobody can reap.
PART(leader_ends_first)
{
    const pid_t pid = fork();
    char path[64];
    if (pid == 0) {
        start(exit_bare, (void*)9);
        start(exit_bare, (void*)5);
        syscall(SYS_exit, 8);
    }
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    while (state_of(path) != 'Z')
        sched_yield();
    check(kill(pid, 0) == 0);
    check(status_of(pid) == 5 << 8);
}

PART(killed_with_threads)
{
    const int signals[] = {SIGKILL, SIGTERM};
    for (int i = 0; i < 2; i++) {
        int fds[2];
        char byte;
        check(pipe(fds) == 0);
        const pid_t pid = fork();
        if (pid == 0) {
            for (int k = 0; k < 20; k++)
                start(k % 2 ? sleep_for_ever : spin_until_cancelled, (void*)&cleaned);
            check(write(fds[1], "x", 1) == 1);
            for (;;)
                ;
        }
        check(read(fds[0], &byte, 1) == 1 && kill(pid, signals[i]) == 0);
        check(status_of(pid) == signals[i]);
        close(fds[0]);
        close(fds[1]);
    }
}

static char* const* program;

static void* exec_from_thread(void* argument)
{
    (void)argument;
    char* const words[] = {program[0], "--tell", NULL};
    execv("/proc/self/exe", words);
    _exit(1);
}

// The new program has the leader's number and is alone.
PART(exec_from_another_thread)
{
    int fds[2];
    char text[64] = "", wanted[64];
    check(pipe(fds) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        dup2(fds[1], 1);
        for (int i = 0; i < 20; i++)
            start(i % 2 ? sleep_for_ever : spin_until_cancelled, (void*)&cleaned);
        start(exec_from_thread, NULL);
        for (;;)
            pause();
    }
    close(fds[1]);
    check(status_of(pid) == 0);
    check(read(fds[0], text, sizeof text - 1) > 0);
    snprintf(wanted, sizeof wanted, "%d %d 1\n", (int)pid, (int)pid);
    check(strcmp(text, wanted) == 0);
}

static int tell_who_we_are(void)
{
    printf("%d %d %ld\n", (int)getpid(), self_tid(), threads_now());
    return 0;
}

// ---- Signals ----

static sigjmp_buf after_fault;

PART(signal_to_one_thread)
{
    volatile int tid = 0;
    install(SIGUSR1, note_thread);
    start(sleep_for_ever, (void*)&tid);
    while (!tid)
        sched_yield();
    check(syscall(SYS_tgkill, getpid(), tid, SIGUSR1) == 0);
    while (handled_by != tid)
        sched_yield();
    handled_by = 0;
    check(syscall(SYS_tkill, self_tid(), SIGUSR1) == 0 && handled_by == self_tid());
    check_errno(syscall(SYS_tgkill, getpid(), 0x3ffffff0, SIGUSR1), ESRCH);
    check_errno(syscall(SYS_tgkill, getpid() + 1, tid, SIGUSR1), ESRCH);
    check_errno(syscall(SYS_tgkill, getpid(), 0, SIGUSR1), EINVAL);
    check(syscall(SYS_tgkill, getpid(), tid, 0) == 0);
}

// A signal for the process goes to a thread that does not block it.
PART(signal_to_whoever_takes_it)
{
    volatile int tid = 0;
    sigset_t set;
    install(SIGUSR1, note_thread);
    start(sleep_for_ever, (void*)&tid);
    while (!tid)
        sched_yield();
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < 20; i++) {
        handled_by = 0;
        check(kill(getpid(), SIGUSR1) == 0);
        while (handled_by != tid)
            sched_yield();
    }
}

static void jump_out(int signal)
{
    handled_by = self_tid();
    siglongjmp(after_fault, signal);
}

static int use_stack(int depth)
{
    volatile char bytes[4096];
    bytes[0] = (char)depth;
    return use_stack(depth + 1) + bytes[0];
}

static void* overflow(void* argument)
{
    stack_t other;
    memset(&other, 0, sizeof other);
    other.ss_sp = malloc(65536);
    other.ss_size = 65536;
    check(sigaltstack(&other, NULL) == 0);
    *(volatile int*)argument = self_tid();
    if (sigsetjmp(after_fault, 1) == 0) use_stack(0);
    return NULL;
}

PART(stack_guard)
{
    volatile int tid = 0;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = jump_out;
    action.sa_flags = SA_ONSTACK;
    check(sigaction(SIGSEGV, &action, NULL) == 0);
    join(start(overflow, (void*)&tid));
    check(handled_by == tid && tid != self_tid());
}

static volatile int spinning_on;

static void* count_up(void* argument)
{
    volatile unsigned* counter = argument;
    spinning_on = 1;
    for (;;)
        ++*counter;
    return NULL;
}

// All threads of a stopped process stand still, whatever they did.
PART(stop_and_continue)
{
    unsigned* counters = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;
    const pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 4; i++)
            start(count_up, &counters[i * 16]);
        start(sleep_for_ever, NULL);
        for (;;)
            pause();
    }
    for (int i = 0; i < 4; i++)
        while (*(volatile unsigned*)&counters[i * 16] == 0)
            sched_yield();
    for (int round = 0; round < 5; round++) {
        unsigned before[4];
        check(kill(pid, SIGSTOP) == 0);
        check(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
        for (int i = 0; i < 4; i++)
            before[i] = *(volatile unsigned*)&counters[i * 16];
        nap_ms(2);
        for (int i = 0; i < 4; i++)
            check(*(volatile unsigned*)&counters[i * 16] == before[i]);
        check(kill(pid, SIGCONT) == 0);
        check(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
        for (int i = 0; i < 4; i++)
            while (*(volatile unsigned*)&counters[i * 16] == before[i])
                sched_yield();
    }
    check(kill(pid, SIGSTOP) == 0 && waitpid(pid, &status, WUNTRACED) == pid);
    check(kill(pid, SIGKILL) == 0 && status_of(pid) == SIGKILL);
}

// ---- fork and wait ----

PART(fork_with_threads)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = start(sleep_for_ever, NULL);
    (void)threads;
    const pid_t pid = fork();
    if (pid == 0) _exit(threads_now() != 1);
    check_child(pid);
    check(threads_now() == 5);
}

static void* fork_child(void* argument)
{
    (void)argument;
    const pid_t pid = fork();
    if (pid == 0) _exit(3);
    return (void*)(long)pid;
}

static void* fork_and_stay(void* argument)
{
    shared_count = (long)fork_child(argument);
    return sleep_for_ever(NULL);
}

// Any thread may wait for a child of another, unless it asks for its own alone.
PART(waiting_for_another_threads_child)
{
    int status;
    pthread_mutex_lock(&mutex);
    const pid_t pid = (pid_t)(long)join(start(fork_child, NULL));
    check(waitpid(pid, &status, 0) == pid && status == 3 << 8);
    check_errno(waitpid(-1, &status, 0), ECHILD);
    const pthread_t maker = start(fork_and_stay, NULL);
    while (shared_count == 0)
        sched_yield();
    check_errno(waitpid(-1, &status, __WNOTHREAD), ECHILD);
    check(waitpid(-1, &status, 0) == shared_count);
    (void)maker;
}

// ---- Clocks, names, CPUs, /proc ----

static void* burn(void* argument)
{
    struct timespec used;
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    while (used.tv_nsec < 30000000 && used.tv_sec == 0);
    clockid_t clock;
    struct timespec by_id;
    check(pthread_getcpuclockid(pthread_self(), &clock) == 0 && clock_gettime(clock, &by_id) == 0);
    check(by_id.tv_sec > used.tv_sec || by_id.tv_nsec >= used.tv_nsec);
    struct rusage usage;
    check(getrusage(RUSAGE_THREAD, &usage) == 0);
    check(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec >= 20000 || usage.ru_utime.tv_sec > 0);
    *(volatile int*)argument = 1;
    sleep_for_ever(NULL);
    return NULL;
}

PART(cpu_clocks)
{
    volatile int done = 0;
    struct timespec here, there, all;
    clockid_t clock;
    const pthread_t thread = start(burn, (void*)&done);
    while (!done)
        nap_ms(1);
    check(pthread_getcpuclockid(thread, &clock) == 0 && clock_gettime(clock, &there) == 0);
    check(there.tv_sec > 0 || there.tv_nsec >= 30000000);
    check(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &here) == 0);
    check(here.tv_sec == 0 && here.tv_nsec < 30000000);  // ours is another
    check(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &all) == 0);
    check(all.tv_sec > there.tv_sec || all.tv_nsec >= there.tv_nsec);
    check(clock_getcpuclockid(getpid(), &clock) == 0 && clock_gettime(clock, &all) == 0);
    check(clock_getcpuclockid(0x3ffffff0, &clock) != 0);
}

PART(names_and_proc)
{
    volatile int tid = 0;
    char path[64], text[512];
    check(prctl(PR_SET_NAME, "leader") == 0);
    start(sleep_for_ever, (void*)&tid);
    while (!tid)
        sched_yield();
    snprintf(path, sizeof path, "/proc/self/task/%d/comm", tid);
    check(read_file(path, text, sizeof text) > 0 && strcmp(text, "leader\n") == 0);  // inherited
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)getpid(), tid);
    while (state_of(path) != 'S')
        sched_yield();
    check(read_file(path, text, sizeof text) > 0 && atoi(text) == tid);
    snprintf(path, sizeof path, "/proc/%d/task/%d/status", (int)getpid(), tid);
    check(number_in(path, "Pid:\t") == getpid() || number_in(path, "\nPid:\t") == tid);
    check(number_in(path, "Tgid:") == getpid() && number_in(path, "Threads:") == 2);
    int entries = 0;
    DIR* directory = opendir("/proc/self/task");
    for (struct dirent* entry; (entry = readdir(directory));)
        if (entry->d_name[0] != '.') {
            const int number = atoi(entry->d_name);
            check(number == getpid() || number == tid);
            entries++;
        }
    closedir(directory);
    check(entries == 2);
    check(open("/proc/self/task/1073741808/stat", O_RDONLY) == -1 && errno == ENOENT);
}

static void* name_itself(void* argument)
{
    char name[16];
    check(prctl(PR_SET_NAME, "a thread with a long name") == 0);
    check(prctl(PR_GET_NAME, name) == 0 && strcmp(name, "a thread with a") == 0);
    return argument;
}

PART(name_of_one_thread)
{
    char name[16];
    check(prctl(PR_SET_NAME, "main") == 0);
    join(start(name_itself, NULL));
    check(prctl(PR_GET_NAME, name) == 0 && strcmp(name, "main") == 0);
}

PART(affinity)
{
    unsigned char all[128], one[128] = {1};
    volatile int tid = 0;
    start(sleep_for_ever, (void*)&tid);
    while (!tid)
        sched_yield();
    const long size = syscall(SYS_sched_getaffinity, 0, sizeof all, all);
    check(size > 0);
    check(syscall(SYS_sched_setaffinity, tid, sizeof one, one) == 0);
    check(syscall(SYS_sched_getaffinity, tid, sizeof one, one) == size && one[0] == 1);
    check(syscall(SYS_sched_getaffinity, 0, sizeof one, one) == size && memcmp(one, all, size) == 0);
    const unsigned char none[8] = {0};
    check_errno(syscall(SYS_sched_setaffinity, 0, sizeof none, none), EINVAL);
    check_errno(syscall(SYS_sched_setaffinity, 0x3ffffff0, sizeof all, all), ESRCH);
    check_errno(syscall(SYS_sched_setaffinity, 0, sizeof all, (void*)16), EFAULT);
    check(sched_yield() == 0);
}

// ---- One memory, many CPUs ----

static char* volatile window;
static volatile int stop_reading;
static volatile long faults_seen;
static pthread_t readers[4];
static __thread sigjmp_buf reader_jump;

static void back_to_reader(int signal)
{
    (void)signal;
    siglongjmp(reader_jump, 1);
}

// Whoever reads sees the value that belongs to the mapping, or a fault; never what was there before.
static void* read_window(void* argument)
{
    while (!stop_reading) {
        if (sigsetjmp(reader_jump, 1) != 0) {
            __sync_fetch_and_add(&faults_seen, 1);
            continue;
        }
        char* at = window;
        if (!at) continue;
        const char value = *(volatile char*)at;
        check(value == 0 || value == 1);
    }
    return argument;
}

PART(unmapping_under_readers)
{
    install(SIGSEGV, back_to_reader);
    window = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 4; i++)
        readers[i] = start(read_window, NULL);
    for (int round = 0; round < 300; round++) {
        *window = 1;
        check(munmap(window, 4096) == 0);
        // Takes the frame for something else, which no reader may see.
        char* other = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (other == window) {
            check(munmap(other, 4096) == 0);
            other = NULL;
        }
        char* filler = mmap((void*)0x30000000, 4096, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        *filler = 77;
        if (other) *other = 77;
        check(mmap(window, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
              window);
        if (other) munmap(other, 4096);
        munmap(filler, 4096);
    }
    stop_reading = 1;
    for (int i = 0; i < 4; i++)
        join(readers[i]);
}

static volatile int write_refused;

static void* write_window(void* argument)
{
    while (!stop_reading) {
        if (sigsetjmp(reader_jump, 1) != 0) {
            __sync_fetch_and_add(&faults_seen, 1);
            continue;
        }
        __sync_fetch_and_add((int*)window, 1);
    }
    return argument;
}

// Once mprotect has returned nobody writes any more.
PART(protecting_under_writers)
{
    install(SIGSEGV, back_to_reader);
    window = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 4; i++)
        readers[i] = start(write_window, NULL);
    for (int round = 0; round < 200; round++) {
        check(mprotect(window, 4096, PROT_READ) == 0);
        const int was = *(volatile int*)window;
        for (int i = 0; i < 200; i++)
            check(*(volatile int*)window == was);
        check(mprotect(window, 4096, PROT_READ | PROT_WRITE) == 0);
    }
    stop_reading = 1;
    for (int i = 0; i < 4; i++)
        join(readers[i]);
}

static void* write_pages(void* argument)
{
    volatile unsigned* words = argument;
    for (unsigned value = 1; !stop_reading; value++)
        for (int page = 0; page < 16; page++)
            words[page * 1024] = value;
    return NULL;
}

// A child's memory is as it was at the fork, whatever the parent's threads write on other CPUs: two looks agree.
PART(fork_under_writers)
{
    enum { kPages = 16 };
    unsigned* words =
        mmap(NULL, 4 * kPages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 4; i++)
        readers[i] = start(write_pages, words + i * kPages * 1024);
    for (int round = 0; round < 12; round++) {
        const pid_t pid = fork();
        if (pid == 0) {
            unsigned before[4 * kPages];
            for (int i = 0; i < 4 * kPages; i++)
                before[i] = words[i * 1024];
            for (int look = 0; look < 5; look++) {
                for (int i = 0; i < 4 * kPages; i++)
                    if (*(volatile unsigned*)&words[i * 1024] != before[i]) _exit(1);
                sched_yield();
            }
            _exit(0);
        }
        check_child(pid);
    }
    stop_reading = 1;
    for (int i = 0; i < 4; i++)
        join(readers[i]);
}

static void* grow_heap(void* argument)
{
    for (int i = 0; i < 200; i++) {
        char* memory = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        check(memory != MAP_FAILED);
        memset(memory, (int)(long)argument, 3 * 4096);
        check(munmap(memory + 4096, 4096) == 0);
        check(memory[0] == (char)(long)argument && memory[2 * 4096] == (char)(long)argument);
        check(munmap(memory, 3 * 4096) == 0);
        free(memset(malloc(20000 + i), 1, 20000));
    }
    return NULL;
}

PART(mapping_from_all_threads)
{
    pthread_t threads[kThreads];
    for (long i = 0; i < kThreads; i++)
        threads[i] = start(grow_heap, (void*)(i + 1));
    for (int i = 0; i < kThreads; i++)
        join(threads[i]);
}

// ---- Descriptors and directories ----

static int pipe_fds[2];

static void* read_pipe(void* argument)
{
    *(volatile int*)argument = self_tid();
    char byte;
    return (void*)(long)read(pipe_fds[0], &byte, 1);
}

// A read goes on with the file that it began with, though its descriptor is closed.
PART(closed_while_read)
{
    volatile int tid = 0;
    char path[64];
    check(pipe(pipe_fds) == 0);
    const pthread_t thread = start(read_pipe, (void*)&tid);
    while (!tid)
        sched_yield();
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    while (state_of(path) != 'S')
        sched_yield();
    check(close(pipe_fds[0]) == 0);
    check(open("/dev/null", O_RDONLY) == pipe_fds[0]);
    check(write(pipe_fds[1], "x", 1) == 1);
    check((long)join(thread) == 1);
}

static void* open_and_close(void* argument)
{
    for (int i = 0; i < 200; i++) {
        const int fd = open("/dev/null", O_RDWR);
        const int twin = dup(fd);
        check(fd >= 0 && twin >= 0 && write(fd, "x", 1) == 1 && write(twin, "x", 1) == 1);
        check(close(fd) == 0 && close(twin) == 0);
    }
    return argument;
}

static void* many_descriptors(void* argument)
{
    int fds[100];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++)
            check((fds[i] = open("/dev/zero", O_RDONLY)) >= 0);
        for (int i = 0; i < 100; i++)
            check(close(fds[i]) == 0);
    }
    return argument;
}

PART(descriptors_from_all_threads)
{
    pthread_t threads[kThreads];
    for (long i = 0; i < kThreads; i++)
        threads[i] = start(i < 4 ? open_and_close : many_descriptors, NULL);
    for (int i = 0; i < 20; i++) {
        const pid_t pid = fork();  // copies the table meanwhile
        if (pid == 0) _exit(0);
        check_child(pid);
    }
    for (int i = 0; i < kThreads; i++)
        join(threads[i]);
    check(open("/dev/null", O_RDONLY) < 8);
}

static void* change_directory(void* argument)
{
    for (int i = 0; i < 200; i++) {
        struct stat info;
        check(chdir((long)argument % 2 ? "/proc/self" : "/dev") == 0);
        check(stat(".", &info) == 0 && S_ISDIR(info.st_mode));
    }
    return NULL;
}

PART(directories_from_all_threads)
{
    pthread_t threads[4];
    char path[PATH_MAX];
    for (long i = 0; i < 4; i++)
        threads[i] = start(change_directory, (void*)i);
    for (int i = 0; i < 4; i++)
        join(threads[i]);
    check(getcwd(path, sizeof path) != NULL);
}

// ---- Much at once ----

static void* begin_and_end(void* argument)
{
    return argument;
}

static void* begin_threads(void* argument)
{
    for (long i = 0; i < 40; i++)
        check(join(start(begin_and_end, (void*)i)) == (void*)i);
    return argument;
}

PART(beginning_from_all_threads)
{
    pthread_t threads[kThreads];
    for (int i = 0; i < kThreads; i++)
        threads[i] = start(begin_threads, NULL);
    for (int i = 0; i < kThreads; i++)
        join(threads[i]);
    until_threads(1);
}

static void* exec_at_once(void* argument)
{
    (void)argument;
    char* const words[] = {program[0], "--nothing", NULL};
    execv("/proc/self/exe", words);
    return NULL;  // another was faster
}

static void* exit_at_once(void* argument)
{
    _exit((int)(long)argument);
}

// Whoever is first wins, and all end.
PART(racing_to_the_end)
{
    for (int round = 0; round < 25; round++) {
        const pid_t pid = fork();
        if (pid == 0) {
            for (int i = 0; i < 4; i++) {
                start(exec_at_once, NULL);
                if (round % 3 != 0) start(exit_at_once, NULL);
                start(sleep_for_ever, NULL);
            }
            if (round % 5 == 0) kill(getpid(), SIGKILL);
            for (;;)
                fork_child(NULL);
        }
        const int status = status_of(pid);
        check(status == 0 || (round % 5 == 0 && status == SIGKILL));
    }
}

int main(int argc, char** argv)
{
    program = argv;
    if (argc == 2 && strcmp(argv[1], "--tell") == 0) return tell_who_we_are();
    if (argc == 2 && strcmp(argv[1], "--nothing") == 0) return 0;
    return run_parts(argc, argv);
}
