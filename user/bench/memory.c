// Faults, mappings and the heap.
#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kPages = 512 };

static volatile char sink;

static void demand_zero(struct sample* out)
{
    char* memory = map_pages(kPages);
    begin_timing(out);
    touch(memory, kPages);
    end_timing(out, kPages);
    for (unsigned i = 0; i < kPages; i++)
        if (memory[i * kPage] != 1 || memory[i * kPage + 1] != 0) fail(out, "contents");
    munmap(memory, kPages * kPage);
}

static void first_read(struct sample* out)
{
    char* memory = map_pages(kPages);
    begin_timing(out);
    for (unsigned i = 0; i < kPages; i++)
        sink = ((volatile char*)memory)[i * kPage];
    end_timing(out, kPages);
    for (unsigned i = 0; i < kPages; i++)
        if (memory[i * kPage] != 0) fail(out, "contents");
    munmap(memory, kPages * kPage);
}

static void unmap_touched(struct sample* out)
{
    char* memory = map_pages(kPages);
    touch(memory, kPages);
    begin_timing(out);
    const int result = munmap(memory, kPages * kPage);
    end_timing(out, kPages);
    if (result != 0) fail(out, "munmap");
}

static void shrink_heap(struct sample* out)
{
    char* memory = sbrk(kPages * kPage);
    if (memory == (char*)-1) {
        out->operations = 1;
        fail(out, "sbrk");
        return;
    }
    touch(memory, kPages);
    begin_timing(out);
    void* result = sbrk(-kPages * kPage);
    end_timing(out, kPages);
    if (result == (void*)-1 || sbrk(0) != memory) fail(out, "sbrk");
}

// A child that shares our pages until it is told to end.
static pid_t start_sharer(int* stop)
{
    int fds[2];
    if (pipe(fds) != 0) return -1;
    const pid_t child = fork();
    if (child == 0) {
        char byte;
        close(fds[1]);
        _exit((int)read(fds[0], &byte, 1));
    }
    close(fds[0]);
    *stop = fds[1];
    return child;
}

static void stop_sharer(pid_t child, int stop)
{
    close(stop);
    waitpid(child, NULL, 0);
}

static void copy_on_write(struct sample* out)
{
    int stop;
    char* memory = map_pages(kPages);
    touch(memory, kPages);
    const pid_t child = start_sharer(&stop);
    begin_timing(out);
    for (unsigned i = 0; i < kPages; i++)
        ((volatile char*)memory)[i * kPage] = 2;
    end_timing(out, kPages);
    if (child < 0 || memory[kPage] != 2) fail(out, "contents");
    stop_sharer(child, stop);
    munmap(memory, kPages * kPage);
}

static void last_owner(struct sample* out)
{
    int stop;
    char* memory = map_pages(kPages);
    touch(memory, kPages);
    const pid_t child = start_sharer(&stop);
    stop_sharer(child, stop);
    begin_timing(out);
    for (unsigned i = 0; i < kPages; i++)
        ((volatile char*)memory)[i * kPage] = 2;
    end_timing(out, kPages);
    if (memory[kPage] != 2) fail(out, "contents");
    munmap(memory, kPages * kPage);
}

static int make_file(char* path, unsigned pages)
{
    static char block[kPage];
    sprintf(path, "%s/bench.%d", bench_directory, (int)getpid());
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (unsigned i = 0; i < pages; i++) {
        memset(block, (int)i, sizeof(block));
        if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block)) return -1;
    }
    return fd;
}

static void file_mapping(struct sample* out)
{
    char path[256];
    unsigned sum = 0, expected = 0;
    const int fd = make_file(path, kPages);
    const unsigned char* memory = mmap(NULL, kPages * kPage, PROT_READ, MAP_PRIVATE, fd, 0);
    begin_timing(out);
    for (unsigned i = 0; i < kPages; i++)
        sum += ((const volatile unsigned char*)memory)[i * kPage];
    end_timing(out, kPages);
    for (unsigned i = 0; i < kPages; i++)
        expected += i & 0xff;
    if (fd < 0 || sum != expected) fail(out, "contents");
    munmap((void*)memory, kPages * kPage);
    close(fd);
    unlink(path);
}

static void map_unmap(struct sample* out)
{
    enum { kTimes = 200 };
    begin_timing(out);
    for (int i = 0; i < kTimes; i++)
        munmap(map_pages(64), 64 * kPage);
    end_timing(out, kTimes);
}

// What is not touched costs nothing: a call on 1 GiB is a call on 64 KiB.
static void map_unmap_size(struct sample* out, size_t size)
{
    enum { kTimes = 200 };
    int bad = 0;
    begin_timing(out);
    for (int i = 0; i < kTimes; i++) {
        void* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        bad |= memory == MAP_FAILED || munmap(memory, size) != 0;
    }
    end_timing(out, kTimes);
    if (bad) fail(out, "mmap");
}

static void map_unmap_small(struct sample* out)
{
    map_unmap_size(out, 64 << 10);
}

static void map_unmap_large(struct sample* out)
{
    map_unmap_size(out, 1 << 30);
}

static void break_by(struct sample* out, intptr_t size)
{
    enum { kTimes = 200 };
    int bad = 0;
    begin_timing(out);
    for (int i = 0; i < kTimes; i++)
        bad |= sbrk(size) == (void*)-1 || sbrk(-size) == (void*)-1;
    end_timing(out, kTimes);
    if (bad) fail(out, "sbrk");
}

static void break_small(struct sample* out)
{
    break_by(out, 64 << 10);
}

static void break_large(struct sample* out)
{
    break_by(out, 512 << 20);
}

// First touches of pages far from each other, in a stretch of 10,000 pages that is so many regions: every second one may be
// executed, which keeps them apart.
static void fault_among(struct sample* out, unsigned regions)
{
    enum { kSpan = 10000, kStride = 19, kTouches = kSpan / kStride };
    const unsigned each = kSpan / regions;
    char* memory = map_pages(kSpan);
    for (unsigned i = 0; i < regions; i += 2)
        mprotect(memory + i * each * kPage, each * kPage, PROT_READ | PROT_WRITE | PROT_EXEC);
    for (unsigned i = 1; i < kSpan; i += 500)
        memory[i * kPage] = 2;  // the page tables are there
    begin_timing(out);
    for (unsigned i = 0; i < kTouches; i++)
        ((volatile char*)memory)[i * kStride * kPage] = 1;
    end_timing(out, kTouches);
    for (unsigned i = 0; i < kTouches; i++)
        if (memory[i * kStride * kPage] != 1) fail(out, "contents");
    munmap(memory, kSpan * kPage);
}

static void fault_among_10(struct sample* out)
{
    fault_among(out, 10);
}

static void fault_among_10000(struct sample* out)
{
    fault_among(out, 10000);
}

static void protect(struct sample* out)
{
    enum { kTimes = 200 };
    int bad = 0;
    char* memory = map_pages(64);
    touch(memory, 64);
    begin_timing(out);
    for (int i = 0; i < kTimes; i++)
        bad |= mprotect(memory + 16 * kPage, 16 * kPage, i % 2 ? PROT_READ | PROT_WRITE : PROT_READ);
    end_timing(out, kTimes);
    if (bad) fail(out, "mprotect");
    munmap(memory, 64 * kPage);
}

static char* guarded;

static void open_page(int signal, siginfo_t* info, void* context)
{
    (void)signal, (void)context;
    char* page = (char*)((unsigned long)info->si_addr & ~(unsigned long)(kPage - 1));
    mprotect(page, kPage, PROT_READ | PROT_WRITE);
}

static void segv_handler(struct sample* out)
{
    enum { kTimes = 64 };
    struct sigaction action, old;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = open_page;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, &old);
    guarded = map_pages(kTimes);
    touch(guarded, kTimes);
    mprotect(guarded, kTimes * kPage, PROT_NONE);
    begin_timing(out);
    for (unsigned i = 0; i < kTimes; i++)
        ((volatile char*)guarded)[i * kPage] = 3;
    end_timing(out, kTimes);
    for (unsigned i = 0; i < kTimes; i++)
        if (guarded[i * kPage] != 3) fail(out, "contents");
    sigaction(SIGSEGV, &old, NULL);
    munmap(guarded, kTimes * kPage);
}

const struct benchmark memory_benchmarks[] = {
    {"demand-zero fault (page)", "page", demand_zero, 1},
    {"first read of an anonymous page", "page", first_read, 1},
    {"munmap of touched memory (page)", "page", unmap_touched, 0},
    {"brk shrink (page)", "page", shrink_heap, 0},
    {"copy-on-write break (page)", "page", copy_on_write, 1},
    {"copy-on-write, last owner (page)", "page", last_owner, 1},
    {"private file mapping, cached, read (page)", "page", file_mapping, -1},
    {"mmap + munmap, untouched", "pair", map_unmap, 0},
    {"mmap + munmap of 64 KiB", "pair", map_unmap_small, 0},
    {"mmap + munmap of 1 GiB", "pair", map_unmap_large, 0},
    {"sbrk by 64 KiB and back", "pair", break_small, 0},
    {"sbrk by 512 MiB and back", "pair", break_large, 0},
    {"demand-zero fault among 10 regions", "page", fault_among_10, -1},
    {"demand-zero fault among 10,000 regions", "page", fault_among_10000, -1},
    {"mprotect of 16 pages", "call", protect, 0},
    {"SIGSEGV, handler, mprotect, retry", "fault", segv_handler, -1},
    {NULL, NULL, NULL, 0},
};
