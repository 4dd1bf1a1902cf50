// Slide: allocating stack space on demand. A push at esp 0x7FFFC000 needs a page that does not exist yet; the fault
// brings it, and the push is retried. The addresses are the slide's own: this stack begins at 0x80000000 too.
#include "user/lib/faults.h"
#include "user/lib/slide.h"

#include <unistd.h>

static const char says[] = "A push with esp = 0x7FFFC000 stores to the page below, VPN 0x7FFFB, which is\n"
                           "not valid. The hardware raises a page fault; the kernel looks up what should be\n"
                           "there (stack), takes a frame, sets the page-table entry, and returns: the push\n"
                           "is retried and succeeds.\n";

enum { kPages = 5 };
static char* volatile slide_esp = (char*)0x7fffc000;  // volatile: to the compiler no object is there
static char* const first_page = (char*)0x7fffb000;

static void use_stack_above(void)  // VPN 0x7FFFC to 0x7FFFF: the stack that is in use already
{
    for (char* page = slide_esp + 3 * kSlidePage; page >= slide_esp; page -= kSlidePage)
        *(volatile char*)page += 0;
}

static void push_at(char* esp, unsigned value)
{
    __asm__ volatile("movl %%esp, %%esi\n\t"
                     "movl %0, %%esp\n\t"
                     "pushl %1\n\t"  // the slide's instruction A
                     "movl %%esi, %%esp"
                     :
                     : "r"(esp), "r"(value)
                     : "esi", "memory");
}

int main(int argc, char** argv)
{
    static struct fault_counts counts;
    unsigned frames[kPages];
    slide_begin(argc, argv, says);
    use_stack_above();
    print_page_table("Before: pushl %ebx with esp = 0x7fffc000", getpid(), first_page, kPages);
    expect_true("VPN 0x7FFFB is not valid", !is_present(first_page));
    expect_number("valid pages, VPN 0x7FFFC to 0x7FFFF", 4, count_present_pages(slide_esp, 4));
    for (int i = 0; i < kPages; i++)
        frames[i] = frame_of(getpid(), first_page + i * kSlidePage);

    begin_count(&counts);
    push_at(slide_esp, 0x1234abcd);
    end_count(&counts);

    print_page_table("After", getpid(), first_page, kPages);
    print_counts("the push", &counts);
    expect_number("faults", 1, counts.minor + counts.major);
    expect_number("frames filled with zeroes", 1, (long)counts.actions[kFaultZeroFill]);
    expect_true("VPN 0x7FFFB is valid and writable", is_writable(getpid(), first_page));
    for (int i = 1; i < kPages; i++)
        if (frame_of(getpid(), first_page + i * kSlidePage) != frames[i])
            expect_true("the other entries are as before", 0);
    expect_hex("the word at 0x7fffbffc", 0x1234abcd, *(volatile unsigned*)(slide_esp - 4));
    expect_hex("the word below it", 0, *(volatile unsigned*)(slide_esp - 8));
    return slide_end();
}
