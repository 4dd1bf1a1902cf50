// Slide: where a program's memory lies. Two layouts: the simple one (program, guard page, stack, heap on top) and Linux's
// (program, heap, and a stack that grows down from KERNBASE). The program runs in both and looks at itself.
#include "user/lib/slide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char says[] = "Below KERNBASE = 0x80000000 is the program's memory, above it the kernel's, the\n"
                           "same in every process. The simple layout, from the bottom: code and data, one\n"
                           "guard page, the stack, the heap, which grows up. Linux's: code and data, the\n"
                           "heap, and the stack at the top, growing down.\n";

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

// What a program of xv6's has, seen from outside while it waits for its input.
static void look_at_xv6_program(pid_t pid)
{
    struct page_info part = {0};
    while (info_of(pid, NULL).backing == PAGE_BACKING_NONE)
        yield();  // exec is not through yet
    static const char* const names[] = {"program", "guard page", "stack"};
    unsigned pages[3];
    for (int i = 0; i < 3; i++) {
        part = info_of(pid, (void*)(uintptr_t)part.region_end);
        pages[i] = (part.region_end - part.region_first) / kSlidePage;
        printf("    %-12s 0x%08x-0x%08x  %u page%s\n", names[i], part.region_first, part.region_end, pages[i],
               pages[i] == 1 ? "" : "s");
        if (i == 1) expect_text("what is above the program", "guard page", backing_name(&part));
    }
    expect_hex("the program begins at", 0, info_of(pid, NULL).region_first);
    expect_number("pages of guard", 1, (long)pages[1]);
    expect_number("pages of stack", 1, (long)pages[2]);
}

static void show_xv6_program(void)
{
    int input[2];
    slide_part("The lecture's own layout: /xv6/cat, linked at 0");
    if (pipe(input) < 0) slide_die("pipe");
    const pid_t child = fork();
    if (child < 0) slide_die("fork");
    if (child == 0) {
        dup2(input[0], 0);
        close(input[1]);
        execl("/xv6/cat", "cat", NULL);
        _exit(1);
    }
    close(input[0]);
    look_at_xv6_program(child);
    close(input[1]);  // the end of its input, and of it
    waitpid(child, NULL, 0);
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
    show_xv6_program();
    slide_part("The simple layout, for other programs: vm cow layout simple");
    expect_number("status of it", 0, run_program(again));
    slide_part("Linux's layout (vm full layout)");
    return layout_linux();
}
