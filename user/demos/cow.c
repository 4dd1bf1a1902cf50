// Slide: copy-on-write, the table. Five pages at VPN 0x601 to 0x605, as on the slide: before fork, after it, and after
// the child's write to the last one.
#include "user/lib/faults.h"
#include "user/lib/slide.h"

#include <unistd.h>

static const char says[] = "fork copies the page table, not the pages: both processes show the same frames,\n"
                           "and every entry is read-only. The first write to a page faults; the kernel\n"
                           "copies that one page, and the writer's entry shows the copy, writable. The\n"
                           "other process keeps the original.\n";

enum { kPages = 5, kFirst = 0x601000, kWritten = 0x605000 };
static char* const pages = (char*)kFirst;

static long write_page(long address)  // runs in the child; how many frames that copied
{
    static struct fault_counts counts;
    begin_count(&counts);
    *(volatile char*)address = 'c';
    end_count(&counts);
    return (long)counts.actions[kFaultCopyFrame];
}

static int same_frames(pid_t other, int count)
{
    int same = 0;
    for (int i = 0; i < count; i++)
        same += frame_of(getpid(), pages + i * kSlidePage) == frame_of(other, pages + i * kSlidePage);
    return same;
}

static int writable_pages(pid_t pid)
{
    int writable = 0;
    for (int i = 0; i < kPages; i++)
        writable += is_writable(pid, pages + i * kSlidePage);
    return writable;
}

int main(int argc, char** argv)
{
    struct helper child;
    slide_begin(argc, argv, says);
    map_at(kFirst, kPages);
    for (int i = 0; i < kPages; i++)
        pages[i * kSlidePage] = (char)('1' + i);
    const unsigned original = frame_of(getpid(), (char*)kWritten);
    print_page_table("Before fork: one process", getpid(), pages, kPages);
    expect_number("writable pages", 5, writable_pages(getpid()));

    start_helper(&child, write_page);
    print_two_page_tables("After fork: the same frames, nobody may write", "parent", getpid(), "child",
                          child.pid, pages, kPages);
    expect_number("frames that both show", 5, same_frames(child.pid, kPages));
    expect_number("pages that the parent may write", 0, writable_pages(getpid()));
    expect_number("pages that the child may write", 0, writable_pages(child.pid));

    const long copied = ask_helper(&child, kWritten);
    print_two_page_tables("After the child's write to VPN 0x605", "parent", getpid(), "child", child.pid,
                          pages, kPages);
    expect_number("frames copied", 1, copied);
    expect_number("frames that both show", 4, same_frames(child.pid, kPages));
    expect_true("the parent keeps the original", frame_of(getpid(), (char*)kWritten) == original);
    expect_true("the child's copy is writable", is_writable(child.pid, (char*)kWritten));
    expect_true("the parent's entry is still read-only", !is_writable(getpid(), (char*)kWritten));
    expect_number("frames copied by a second write", 0, ask_helper(&child, kWritten));
    expect_byte("what the parent reads there", '5', *(volatile char*)kWritten);
    end_helper(&child);
    return slide_end();
}
