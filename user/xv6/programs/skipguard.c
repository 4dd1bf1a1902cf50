// Slide: skipping the guard page. An array of 8000 bytes on a stack of one page reaches over the guard page; whether its
// first element lies in the guard page or below it depends on how deep the stack was. Built a second time with
// -fstack-clash-protection (skipprobed), which touches each page on the way.
#include "types.h"
#include "user.h"

enum { kPage = 4096 };

static volatile uint where;  // the array began
static volatile int none;    // 0, but the compiler cannot know: so it keeps whole arrays

static __attribute__((noinline)) void example(void)
{
    volatile int array[2000];
    array[none] = 1000;
    where = (uint)array;
}

static __attribute__((noinline)) void one_frame_deeper(void)
{
    volatile char line[300];
    line[none] = 'x';
    example();
    line[none + 1] = line[none];
}

int main(int argc, char** argv)
{
    const uint stack = (uint)&argc / kPage * kPage;
    (void)argv;
    printf(1, "    stack page 0x%x, guard page 0x%x, program below\n", stack, stack - kPage);
    if (argc > 1)
        one_frame_deeper();
    else
        example();
    printf(1, "    array[0] at 0x%x, below the guard page: it holds %d, in the program's own memory\n", where,
           *(volatile int*)where);
    exit();
}
