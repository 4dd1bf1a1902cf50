// Slide: the page cache, part 4: eviction. When frames run out, clean pages of files go first: their entries are cleared
// and the frames serve others. The next access finds the page on the disk again.
#include "user/lib/faults.h"
#include "user/lib/slide.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char says[] = "When free memory is low, the kernel evicts: it chooses a frame that was not\n"
                           "used lately, writes it back if it is dirty, clears every page-table entry that\n"
                           "shows it, and reuses the frame. The next access faults and brings the page back\n"
                           "from its backing location.\n";

enum { kPages = 8, kChunk = 4 * kSlidePage, kMostChildren = 4, kMostMegabytes = 1024 };
static const char path[] = "/root/evict.slide";
static char* pages;

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

// In a child: uses memory until the parent's page 0 is not mapped any more, or the child has that much. How many MiB it
// took. It looks often: what can be evicted may go at the very last, and after it there is only the killer.
static long use_memory(long most_megabytes)
{
    const size_t most = (size_t)most_megabytes << 20;
    munmap(pages, kPages * kSlidePage);
    char* const memory =
        mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    size_t used = 0;
    if (memory == MAP_FAILED) return 0;
    while (used < most && (entry_of(getppid(), pages) & FL_PTE_P)) {
        for (const size_t end = used + kChunk; used < end; used += kSlidePage)
            *(volatile char*)(memory + used) = 1;
    }
    return (long)(used >> 20);
}

// As many children as it takes, one after the other. How many MiB they had together.
static long use_memory_until_evicted(void)
{
    struct helper children[kMostChildren];
    int count = 0;
    long used = 0;
    while (count < kMostChildren && is_present(pages)) {
        start_helper(&children[count], use_memory);
        used += ask_helper(&children[count++], kMostMegabytes);
    }
    while (count > 0)
        end_helper(&children[--count]);
    return used;
}

static void show_return(const char* page)
{
    static struct fault_counts counts;
    warm_up_measuring();
    begin_count(&counts);
    const char value = *(const volatile char*)page;
    end_count(&counts);
    print_page_table("After a read of page 0", getpid(), page, 1);
    // Perhaps not the only one: what evicts may still be at it, and this program's own code is a file's too.
    expect_true("a fault read it from the disk", counts.major >= 1);
    expect_byte("the byte read", 'e', value);
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    pages = map_clean_file();
    for (int i = 0; i < kPages; i++)
        (void)*(volatile char*)(pages + i * kSlidePage);
    print_page_table("Pages of a file, clean, mapped and read", getpid(), pages, kPages);
    expect_number("valid pages", kPages, count_present_pages(pages, kPages));

    const long used = use_memory_until_evicted();
    slide_part("After a child has used %ld MiB", used);
    expect_true("page 0 is not valid any more", !is_present(pages));
    const struct page_info info = info_of(0, pages);
    expect_text("its backing location is known: a", "file", backing_name(&info));
    expect_number("offset in the file", 0, (long)info.offset);
    show_return(pages);
    unlink(path);
    return slide_end();
}
