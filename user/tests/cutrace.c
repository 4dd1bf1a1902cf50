// Files that are cut and grow while others read them, store into mappings of them, and write them out.
//
//   cutrace cut      a file that was cut and grew again reads as zeroes, whatever reads it ahead meanwhile
//   cutrace grow     what is stored into the last page while the file grows within it is on the disk
//   cutrace age      syncing one page again and again does not make the others young
//   cutrace sync     sync() returns when what another process's fsync() took is on the disk
#include "mappings.h"

#include <sched.h>

enum { kPages = 64, kRounds = 300 };

static char block[kPage];

static void fill(int fd, int pages, char byte)
{
    memset(block, byte, sizeof(block));
    for (int i = 0; i < pages; i++)
        check(pwrite(fd, block, sizeof(block), (long)i * kPage) == kPage);
}

static void cut(const char* path)
{
    char page[kPage];
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    const pid_t reader = fork();
    if (reader == 0) {
        for (;;)  // reads from the start: read-ahead brings in all the rest
            if (pread(fd, page, 1, 0) < 0 || pread(fd, page, 1, kPage) < 0) _exit(1);
    }
    for (int round = 0; round < kRounds; round++) {
        fill(fd, kPages, 'x');
        check(fsync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
        for (int i = 0; i < round % 7; i++)
            sched_yield();
        check(ftruncate(fd, 0) == 0 && ftruncate(fd, kPages * kPage) == 0);
        for (int i = 0; i < kPages; i++) {
            check(pread(fd, page, sizeof(page), (long)i * kPage) == kPage);
            for (int k = 0; k < kPage; k++)
                check(page[k] == 0);
        }
    }
    kill(reader, SIGKILL);
    status_of(reader);
    puts("cut: right");
}

static void grow(const char* path)
{
    for (int round = 0; round < kRounds; round++) {
        const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
        check(ftruncate(fd, 100) == 0);
        char* shown = mmap(NULL, kPage, kWrite, MAP_SHARED, fd, 0);
        const pid_t writer = fork();
        if (writer == 0) {
            for (int i = 0; i < round % 5; i++)
                sched_yield();
            _exit(ftruncate(fd, kPage) != 0);
        }
        shown[10] = 'a';  // finds backing for 100 bytes, or for all
        check_child(writer);
        shown[3000] = 'b';
        check(msync(shown, kPage, MS_SYNC) == 0 && munmap(shown, kPage) == 0);
        check(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
        char byte = 0;
        check(pread(fd, &byte, 1, 3000) == 1 && byte == 'b');
        check(pread(fd, &byte, 1, 10) == 1 && byte == 'a');
        close(fd);
    }
    puts("grow: right");
}

static void age(const char* path)
{
    enum { kSeconds = 14, kOthers = 200 };
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    fill(fd, 1, 'p');
    char* shown = mmap(NULL, kPage, kWrite, MAP_SHARED, fd, 0);
    sync();
    memset(block, 'o', sizeof(block));
    for (int i = 1; i <= kOthers; i++)
        check(pwrite(fd, block, sizeof(block), (long)i * kPage) == kPage);
    report("dirty_at_first", vmstat("nr_dirty"));
    const long long end = now_ns() + kSeconds * 1000000000LL;
    while (now_ns() < end) {
        shown[0]++;
        check(msync(shown, kPage, MS_SYNC) == 0);
        nap_ms(200);
    }
    report("dirty_at_last", vmstat("nr_dirty"));
}

// A page that is being written stays in the cache, whoever asks for it to go.
static int pages_that_stay(int fd, int pages)
{
    static unsigned char resident[4096];
    int count = 0;
    check(pages <= 4096 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
    void* shown = mmap(NULL, pages * kPage, kRead, MAP_SHARED, fd, 0);
    check(mincore(shown, pages * kPage, resident) == 0);
    for (int i = 0; i < pages; i++)
        count += resident[i] & 1;
    return count;
}

static void sync_beside_fsync(const char* path)
{
    enum { kLarge = 4096 };
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    int ends[2];
    char byte;
    check(pipe(ends) == 0);
    fill(fd, kLarge, 's');
    const pid_t writer = fork();
    if (writer == 0) {
        check(write(ends[1], "!", 1) == 1);
        _exit(fsync(fd) != 0);
    }
    check(read(ends[0], &byte, 1) == 1);
    nap_ms(2);
    sync();
    report("stay", pages_that_stay(fd, kLarge));
    check_child(writer);
}

int main(int argc, char** argv)
{
    check(argc == 3);
    if (strcmp(argv[1], "cut") == 0) cut(argv[2]);
    if (strcmp(argv[1], "grow") == 0) grow(argv[2]);
    if (strcmp(argv[1], "age") == 0) age(argv[2]);
    if (strcmp(argv[1], "sync") == 0) sync_beside_fsync(argv[2]);
    return 0;
}
