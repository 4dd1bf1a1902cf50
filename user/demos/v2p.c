// Slide: V2P and P2V. The kernel maps all physical memory at KERNBASE, so that it can reach any frame by adding a constant.
// Only kernel addresses of this map convert so; an address of a program needs the walk through its page table.
#include "user/lib/slide.h"

#include <stdio.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static const char says[] = "V2P(a) = a - KERNBASE and P2V(a) = a + KERNBASE, with KERNBASE = 0x80000000:\n"
                           "the kernel's half of every page table maps virtual KERNBASE + x to physical x.\n"
                           "It is no function for addresses of programs.\n";

static const unsigned kernel_base = 0x80000000;

// Where the page tables of this process lead, walked with the entries that the kernel reads back.
static unsigned walk(unsigned va)
{
    const struct page_info info = info_of(0, (void*)(uintptr_t)va);
    if (info.pde & FL_PTE_PS) return (info.pde & 0xffc00000) | (va & 0x3fffff);
    return info.pte & FL_PTE_P ? (info.pte & 0xfffff000) | (va & 0xfff) : 0;
}

static unsigned ram_megabytes(void)
{
    struct sysinfo info;
    if (sysinfo(&info) < 0) slide_die("sysinfo");
    return (unsigned)(info.totalram * (info.mem_unit / 1024) / 1024);
}

static void show_direct_map(void)
{
    static const unsigned samples[] = {0x000b8000, 0x00100000, 0x00400000, 0x01234567};
    slide_part("P2V, and where the page table leads from there");
    puts("    physical     P2V          walk gives");
    for (unsigned i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const unsigned physical = samples[i], kernel = physical + kernel_base;
        printf("    0x%08x   0x%08x   0x%08x\n", physical, kernel, walk(kernel));
        if (walk(kernel) != physical) expect_hex("the walk of P2V(pa)", physical, walk(kernel));
    }
    unsigned wrong = 0;
    const unsigned end = ram_megabytes() / 4 * 4;
    for (unsigned megabyte = 4; megabyte < end; megabyte += 4)  // 4 MiB pages: one look at each
        wrong += walk((megabyte << 20) + kernel_base) != megabyte << 20;
    expect_number("places of the direct map (one in 4 MiB) that are not P2V", 0, (long)wrong);
}

static void show_user_address(void)
{
    static int variable = 1;
    *(volatile int*)&variable = 2;
    const unsigned va = (unsigned)(uintptr_t)&variable;
    slide_part("An address of this program");
    printf("    virtual 0x%08x, walk gives physical 0x%08x, which the kernel reaches at 0x%08x\n", va,
           walk(va), walk(va) + kernel_base);
    expect_true("it is below KERNBASE: V2P is not for it", va < kernel_base);
    expect_hex("the walk of P2V(its physical address)", walk(va), walk(walk(va) + kernel_base));
    expect_true("two virtual addresses, one frame", walk(va) != va);
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    show_direct_map();
    show_user_address();
    slide_part("In the kernel");
    expect_self_test("V2P");
    return slide_end();
}
