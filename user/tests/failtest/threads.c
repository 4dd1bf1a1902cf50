// Threads by clone itself, futexes with and without owners, what a thread leaves locked, and its segments.
#include "failtest.h"

#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    kThread = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000,  // VM FS FILES SIGHAND THREAD SYSVSEM
    kTellParent = 0x100000,
    kClearChild = 0x200000,
    kNewFiles = 0x400,
    kWait = 0,
    kWake = 1,
    kLockOwned = 6,
    kUnlockOwned = 7,
    kPrivate = 128
};

static uint32_t stack[2 * kPage / 4] __attribute__((aligned(16)));
static volatile int running;  // the thread's number; 0 once it has ended

// A thread that runs body() and ends. -1 and errno where there is none.
static int start(int flags, void (*body)(void))
{
    uint32_t* const top = &stack[2 * kPage / 4 - 8];
    int result;
    *top = (uint32_t)body;
    __asm__ volatile("int $0x80\n\t"
                     "test %%eax, %%eax\n\t"
                     "jnz 1f\n\t"
                     "pop %%eax\n\t"
                     "call *%%eax\n\t"
                     "mov $1, %%eax\n\t"  // exit
                     "xor %%ebx, %%ebx\n\t"
                     "int $0x80\n\t"
                     "1:"
                     : "=a"(result)
                     : "a"(SYS_clone), "b"(flags | kTellParent | kClearChild), "c"(top), "d"(&running),
                       "S"(0), "D"(&running)
                     : "memory", "cc");
    if (result >= 0) return 0;
    errno = -result;
    return -1;
}

static void join(void)
{
    for (int tid; (tid = running) != 0;)
        syscall(SYS_futex, &running, kWait, tid, NULL, NULL, 0);
}

static void do_nothing(void) {}

static int try_clone(void)
{
    return start(kThread, do_nothing);
}
FAILS(clone, try_clone, join, EAGAIN);

// A task that shares the memory only, with a table of files of its own: a process, to be waited for.
static int try_clone_process(void)
{
    return start(0x100 | SIGCHLD, do_nothing);
}
static void wait_for_child(void)
{
    check(wait(NULL) > 0);
}
FAILS(clone_process, try_clone_process, wait_for_child, EAGAIN);

// ---- Futexes ----

static volatile uint32_t* words;  // a fresh page of shared memory each time

static int map_words(void)
{
    words = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return words == MAP_FAILED ? -1 : 0;
}
static void unmap_words(void)
{
    check(munmap((void*)words, kPage) == 0);
}

// Nobody has touched the page that holds the word: the call makes it present.
static int try_futex(void)
{
    const struct timespec soon = {0, 1000};
    if (map_words() != 0) return -1;
    if (syscall(SYS_futex, words, kWait, 0, &soon, NULL, 0) == 0 || errno == ETIMEDOUT) return 0;
    const int error = errno;
    unmap_words();
    errno = error;
    return -1;
}
FAILS(futex, try_futex, unmap_words, EFAULT);

static int try_lock_owned(void)
{
    if (map_words() != 0) return -1;
    if (syscall(SYS_futex, words, kLockOwned, 0, NULL, NULL, 0) == 0) return 0;
    const int error = errno;
    unmap_words();
    errno = error;
    return -1;
}
static void unlock_owned(void)
{
    check(*words == (uint32_t)syscall(SYS_gettid));
    check(syscall(SYS_futex, words, kUnlockOwned, 0, NULL, NULL, 0) == 0);
    unmap_words();
}
FAILS(futex_owned, try_lock_owned, unlock_owned, EFAULT);

// The lock is somebody else's, who sleeps until this task waits for it, and then hands it over.
static volatile int owned;

static void hold_and_hand_over(void)
{
    const struct timespec moment = {0, 200000};
    check(syscall(SYS_futex, words, kLockOwned, 0, NULL, NULL, 0) == 0);
    owned = 1;
    syscall(SYS_futex, &owned, kWake, 1, NULL, NULL, 0);
    while ((*words & 0x80000000) == 0)
        nanosleep(&moment, NULL);
    check(syscall(SYS_futex, words, kUnlockOwned, 0, NULL, NULL, 0) == 0);
}
static int try_contended(void)
{
    owned = 0;
    if (start(kThread, hold_and_hand_over) != 0) return -1;
    while (!owned)
        syscall(SYS_futex, &owned, kWait, 0, NULL, NULL, 0);
    check(syscall(SYS_futex, words, kLockOwned, 0, NULL, NULL, 0) == 0);
    check(syscall(SYS_futex, words, kUnlockOwned, 0, NULL, NULL, 0) == 0);
    return 0;
}
PART(contended_fails)
{
    check(map_words() == 0);
    fail_call("contended", (struct call){try_contended, join, EAGAIN});
}

// What a thread that ends leaves locked is marked, even where the page is to be made present for that.
static struct {
    void* next;
    long offset;
    void* pending;
} robust_head;

static void end_with_lock(void)
{
    robust_head.next = (void*)words;
    check(syscall(SYS_set_robust_list, &robust_head, sizeof robust_head) == 0);
    words[1] = (uint32_t)syscall(SYS_gettid);
    words[0] = (uint32_t)(uintptr_t)&robust_head;
}
static int try_robust(void)
{
    if (map_words() != 0) return -1;
    robust_head.offset = 4;
    if (start(kThread, end_with_lock) == 0) return 0;
    const int error = errno;
    unmap_words();
    errno = error;
    return -1;
}
static void see_mark(void)
{
    join();
    check(words[1] == 0x40000000);
    unmap_words();
}
FAILS(robust, try_robust, see_mark, EAGAIN);

// ---- What belongs to a thread ----

static int try_segments(void)
{
    struct {
        unsigned entry, base, limit, flags;
    } segment = {6, 0x1000, 0xfffff, 0x51};
    return (int)syscall(SYS_set_thread_area, &segment);
}
FAILS(thread_area, try_segments, NULL, 0);

static int try_affinity(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return -1;
    return sched_setaffinity(0, sizeof set, &set);
}
FAILS(affinity, try_affinity, NULL, 0);

static int try_unshare(void)
{
    return (int)syscall(SYS_unshare, kNewFiles);
}
FAILS(unshare, try_unshare, NULL, 0);
