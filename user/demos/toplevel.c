// Slide: output_top_level_pte_for, the course's first function on page tables: look up the directory's entry of an address
// and say what it says.
#include "user/lib/slide.h"

#include <stdio.h>
#include <unistd.h>

static const char says[] = "output_top_level_pte_for(p, address) reads p->pgdir[PDX(address)] and prints\n"
                           "what its bits mean. What the top level allows, the second level may still\n"
                           "forbid.\n";

static int lines;

static void line(int holds, const char* text)
{
    if (!holds) return;
    printf("    %s\n", text);
    lines++;
}

static void output_top_level_pte_for(pid_t pid, const volatile void* address)
{
    const unsigned top_level_pte = info_of(pid, address).pde;
    lines = 0;
    slide_part("output_top_level_pte_for(myproc(), 0x%08x)", (unsigned)(uintptr_t)address);
    printf("    top level entry %u\n", (unsigned)((uintptr_t)address >> 22));
    line(top_level_pte & FL_PTE_P, "is present (valid)");
    line(top_level_pte & FL_PTE_W, "is writable (may be overridden in the next level)");
    line(top_level_pte & FL_PTE_U, "is user-accessible (may be overridden in the next level)");
    printf("    has base address 0x%05x000\n", FL_PTE_FRAME(top_level_pte));
}

int main(int argc, char** argv)
{
    static int variable = 1;
    slide_begin(argc, argv, says);
    *(volatile int*)&variable = 2;
    output_top_level_pte_for(getpid(), &variable);
    expect_number("lines about an address of the program", 3, lines);
    expect_text("what lies at its base address", "page table",
                frame_use(FL_PTE_FRAME(info_of(0, &variable).pde)));
    output_top_level_pte_for(getpid(), (void*)0x80100000);
    expect_true("the kernel's half is not user-accessible", !(info_of(0, (void*)0x80100000).pde & FL_PTE_U));
    output_top_level_pte_for(getpid(), (void*)0x40000000);
    expect_number("lines about an address where nothing is", 0, lines);
    return slide_end();
}
