// Slide: figure 4-4 of the manual (Formats of CR3 and Paging-Structure Entries). The two entries that translate one
// address of this process, bit by bit, as the CPU finds them.
#include "user/lib/slide.h"

#include <stdio.h>
#include <unistd.h>

static const char says[] =
    "An address of 32 bits is an index into the page directory (10 bits), an index\n"
    "into a page table (10 bits), and an offset (12 bits). Both entries have the\n"
    "same form: a frame's number in bits 12 to 31, and flags below.\n"
    "    31                                12 11   9  8  7  6  5  4   3   2   1   0\n"
    "   |            frame number            | free |G |PS|D |A |PCD|PWT| U | W | P |\n";

static int variable = 42;

static void print_split(const void* address)
{
    const unsigned va = (unsigned)(uintptr_t)address;
    slide_part("The address of a variable, 0x%08x", va);
    printf("    directory index  %4u  (bits 22 to 31)\n", va >> 22);
    printf("    table index      %4u  (bits 12 to 21)\n", va >> 12 & 1023);
    printf("    offset           %4u  (bits 0 to 11)\n", va & 4095);
    expect_hex("the three put together", va, va >> 22 << 22 | (va >> 12 & 1023) << 12 | (va & 4095));
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    *(volatile int*)&variable = 43;
    print_split(&variable);
    const struct page_info info = info_of(0, &variable);
    slide_part("Page-directory entry (PDE)");
    print_entry_bits(kDirectoryEntry, info.pde);
    slide_part("Page-table entry (PTE)");
    print_entry_bits(kTableEntry, info.pte);
    slide_part("Compared");
    expect_hex("flags of the PDE (P W U A)", 0x027, info.pde & 0xfff);
    expect_hex("flags of the PTE (P W U A D)", 0x067, info.pte & 0xfff);
    expect_text("what the frame of the PDE is", "page table", frame_use(FL_PTE_FRAME(info.pde)));
    expect_text("what the frame of the PTE is", "private memory", frame_use(FL_PTE_FRAME(info.pte)));
    expect_hex("getpagetableentry says the same", info.pte, entry_of(0, &variable));
    return slide_end();
}
