// Exercise: how many frames do a parent and a child hold after fork and two small writes? The process has the
// exercise's own addresses: code, globals, heap and stack between 0x1000 and 0xFFFF.
#include "user/lib/faults.h"
#include "user/lib/slide.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static const char says[] = "Exercise: a process has these pages of 4096 bytes:\n"
                           "    0x1000-0x2fff code (read-only)   0x3000-0x3fff globals\n"
                           "    0x4000-0x5fff heap               0xf000-0xffff stack\n"
                           "It forks; the child overwrites a 128-byte array on the heap and an 8-byte\n"
                           "variable on the stack. With copy-on-write, how many frames hold both processes'\n"
                           "pages? Answer: 8 (6 of the parent, and the child's copies of one heap and one\n"
                           "stack page); 9 when the array straddles two pages.\n";

static const unsigned slide_pages[] = {0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0xf000};
enum { kPages = sizeof slide_pages / sizeof slide_pages[0], kStackVariable = 0xff00, kArrayBytes = 128 };

static void build_process(void)
{
    map_at(0x1000, 5);
    map_at(0xf000, 1);
    for (int i = 0; i < kPages; i++)
        *(volatile char*)slide_pages[i] = (char)i;
    if (mprotect((void*)0x1000, 2 * kSlidePage, PROT_READ | PROT_EXEC) < 0) slide_die("mprotect");
}

static long overwrite(long array)  // runs in the child
{
    for (int i = 0; i < kArrayBytes; i++)
        ((volatile char*)array)[i] = 'x';
    *(volatile long long*)kStackVariable = 8;
    return 0;
}

static int distinct_frames(pid_t other)
{
    unsigned seen[2 * kPages];
    int count = 0;
    for (int i = 0; i < 2 * kPages; i++) {
        const unsigned frame = frame_of(i < kPages ? getpid() : other, (void*)slide_pages[i % kPages]);
        int known = 0;
        for (int k = 0; k < count; k++)
            known |= seen[k] == frame;
        if (!known && frame) seen[count++] = frame;
    }
    return count;
}

static void run(const char* title, long array, int says_frames)
{
    struct helper child;
    slide_part("%s: 128 bytes from 0x%lx on", title, (unsigned long)array);
    expect_number("frames before fork", 6, distinct_frames(getpid()));
    start_helper(&child, overwrite);
    expect_number("frames after fork", 6, distinct_frames(child.pid));
    ask_helper(&child, array);
    print_two_page_tables("After the child's writes", "parent", getpid(), "child", child.pid, (void*)0x1000,
                          5);
    print_two_page_tables("  and the stack", "parent", getpid(), "child", child.pid, (void*)0xf000, 1);
    expect_number("frames of both processes", says_frames, distinct_frames(child.pid));
    end_helper(&child);
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    build_process();
    run("The array lies in one page", 0x4800, 8);
    run("The array straddles two pages", 0x4fc0, 9);
    return slide_end();
}
