// Eight threads on one memory: futexes, maps, copy-on-write and fork all at once, for so many seconds of the clock.
// Each thread checks what it alone knows; the mutex, the handed-over lock and the semaphores check each other.
#define _GNU_SOURCE
#include "report.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

enum { kThreads = 8, kSharedPages = 32 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, inheriting;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t tokens;
static volatile long guarded, twin, inherited;
static volatile unsigned tickets;
static volatile int over;
static unsigned (*volatile shared)[1024];
static long rounds[kThreads];

static unsigned next_random(unsigned* state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static void use_mutex(void)
{
    pthread_mutex_lock(&mutex);
    check(guarded == twin);
    guarded++;
    twin++;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
}

static void use_condition(void)
{
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 200000;
    if (soon.tv_nsec >= 1000000000) soon.tv_nsec -= 1000000000, soon.tv_sec++;
    pthread_mutex_lock(&mutex);
    const int waited = pthread_cond_timedwait(&condition, &mutex, &soon);
    check(waited == 0 || waited == ETIMEDOUT);
    check(guarded == twin);
    pthread_mutex_unlock(&mutex);
}

static void use_inheriting(void)
{
    check(pthread_mutex_lock(&inheriting) == 0);
    inherited++;
    check(pthread_mutex_unlock(&inheriting) == 0);
}

static void use_semaphore(void)
{
    while (sem_wait(&tokens) != 0)
        check(errno == EINTR);
    const unsigned in = __sync_add_and_fetch(&tickets, 1);
    check(in <= 3);
    __sync_sub_and_fetch(&tickets, 1);
    check(sem_post(&tokens) == 0);
}

// A map of our own, with a hole punched into it and its rights taken and given back.
static void use_maps(unsigned value)
{
    enum { kPages = 6 };
    unsigned char* pages =
        mmap(NULL, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(pages != MAP_FAILED);
    for (int i = 0; i < kPages; i++) {
        check(pages[i * kPage] == 0);
        pages[i * kPage] = (unsigned char)value;
    }
    check(munmap(pages + 2 * kPage, kPage) == 0);
    check(mprotect(pages, kPage, PROT_READ) == 0);
    check(pages[0] == (unsigned char)value && pages[3 * kPage] == (unsigned char)value);
    check(mprotect(pages, kPage, PROT_READ | PROT_WRITE) == 0);
    pages[0]++;
    check(madvise(pages + 3 * kPage, kPage, MADV_DONTNEED) == 0 && pages[3 * kPage] == 0);
    check(munmap(pages, kPages * kPage) == 0);
}

// Each thread has a word of its own in every page that all write.
static void use_shared_pages(int self, unsigned value)
{
    for (int page = 0; page < kSharedPages; page++)
        shared[page][self * 16] = value;
    for (int page = 0; page < kSharedPages; page++)
        check(shared[page][self * 16] == value);
}

// The child sees our words as they were, and what it writes stays its own.
static void use_fork(int self, unsigned value)
{
    use_shared_pages(self, value);
    const pid_t pid = fork();
    if (pid == 0) {
        for (int page = 0; page < kSharedPages; page++) {
            if (shared[page][self * 16] != value) _exit(1);
            shared[page][self * 16] = ~value;
        }
        _exit(0);
    }
    check(pid > 0);
    int status;
    for (int page = 0; page < kSharedPages; page++)
        check(shared[page][self * 16] == value);
    check(waitpid(pid, &status, 0) == pid && status == 0);
    for (int page = 0; page < kSharedPages; page++)
        check(shared[page][self * 16] == value);
}

static void* nothing(void* argument)
{
    return argument;
}

static void use_thread(void)
{
    pthread_t thread;
    void* result;
    check(pthread_create(&thread, NULL, nothing, &thread) == 0);
    check(pthread_join(thread, &result) == 0 && result == &thread);
}

static void* storm(void* argument)
{
    const int self = (int)(long)argument;
    unsigned state = 12345 + self;
    for (unsigned round = 1; !over; round++) {
        const unsigned chance = next_random(&state) % 100;
        if (chance < 30)
            use_mutex();
        else if (chance < 34)
            use_condition();
        else if (chance < 50)
            use_inheriting();
        else if (chance < 65)
            use_semaphore();
        else if (chance < 80)
            use_maps(round);
        else if (chance < 95)
            use_shared_pages(self, round);
        else if (chance < 97)
            use_fork(self, round);
        else
            use_thread();
        rounds[self]++;
    }
    return NULL;
}

int main(int argc, char** argv)
{
    const long seconds = argc > 1 ? atol(argv[1]) : 10;
    pthread_mutexattr_t attributes;
    pthread_t threads[kThreads];
    pthread_mutexattr_init(&attributes);
    check(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT) == 0);
    check(pthread_mutex_init(&inheriting, &attributes) == 0 && sem_init(&tokens, 0, 3) == 0);
    shared = mmap(NULL, kSharedPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (long i = 0; i < kThreads; i++)
        check(pthread_create(&threads[i], NULL, storm, (void*)i) == 0);
    struct timespec time = {seconds, 0};
    while (nanosleep(&time, &time) != 0)
        ;
    over = 1;
    long all = 0, least = rounds[0];
    for (int i = 0; i < kThreads; i++) {
        check(pthread_join(threads[i], NULL) == 0);
        all += rounds[i];
        if (rounds[i] < least) least = rounds[i];
    }
    check(guarded == twin);
    report("rounds", all);
    report("least", least);
    printf("thread_storm: right\n");
    return 0;
}
