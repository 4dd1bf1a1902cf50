// stackdemo: the stack grows by faults. The classic exercise: a function with a local array of 32 KiB touches each
// of its pages; aligned, that costs exactly 8 frames. `stackdemo overflow` goes on until the guard gap ends it.
#include "user/lib/faults.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { kPageSize = 4096, kArrayPages = 8, kGapPages = 16 };

// The function's whole frame. The array lies at the bottom; the gap above it, never touched, keeps the array away
// from pages that printf and its like have used before.
struct frame {
    char a[kArrayPages * kPageSize];
    char gap[kGapPages * kPageSize];
};

enum touch { kLookOnly, kTouchPages };

static uintptr_t stack_pointer(void)
{
    uintptr_t esp;
    __asm__ volatile("mov %%esp, %0" : "=r"(esp));
    return esp;
}

static volatile uintptr_t array_at;  // where the array is when the function runs

// Calls nothing, so nothing is pushed below the array.
static __attribute__((noinline)) void use_array(enum touch touch)
{
    volatile struct frame frame __attribute__((aligned(4096)));
    array_at = (uintptr_t)frame.a;
    if (touch == kTouchPages)
        for (int page = kArrayPages - 1; page >= 0; page--)
            frame.a[page * kPageSize] = 1;  // from the top, as a stack
}

static void print_entries(uintptr_t array)
{
    char name[24];
    for (int page = kArrayPages - 1; page >= 0; page--) {
        snprintf(name, sizeof name, "a[%d]", page * kPageSize);
        print_entry(name, getpid(), (const void*)(array + (uintptr_t)page * kPageSize));
    }
}

static void exercise(void)
{
    struct fault_counts counts;
    use_array(kLookOnly);
    const uintptr_t array = array_at;
    printf("\nesp here 0x%08lx; char a[%d] will be at 0x%08lx, VPN 0x%05lx to 0x%05lx\n",
           (unsigned long)stack_pointer(), kArrayPages * kPageSize, (unsigned long)array,
           (unsigned long)array / kPageSize, (unsigned long)array / kPageSize + kArrayPages - 1);
    puts("\nBefore:");
    print_regions("[stack]");
    print_entries(array);
    fflush(stdout);
    begin_count(&counts);
    use_array(kTouchPages);
    end_count(&counts);
    puts("\nThe function touches one byte in each page:");
    print_counts("8 pages", &counts);
    puts("\nAfter:");
    print_regions("[stack]");
    print_entries(array);
    const int present = count_present((const void*)array, (const void*)(array + kArrayPages * kPageSize));
    if (present >= 0) printf("\nFrames for the array: %d\n", present);
    begin_count(&counts);
    use_array(kTouchPages);
    end_count(&counts);
    print_counts("the same function once more", &counts);
}

static volatile int no_depth = -1;  // an end that the compiler cannot know is never reached

// Each level takes a page.
static __attribute__((noinline)) int recurse(int depth)
{
    volatile char page[kPageSize - 64];
    if (depth == no_depth) return 0;
    page[0] = (char)depth;
    if (depth % 256 == 0) {
        printf("  depth %5d: esp 0x%08lx\n", depth, (unsigned long)stack_pointer());
        fflush(stdout);
    }
    return recurse(depth + 1) + page[0];  // uses the page after the call: no jump can replace it
}

static int overflow(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        printf("\nThe stack may grow to %lu KiB. A page deeper with each call:\n",
               (unsigned long)(limit.rlim_cur / 1024));
    return recurse(1);
}

int main(int argc, char** argv)
{
    if (argc > 2 || (argc == 2 && strcmp(argv[1], "overflow") != 0)) {
        const int wants_help = strcmp(argv[1], "--help") == 0;
        fputs("Usage: stackdemo [overflow]\n"
              "Show what a local array of 8 pages costs; with 'overflow', recurse until the guard gap is "
              "hit.\n",
              wants_help ? stdout : stderr);
        return wants_help ? 0 : 1;
    }
    puts("stackdemo: the stack grows when it is touched");
    start_measuring();
    if (argc == 2) return overflow();
    exercise();
    return 0;
}
