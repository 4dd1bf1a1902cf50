// Slide: the page cache, part 1: hits. One cache serves read(), mmap and exec: what one process has read from the disk,
// the next finds in memory, in the same frame.
#include "user/lib/faults.h"
#include "user/lib/slide.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char says[] = "The page cache maps (file, offset) to a frame. A hit needs no disk, whoever\n"
                           "read the page first: read(), a mapping, another process. All of them share the\n"
                           "one frame.\n";

enum { kPages = 4 };
static const char path[] = "/root/cachehit.slide";

static int make_file(void)
{
    static char contents[kPages * kSlidePage];
    memset(contents, 'c', sizeof contents);
    const int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || write(file, contents, sizeof contents) != sizeof contents || fsync(file) < 0)
        slide_die(path);
    if (posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) != 0) slide_die("posix_fadvise");
    return file;
}

static char* map_file(int file)
{
    char* const mapping = mmap(NULL, kPages * kSlidePage, PROT_READ, MAP_SHARED, file, 0);
    if (mapping == MAP_FAILED) slide_die("mmap");
    return mapping;
}

static struct fault_counts read_byte(const char* page)
{
    static struct fault_counts counts;
    begin_count(&counts);
    (void)*(const volatile char*)page;
    end_count(&counts);
    return counts;
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    const int file = make_file();
    char* first = map_file(file);
    slide_part("A file that is on the disk only: the first read of its page 2 is a miss");
    struct fault_counts counts = read_byte(first + 2 * kSlidePage);
    print_counts("through a mapping", &counts);
    expect_number("faults that read from the disk", 1, counts.major);
    const unsigned frame = frame_of(getpid(), first + 2 * kSlidePage);
    printf("    now in frame 0x%05x: %s of %s\n", frame, frame_use(frame), info_of_frame(frame).name);

    slide_part("The same page through a second mapping: a hit");
    char* second = map_file(file);
    counts = read_byte(second + 2 * kSlidePage);
    print_counts("through the second mapping", &counts);
    expect_number("faults that read from the disk", 0, counts.major);
    expect_number("faults in all", 1, counts.minor);
    expect_true("both mappings show the same frame", frame_of(getpid(), second + 2 * kSlidePage) == frame);

    slide_part("write() goes to the same frame, and the mappings see it at once");
    if (pwrite(file, "W", 1, 2 * kSlidePage) != 1) slide_die("pwrite");
    expect_byte("the byte in the mapping", 'W', first[2 * kSlidePage]);
    expect_true("it is still the same frame", frame_of(getpid(), first + 2 * kSlidePage) == frame);

    slide_part("Without any mapping the page stays: the cache owns the frame too");
    munmap(first, kPages * kSlidePage);
    munmap(second, kPages * kSlidePage);
    expect_number("owners of the frame", 1, (long)info_of_frame(frame).owners);
    expect_text("what it holds", path, info_of_frame(frame).name);
    unlink(path);
    return slide_end();
}
