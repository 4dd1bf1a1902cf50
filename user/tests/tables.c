// Fork where it shares whole page tables: who changes a page, or what may be done with it, changes it for himself only.
#include "report.h"

#include <faultline.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { kTable = 1024 * kPage, kTables = 4, kPages = kTables * 1024 };

static volatile unsigned* memory;  // kTables whole tables

static volatile unsigned* word_of(int page)
{
    return memory + page * (kPage / 4);
}

static void make_memory(void)
{
    char* const start =
        mmap(NULL, (kTables + 2) * kTable, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(start != MAP_FAILED);
    memory = (volatile unsigned*)(((unsigned long)start + kTable - 1) & ~(unsigned long)(kTable - 1));
    for (int page = 0; page < kPages; page++)
        *word_of(page) = (unsigned)page;
}

// Every page as it was made, but for those from `first` to `end`, which hold `value`.
static void check_memory(int first, int end, unsigned value)
{
    for (int page = 0; page < kPages; page++)
        check(*word_of(page) == (first <= page && page < end ? value : (unsigned)page));
}

static void wait_for_child(pid_t child)
{
    int status = -1;
    check(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

static struct page_info info_of(pid_t pid, int page)
{
    struct page_info info;
    check(page_info(pid, (const void*)word_of(page), &info) == 0);
    return info;
}

static int count_shared(void)
{
    int count = 0;
    for (int table = 0; table < kTables; table++) {
        const struct page_info mine = info_of(getpid(), table * 1024),
                               theirs = info_of(getppid(), table * 1024);
        if (mine.pde != 0 && FL_PTE_FRAME(mine.pde) == FL_PTE_FRAME(theirs.pde)) {
            check(((mine.pde | theirs.pde | mine.pte | theirs.pte) & FL_PTE_W) == 0);
            count++;
        }
    }
    return count;
}

// What a child does to pages 1000 to 1050, in two tables, and what they hold for it then.
static void write_pages(void)
{
    for (int page = 1000; page < 1050; page++)
        *word_of(page) = 7;
    check_memory(1000, 1050, 7);
}
static void protect_pages(void)
{
    void* const start = (void*)word_of(1000);
    check(mprotect(start, 50 * kPage, PROT_NONE) == 0);
    check(mprotect(start, 50 * kPage, PROT_READ | PROT_WRITE) == 0);
    check_memory(0, 0, 0);
    write_pages();
}
static void discard_pages(void)
{
    check(madvise((void*)word_of(1000), 50 * kPage, MADV_DONTNEED) == 0);
    check_memory(1000, 1050, 0);
}
static void unmap_pages(void)
{
    check(munmap((void*)word_of(1000), 50 * kPage) == 0);
    check(mmap((void*)word_of(1000), 50 * kPage, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == word_of(1000));
    check_memory(1000, 1050, 0);
}
static void move_away(void)
{
    unsigned* const moved = mremap((void*)word_of(1000), 50 * kPage, 60 * kPage, MREMAP_MAYMOVE);
    check(moved != MAP_FAILED && moved != (unsigned*)word_of(1000));
    for (int page = 0; page < 50; page++)
        check(moved[page * (kPage / 4)] == (unsigned)page + 1000);
    moved[0] = 7;
}
static void let_the_kernel_write(void)
{
    int ends[2];
    unsigned seven = 7;
    check(pipe(ends) == 0 && write(ends[1], &seven, sizeof seven) == sizeof seven);
    check(read(ends[0], (void*)word_of(1000), sizeof seven) == sizeof seven);
    check_memory(1000, 1001, 7);
}
static void fork_again(void)
{
    const pid_t child = fork();
    if (child == 0) {
        check_memory(0, 0, 0);
        write_pages();
        _exit(0);
    }
    wait_for_child(child);
    check_memory(0, 0, 0);
    write_pages();
}

static void each_change(void)
{
    static void (*const changes[])(void) = {write_pages, protect_pages,        discard_pages, unmap_pages,
                                            move_away,   let_the_kernel_write, fork_again};
    for (unsigned i = 0; i < sizeof changes / sizeof *changes; i++) {
        const pid_t child = fork();
        if (child == 0) {
            check_memory(0, 0, 0);
            changes[i]();
            _exit(0);
        }
        wait_for_child(child);
        check_memory(0, 0, 0);
    }
    report("changes", sizeof changes / sizeof *changes);
}

// The parent writes while its child still reads.
static void parent_writes(void)
{
    int go[2];
    char byte = 0;
    check(pipe(go) == 0);
    const pid_t child = fork();
    if (child == 0) {
        close(go[1]);
        check(read(go[0], &byte, 1) == 1);
        check_memory(0, 0, 0);
        _exit(0);
    }
    for (int page = 0; page < kPages; page += 3)
        *word_of(page) = 9;
    check(write(go[1], &byte, 1) == 1);
    wait_for_child(child);
    close(go[0]);
    close(go[1]);
    for (int page = 0; page < kPages; page += 3)
        *word_of(page) = (unsigned)page;
    check_memory(0, 0, 0);
    report("parent_wrote", 1);
}

static void disturb(unsigned seed, int depth)
{
    for (int i = 0; i < 40; i++) {
        seed = seed * 1664525 + 1013904223;
        const int page = (int)(seed >> 8) % kPages;
        *word_of(page) = seed;
        check(*word_of(page) == seed);
        *word_of(page) = (unsigned)page;
    }
    pid_t children[2] = {0, 0};
    for (int i = 0; depth > 0 && i < 2; i++)
        if ((children[i] = fork()) == 0) {
            disturb(seed + (unsigned)i + 1, depth - 1);
            _exit(0);
        }
    check_memory(0, 0, 0);
    for (int i = 0; depth > 0 && i < 2; i++)
        wait_for_child(children[i]);
}

// Many owners of the same tables let go of them at the same moment.
static void leave_together(void)
{
    enum { kRounds = 60, kChildren = 7 };
    for (int round = 0; round < kRounds; round++) {
        pid_t children[kChildren];
        int go[2];
        char byte;
        check(pipe(go) == 0);
        for (int i = 0; i < kChildren; i++)
            if ((children[i] = fork()) == 0) {
                close(go[1]);
                check(read(go[0], &byte, 1) == 0);
                if (i % 2 == 0) *word_of(round) = 7;
                _exit(0);
            }
        close(go[1]);
        *word_of(round) = (unsigned)round;
        for (int i = 0; i < kChildren; i++)
            wait_for_child(children[i]);
        close(go[0]);
        check_memory(0, 0, 0);
    }
    report("left_together", 1);
}

int main(void)
{
    make_memory();
    fflush(stdout);
    const long before = vmstat("nr_page_table_pages");
    const pid_t child = fork();
    if (child == 0) _exit(count_shared() * 10 + (vmstat("nr_page_table_pages") - before < kTables));
    int status = 0;
    check(waitpid(child, &status, 0) == child && WIFEXITED(status));
    report("tables_shared", WEXITSTATUS(status) / 10);
    report("few_tables_more", WEXITSTATUS(status) % 10);
    fflush(stdout);
    each_change();
    fflush(stdout);
    parent_writes();
    fflush(stdout);
    for (unsigned round = 0; round < 10; round++)
        disturb(round, 3);
    check_memory(0, 0, 0);
    report("disturbed", 1);
    fflush(stdout);
    leave_together();
    return 0;
}
