// What the C library makes of futexes: mutexes, conditions, barriers, semaphores, cancelling.
#include "threads.h"

#include <semaphore.h>

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
    start_all(threads, kThreads, take_turns);
    join_all(threads, kThreads);
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
    start_all(threads, kThreads, pass_barriers);
    for (int i = 0; i < kThreads; i++)
        check(sem_wait(&semaphore) == 0);
    join_all(threads, kThreads);
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
    start_all(threads, kThreads, read_or_write);
    join_all(threads, kThreads);
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
    thread = start(spin_for_ever, (void*)&ready);
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
    join_all(threads, kThreads);
    check(shared_count == kThreads * 500);
}
