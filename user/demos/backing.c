// Slide: the page cache, part 2: on a miss, find where the contents are. The kernel can tell for any address of a process:
// a place in a file, private memory, or nothing yet.
#include "user/lib/slide.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static const char says[] = "On a cache miss the kernel must find the backing location of a virtual address\n"
                           "(or of a file and an offset): where on disk is what belongs there? A region\n"
                           "answers: this file, this offset; memory of the program's own has none until it\n"
                           "is written to, and then swap space may serve.\n";

static void show(const char* title, const volatile void* address, const char* says_backing)
{
    const struct page_info info = info_of(0, address);
    slide_part("%s, 0x%08x", title, (unsigned)(uintptr_t)address);
    printf("    entry 0x%08x, backing: %s", info.pte, backing_name(&info));
    printf(info.backing == PAGE_BACKING_FILE ? " %s, offset %u\n" : "\n", info.name, info.offset);
    expect_text("backing", says_backing, backing_name(&info));
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    const int file = open("/bin/sh", O_RDONLY);
    char* const mapped =
        mmap(NULL, 4 * kSlidePage, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 2 * kSlidePage);
    if (mapped == MAP_FAILED) slide_die("/bin/sh");
    map_at(0x601000, 2);

    show("Page 1 of a mapping of /bin/sh from offset 8192 on, not touched yet", mapped + kSlidePage, "file");
    expect_number("offset in the file", 3 * kSlidePage, (long)info_of(0, mapped + kSlidePage).offset);
    expect_true("the page is not valid yet", !is_present(mapped + kSlidePage));
    const char value = *(volatile char*)(mapped + kSlidePage);
    char same;
    if (pread(file, &same, 1, 3 * kSlidePage) != 1) slide_die("pread");
    expect_true("the byte read is the file's", value == same);

    *(volatile char*)(mapped + kSlidePage) = 'p';
    show("The same page after a private write", mapped + kSlidePage, "private memory");
    show("Its neighbour", mapped + 2 * kSlidePage, "file");
    show("Memory that was never touched", (void*)0x601000, "zeroes");
    *(volatile char*)0x601000 = 1;
    show("The same after a write", (void*)0x601000, "private memory");
    show("The program's code", (const void*)(uintptr_t)main, "file");
    show("An address that nothing was mapped at", (void*)0x800444, "nothing");
    return slide_end();
}
