// Slide: where a program's memory lies. Two layouts: the simple one (program, guard page, stack, heap on top) and Linux's
// (program, heap, and a stack that grows down from KERNBASE). The program runs in both and looks at itself.
#include "user/lib/slide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char says[] =
    "Below KERNBASE = 0x80000000 is the program's memory, above it the kernel's, the same in every\n"
    "process. The simple layout, from the bottom: code and data, one guard page, the stack, the\n"
    "heap, which grows up. Linux's: code and data, the heap, and the stack at the top, growing down.\n";

static int global = 1;

static struct page_info row(const char* what, const volatile void* address)
{
    const struct page_info info = info_of(0, address);
    printf("    %-12s 0x%08x  in 0x%08x-0x%08x %c%c%c\n", what, (unsigned)(uintptr_t)address,
           info.region_first, info.region_end, info.rights & PROT_READ ? 'r' : '-',
           info.rights & PROT_WRITE ? 'w' : '-', info.rights & PROT_EXEC ? 'x' : '-');
    return info;
}

static int layout_simple(void)
{
    volatile int local = global;
    const struct page_info code = row("code", (const void*)(uintptr_t)layout_simple);
    row("data", &global);
    const struct page_info guard =
        row("guard page", (void*)(uintptr_t)(info_of(0, &local).region_first - kSlidePage));
    const struct page_info stack = row("stack", &local);
    const struct page_info heap = row("heap", (char*)sbrk(4 * kSlidePage));
    expect_true("code and data are below the guard page", code.region_first < guard.region_first);
    expect_text("what is below the stack", "guard page", backing_name(&guard));
    expect_number("pages of guard", 1, (long)(guard.region_end - guard.region_first) / kSlidePage);
    expect_number("pages of stack", 16, (long)(stack.region_end - stack.region_first) / kSlidePage);
    expect_true("the heap begins where the stack ends", heap.region_first == stack.region_end);
    return slide_end();
}

static int layout_linux(void)
{
    volatile int local = global;
    const struct page_info code = row("code", (const void*)(uintptr_t)layout_simple);
    row("data", &global);
    const struct page_info heap = row("heap", (char*)sbrk(4 * kSlidePage));
    const struct page_info stack = row("stack", &local);
    expect_hex("code begins at", 0x8048000, code.region_first);
    expect_true("the heap is above it", heap.region_first > code.region_end);
    expect_hex("the stack ends at KERNBASE", 0x80000000, stack.region_end);
    const struct page_info below = row("below it", (void*)(uintptr_t)(stack.region_first - kSlidePage));
    expect_text("what is below the stack, until it grows", "nothing", backing_name(&below));
    return slide_end();
}

int main(int argc, char** argv)
{
    char* const again[] = {"vm", "cow", "/demos/layout", "simple", NULL};
    if (argc > 1 && strcmp(argv[1], "simple") == 0) return layout_simple();
    slide_begin(argc, argv, says);
    slide_part("The simple layout: vm cow layout simple");
    expect_number("status of it", 0, run_program(again));
    slide_part("Linux's layout (vm full layout)");
    return layout_linux();
}
