// Slide: the 224 MB. The slides' kernel knows memory up to PHYSTOP; this one reads the machine's memory map, and `mem=224M`
// on its command line gives the slides' machine. Either way there are 57,344 frames below 224 MB.
#include "user/lib/proc.h"
#include "user/lib/slide.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char says[] = "Physical memory is managed from the end of the kernel to PHYSTOP = 0xE000000 =\n"
                           "224 MB, frame by frame: 224 MB / 4096 bytes = 57,344 frames.\n";

enum { kPhystop = 0xe000000, kSlideFrames = 57344, kUses = 11 };

// One past the last frame that the kernel has a record of.
static unsigned frame_limit(void)
{
    unsigned low = 0, high = 1 << 20;
    struct frame_info info;
    while (low < high) {
        const unsigned middle = (low + high) / 2;
        if (frame_info(middle, &info) == 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int was_booted_with(const char* word)
{
    char* const line = read_whole_file("/proc/cmdline", NULL);
    const int found = line && strstr(line, word);
    free(line);
    return found;
}

static void count_uses(unsigned limit, unsigned* uses)
{
    for (unsigned frame = 0; frame < limit; frame++) {
        const unsigned use = info_of_frame(frame).use;
        if (use < kUses) uses[use]++;
    }
}

int main(int argc, char** argv)
{
    unsigned uses[kUses] = {0};
    slide_begin(argc, argv, says);
    const unsigned limit = frame_limit();
    const unsigned below = limit < kSlideFrames ? limit : kSlideFrames;
    slide_part("This machine");
    printf("    the last frame is 0x%05x: memory ends at 0x%08x, %u MiB\n", limit - 1, limit * kSlidePage,
           limit / (1 << 8));
    count_uses(below, uses);
    printf("    below 224 MB: %u free, %u kernel, %u no RAM (firmware, holes), %u in other use\n",
           uses[FRAME_USE_FREE], uses[FRAME_USE_KERNEL], uses[FRAME_USE_RESERVED],
           below - uses[FRAME_USE_FREE] - uses[FRAME_USE_KERNEL] - uses[FRAME_USE_RESERVED]);
    slide_part("Compared");
    expect_hex("224 MB", kPhystop, 224u * 1024 * 1024);
    expect_number("frames below 224 MB", kSlideFrames, (long)below);
    if (was_booted_with("mem=224M"))
        expect_number("frames in all, with mem=224M", kSlideFrames, (long)limit);
    else
        puts("    (scripts/run --append mem=224M boots the slides' machine: then there are no others)");
    expect_true("most of them are free", uses[FRAME_USE_FREE] > below / 2);
    return slide_end();
}
