// Slide: skipping the guard page. One page does not stop a function whose frame is larger than it. Two ways against that:
// the compiler touches each page of a large frame (-fstack-clash-protection), or the gap is much larger than one page.
#include "user/lib/slide.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char says[] = "    void example() { int array[2000]; array[0] = 1000; ... }\n"
                           "The array has 8000 bytes, the stack and the guard page 4096 each. Called from\n"
                           "main, array[0] lies in the guard page: caught. One frame deeper it lies below:\n"
                           "the write hits the program's own data and nobody notices. A compiler can touch\n"
                           "every page of a large frame, or the kernel can leave a gap of many pages.\n";

enum { kStackLimit = 64 << 10, kGapPages = 256 };
static const uintptr_t kernel_base = 0x80000000;

static const char *program, *argument;

static void run_marked_program(void)
{
    execl(program, strrchr(program, '/') + 1, argument, NULL);
}

static int run_it(const char* title, const char* path, const char* word, struct kill_line* line)
{
    int status;
    slide_part("%s", title);
    program = path;
    argument = word;
    const pid_t child = run_in_child(run_marked_program, &status);
    if (!WIFSIGNALED(status)) return 0;
    if (find_kill_line(child, line)) printf("    %s\n", line->text);
    return WTERMSIG(status);
}

static void show_marked_programs(void)
{
    struct kill_line line;
    int signal_number = run_it("Called from main: /xv6/skipguard", "/xv6/skipguard", NULL, &line);
    expect_number("the signal that ends it (SIGSEGV)", SIGSEGV, signal_number);
    expect_number("err: the page is present, a write, user", 7, line.error);

    signal_number = run_it("One frame deeper: /xv6/skipguard deeper", "/xv6/skipguard", "deeper", &line);
    expect_number("the signal that ends it: none, the guard page was skipped", 0, signal_number);

    signal_number = run_it("The same, compiled with -fstack-clash-protection: /xv6/skipprobed deeper",
                           "/xv6/skipprobed", "deeper", &line);
    expect_number("the signal that ends it (SIGSEGV)", SIGSEGV, signal_number);
    // The probe is `orl $0, (%esp)`: some CPUs read first (err 5), others ask to write at once (err 7).
    expect_number("err, but for read or write: the page is present, user", 5, line.error & ~2);
}

// ---- the default gap ----

static volatile int none;  // 0, but the compiler cannot know: so it keeps the whole array

static __attribute__((noinline)) void example(void)
{
    volatile int array[2000];
    array[none] = 1000;
    (void)array;
}

// At the end of what the stack may grow to, as deep as one can be.
static int use_stack_up(void)
{
    const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    volatile char* low = __builtin_alloca(here - (kernel_base - kStackLimit) - 1024);
    low[0] = 1;
    example();
    return low[0];
}

static void run_in_small_stack(void)
{
    const struct rlimit limit = {kStackLimit, kStackLimit};
    setrlimit(RLIMIT_STACK, &limit);
    execl("/demos/skipguard", "skipguard", "gap", NULL);
}

static void show_gap(void)
{
    struct kill_line line;
    int status;
    slide_part("This kernel's own layout: a stack that may grow to 64 KiB, and a gap of 256 pages below");
    const pid_t child = run_in_child(run_in_small_stack, &status);
    expect_number("the signal that ends it (SIGSEGV)", SIGSEGV, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    if (!find_kill_line(child, &line)) slide_die("no kill line");
    printf("    %s\n", line.text);
    const unsigned end = (unsigned)kernel_base - kStackLimit;
    expect_number("err: not present, a write, user", 6, line.error);
    expect_true("addr is below what the stack may grow to", line.address < end);
    expect_true("and within the gap", line.address >= end - kGapPages * kSlidePage);
}

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "gap") == 0) return use_stack_up();
    slide_begin(argc, argv, says);
    show_marked_programs();
    show_gap();
    return slide_end();
}
