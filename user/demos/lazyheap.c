// Slide: allocating heap space on demand. sbrk only moves the end of the heap; a page gets its frame when it is touched.
// Run it under `stock`, and it says what differs: there sbrk allocates at once.
#include "user/lib/faults.h"
#include "user/lib/slide.h"

#include <unistd.h>

static const char says[] = "sbrk() can say yes without allocating: it only records that the heap is larger\n"
                           "now. The first access to a page of it faults; the kernel sees that the address\n"
                           "is below the heap's end, allocates one zeroed frame, and the program never\n"
                           "notices.\n";

enum { kPages = 5, kTouched = 3 };

static char* page_aligned_heap(int pages)
{
    char* heap = sbrk((intptr_t)(pages + 1) * kSlidePage);
    if (heap == (char*)-1) slide_die("sbrk");
    return heap + -(uintptr_t)heap % kSlidePage;
}

int main(int argc, char** argv)
{
    static struct fault_counts counts;
    slide_begin(argc, argv, says);
    char* heap = page_aligned_heap(kPages);
    char* const touched = heap + kTouched * kSlidePage;
    print_page_table("After sbrk(5 pages), before any access", getpid(), heap, kPages);
    expect_number("valid pages", 0, count_present_pages(heap, kPages));

    begin_count(&counts);
    touched[100] = 'x';
    end_count(&counts);
    print_page_table("After a write to page 3 of it", getpid(), heap, kPages);
    print_counts("the write", &counts);
    expect_number("faults", 1, counts.minor + counts.major);
    expect_number("frames filled with zeroes", 1, (long)counts.actions[kFaultZeroFill]);
    expect_number("valid pages", 1, count_present_pages(heap, kPages));
    expect_true("the page that was touched is writable", is_writable(getpid(), touched));
    expect_number("the byte before the one written", 0, touched[99]);

    begin_count(&counts);
    touched[200] = 'y';
    end_count(&counts);
    print_counts("a second write to the same page", &counts);
    expect_number("faults of the second write", 0, counts.minor + counts.major);
    return slide_end();
}
