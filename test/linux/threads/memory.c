// One memory on many CPUs: what one thread unmaps or protects is so for all.
#include "threads.h"

#include <setjmp.h>

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
    start_all(readers, 4, read_window);
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
    join_all(readers, 4);
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
    start_all(readers, 4, write_window);
    for (int round = 0; round < 200; round++) {
        check(mprotect(window, 4096, PROT_READ) == 0);
        const int was = *(volatile int*)window;
        for (int i = 0; i < 200; i++)
            check(*(volatile int*)window == was);
        check(mprotect(window, 4096, PROT_READ | PROT_WRITE) == 0);
    }
    stop_reading = 1;
    join_all(readers, 4);
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
    join_all(readers, 4);
}

static void* grow_heap(void* argument)
{
    const char mine = (char)((long)argument + 1);
    for (int i = 0; i < 200; i++) {
        char* memory = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        check(memory != MAP_FAILED);
        memset(memory, mine, 3 * 4096);
        check(munmap(memory + 4096, 4096) == 0);
        check(memory[0] == mine && memory[2 * 4096] == mine);
        check(munmap(memory, 3 * 4096) == 0);
        free(memset(malloc(20000 + i), 1, 20000));
    }
    return NULL;
}

PART(mapping_from_all_threads)
{
    pthread_t threads[kThreads];
    start_all(threads, kThreads, grow_heap);
    join_all(threads, kThreads);
}
