// Slide: setupkvm and kmap. Every page directory has the same upper half, the kernel's; it is built from one table of
// areas. Read back entry by entry, and compared between two processes.
#include "user/lib/slide.h"

#include <stdio.h>
#include <unistd.h>

static const char says[] = "setupkvm() makes a page directory with the kernel's mappings, area by area from\n"
                           "the table kmap: the kernel's text and read-only data without W, all other\n"
                           "memory with W, the devices; none of it with U. Every process's directory has\n"
                           "them at the same addresses, above KERNBASE.\n";

enum { kFirstEntry = 512, kEntries = 1024 };
static const unsigned kernel_base = 0x80000000;

enum entry_kind { kNone, kLarge, kTable };

static unsigned directory_entry(pid_t pid, unsigned index)
{
    return info_of(pid, (void*)((uintptr_t)index << 22)).pde & ~(unsigned)(FL_PTE_A | FL_PTE_D);
}

static enum entry_kind kind_of(unsigned pde)
{
    if (!(pde & FL_PTE_P)) return kNone;
    return pde & FL_PTE_PS ? kLarge : kTable;
}

static void print_area(unsigned first, unsigned end, enum entry_kind kind)
{
    static const char* const names[] = {"nothing", "4 MiB pages: physical memory", "page tables"};
    printf("    0x%08x-0x%08x  %3u entries  %s\n", first << 22, (end << 22) - 1, end - first, names[kind]);
}

static void print_areas(void)
{
    slide_part("The directory's upper half, entries 512 to 1023");
    unsigned first = kFirstEntry;
    for (unsigned index = kFirstEntry + 1; index <= kEntries; index++) {
        const enum entry_kind kind = kind_of(directory_entry(0, first));
        if (index < kEntries && kind_of(directory_entry(0, index)) == kind) continue;
        print_area(first, index, kind);
        first = index;
    }
}

static unsigned kernel_page_entry(unsigned index)  // of the first 4 MiB, where the kernel's image lies
{
    return info_of(0, (void*)(kernel_base + index * kSlidePage)).pte;
}

// Runs of pages with the same rights: low memory, the image's text and read-only data, the rest.
static int print_image(void)
{
    int read_only_pages = 0;
    unsigned first = 0;
    slide_part("The second level of entry 512: the kernel's image lies here");
    for (unsigned index = 1; index <= kEntries; index++) {
        const unsigned rights = kernel_page_entry(first) & (FL_PTE_P | FL_PTE_W | FL_PTE_U);
        if (index < kEntries && (kernel_page_entry(index) & (FL_PTE_P | FL_PTE_W | FL_PTE_U)) == rights)
            continue;
        printf("    0x%08x-0x%08x  %4u pages  P %u  W %u  U %u\n", kernel_base + first * kSlidePage,
               kernel_base + index * kSlidePage - 1, index - first, rights & 1, rights >> 1 & 1,
               rights >> 2 & 1);
        if (rights == FL_PTE_P) read_only_pages += (int)(index - first);
        first = index;
    }
    return read_only_pages;
}

static void check_rights(void)
{
    unsigned user = 0;
    const int read_only = print_image();
    for (unsigned index = kFirstEntry; index < kEntries; index++)
        user += (directory_entry(0, index) & FL_PTE_U) != 0;
    expect_number("entries of the upper half with U", 0, (long)user);
    expect_true("the kernel's text and read-only data are without W", read_only > 50);
    expect_true("the video memory at 0x800b8000 is writable", kernel_page_entry(0xb8) & FL_PTE_W);
}

static long do_nothing(long order)
{
    return order;
}

static void compare_processes(void)
{
    struct helper child;
    unsigned different = 0, lower = 0;
    start_helper(&child, do_nothing);
    for (unsigned index = 0; index < kEntries; index++) {
        const int same = directory_entry(0, index) == directory_entry(child.pid, index);
        if (index < kFirstEntry)
            lower += directory_entry(0, index) != 0 && !same;
        else
            different += !same;
    }
    end_helper(&child);
    slide_part("This process's directory and its child's");
    expect_number("entries of the kernel's half that differ", 0, (long)different);
    expect_true("the program's half has page tables of its own", lower > 0);
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    print_areas();
    check_rights();
    compare_processes();
    slide_part("In the kernel");
    expect_self_test("setupkvm");
    return slide_end();
}
