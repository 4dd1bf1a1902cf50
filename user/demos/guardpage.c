// Slide: the guard page. It lies below the stack, present in the page table but not the user's: a stack that grows too far
// faults there instead of overwriting the program's data.
#include "user/lib/slide.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char says[] = "exec allocates two pages above the program and clears U in the entry of the\n"
                           "first (clearpteu): the guard page. A stack that overflows touches it, and the\n"
                           "CPU faults: the page is present, but not for user code.\n";

static char* guard;

static void write_guard(void)
{
    *(volatile char*)guard = 1;
}

static void read_guard(void)
{
    (void)*(volatile char*)guard;
}

static volatile int no_depth = -1;  // an end that the compiler cannot know is never reached

static __attribute__((noinline)) int recurse(int depth)
{
    volatile char frame[64];
    frame[0] = (char)depth;
    return depth == no_depth ? 0 : recurse(depth + 1) + frame[0];
}

static void overflow(void)
{
    recurse(0);
}

static void show_kill(const char* what, void (*f)(void), int says_error)
{
    struct kill_line line;
    int status;
    slide_part("%s", what);
    const pid_t child = run_in_child(f, &status);
    expect_number("the signal that ends it (SIGSEGV)", SIGSEGV, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    if (!find_kill_line(child, &line)) slide_die("no kill line");
    printf("    %s\n", line.text);
    expect_number("trap", 14, line.trap);
    expect_number("err", says_error, line.error);
    expect_true("addr is in the guard page", line.address - (uintptr_t)guard < kSlidePage);
}

int main(int argc, char** argv)
{
    volatile int local = 0;
    slide_begin(argc, argv, says);
    const struct page_info stack = info_of(0, &local);
    guard = (char*)(uintptr_t)(stack.region_first - kSlidePage);
    print_page_table("The page below the guard, the guard page, and the lowest stack page", 0,
                     guard - kSlidePage, 3);
    const unsigned entry = entry_of(0, guard);
    expect_true("the guard page is present", entry & FL_PTE_P);
    expect_true("it is not the user's", !(entry & FL_PTE_U));
    expect_true("the stack page is", entry_of(0, guard + kSlidePage) & FL_PTE_U);
    show_kill("A read of it (err 5: present, user)", read_guard, 5);
    show_kill("A write to it (err 7: present, write, user)", write_guard, 7);
    show_kill("A stack that grows without end", overflow, 7);
    return slide_end();
}
