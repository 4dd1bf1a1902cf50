// Slide: sbrk, the user's side of the heap. It moves the end of the heap and returns where the end was.
#include "user/lib/slide.h"

#include <stdio.h>
#include <unistd.h>

static const char says[] = "sbrk(n) makes the heap n bytes larger and returns its old end: the start of the\n"
                           "new memory. sbrk(0) only asks; sbrk(-n) gives memory back; malloc takes what it\n"
                           "needs by sbrk. In the simple kernel every page is there when sbrk returns.\n";

static void print_heap(void)
{
    printf("  sbrk(0) = 0x%08lx\n", (unsigned long)sbrk(0));
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    char* const start = sbrk(0);
    char* const aligned = start + -(uintptr_t)start % kSlidePage;
    if (sbrk(aligned - start) != start) slide_die("sbrk");

    slide_part("sbrk(8192)");
    print_heap();
    char* const old_end = sbrk(8192);
    print_heap();
    expect_true("it returned the old end", old_end == aligned);
    expect_number("bytes by which the end moved", 8192, (char*)sbrk(0) - aligned);
    print_page_table("The new pages, before any access", getpid(), aligned, 2);
    expect_number("valid pages", 2, count_present_pages(aligned, 2));
    expect_number("a byte of them", 0, aligned[5000]);

    slide_part("sbrk(-4096)");
    const unsigned frame = frame_of(getpid(), aligned + 4096);
    char* const before = sbrk(-4096);
    const int freed = isphysicalpagefree(frame);  // before somebody else takes it
    print_heap();
    expect_true("it returned the old end", before == aligned + 8192);
    print_page_table("The page given back is gone", getpid(), aligned, 2);
    expect_number("valid pages", 1, count_present_pages(aligned, 2));
    expect_true("its frame was free at once", freed);

    slide_part("More than there is room for");
    char* const now = sbrk(0);
    expect_true("sbrk(0x7fffffff) returns -1", sbrk(0x7fffffff) == (void*)-1);
    expect_true("the end has not moved", sbrk(0) == (void*)now);
    return slide_end();
}
