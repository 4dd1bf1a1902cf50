// `mapstress PART FILE`: shared mappings of a file against whatever else may happen to it, on all CPUs at once. FILE is
// made anew. Parts: `keep` stores are not lost, `fill` a write beside a reader, `grow` stores behind the old end.
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int new_file(const char* path, unsigned pages)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    check(fd >= 0);
    check(ftruncate(fd, (off_t)pages * kPage) == 0);
    return fd;
}

static volatile unsigned* map_shared(int fd, unsigned pages)
{
    void* at = mmap(0, pages * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    check(at != MAP_FAILED);
    return at;
}

static void wait_for_children(void)
{
    int status = 0;
    while (wait(&status) > 0)
        check(status == 0);
}

// Three processes store into pages of their own, one after another; the file is larger than memory holds, so each store
// must survive the page's way to the disk and back. A fourth one keeps the disk busy.
enum { kKeepers = 3, kRounds = 6 };

static void keep_pages(volatile unsigned* words, unsigned pages, unsigned who)
{
    for (unsigned round = 1; round <= kRounds; round++)
        for (unsigned page = who; page < pages; page += kKeepers) {
            for (unsigned k = 0; k < 4; k++) {
                check(words[page * 1024 + k * 256] == (round - 1) * (page + 1));
                words[page * 1024 + k * 256] = round * (page + 1);
            }
        }
}

static void keep(const char* path)
{
    const unsigned pages = 4096;
    const int fd = new_file(path, pages);
    volatile unsigned* words = map_shared(fd, pages);
    for (unsigned who = 0; who < kKeepers; who++)
        if (fork() == 0) {
            keep_pages(words, pages, who);
            _exit(0);
        }
    const int flusher = fork();
    if (flusher == 0)
        for (;;) {
            check(fsync(fd) == 0);
            check(msync((void*)words, pages * kPage, MS_SYNC) == 0);
        }
    int status = 0;
    for (unsigned who = 0; who < kKeepers; who++) {
        while (wait(&status) == flusher)
            check(!"the flusher ended");
        check(status == 0);
    }
    kill(flusher, SIGKILL);
    wait(&status);
    for (unsigned page = 0; page < pages; page++)
        for (unsigned k = 0; k < 4; k++)
            check(words[page * 1024 + k * 256] == kRounds * (page + 1));
}

// One process writes whole pages into holes, the other reads the same pages at the same time: what was written stays.
static void fill(const char* path)
{
    const unsigned pages = 2048;
    const int fd = new_file(path, pages);
    volatile unsigned* at = mmap(0, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check(at != MAP_FAILED);
    static unsigned data[1024], seen[1024];
    if (fork() == 0) {
        for (unsigned page = 0; page < pages; page++) {
            while (at[0] < page)
                ;
            check(pread(fd, seen, kPage, (off_t)page * kPage) == kPage);
            at[256] = page + 1;
        }
        _exit(0);
    }
    for (unsigned page = 0; page < pages; page++) {
        for (unsigned k = 0; k < 1024; k++)
            data[k] = page + k + 1;
        at[0] = page;
        for (volatile unsigned spin = 0; spin < page % 64 * 8; spin++)
            ;
        check(pwrite(fd, data, kPage, (off_t)page * kPage) == kPage);
        while (at[256] < page + 1)
            ;
        check(pread(fd, seen, kPage, (off_t)page * kPage) == kPage);
        check(memcmp(data, seen, kPage) == 0);
    }
    wait_for_children();
}

// A store into the last page, behind what was the end when the page became writable, has blocks to go to.
static void grow(const char* path)
{
    const int fd = new_file(path, 0);
    check(ftruncate(fd, kPage + 100) == 0);
    volatile char* bytes = mmap(0, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    check((void*)bytes != MAP_FAILED);
    struct stat before, after;
    bytes[kPage + 50] = 1;
    check(msync((void*)bytes, 2 * kPage, MS_SYNC) == 0);
    bytes[kPage + 51] = 1;
    check(ftruncate(fd, 2 * kPage) == 0);
    check(fstat(fd, &before) == 0);
    bytes[2 * kPage - 50] = 2;
    check(msync((void*)bytes, 2 * kPage, MS_SYNC) == 0);
    check(fstat(fd, &after) == 0);
    report("blocks_before", before.st_blocks);
    report("blocks_after", after.st_blocks);
}

int main(int argc, char** argv)
{
    check(argc == 3);
    if (strcmp(argv[1], "keep") == 0) keep(argv[2]);
    if (strcmp(argv[1], "fill") == 0) fill(argv[2]);
    if (strcmp(argv[1], "grow") == 0) grow(argv[2]);
    check(unlink(argv[2]) == 0);
    printf("%s: right\n", argv[1]);
    return 0;
}
