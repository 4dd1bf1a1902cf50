// Slide: loaduvm, and its exercise: why does it not simply read to addr? Because addr means something in the new page
// table, which is not the one in use: there the same address belongs to the old program.
#include "user/lib/slide.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char says[] = "loaduvm(pgdir, addr, ip, offset, sz): for each page, walk pgdir for its frame\n"
                           "pa, and read from the file to P2V(pa). Exercise: why not read to addr directly?\n"
                           "Answer: pgdir is not loaded yet; addr would be translated by the old program's\n"
                           "page table, to the old program's frames.\n";

// Stands in the file, and is used by nothing before it is compared.
static const char text[2 * kSlidePage] __attribute__((aligned(4096))) = {[0 ... 2 * kSlidePage - 1] = 'T'};
static char variable[kSlidePage] __attribute__((aligned(4096))) = "before exec";

static void compare_with_file(void)
{
    static char file_bytes[2 * kSlidePage];
    const unsigned offset = (unsigned)((uintptr_t)text - 0x8048000);  // the first segment begins at offset 0
    print_page_table("Two pages of the program that nothing has touched", 0, text, 2);
    expect_number("valid pages: exec has loaded them", 2, count_present_pages(text, 2));
    expect_number("accessed pages: by nobody, through this address", 0,
                  (entry_of(0, text) & FL_PTE_A) != 0 || (entry_of(0, text + kSlidePage) & FL_PTE_A) != 0);
    const int file = open("/demos/loaduvm", O_RDONLY);
    if (file < 0 || pread(file, file_bytes, sizeof file_bytes, offset) != sizeof file_bytes)
        slide_die("/demos/loaduvm");
    expect_true("they hold the file's bytes", memcmp(text, file_bytes, sizeof file_bytes) == 0);
}

static long look(long address)
{
    return *(volatile char*)address;
}

// While a program is being loaded, the page table in use is its predecessor's.
static void show_exercise(void)
{
    struct helper child;
    start_helper(&child, look);
    strcpy(variable, "after fork");
    print_two_page_tables("Exercise: one address, two page tables", "this process", getpid(), "another",
                          child.pid, variable, 1);
    expect_true("the frames differ", frame_of(0, variable) != frame_of(child.pid, variable));
    expect_byte("the other's byte 0, read there", 'b', (char)ask_helper(&child, (long)(uintptr_t)variable));
    expect_byte("a write to the address here changed only ours", 'a', variable[0]);
    puts("    so the kernel must go by the frame: P2V(PTE_ADDR(entry)), which is the same in both");
    end_helper(&child);
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    compare_with_file();
    show_exercise();
    slide_part("In the kernel");
    expect_self_test("loaduvm");
    return slide_end();
}
