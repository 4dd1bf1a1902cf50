// Slide: setting a page-table entry by hand. The kernel does it on a directory of its own (/proc/lecture/setpte), then
// loads that directory and uses the address: both names of the frame lead to the same word.
#include "user/lib/slide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char says[] = "To map a frame at va: find the place of the entry, pte = walkpgdir(pgdir, va,\n"
                           "1), and store\n"
                           "    *pte = V2P(mem) | PTE_P | PTE_W | PTE_U;\n"
                           "From then on the CPU translates va to the frame that the kernel knows as mem.\n"
                           "The CPU itself sets A when the entry is used, and D when the page is written.\n";

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    char* const text = do_experiment("setpte");
    slide_part("The kernel does it, on a page directory of nobody's");
    for (const char* line = text; *line; line = strchr(line, '\n') + 1)
        printf("    %.*s\n", (int)strcspn(line, "\n"), line);

    slide_part("Compared");
    const unsigned mem = experiment_value(text, "mem"), set = experiment_value(text, "entry set");
    expect_hex("the entry before", 0, experiment_value(text, "entry before"));
    expect_hex("V2P(mem)", mem - 0x80000000u, experiment_value(text, "physical"));
    expect_hex("V2P(mem) | P | W | U", experiment_value(text, "physical") | FL_PTE_P | FL_PTE_W | FL_PTE_U,
               set);
    expect_hex("read at va: what was written through mem", experiment_value(text, "written through mem"),
               experiment_value(text, "read through va"));
    expect_hex("read through mem: what was written at va", experiment_value(text, "written through va"),
               experiment_value(text, "read through mem"));
    expect_hex("bits that the CPU has set since (A, D)", FL_PTE_A | FL_PTE_D,
               experiment_value(text, "entry after") ^ set);
    free(text);
    return slide_end();
}
