// Slide: growproc, the kernel's side of sbrk. It allocates from the old size up to the new one (allocuvm), or frees from
// the old one down (deallocuvm), records the size, and loads the page table again (switchuvm).
#include "user/lib/slide.h"

#include <stdio.h>
#include <unistd.h>

static const char says[] = "growproc(n): n > 0 calls allocuvm(pgdir, sz, sz + n), n < 0 calls\n"
                           "deallocuvm(pgdir, sz, sz + n); either works on whole pages, so bytes in a page\n"
                           "that is there already cost nothing. Then sz is the new size, and switchuvm()\n"
                           "makes the CPU see the changed table.\n";

enum { kPages = 4 };

static char* heap;

static void grow(intptr_t bytes)
{
    if (sbrk(bytes) == (void*)-1) slide_die("sbrk");
}

static void show_growing(const char* title, intptr_t bytes, int says_pages)
{
    slide_part("%s", title);
    grow(bytes);
    printf("  sz = 0x%08lx\n", (unsigned long)sbrk(0));
    expect_number("valid pages of the heap", says_pages, count_present_pages(heap, kPages));
}

static void show_shrinking(void)
{
    unsigned frames[2];
    for (int i = 0; i < 2; i++)
        frames[i] = frame_of(getpid(), heap + (i + 1) * kSlidePage);
    print_page_table("Before growproc(-8192)", getpid(), heap, kPages);
    grow(-8192);
    const int freed =
        isphysicalpagefree(frames[0]) + isphysicalpagefree(frames[1]);  // before others take them
    print_page_table("After it", getpid(), heap, kPages);
    expect_number("valid pages of the heap", 1, count_present_pages(heap, kPages));
    expect_number("frames that deallocuvm freed", 2, freed);
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    heap = sbrk(0);
    heap += -(uintptr_t)heap % kSlidePage;
    grow(heap - (char*)sbrk(0));
    show_growing("growproc(1): a byte needs a page", 1, 1);
    show_growing("growproc(4095): the rest of the same page", 4095, 1);
    show_growing("growproc(8192): two more", 8192, 3);
    show_shrinking();
    slide_part("In the kernel");
    expect_self_test("growproc");
    expect_self_test("deallocuvm");
    return slide_end();
}
