// Copy-on-write under every order of who writes first, under system calls that write, with much memory and with many forks
// at once; and memory that was given back. The same program is right on Linux, but for what it asks of /proc/vmstat.
#include "parts.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

static unsigned* map_words(unsigned long size)
{
    unsigned* const memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED);
    return memory;
}

enum { kWordsInPage = kPage / sizeof(unsigned) };

static void stamp(unsigned* memory, unsigned long size, unsigned value)
{
    for (unsigned long page = 0; page < size / kPage; page++)
        memory[page * kWordsInPage + page % kWordsInPage] = value + (unsigned)page;
}

static void check_stamp(const unsigned* memory, unsigned long size, unsigned value)
{
    for (unsigned long page = 0; page < size / kPage; page++)
        check(memory[page * kWordsInPage + page % kWordsInPage] == value + (unsigned)page);
}

// ---- Four children; the parent writes before the first, the second or the last of them writes, or never ----

enum { kChildren = 4, kNever = kChildren };

static void take_turn(int* turn)
{
    char byte;
    check(read(turn[0], &byte, 1) == 1);
}
static void give_turn(int* turn)
{
    check(write(turn[1], "x", 1) == 1);
}

static void write_in_turns(int parents_turn)
{
    const unsigned long size = 1 << 20;
    unsigned* const memory = map_words(size);
    stamp(memory, size, 1);
    int turns[kChildren][2], done[2];
    check(pipe(done) == 0);
    pid_t children[kChildren];
    for (unsigned i = 0; i < kChildren; i++) {
        check(pipe(turns[i]) == 0);
        children[i] = fork();
        if (children[i] != 0) continue;
        take_turn(turns[i]);
        check_stamp(memory, size, 1);  // whoever wrote before did it in pages of its own
        stamp(memory, size, 1000 * (i + 1));
        check_stamp(memory, size, 1000 * (i + 1));
        give_turn(done);
        take_turn(turns[i]);
        check_stamp(memory, size, 1000 * (i + 1));
        _exit(0);
    }
    for (int i = 0; i < kChildren; i++) {
        if (i == parents_turn) stamp(memory, size, 77777);
        give_turn(turns[i]);
        take_turn(done);
    }
    check_stamp(memory, size, parents_turn == kNever ? 1 : 77777);
    for (int i = 0; i < kChildren; i++)
        give_turn(turns[i]);
    for (int i = 0; i < kChildren; i++)
        check_child(children[i]);
    check_stamp(memory, size, parents_turn == kNever ? 1 : 77777);
    for (int i = 0; i < kChildren; i++) {
        close(turns[i][0]);
        close(turns[i][1]);
    }
    munmap(memory, size);
}

PART(parent_writes_first)
{
    write_in_turns(0);
}
PART(parent_writes_in_the_middle)
{
    write_in_turns(2);
}
PART(parent_writes_last)
{
    write_in_turns(kChildren - 1);
}
PART(parent_never_writes)
{
    write_in_turns(kNever);
}

// ---- System calls that write into shared pages ----

static char* page;

// Runs `store` in a child and then in the parent: what one gets the other must not see.
static void check_store(void (*store)(void), int changed)
{
    char* const memory = (char*)map_words(3 * kPage);
    for (int round = 0; round < 2; round++) {
        memset(memory, 'o', 3 * kPage);
        page = memory + kPage;
        const pid_t child = fork();
        if (child == 0) {
            if (round == 0) store();
            check(round == 0 ? memcmp(page, "oooo", 4) != 0 : page[0] == 'o');
            check(memory[0] == 'o' && memory[kPage - 1] == 'o' && page[changed] == 'o' && page[kPage] == 'o');
            _exit(0);
        }
        if (round == 1) store();
        check_child(child);
        check(round == 1 ? memcmp(page, "oooo", 4) != 0 : page[0] == 'o');
        check(page[changed] == 'o');
    }
    munmap(memory, 3 * kPage);
}

static void store_by_read(void)
{
    const int zero = open("/dev/zero", O_RDONLY);
    check(read(zero, page, 100) == 100);
    close(zero);
}
static void store_by_read_of_a_file(void)
{
    const int file = open("/proc/self/exe", O_RDONLY);
    check(read(file, page, 100) == 100 && page[1] == 'E');
    close(file);
}
static void store_by_pipe(void)
{
    int ends[2];
    check(pipe(ends) == 0 && write(ends[1], "1234567890", 10) == 10);
    check(read(ends[0], page, 100) == 10);
    close(ends[0]);
    close(ends[1]);
}
static void store_two_descriptors(void)
{
    int* const ends = (int*)page;
    check(pipe(ends) == 0);
    close(ends[0]);
    close(ends[1]);
}
static void store_status(void)
{
    check(stat("/", (struct stat*)page) == 0);
}
static void store_time(void)
{
    check(clock_gettime(CLOCK_MONOTONIC, (struct timespec*)page) == 0);
}
static void store_directory(void)
{
    check(getcwd(page, 100) == page);
}
static void store_wait_status(void)
{
    const pid_t pid = fork();
    if (pid == 0) _exit(42);
    check(waitpid(pid, (int*)page, 0) == pid);
}

PART(system_calls_write)
{
    check_store(store_by_read, 100);
    check_store(store_by_read_of_a_file, 100);
    check_store(store_by_pipe, 10);
    check_store(store_two_descriptors, 8);
    check_store(store_status, sizeof(struct stat));
    check_store(store_time, sizeof(struct timespec));
    check_store(store_directory, 100);
    check_store(store_wait_status, 4);
}

// ---- Much memory ----

// A child that only reads costs its page tables and a few pages, however much it shares.
PART(seven_share_64_mib)
{
    const unsigned long size = 64ul << 20;
    const int kSharers = 7, kPagesEach = 64;
    unsigned* const memory = map_words(size);
    stamp(memory, size, 5);
    const long before = vmstat("nr_frames_in_use");
    int go[2], ready[2];
    check(pipe(go) == 0 && pipe(ready) == 0);
    pid_t children[7];
    for (int i = 0; i < kSharers; i++) {
        children[i] = fork();
        check(children[i] >= 0);
        if (children[i] != 0) continue;
        check_stamp(memory, size, 5);
        give_turn(ready);
        take_turn(go);
        check_stamp(memory, size, 5);
        memory[0] = (unsigned)i;
        _exit(memory[0] == (unsigned)i ? 0 : 1);
    }
    for (int i = 0; i < kSharers; i++)
        take_turn(ready);
    const long grown = vmstat("nr_frames_in_use") - before;
    for (int i = 0; i < kSharers; i++)
        give_turn(go);
    for (int i = 0; i < kSharers; i++)
        check_child(children[i]);
    report("pages_of_seven_sharers", grown);
    if (before >= 0) check(grown < kSharers * kPagesEach);
    check_stamp(memory, size, 5);
}

PART(two_write_100_mib_ten_times)
{
    const unsigned long size = 100ul << 20;
    unsigned* const memory = map_words(size);
    for (unsigned round = 0; round < 10; round++) {
        stamp(memory, size, round);
        const pid_t child = fork();
        check(child >= 0);
        if (child == 0) {
            check_stamp(memory, size, round);
            stamp(memory, size, 1000 + round);
            check_stamp(memory, size, 1000 + round);
            _exit(0);
        }
        check_child(child);
        check_stamp(memory, size, round);
    }
}

// ---- Owners counted from several CPUs at once ----

static void write_and_check(unsigned* memory, unsigned long size, unsigned value)
{
    stamp(memory, size, value);
    check_stamp(memory, size, value);
}

// Both copies write while the other forks, writes or ends.
static void fork_twice(unsigned* memory, unsigned long size, unsigned value)
{
    for (unsigned k = 0; k < 2; k++) {
        const pid_t child = fork();
        check(child >= 0);
        if (child == 0) {
            write_and_check(memory, size, value + 10 + k);
            _exit(0);
        }
        write_and_check(memory, size, value + k);
        check_child(child);
        check_stamp(memory, size, value + k);
    }
}

PART(owners_are_counted_right)
{
    const unsigned long size = 1ul << 20;
    unsigned* const memory = map_words(size);
    for (unsigned round = 0; round < 100; round++) {
        stamp(memory, size, round);
        pid_t children[3];
        for (unsigned i = 0; i < 3; i++) {
            children[i] = fork();
            check(children[i] >= 0);
            if (children[i] == 0) {
                fork_twice(memory, size, 1000 * (i + 1));
                _exit(0);
            }
        }
        check_stamp(memory, size, round);
        for (int i = 0; i < 3; i++)
            check_child(children[i]);
        check_stamp(memory, size, round);
    }
}

// ---- Memory that was given back ----

static void touch_behind_the_end(void)
{
    char* const end = sbrk(kPage);
    check(end != (void*)-1);
    char* const last = (char*)(((unsigned long)end + kPage - 1) & -4096ul);  // a page that goes whole
    check(sbrk(kPage) != (void*)-1);
    *(volatile char*)last = 1;
    check(sbrk(-2 * kPage) == end + 2 * kPage);
    *(volatile char*)last = 2;
    _exit(0);  // it came through: wrong
}

PART(touch_after_shrink_is_killed_1000_times)
{
    for (int i = 0; i < 1000; i++) {
        const pid_t child = fork();
        if (child == 0) touch_behind_the_end();
        check(status_of(child) == SIGSEGV);
    }
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
