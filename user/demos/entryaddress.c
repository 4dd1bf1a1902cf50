// Slide: entry against address. A page-table entry is a number with a frame's address and flags in it; the entry's own
// place in memory, the frame's physical address and the program's virtual address are three other numbers.
#include "user/lib/slide.h"

#include <stdio.h>
#include <unistd.h>

static const char says[] = "pde_t and pte_t are entries, not addresses: never follow one. PTE_ADDR(entry)\n"
                           "is a physical address, PTE_FLAGS(entry) the rest. The kernel's pointers are\n"
                           "virtual: it reaches a physical address pa as P2V(pa) = pa + KERNBASE.\n";

enum { kKernelBase = 0x80000000u };

static unsigned pte_addr(unsigned entry)
{
    return entry & 0xfffff000;
}

static unsigned pte_flags(unsigned entry)
{
    return entry & 0xfff;
}

static unsigned p2v(unsigned physical)
{
    return physical + kKernelBase;
}

int main(int argc, char** argv)
{
    static int variable = 7;
    slide_begin(argc, argv, says);
    *(volatile int*)&variable = 8;
    const unsigned va = (unsigned)(uintptr_t)&variable;
    const struct page_info info = info_of(0, &variable);
    const unsigned table = pte_addr(info.pde), place = table + (va >> 12 & 1023) * 4;
    slide_part("Five numbers that are all about the variable at 0x%08x", va);
    printf("    the PDE                            0x%08x  an entry\n", info.pde);
    printf("    PTE_ADDR(PDE)                      0x%08x  physical: the page table\n", table);
    printf("    P2V of it, + 4 * PTX(va)           0x%08x  the kernel's pointer to the PTE\n", p2v(place));
    printf("    the PTE                            0x%08x  an entry\n", info.pte);
    printf("    PTE_ADDR(PTE) + offset             0x%08x  physical: the variable\n",
           pte_addr(info.pte) + (va & 4095));
    slide_part("Compared");
    expect_hex("PTE_ADDR | PTE_FLAGS is the entry", info.pte, pte_addr(info.pte) | pte_flags(info.pte));
    expect_number("PTE_ADDR is on a page", 0, pte_addr(info.pte) % kSlidePage);
    // The kernel's half maps physical memory: the same table, seen by the kernel's own address for it.
    const struct page_info seen = info_of(0, (void*)(uintptr_t)p2v(place));
    const unsigned mapped = seen.pde & 0x80 ? (seen.pde & 0xffc00000) + (p2v(place) & 0x3fffff)
                                            : pte_addr(seen.pte) + (p2v(place) & 4095);
    expect_hex("what the kernel's pointer leads to", place, mapped);
    const struct frame_info frame = info_of_frame(pte_addr(info.pte) / kSlidePage);
    expect_number("pages that show the variable's frame", 1, (long)frame.mapper_count);
    expect_hex("the address at which they show it", va & 0xfffff000, frame.mappers[0].va);
    return slide_end();
}
