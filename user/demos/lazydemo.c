// lazydemo: memory is a promise. brk, mmap, bss and the program's own file give addresses; the frame comes with
// the fault of the first touch. Every number printed here is read from the kernel.
#include "user/lib/faults.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { kPageSize = 4096, kHeapPages = 256, kMappedPages = 1024, kBssPages = 64, kTablePages = 48 };

static char bss_array[kBssPages * kPageSize] __attribute__((aligned(4096)));

// Read-only data that nothing has read yet: it stands in the program's file and nowhere else.
static const char table[kTablePages * kPageSize]
    __attribute__((aligned(4096))) = {[0 ... kTablePages * kPageSize - 1] = 7};

static volatile char sink;

static void write_page(char* page)
{
    *(volatile char*)page = 1;
}
static void read_page(const char* page)
{
    sink = *(const volatile char*)page;
}

// Touches one page, and shows the entry before and after, and what the touch cost.
static void show_touch(const char* what, char* page, void (*touch)(char*))
{
    struct fault_counts counts;
    print_entry("before", getpid(), page);
    fflush(stdout);
    begin_count(&counts);
    touch(page);
    end_count(&counts);
    print_counts(what, &counts);
    print_entry("after", getpid(), page);
}

static void touch_read(char* page)
{
    read_page(page);
}

static void show_heap(void)
{
    struct fault_counts counts;
    printf("\n1. sbrk(%d pages): addresses at once, frames later\n", kHeapPages);
    begin_count(&counts);
    char* heap = sbrk((kHeapPages + 1) * kPageSize);
    end_count(&counts);
    if (heap == (char*)-1) {
        puts("  no memory");
        return;
    }
    heap += -(uintptr_t)heap % kPageSize;
    print_counts("sbrk", &counts);
    show_touch("write to page 0", heap, write_page);
    show_touch("write to page 0 again", heap, write_page);
    show_touch("write to page 200", heap + 200 * kPageSize, write_page);
    const int present = count_present(heap, heap + kHeapPages * kPageSize);
    if (present >= 0) printf("  present now: %d of %d pages\n", present, kHeapPages);
}

static void show_mapping(void)
{
    struct fault_counts counts;
    printf("\n2. mmap(%d pages): a read gets the zero frame, a write a frame of its own\n", kMappedPages);
    begin_count(&counts);
    char* memory =
        mmap(NULL, kMappedPages * kPageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    end_count(&counts);
    if (memory == MAP_FAILED) {
        puts("  no memory");
        return;
    }
    print_counts("mmap", &counts);
    show_touch("read page 0", memory, touch_read);
    show_touch("read page 1", memory + kPageSize, touch_read);
    show_touch("write to page 1", memory + kPageSize, write_page);
    const int present = count_present(memory, memory + kMappedPages * kPageSize);
    if (present >= 0) printf("  present now: %d of %d pages\n", present, kMappedPages);
    munmap(memory, kMappedPages * kPageSize);
}

static void show_bss(void)
{
    printf("\n3. bss, an array of %d pages: zeros that are in no file and in no frame\n", kBssPages);
    show_touch("write to page 0", bss_array, write_page);
    show_touch("write to page 33", bss_array + 33 * kPageSize, write_page);
    const int present = count_present(bss_array, bss_array + sizeof bss_array);
    if (present >= 0) printf("  present now: %d of %d pages\n", present, kBssPages);
}

static void show_program(void)
{
    puts("\n4. the program's file: pages come from the page cache when code or data is used");
    print_regions("lazydemo");
    printf("  a table of %d pages in it that nothing has read yet:\n", kTablePages);
    show_touch("read its page 24", (char*)(uintptr_t)(table + 24 * kPageSize), touch_read);
    const int present = count_present(table, table + sizeof table);
    if (present < 0) return;
    printf("  present now: %d of %d pages", present, kTablePages);
    puts(present > 1 ? " (the fault also mapped neighbours that were in the cache)" : "");
}

int main(int argc, char** argv)
{
    if (argc > 1) {
        const int wants_help = strcmp(argv[1], "--help") == 0;
        fputs("Usage: lazydemo\nShow that pages get their frames when they are touched first.\n",
              wants_help ? stdout : stderr);
        return wants_help ? 0 : 1;
    }
    puts("lazydemo: a page gets its frame when it is touched, not when it is asked for");
    start_measuring();
    sink = 0;  // its page is there before anything is counted
    show_heap();
    show_mapping();
    show_bss();
    show_program();
    return 0;
}
