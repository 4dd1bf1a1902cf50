// Slide: the page cache, part 4: eviction. When frames run out, clean pages of files go first: their entries are cleared
// and the frames serve others. The next access finds the page on the disk again.
#include "user/lib/faults.h"
#include "user/lib/slide.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static const char says[] =
    "When free memory is low, the kernel evicts: it chooses a frame that was not used lately, writes\n"
    "it back if it is dirty, clears every page-table entry that shows it, and reuses the frame. The\n"
    "next access faults and brings the page back from its backing location.\n";

enum { kPages = 8, kChunk = 4 * kSlidePage };
static const char path[] = "/tmp/evict.slide";

static char* map_clean_file(void)
{
    static char contents[kPages * kSlidePage];
    memset(contents, 'e', sizeof contents);
    const int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || write(file, contents, sizeof contents) != sizeof contents || fsync(file) < 0)
        slide_die(path);
    char* const mapping = mmap(NULL, sizeof contents, PROT_READ, MAP_SHARED, file, 0);
    if (mapping == MAP_FAILED) slide_die("mmap");
    close(file);
    return mapping;
}

// Uses up memory until the page is not mapped any more, or all memory is gone. How many bytes that took. It looks often:
// what can be evicted goes at the very last, and after it there is only the killer.
static unsigned long use_memory_until_evicted(const char* page)
{
    struct sysinfo info;
    unsigned long used = 0;
    if (sysinfo(&info) < 0) slide_die("sysinfo");
    const unsigned long limit = info.totalram * info.mem_unit;
    char* const memory =
        mmap(NULL, limit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) slide_die("mmap");
    while (used < limit && is_present(page)) {
        for (unsigned long end = used + kChunk; used < end; used += kSlidePage)
            *(volatile char*)(memory + used) = 1;
    }
    munmap(memory, limit);
    return used;
}

static void show_return(char* page)
{
    static struct fault_counts counts;
    begin_count(&counts);
    const char value = *(volatile char*)page;
    end_count(&counts);
    print_page_table("After a read of page 0", getpid(), page, 1);
    print_counts("the read", &counts);
    expect_number("faults that read from the disk", 1, counts.major);
    expect_byte("the byte read", 'e', value);
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    char* const pages = map_clean_file();
    for (int i = 0; i < kPages; i++)
        (void)*(volatile char*)(pages + i * kSlidePage);
    print_page_table("Pages of a file, clean, mapped and read", getpid(), pages, kPages);
    expect_number("valid pages", kPages, count_present_pages(pages, kPages));

    const unsigned long used = use_memory_until_evicted(pages);
    slide_part("After the program has used %lu MiB of other memory", used >> 20);
    expect_true("page 0 is not valid any more", !is_present(pages));
    const struct page_info info = info_of(0, pages);
    expect_text("its backing location is known: a", "file", backing_name(&info));
    expect_number("offset in the file", 0, (long)info.offset);
    show_return(pages);
    unlink(path);
    return slide_end();
}
