// Slide: allocuvm and its undo. It allocates and maps page by page; when memory runs out in the middle, it frees what it
// has allocated, so that the process is as it was.
#include "user/lib/slide.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static const char says[] = "allocuvm(pgdir, oldsz, newsz): for each page, mem = kalloc(), zero it,\n"
                           "mappages(...). When kalloc() returns 0 it prints \"allocuvm out of memory\",\n"
                           "calls deallocuvm(pgdir, newsz, oldsz), and returns 0: sbrk fails, and nothing\n"
                           "has changed.\n";

enum { kPages = 3, kFailAt = 3 };

static unsigned long free_frames(void)
{
    struct sysinfo info;
    if (sysinfo(&info) < 0) slide_die("sysinfo");
    return info.freeram * info.mem_unit / kSlidePage;
}

static char* aligned_heap_end(void)
{
    char* const end = sbrk(0);
    if (sbrk((intptr_t)(-(uintptr_t)end % kSlidePage)) == (void*)-1) slide_die("sbrk");
    return sbrk(0);
}

static void show_success(char* end)
{
    print_page_table("Before sbrk(3 pages)", 0, end, kPages);
    expect_number("valid pages", 0, count_present_pages(end, kPages));
    if (sbrk(kPages * kSlidePage) != end) slide_die("sbrk");
    print_page_table("After it", 0, end, kPages);
    expect_number("valid pages", kPages, count_present_pages(end, kPages));
    expect_number("a byte of them", 0, end[2 * kSlidePage + 17]);
}

static void* sbrk_that_fails(int* error, long* lost)
{
    const unsigned long before = free_frames();
    fail_nth(kFailAt);
    void* const result = sbrk(4 * kSlidePage);
    *error = errno;
    fail_nth(0);
    *lost = (long)(before - free_frames());
    return result;
}

static void show_undo(char* end)
{
    void* result;
    int error, attempts = 0;
    long lost;
    slide_part("Four pages more, but the third frame is refused (fail_nth)");
    do  // others may take frames or give some back meanwhile; what allocuvm lost it would lose each time
        result = sbrk_that_fails(&error, &lost);
    while (lost != 0 && ++attempts < 5);
    char* const log = log_since("allocuvm out of memory");
    printf("    the kernel says: %.*s\n", log ? (int)strcspn(log, "\n") : 7, log ? log : "nothing");
    expect_true("sbrk returns -1", result == (void*)-1);
    expect_number("errno is ENOMEM", ENOMEM, error);
    expect_text("the kernel's line", "allocuvm out of memory", log ? (log[strcspn(log, "\n")] = 0, log) : "");
    print_page_table("The pages that it would have allocated", 0, end, 4);
    expect_number("valid pages", 0, count_present_pages(end, 4));
    expect_true("the heap's end has not moved", sbrk(0) == (void*)end);
    expect_number("frames lost", 0, lost);
    free(log);
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    char* const end = aligned_heap_end();
    free(log_since("START"));  // malloc and the log's reader have what they need from here on
    show_success(end);
    show_undo(end + kPages * kSlidePage);
    slide_part("In the kernel");
    expect_self_test("allocuvm");
    expect_self_test("allocuvm-undo");
    return slide_end();
}
