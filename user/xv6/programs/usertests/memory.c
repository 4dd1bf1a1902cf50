// The heap, the stack, bad addresses.
#include "usertests.h"

#include "fcntl.h"
#include "memlayout.h"
#include "mmu.h"
#include "stat.h"

#define ERROR ((char*)-1)

static char zeroes[10000];

static void bss_is_zero(void)
{
    for (int i = 0; i < sizeof(zeroes); i++)
        CHECK(zeroes[i] == 0);
}

static void heap_grows_by_bytes(void)
{
    char* end = sbrk(0);
    for (int i = 0; i < 5000; i++) {
        CHECK(sbrk(1) == end);
        *end++ = 1;
    }
    int pid = fork_checked();
    if (pid == 0) {
        CHECK(sbrk(1) == end && sbrk(1) == end + 1);
        exit();
    }
    CHECK(sbrk(0) == end);
    CHECK(wait() == pid);
}

static void heap_shrinks(void)
{
    char* start = sbrk(0);
    CHECK(sbrk(3 * PGSIZE) == start);
    start[2 * PGSIZE] = 99;
    CHECK(sbrk(-2 * PGSIZE) == start + 3 * PGSIZE);
    CHECK(sbrk(2 * PGSIZE) == start + PGSIZE);
    CHECK(start[2 * PGSIZE] == 0);
    CHECK(sbrk(-3 * PGSIZE) == start + 3 * PGSIZE && sbrk(0) == start);
}

static void large_heap(void)
{
    enum { kLarge = 32 << 20 };
    char* start = sbrk(kLarge);
    CHECK(start != ERROR);
    for (uint i = 0; i < kLarge; i += PGSIZE)
        start[i] = (char)(i >> PTXSHIFT);
    for (uint i = 0; i < kLarge; i += PGSIZE)
        CHECK(start[i] == (char)(i >> PTXSHIFT));
    CHECK(sbrk(-kLarge) == start + kLarge);
    CHECK(sbrk(0x7fffffff) == ERROR);  // would reach the kernel
}

static char* end_of_heap(void)
{
    return (char*)PGROUNDUP((uint)sbrk(0));
}

static void read_behind_heap(void)
{
    *(volatile char*)end_of_heap();
}

static void write_behind_heap(void)
{
    *(volatile char*)end_of_heap() = 1;
}

static void write_last_byte_of_heap(void)
{
    sbrk(PGSIZE);
    *(volatile char*)(end_of_heap() - 1) = 1;
}

static void heap_ends_where_it_says(void)
{
    CHECK(is_killed(read_behind_heap));
    CHECK(is_killed(write_behind_heap));
    CHECK(!is_killed(write_last_byte_of_heap));
}

static volatile char* target;

static void read_target(void)
{
    *target;
}

static void kernel_is_not_readable(void)
{
    for (uint address = KERNBASE; address < KERNBASE + 0x200000; address += 0x33000) {
        target = (char*)address;
        CHECK(is_killed(read_target));
    }
    target = (char*)0xfffffffc;
    CHECK(is_killed(read_target));
}

static void touch_guard(void)
{
    char here;
    *(volatile char*)((uint)PGROUNDDOWN((uint)&here) - 1) = 1;
}

static void recurse(int depth)
{
    volatile char room[256];
    room[0] = 1;
    if (depth > 0) recurse(depth - 1);
    room[1] = room[0];
}

static void fill_the_stack(void)
{
    recurse(1000);
}

static void stack_is_guarded(void)
{
    CHECK(is_killed(touch_guard));
    CHECK(is_killed(fill_the_stack));
}

static void program_starts_at_0(void)
{
    target = 0;
    CHECK(!is_killed(read_target));  // the code of main
}

static void bad_address_for_every_call(char* bad)
{
    struct stat* st = (struct stat*)bad;
    int fd = open("file", O_RDWR);
    CHECK(fd >= 0);
    CHECK(read(fd, bad, 10) == -1);
    CHECK(write(fd, bad, 10) == -1);
    CHECK(open(bad, O_RDONLY) == -1 && open(bad, O_CREATE) == -1);
    CHECK(stat(bad, st) == -1);
    CHECK(link("file", bad) == -1 && link("missing", bad) == -1 && link(bad, "other") == -1);
    CHECK(unlink(bad) == -1 && mkdir(bad) == -1 && chdir(bad) == -1 && mknod(bad, 1, 1) == -1);
    CHECK(pipe((int*)bad) == -1);
    CHECK(exec(bad, (char**)bad) == -1);
    close(fd);
}

static void bad_addresses_are_errors(void)
{
    char here;
    make_file("file", "0123456789");
    bad_address_for_every_call((char*)KERNBASE);
    bad_address_for_every_call((char*)0xfffffff8);
    bad_address_for_every_call(end_of_heap());
    bad_address_for_every_call((char*)PGROUNDDOWN((uint)&here) - PGSIZE);  // the guard page
    CHECK(unlink("file") == 0);
}

// A buffer that begins in the heap and ends behind it: no byte may be written there.
static void buffer_across_the_end(void)
{
    make_file("file", "0123456789");
    sbrk(PGSIZE);
    int fd = open("file", O_RDONLY);
    CHECK(read(fd, end_of_heap() - 4, -1) <= 4);
    close(fd);
    fd = open("file", O_RDONLY);
    CHECK(read(fd, end_of_heap() - 4, 4) == 4);
    CHECK(*(end_of_heap() - 1) == '3');
    close(fd);
    CHECK(unlink("file") == 0);
}

static void kernel_writes_to_untouched_heap(void)
{
    make_file("file", "from the kernel");
    char* page = sbrk(2 * PGSIZE);
    int fd = open("file", O_RDONLY);
    CHECK(read(fd, page + PGSIZE - 5, 100) == 15);
    CHECK(page[PGSIZE - 5] == 'f' && page[PGSIZE + 9] == 'l' && page[PGSIZE + 10] == 0);
    close(fd);
    CHECK(unlink("file") == 0);
}

static void malloc_gives_what_was_freed(void)
{
    static char* pieces[200];
    for (int round = 0; round < 3; round++) {
        char* const end = sbrk(0);
        for (int i = 0; i < 200; i++) {
            const int size = 1 + i * 37 % 3000;
            pieces[i] = malloc(size);
            CHECK(pieces[i] != 0 && ((uint)pieces[i] & 7) == 0);
            memset(pieces[i], i, size);
        }
        for (int i = 0; i < 200; i++) {
            const int size = 1 + i * 37 % 3000;
            CHECK(pieces[i][0] == (char)i && pieces[i][size - 1] == (char)i);
        }
        for (int i = 0; i < 400; i += 2)
            free(pieces[i % 200 + i / 200]);
        CHECK(round == 0 || sbrk(0) == end);
    }
    free(0);
    CHECK(malloc(0xfffffff0) == 0 && malloc(0x7ffffff0) == 0);
}

struct link {
    struct link* next;
};

// A long chain, freed from its end: one large piece is left, large enough for all at once.
static void malloc_joins_pieces(void)
{
    enum { kPieces = 2000, kBytes = 10001 };
    struct link* chain = 0;
    for (int i = 0; i < kPieces; i++) {
        struct link* piece = malloc(kBytes);
        CHECK(piece != 0);
        piece->next = chain;
        chain = piece;
    }
    char* const end = sbrk(0);
    while (chain) {
        struct link* next = chain->next;
        free(chain);
        chain = next;
    }
    CHECK(malloc(kPieces * kBytes) != 0);
    CHECK(sbrk(0) == end);
}

static void memory_of_children_comes_back(void)
{
    for (int i = 0; i < 40; i++) {
        int pid = fork_checked();
        if (pid == 0) {
            char* start = sbrk(16 << 20);
            CHECK(start != ERROR);
            for (uint at = 0; at < 16 << 20; at += PGSIZE)
                start[at] = 1;
            kill(getpid());
        }
        CHECK(wait() == pid);
    }
}

struct test memory_tests[] = {
    {"bss_is_zero", bss_is_zero},
    {"heap_grows_by_bytes", heap_grows_by_bytes},
    {"heap_shrinks", heap_shrinks},
    {"large_heap", large_heap},
    {"heap_ends_where_it_says", heap_ends_where_it_says},
    {"kernel_is_not_readable", kernel_is_not_readable},
    {"stack_is_guarded", stack_is_guarded},
    {"program_starts_at_0", program_starts_at_0},
    {"bad_addresses_are_errors", bad_addresses_are_errors},
    {"buffer_across_the_end", buffer_across_the_end},
    {"kernel_writes_to_untouched_heap", kernel_writes_to_untouched_heap},
    {"malloc_gives_what_was_freed", malloc_gives_what_was_freed},
    {"malloc_joins_pieces", malloc_joins_pieces},
    {"memory_of_children_comes_back", memory_of_children_comes_back},
    {0, 0},
};
