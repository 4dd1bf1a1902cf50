// Slide: kalloc and kfree. The list of free frames needs no memory of its own: each free frame's first word names the next
// one. The kernel takes three frames and frees them, and reads those words (/proc/lecture/kalloc).
#include "user/lib/slide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char says[] = "Free frames form a linked list whose links lie inside the free frames: struct\n"
                           "run { struct run *next; }. kfree(v) puts a frame at the list's head, kalloc()\n"
                           "takes the head: the frame freed last is the one that is used next.\n";

enum { kShown = 3 };

struct freed_frame {
    unsigned frame, link;
};

static void read_frees(const char* text, struct freed_frame* freed)
{
    for (int i = 0; i < kShown; i++) {
        text = strstr(text, "kfree: ");
        if (!text || sscanf(text, "kfree: %x, first word %x", &freed[i].frame, &freed[i].link) != 2)
            slide_die("/proc/lecture/kalloc");
        text++;
    }
}

static void show_own_frame(void)
{
    unsigned frame;
    int mapped_free, freed, attempts = 0;
    do {  // before somebody else takes it
        map_at(0x601000, 1);
        *(volatile char*)0x601000 = 'k';
        frame = frame_of(0, (void*)0x601000);
        mapped_free = isphysicalpagefree(frame);
        unmap_at(0x601000, 1);
        freed = isphysicalpagefree(frame);
    } while (!freed && ++attempts < 5);
    slide_part("A frame of this program: 0x%05x", frame);
    expect_true("it is not free while it is mapped", !mapped_free);
    expect_true("it is free after munmap", freed);
}

int main(int argc, char** argv)
{
    struct freed_frame freed[kShown];
    slide_begin(argc, argv, says);
    char* const text = do_experiment("kalloc");
    read_frees(text, freed);
    slide_part("The kernel allocates three frames, and frees them in the same order");
    for (int i = 0; i < kShown; i++)
        printf("    kfree(0x%05x): its first word is now 0x%05x\n", freed[i].frame, freed[i].link);
    printf("    the list: 0x%05x -> 0x%05x -> 0x%05x -> 0x%05x -> ...\n", freed[2].frame, freed[1].frame,
           freed[0].frame, freed[0].link);
    expect_frame("the third frame's link is the second", freed[1].frame, freed[2].link);
    expect_frame("the second's is the first", freed[0].frame, freed[1].link);
    expect_frame("the next kalloc() gives the frame freed last", freed[2].frame,
                 experiment_value(text, "kalloc again"));
    free(text);
    show_own_frame();
    slide_part("In the kernel");
    expect_self_test("kalloc");
    expect_self_test("kfree");
    return slide_end();
}
