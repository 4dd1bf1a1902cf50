// Slide: walkpgdir in four steps, and the creation of a second-level table. The walk is done twice: with the entries that
// the kernel reads back, for an address that has a table and for one that has none until it is touched.
#include "user/lib/slide.h"

#include <stdio.h>
#include <unistd.h>

static const char says[] =
    "walkpgdir(pgdir, va, alloc) returns the place of the page-table entry of va:\n"
    "    1. pde = &pgdir[PDX(va)]                        the directory's entry\n"
    "    2. is it present?                               else: alloc a table, or return 0\n"
    "    3. pgtab = P2V(PTE_ADDR(*pde))                  the page table\n"
    "    4. return &pgtab[PTX(va)]                       the place of the entry\n"
    "With alloc set, a missing table is a fresh frame of zeroes, that is, of entries\n"
    "not present.\n";

enum { kKernelBase = 0x80000000u };
static char* const far_away = (char*)0x30000000;

static void print_walk(const volatile void* address)
{
    const unsigned va = (unsigned)(uintptr_t)address;
    const struct page_info info = info_of(0, address);
    printf("    1. PDX(0x%08x) = %u: pgdir[%u] = 0x%08x\n", va, va >> 22, va >> 22, info.pde);
    printf("    2. present: %s\n", info.pde & FL_PTE_P ? "yes" : "no");
    if (!(info.pde & FL_PTE_P)) {
        printf("    walkpgdir(pgdir, va, 0) = 0\n");
        return;
    }
    const unsigned table = info.pde & 0xfffff000;
    printf("    3. pgtab = P2V(0x%08x) = 0x%08x\n", table, table + kKernelBase);
    printf("    4. PTX(0x%08x) = %u: &pgtab[%u] = 0x%08x, where 0x%08x stands\n", va, va >> 12 & 1023,
           va >> 12 & 1023, table + kKernelBase + (va >> 12 & 1023) * 4, info.pte);
}

static void show_creation(void)
{
    map_at((uintptr_t)far_away, 2);
    slide_part("An address whose 4 MiB nobody has touched");
    print_walk(far_away);
    expect_hex("its PDE", 0, info_of(0, far_away).pde);

    *(volatile char*)far_away = 'w';
    slide_part("After a write to it: walkpgdir(pgdir, va, 1)");
    print_walk(far_away);
    const struct page_info info = info_of(0, far_away);
    const unsigned table = FL_PTE_FRAME(info.pde);
    expect_hex("flags of the new PDE (P W U)", 7, info.pde & 7);
    expect_text("what its frame is", "page table", frame_use(table));
    expect_hex("the next entry of the new table", 0, info_of(0, far_away + kSlidePage).pte);
    expect_true("the neighbours share the table",
                FL_PTE_FRAME(info_of(0, far_away + kSlidePage).pde) == table);
}

int main(int argc, char** argv)
{
    static int variable = 1;
    slide_begin(argc, argv, says);
    *(volatile int*)&variable = 2;
    slide_part("An address that is in use");
    print_walk(&variable);
    expect_true("the walk ends at a present entry", info_of(0, &variable).pte & FL_PTE_P);
    show_creation();
    slide_part("In the kernel");
    expect_self_test("walkpgdir");
    return slide_end();
}
