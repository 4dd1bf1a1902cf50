// Futexes by their bare system call, as the C libraries use them. Made with glibc or musl; each part is right on Linux.
#define _GNU_SOURCE
#include "parts.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static long futex(void* word, int operation, uint32_t value, const struct timespec* time, void* word2,
                  uint32_t value3)
{
    struct {
        long seconds, nanoseconds;
    } old_time, *given = NULL;  // the call of 32-bit time
    if (time) {
        old_time.seconds = (long)time->tv_sec;
        old_time.nanoseconds = time->tv_nsec;
        given = &old_time;
    }
    return syscall(SYS_futex, word, operation, value, given, word2, value3);
}

static long futex_count(void* word, int operation, uint32_t value, uint32_t count, void* word2,
                        uint32_t value3)
{
    return syscall(SYS_futex, word, operation, value, (void*)(uintptr_t)count, word2, value3);
}

static int self_tid(void)
{
    return (int)syscall(SYS_gettid);
}

static void start(pthread_t* thread, void* (*run)(void*), void* argument)
{
    check(pthread_create(thread, NULL, run, argument) == 0);
}

static void join(pthread_t thread)
{
    check(pthread_join(thread, NULL) == 0);
}

// ---- Threads that sleep on a word ----

struct sleeper {
    pthread_t thread;
    uint32_t* word;
    int operation;
    uint32_t bits;
    volatile int tid;
    volatile long result;
    volatile int error, done;
};

static void* sleep_on_word(void* argument)
{
    struct sleeper* sleeper = argument;
    sleeper->tid = self_tid();
    sleeper->result = futex(sleeper->word, sleeper->operation, *sleeper->word, NULL, NULL, sleeper->bits);
    sleeper->error = errno;
    sleeper->done = 1;
    return NULL;
}

// Is the task asleep? From its state in /proc.
static char task_state(int tid)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    const int fd = open(path, O_RDONLY);
    if (fd < 0) return '?';
    const ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    check(size > 0);
    text[size] = 0;
    return strrchr(text, ')')[2];
}

static void until_asleep(volatile int* tid)
{
    while (*tid == 0 || task_state(*tid) != 'S')
        sched_yield();
}

static void begin_sleeper(struct sleeper* sleeper, uint32_t* word, int operation, uint32_t bits)
{
    memset(sleeper, 0, sizeof *sleeper);
    sleeper->word = word;
    sleeper->operation = operation;
    sleeper->bits = bits;
    start(&sleeper->thread, sleep_on_word, sleeper);
    until_asleep(&sleeper->tid);
}

PART(errors)
{
    static uint32_t word = 5;
    const struct timespec soon = {0, 1000000}, bad = {0, 1000000000}, negative = {-1, 0};
    check_errno(futex(&word, FUTEX_WAIT, 4, NULL, NULL, 0), EAGAIN);
    check_errno(futex(&word, FUTEX_WAIT, 5, &soon, NULL, 0), ETIMEDOUT);
    check_errno(futex(&word, FUTEX_WAIT, 5, &bad, NULL, 0), EINVAL);
    check_errno(futex(&word, FUTEX_WAIT, 5, &negative, NULL, 0), EINVAL);
    check_errno(futex((char*)&word + 1, FUTEX_WAIT, 5, NULL, NULL, 0), EINVAL);
    check_errno(futex((char*)&word + 2, FUTEX_WAKE, 1, NULL, NULL, 0), EINVAL);
    check_errno(futex((void*)16, FUTEX_WAIT, 5, NULL, NULL, 0), EFAULT);
    check_errno(futex((void*)16, FUTEX_WAIT_PRIVATE, 5, NULL, NULL, 0), EFAULT);
    check_errno(futex((void*)16, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
    check(futex((void*)16, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 0);
    check_errno(syscall(SYS_futex, &word, FUTEX_WAIT, 5, (void*)16, NULL, 0), EFAULT);
    check_errno(futex(&word, FUTEX_WAIT_BITSET, 5, NULL, NULL, 0), EINVAL);
    check_errno(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0), EINVAL);
    check_errno(futex(&word, FUTEX_FD, 0, NULL, NULL, 0), ENOSYS);
    check_errno(futex(&word, 99, 0, NULL, NULL, 0), ENOSYS);
    check_errno(futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0), ENOSYS);
    check_errno(futex(&word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 5, &soon, NULL, 0), ENOSYS);
    check_errno(futex_count(&word, FUTEX_REQUEUE, -1, 1, &word, 0), EINVAL);
    check_errno(futex_count(&word, FUTEX_REQUEUE, 1, -1, &word, 0), EINVAL);
    check_errno(futex_count(&word, FUTEX_CMP_REQUEUE, 1, 1, &word, 6), EAGAIN);
    check_errno(futex_count(&word, FUTEX_CMP_REQUEUE, 1, 1, (void*)16, 5), EFAULT);
    check(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0);
    check(futex_count(&word, FUTEX_CMP_REQUEUE, 1, 1, &word, 5) == 0);
}

PART(deadlines)
{
    static uint32_t word = 1;
    struct timespec now, then;
    const int clocks[] = {CLOCK_MONOTONIC, CLOCK_REALTIME};
    for (int i = 0; i < 2; i++) {
        const int operation = FUTEX_WAIT_BITSET_PRIVATE | (i == 1 ? FUTEX_CLOCK_REALTIME : 0);
        clock_gettime(clocks[i], &now);
        then = now;
        then.tv_nsec += 20000000;
        if (then.tv_nsec >= 1000000000) then.tv_nsec -= 1000000000, then.tv_sec++;
        check_errno(futex(&word, operation, 1, &then, NULL, ~0u), ETIMEDOUT);
        clock_gettime(clocks[i], &now);
        check(now.tv_sec > then.tv_sec || (now.tv_sec == then.tv_sec && now.tv_nsec >= then.tv_nsec));
        const struct timespec past = {1, 0};
        check_errno(futex(&word, operation, 1, &past, NULL, ~0u), ETIMEDOUT);
        check_errno(futex(&word, operation, 2, &past, NULL, ~0u), EAGAIN);
    }
    const long long relative[2] = {0, 5000000};
    check_errno(syscall(SYS_futex_time64, &word, FUTEX_WAIT_PRIVATE, 1, relative, NULL, 0), ETIMEDOUT);
    const long long forever[2] = {LLONG_MAX, 0};
    check_errno(syscall(SYS_futex_time64, &word, FUTEX_WAIT_PRIVATE, 2, forever, NULL, 0), EAGAIN);
}

PART(wake_counts)
{
    static uint32_t word = 0;
    struct sleeper sleepers[5];
    for (int i = 0; i < 5; i++)
        begin_sleeper(&sleepers[i], &word, FUTEX_WAIT_PRIVATE, 0);
    check(futex(&word, FUTEX_WAKE_PRIVATE, 2, NULL, NULL, 0) == 2);
    check(futex(&word, FUTEX_WAKE_PRIVATE, 0, NULL, NULL, 0) == 1);  // one at least
    check(futex(&word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0) == 2);
    check(futex(&word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0) == 0);
    for (int i = 0; i < 5; i++) {
        join(sleepers[i].thread);
        check(sleepers[i].result == 0);
    }
}

PART(bitset)
{
    static uint32_t word = 0;
    struct sleeper a, b;
    begin_sleeper(&a, &word, FUTEX_WAIT_BITSET_PRIVATE, 1);
    begin_sleeper(&b, &word, FUTEX_WAIT_BITSET_PRIVATE, 6);
    check(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 8) == 0);
    check(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 4) == 1);
    join(b.thread);
    check(!a.done);
    check(futex(&word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0) == 1);
    join(a.thread);
}

PART(requeue)
{
    static uint32_t from = 0, to = 0;
    struct sleeper sleepers[4];
    for (int i = 0; i < 4; i++)
        begin_sleeper(&sleepers[i], &from, FUTEX_WAIT_PRIVATE, 0);
    check_errno(futex_count(&from, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, &to, 1), EAGAIN);
    check(futex_count(&from, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, &to, 0) == 3);  // woken and moved
    check(futex(&from, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0) == 1);
    check(futex_count(&to, FUTEX_REQUEUE_PRIVATE, 0, 9, &from, 0) == 2);
    check(futex(&to, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0) == 0);
    check(futex(&from, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0) == 2);
    for (int i = 0; i < 4; i++)
        join(sleepers[i].thread);
}

PART(moved_sleeper_times_out)
{
    static uint32_t from = 0, to = 0;
    struct sleeper other;
    begin_sleeper(&other, &from, FUTEX_WAIT_PRIVATE, 0);
    const pid_t pid = fork();  // nobody of the other process is meant
    if (pid == 0) _exit(futex(&from, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0) != 0);
    check_child(pid);
    check(futex_count(&from, FUTEX_REQUEUE_PRIVATE, 0, 9, &to, 0) == 1);
    check(pthread_kill(other.thread, 0) == 0);
    check(futex(&to, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0) == 1);
    join(other.thread);
}

PART(wake_op)
{
    static uint32_t first = 0, second = 0;
    struct sleeper a, b;
    begin_sleeper(&a, &first, FUTEX_WAIT_PRIVATE, 0);
    begin_sleeper(&b, &second, FUTEX_WAIT_PRIVATE, 0);
    // second = 7; it was not above 0
    check(futex_count(&first, FUTEX_WAKE_OP_PRIVATE, 1, 1, &second,
                      FUTEX_OP(FUTEX_OP_SET, 7, FUTEX_OP_CMP_GT, 0)) == 1);
    check(second == 7);
    join(a.thread);
    check(futex_count(&first, FUTEX_WAKE_OP_PRIVATE, 1, 1, &second,
                      FUTEX_OP(FUTEX_OP_ADD, -2, FUTEX_OP_CMP_EQ, 7)) == 1);
    check(second == 5);
    join(b.thread);
    futex_count(&first, FUTEX_WAKE_OP_PRIVATE, 1, 1, &second, FUTEX_OP(FUTEX_OP_OR, 8, FUTEX_OP_CMP_NE, 0));
    check(second == 13);
    futex_count(&first, FUTEX_WAKE_OP_PRIVATE, 1, 1, &second, FUTEX_OP(FUTEX_OP_ANDN, 4, FUTEX_OP_CMP_LE, 0));
    check(second == 9);
    futex_count(&first, FUTEX_WAKE_OP_PRIVATE, 1, 1, &second, FUTEX_OP(FUTEX_OP_XOR, 3, FUTEX_OP_CMP_LT, 0));
    check(second == 10);
    futex_count(&first, FUTEX_WAKE_OP_PRIVATE, 1, 1, &second,
                FUTEX_OP(FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT, 4, FUTEX_OP_CMP_GE, 0));
    check(second == 26);
    check_errno(futex_count(&first, FUTEX_WAKE_OP_PRIVATE, 1, 1, &second, 7u << 28), ENOSYS);
    check_errno(futex_count(&first, FUTEX_WAKE_OP_PRIVATE, 1, 1, &second, 7u << 24), ENOSYS);
    check_errno(futex_count(&first, FUTEX_WAKE_OP_PRIVATE, 1, 1, (void*)16, 0), EFAULT);
}

// ---- Words that processes share ----

static void sleep_across(uint32_t* word, int operation)
{
    const pid_t pid = fork();
    if (pid == 0) {
        while (*(volatile uint32_t*)word == 0)
            if (futex(word, operation, 0, NULL, NULL, ~0u) != 0 && errno != EAGAIN) _exit(1);
        _exit(0);
    }
    while (futex(word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0)  // it sleeps, and is found
        sched_yield();
    *word = 1;
    futex(word, FUTEX_WAKE, 1, NULL, NULL, 0);
    check_child(pid);
}

PART(shared_by_fork)
{
    uint32_t* word = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check(word != MAP_FAILED);
    sleep_across(word, FUTEX_WAIT);
    sleep_across(word + 1500, FUTEX_WAIT_BITSET);
}

PART(shared_by_file)
{
    char name[] = "/tmp/futexes-XXXXXX";
    const int fd = mkstemp(name);
    check(fd >= 0 && unlink(name) == 0 && ftruncate(fd, 12288) == 0);
    uint32_t* here = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);
    const pid_t pid = fork();
    if (pid == 0) {  // elsewhere in memory, and from another page of the file on
        volatile uint32_t* there = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        munmap(here, 8192);
        there += 2048;
        while (*there == 0)
            if (futex((void*)there, FUTEX_WAIT, 0, NULL, NULL, 0) != 0 && errno != EAGAIN) _exit(1);
        _exit(0);
    }
    while (futex(here + 1024, FUTEX_WAKE, 1, NULL, NULL, 0) == 0)
        sched_yield();
    here[1024] = 1;
    futex(here + 1024, FUTEX_WAKE, 1, NULL, NULL, 0);
    check_child(pid);
}

// A word of private memory is each process's own, though both have the page.
PART(private_after_fork)
{
    static uint32_t word = 0;
    const struct timespec time = {0, 30000000};
    const pid_t pid = fork();
    if (pid == 0) _exit(!(futex(&word, FUTEX_WAIT, 0, &time, NULL, 0) == -1 && errno == ETIMEDOUT));
    int status;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        check(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0);
        sched_yield();
    }
    check(status == 0);
}

// ---- Signals ----

static void note_signal(int signal)
{
    (void)signal;
}

static void install(int flags)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note_signal;
    action.sa_flags = flags;
    check(sigaction(SIGUSR1, &action, NULL) == 0);
}

PART(interrupted_by_a_handler)
{
    static uint32_t word = 0;
    struct sleeper sleeper;
    install(0);
    begin_sleeper(&sleeper, &word, FUTEX_WAIT_PRIVATE, 0);
    check(pthread_kill(sleeper.thread, SIGUSR1) == 0);
    join(sleeper.thread);
    check(sleeper.result == -1 && sleeper.error == EINTR);
}

PART(restarted_after_a_handler)
{
    static uint32_t word = 0;
    struct sleeper sleeper;
    install(SA_RESTART);
    begin_sleeper(&sleeper, &word, FUTEX_WAIT_PRIVATE, 0);
    for (int i = 0; i < 3; i++) {
        check(pthread_kill(sleeper.thread, SIGUSR1) == 0);
        until_asleep(&sleeper.tid);
    }
    check(!sleeper.done);
    while (futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 0)
        sched_yield();
    join(sleeper.thread);
    check(sleeper.result == 0);
}

PART(stopped_and_continued)
{
    const pid_t pid = fork();
    if (pid == 0) {
        static uint32_t word = 0;
        const struct timespec time = {0, 300000000};
        const long long begun = now_ns();
        if (futex(&word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0) != -1 || errno != ETIMEDOUT) _exit(1);
        const long long took = now_ns() - begun;
        _exit(took < 300000000 || took > 5000000000LL);
    }
    int status;
    nap_ms(20);
    check(kill(pid, SIGSTOP) == 0 && waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    check(kill(pid, SIGCONT) == 0);
    check_child(pid);
}

// ---- Locks that the kernel hands over ----

static uint32_t lock_word;
static volatile int owner_tid, owner_may_go, owner_has_it;

static void* own_lock(void* argument)
{
    (void)argument;
    check(futex(&lock_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    owner_tid = self_tid();
    owner_has_it = 1;
    while (!owner_may_go)
        sched_yield();
    check(futex(&lock_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    return NULL;
}

static void* want_lock(void* argument)
{
    struct sleeper* sleeper = argument;
    sleeper->tid = self_tid();
    sleeper->result = futex(&lock_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
    sleeper->error = errno;
    if (sleeper->result == 0) check((lock_word & FUTEX_TID_MASK) == (uint32_t)sleeper->tid);
    sleeper->done = 1;
    if (sleeper->result == 0) check(futex(&lock_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    return NULL;
}

PART(lock_is_handed_over)
{
    const int self = self_tid();
    check(futex(&lock_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    check(lock_word == (uint32_t)self);
    check_errno(futex(&lock_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), EDEADLK);
    check_errno(futex(&lock_word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EDEADLK);
    struct sleeper sleepers[3];
    memset(sleepers, 0, sizeof sleepers);
    for (int i = 0; i < 3; i++) {
        start(&sleepers[i].thread, want_lock, &sleepers[i]);
        until_asleep(&sleepers[i].tid);
    }
    check(lock_word == ((uint32_t)self | FUTEX_WAITERS));
    check_errno(futex(&lock_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), EINVAL);
    check(futex(&lock_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    for (int i = 0; i < 3; i++) {
        join(sleepers[i].thread);
        check(sleepers[i].result == 0);
    }
    check(lock_word == 0);
    check_errno(futex(&lock_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EPERM);
}

PART(lock_errors)
{
    pthread_t thread;
    struct timespec now;
    start(&thread, own_lock, NULL);
    while (!owner_has_it)
        sched_yield();
    check_errno(futex(&lock_word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EAGAIN);
    check_errno(futex(&lock_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EPERM);
    clock_gettime(CLOCK_REALTIME, &now);
    check_errno(futex(&lock_word, FUTEX_LOCK_PI_PRIVATE, 0, &now, NULL, 0), ETIMEDOUT);
    clock_gettime(CLOCK_MONOTONIC, &now);
    check_errno(futex(&lock_word, FUTEX_LOCK_PI2_PRIVATE, 0, &now, NULL, 0), ETIMEDOUT);
    owner_may_go = 1;
    join(thread);
    lock_word = 0x3ffffff0;  // nobody has this tid
    check_errno(futex(&lock_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), ESRCH);
    check_errno(futex((void*)16, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), EFAULT);
}

static uint32_t first_lock, second_lock;

static void* lock_in_a_circle(void* argument)
{
    struct sleeper* sleeper = argument;
    check(futex(&second_lock, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    sleeper->tid = self_tid();
    sleeper->result = futex(&first_lock, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
    check(futex(&first_lock, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    check(futex(&second_lock, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    return NULL;
}

PART(circle_of_locks)
{
    struct sleeper other;
    memset(&other, 0, sizeof other);
    check(futex(&first_lock, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    start(&other.thread, lock_in_a_circle, &other);
    until_asleep(&other.tid);
    check_errno(futex(&second_lock, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), EDEADLK);
    check(futex(&first_lock, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    join(other.thread);
    check(other.result == 0);
}

static void* die_with_lock(void* argument)
{
    check(futex(&lock_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    owner_has_it = 1;
    until_asleep(argument);
    syscall(SYS_exit, 0);
    return NULL;
}

PART(lock_of_the_dead)
{
    static volatile int main_tid;
    pthread_t thread;
    main_tid = self_tid();
    start(&thread, die_with_lock, (void*)&main_tid);
    while (!owner_has_it)
        sched_yield();
    check(futex(&lock_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    check((lock_word & FUTEX_TID_MASK) == (uint32_t)main_tid && (lock_word & FUTEX_OWNER_DIED) != 0);
}

// ---- Robust lists ----

struct robust_lock {
    struct robust_list list;
    uint32_t word;
};

static struct robust_list_head* own_head(void)
{
    static struct robust_list_head head;
    head.list.next = &head.list;
    head.futex_offset = offsetof(struct robust_lock, word);
    head.list_op_pending = NULL;
    check(syscall(SYS_set_robust_list, &head, sizeof head) == 0);
    return &head;
}

PART(robust_lists)
{
    struct robust_lock* locks = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check_errno(syscall(SYS_set_robust_list, locks, 11), EINVAL);
    struct robust_list_head *head = own_head(), *told;
    size_t size;
    check(syscall(SYS_get_robust_list, 0, &told, &size) == 0 && told == head && size == sizeof *head);
    check_errno(syscall(SYS_get_robust_list, 0x3ffffff0, &told, &size), ESRCH);
    const pid_t pid = fork();
    if (pid == 0) {
        const uint32_t tid = (uint32_t)self_tid();
        head = own_head();  // fork leaves it behind
        head->list.next = &locks[0].list;
        locks[0].list.next = &locks[1].list;
        locks[1].list.next = &locks[2].list;
        locks[2].list.next = &head->list;
        head->list_op_pending = &locks[3].list;
        locks[0].word = tid;
        locks[1].word = tid | FUTEX_WAITERS;
        locks[2].word = tid + 1;  // somebody else's
        locks[3].word = tid;
        _exit(0);
    }
    check_child(pid);
    check(locks[0].word == FUTEX_OWNER_DIED);
    check(locks[1].word == (FUTEX_OWNER_DIED | FUTEX_WAITERS));
    check(locks[2].word == (uint32_t)pid + 1);
    check(locks[3].word == FUTEX_OWNER_DIED);
}

PART(robust_list_in_a_circle)
{
    struct robust_lock* locks = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const pid_t pid = fork();
    if (pid == 0) {
        struct robust_list_head* head = own_head();
        head->list.next = &locks[0].list;
        locks[0].list.next = &locks[1].list;
        locks[1].list.next = &locks[0].list;
        locks[1].word = (uint32_t)self_tid();
        _exit(0);
    }
    check_child(pid);
    check(locks[1].word == FUTEX_OWNER_DIED);
    const pid_t other = fork();
    if (other == 0) {  // bad addresses, too
        struct robust_list_head* head = own_head();
        head->list.next = (void*)16;
        head->list_op_pending = (void*)0xfffffff0;
        _exit(0);
    }
    check_child(other);
}

// The sleeper hears of a lock whose owner was killed.
PART(robust_lock_wakes)
{
    struct robust_lock* lock = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const pid_t pid = fork();
    if (pid == 0) {
        struct robust_list_head* head = own_head();
        head->list.next = &lock->list;
        lock->list.next = &head->list;
        lock->word = (uint32_t)self_tid() | FUTEX_WAITERS;
        for (;;)
            pause();
    }
    while (*(volatile uint32_t*)&lock->word == 0)
        sched_yield();
    const uint32_t value = lock->word;
    const pid_t killer = fork();
    if (killer == 0) {
        nap_ms(20);
        _exit(kill(pid, SIGKILL));
    }
    const long slept = futex(&lock->word, FUTEX_WAIT, value, NULL, NULL, 0);
    check(slept == 0 || errno == EAGAIN);
    check(lock->word == (FUTEX_WAITERS | FUTEX_OWNER_DIED));
    check(status_of(pid) == SIGKILL);
    check_child(killer);
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
