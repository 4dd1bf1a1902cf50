// Slide: copy-on-write, the three cases of a write to a read-only page. What the kernel does depends on the region (may the
// program write here at all?) and on the number of owners of the frame.
#include "user/lib/faults.h"
#include "user/lib/slide.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char says[] =
    "A write to a page whose entry is read-only faults. Three cases:\n"
    "    the page really is read-only            kill the process\n"
    "    copy-on-write, and somebody shares it   copy the page, let the entry show the copy\n"
    "    copy-on-write, and nobody shares it     make the entry writable, copy nothing\n";

static char* const forbidden = (char*)0x601000;
static char* const shared = (char*)0x602000;

static struct fault_counts count_write(char* page)
{
    static struct fault_counts counts;
    begin_count(&counts);
    *(volatile char*)page = 'w';
    end_count(&counts);
    return counts;
}

static long write_in_child(long page)  // how many frames that copied
{
    return (long)count_write((char*)page).actions[kFaultCopyFrame];
}

static void case_forbidden(void)
{
    int status;
    if (mprotect(forbidden, kSlidePage, PROT_READ) < 0) slide_die("mprotect");
    print_page_table("1. The program asked for a read-only page", getpid(), forbidden, 1);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        *(volatile char*)forbidden = 'w';
        _exit(0);
    }
    waitpid(child, &status, 0);
    expect_number("the signal that ends the writer (SIGSEGV)", SIGSEGV,
                  WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    expect_byte("what the page holds", 'a', forbidden[0]);
}

static void case_several_owners(struct helper* child)
{
    const unsigned original = frame_of(getpid(), shared);
    print_two_page_tables("2. Several owners: the child writes", "parent", getpid(), "child", child->pid,
                          shared, 1);
    expect_number("owners of the frame", 2, info_of_frame(frame_of(getpid(), shared)).owners);
    expect_number("frames copied", 1, ask_helper(child, (long)shared));
    print_two_page_tables("   after it", "parent", getpid(), "child", child->pid, shared, 1);
    expect_true("the parent keeps the frame", frame_of(getpid(), shared) == original);
    expect_true("the child has another", frame_of(child->pid, shared) != original);
    expect_true("the child's entry is writable", is_writable(child->pid, shared));
}

static void case_one_owner(void)
{
    const unsigned original = frame_of(getpid(), shared);
    print_page_table("3. One owner is left: the parent writes", getpid(), shared, 1);
    expect_number("owners of the frame", 1, info_of_frame(frame_of(getpid(), shared)).owners);
    expect_true("the entry is still read-only", !is_writable(getpid(), shared));
    const struct fault_counts counts = count_write(shared);
    print_page_table("   after it", getpid(), shared, 1);
    print_counts("the write", &counts);
    expect_number("frames copied", 0, (long)counts.actions[kFaultCopyFrame]);
    expect_number("entries made writable", 1, (long)counts.actions[kFaultMakeWritable]);
    expect_true("the frame is the same", frame_of(getpid(), shared) == original);
}

int main(int argc, char** argv)
{
    struct helper child;
    slide_begin(argc, argv, says);
    map_at((uintptr_t)forbidden, 2);
    forbidden[0] = 'a';
    shared[0] = 'b';
    case_forbidden();
    start_helper(&child, write_in_child);
    case_several_owners(&child);
    case_one_owner();
    end_helper(&child);
    return slide_end();
}
