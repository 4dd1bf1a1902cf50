// Files in the page cache: reading, writing, opening, making and removing.
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { kBlocks = 128 };

static char block[kPage];
static char path[256];

static void name_file(const char* what, int number)
{
    sprintf(path, "%s/bench-%s-%d-%d", bench_directory, what, (int)getpid(), number);
}

static int open_file(void)
{
    name_file("file", 0);
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int i = 0; i < kBlocks; i++) {
        memset(block, i, sizeof(block));
        if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block)) return -1;
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static void close_file(int fd)
{
    close(fd);
    unlink(path);
}

static void read_blocks(struct sample* out)
{
    int bad = 0;
    const int fd = open_file();
    begin_timing(out);
    for (int i = 0; i < kBlocks; i++)
        bad |= read(fd, block, sizeof(block)) != (ssize_t)sizeof(block);
    end_timing(out, kBlocks);
    if (fd < 0 || bad || block[17] != kBlocks - 1) fail(out, "contents");
    close_file(fd);
}

static void pread_blocks(struct sample* out)
{
    int bad = 0;
    const int fd = open_file();
    begin_timing(out);
    for (int i = 0; i < kBlocks; i++)
        bad |= pread(fd, block, sizeof(block), (off_t)i * kPage) != (ssize_t)sizeof(block);
    end_timing(out, kBlocks);
    if (fd < 0 || bad || block[17] != kBlocks - 1) fail(out, "contents");
    close_file(fd);
}

static void write_blocks(struct sample* out)
{
    int bad = 0;
    const int fd = open_file();
    memset(block, 0x5a, sizeof(block));
    begin_timing(out);
    for (int i = 0; i < kBlocks; i++)
        bad |= write(fd, block, sizeof(block)) != (ssize_t)sizeof(block);
    end_timing(out, kBlocks);
    block[0] = 0;
    if (fd < 0 || bad || pread(fd, block, 1, kPage) != 1 || block[0] != 0x5a) fail(out, "contents");
    close_file(fd);
}

static void open_close(struct sample* out)
{
    enum { kTimes = 200 };
    int bad = 0;
    close(open_file());
    begin_timing(out);
    for (int i = 0; i < kTimes; i++) {
        const int fd = open(path, O_RDONLY);
        bad |= fd < 0;
        close(fd);
    }
    end_timing(out, kTimes);
    if (bad) fail(out, "open");
    unlink(path);
}

static void stat_file(struct sample* out)
{
    enum { kTimes = 200 };
    struct stat info;
    int bad = 0;
    close(open_file());
    begin_timing(out);
    for (int i = 0; i < kTimes; i++)
        bad |= stat(path, &info);
    end_timing(out, kTimes);
    if (bad || info.st_size != (off_t)kBlocks * kPage) fail(out, "stat");
    unlink(path);
}

enum { kFiles = 32 };

static char names[kFiles][256];  // made before the clock runs

static void name_files(void)
{
    for (int i = 0; i < kFiles; i++) {
        name_file("new", i);
        strcpy(names[i], path);
    }
}

static int make_files(void)
{
    int bad = 0;
    for (int i = 0; i < kFiles; i++) {
        const int fd = open(names[i], O_WRONLY | O_CREAT | O_EXCL, 0600);
        bad |= fd < 0 || write(fd, block, 1024) != 1024;
        close(fd);
    }
    return bad;
}

static int remove_files(void)
{
    int bad = 0;
    for (int i = 0; i < kFiles; i++)
        bad |= unlink(names[i]);
    return bad;
}

static void create_files(struct sample* out)
{
    struct stat info;
    name_files();
    begin_timing(out);
    const int bad = make_files();
    end_timing(out, kFiles);
    if (bad || stat(path, &info) != 0 || info.st_size != 1024) fail(out, "create");
    if (remove_files()) fail(out, "unlink");
}

static void unlink_files(struct sample* out)
{
    struct stat info;
    name_files();
    if (make_files()) fail(out, "create");
    begin_timing(out);
    const int bad = remove_files();
    end_timing(out, kFiles);
    if (bad || stat(path, &info) == 0) fail(out, "unlink");
}

const struct benchmark file_benchmarks[] = {
    {"read 4 KiB, cached", "4 KiB", read_blocks, 0},
    {"pread 4 KiB, cached", "4 KiB", pread_blocks, 0},
    {"write, per 4 KiB, cached", "4 KiB", write_blocks, 0},
    {"open + close", "pair", open_close, 0},
    {"stat", "call", stat_file, 0},
    {"create 1 KiB file", "file", create_files, 0},
    {"unlink it", "file", unlink_files, 0},
    {NULL, NULL, NULL, 0},
};
