// Slide: fast copies. fork copies a whole process, and the child mostly calls exec: nearly all of that copy is wasted.
// Counts frames, with and without copying.
#include "user/lib/slide.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static const char says[] = "fork() makes a copy of the whole process. How is that not slow? And do we need\n"
                           "a complete copy? Both processes may share the frames as long as nobody writes:\n"
                           "what changes is one page-table entry for each page.\n";

enum { kFirst = 0x20000000, kPages = 1024 };  // 4 MiB

static unsigned long free_frames(void)
{
    struct sysinfo info;
    if (sysinfo(&info) < 0) slide_die("sysinfo");
    return info.freeram * info.mem_unit / kSlidePage;
}

static long do_nothing(long order)
{
    return order;
}

static int frames_in_common(pid_t child)
{
    int common = 0;
    for (int i = 0; i < kPages; i++) {
        const char* page = (const char*)kFirst + i * kSlidePage;
        common += frame_of(getpid(), page) == frame_of(child, page);
    }
    return common;
}

// `copying`: what the simple kernel's fork does.
static void show_fork(int copying)
{
    struct helper child;
    map_at(kFirst, kPages);
    for (int i = 0; i < kPages; i++)
        *(volatile char*)(kFirst + i * kSlidePage) = 'f';
    const unsigned long before = free_frames();
    start_helper(&child, do_nothing);
    ask_helper(&child, 0);
    const long taken = (long)(before - free_frames());
    print_two_page_tables("The first of 1024 pages", "parent", getpid(), "child", child.pid, (void*)kFirst,
                          2);
    expect_number("frames that both show", copying ? 0 : kPages, frames_in_common(child.pid));
    if (copying)
        expect_true("fork took at least 1024 frames", taken >= kPages);
    else
        expect_true("fork took fewer than 100 frames", taken < 100);
    end_helper(&child);
}

int main(int argc, char** argv)
{
    char* const again[] = {"vm", "stock", "/demos/fastcopy", "copying", NULL};
    if (argc > 1 && strcmp(argv[1], "copying") == 0) {
        slide_begin(1, argv, "");
        show_fork(1);
        return slide_end();
    }
    slide_begin(argc, argv, says);
    slide_part("Sharing until somebody writes (copy-on-write)");
    show_fork(0);
    slide_part("The simple way: vm stock fastcopy copying");
    expect_number("status of it", 0, run_program(again));
    slide_part("In the kernel");
    expect_self_test("copyuvm");
    return slide_end();
}
