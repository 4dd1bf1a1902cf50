// Slide: mappages. It fills in the entries of a range page by page; where the range crosses 4 MiB, walkpgdir makes another
// table. A page that is mapped already is a bug of the kernel: it panics with "remap".
#include "user/lib/slide.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

static const char says[] = "mappages(pgdir, va, size, pa, perm): for each page of the range, pte =\n"
                           "walkpgdir(pgdir, a, 1); if it is present already, panic(\"remap\"); *pte = pa |\n"
                           "perm | PTE_P. Under the simple policy every mapping calls it at once.\n";

enum { kPages = 4 };
static char* const first = (char*)0x307fe000;  // two pages below a multiple of 4 MiB

static void print_directory_entries(void)
{
    for (int i = 0; i < 2; i++) {
        const char* at = first + i * 2 * kSlidePage;
        printf("    PDE %u: 0x%08x\n", (unsigned)(uintptr_t)at >> 22, info_of(0, at).pde);
    }
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    slide_part("Before: two directory entries, no tables");
    print_directory_entries();
    expect_hex("PDE of the first page", 0, info_of(0, first).pde);
    expect_hex("PDE of the last page", 0, info_of(0, first + 3 * kSlidePage).pde);

    map_at((uintptr_t)first, kPages);
    slide_part("After mapping four pages over the boundary");
    print_directory_entries();
    print_page_table("The entries", 0, first, kPages);
    expect_number("valid pages", kPages, count_present_pages(first, kPages));
    const unsigned table = info_of(0, first).pde, next_table = info_of(0, first + 2 * kSlidePage).pde;
    expect_text("what the first PDE names", "page table", frame_use(FL_PTE_FRAME(table)));
    expect_text("what the second PDE names", "page table", frame_use(FL_PTE_FRAME(next_table)));
    expect_true("these are two tables", FL_PTE_FRAME(table) != FL_PTE_FRAME(next_table));
    for (int i = 0; i < kPages; i++)
        if ((entry_of(0, first + i * kSlidePage) & 7) != 7) expect_true("perm is W and U everywhere", 0);

    slide_part("The same range again");
    const unsigned frame = frame_of(0, first);
    void* const again = mmap(first, kSlidePage, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    expect_true("mmap that must not replace fails (EEXIST)", again == MAP_FAILED && errno == EEXIST);
    expect_true("the page keeps its frame", frame_of(0, first) == frame);
    puts("    (in the kernel, mapping twice is a panic: scripts/run --append ktest=remap shows it)");
    slide_part("In the kernel");
    expect_self_test("mappages");
    return slide_end();
}
