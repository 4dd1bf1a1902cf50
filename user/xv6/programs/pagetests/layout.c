// How a program lies in memory after exec, seen by itself and by its parent.
#include "pagetests.h"

static void check_own_layout(void)
{
    const int me = getpid();
    char* const guard = guard_page();
    check_pages(me, 0, guard, PRESENT);
    check_pages(me, guard, guard + PGSIZE, GUARD);
    check_pages(me, guard + PGSIZE, guard + 2 * PGSIZE, PRESENT);
    CHECK(sbrk(0) >= guard + 2 * PGSIZE);
}

static void layout(void)
{
    check_own_layout();
}

static void read_guard(void)
{
    *(volatile char*)guard_page();
}

static void write_guard(void)
{
    *(volatile char*)(guard_page() + PGSIZE - 1) = 1;
}

static void return_from_main(void)
{
    __asm__ volatile("pushl $0xffffffff; ret");
}

static void guard_kills(void)
{
    CHECK(is_killed(read_guard));
    CHECK(is_killed(write_guard));
    CHECK(is_killed(return_from_main));
    int fds[2];
    CHECK(pipe(fds) == 0);
    CHECK(write(fds[1], "xx", 2) == 2);
    CHECK(read(fds[0], guard_page(), 2) == -1);               // nor may the kernel, for a program
    CHECK(read(fds[0], guard_page() + PGSIZE - 1, 2) == -1);  // nor in part
    close(fds[0]);
    close(fds[1]);
}

// ---- A program that was just started, seen from its parent ----

enum { kPages = 32 };
static uint entries[kPages];
static const struct steps executed = {.to_child = {10, 11}, .to_parent = {12, 13}};

void be_executed(void)
{
    struct steps steps = executed;
    be_child(&steps);
    check_own_layout();
    for (int i = 0; i < kPages; i++)
        entries[i] = getpagetableentry(getpid(), i << PTXSHIFT);
    child_step(&steps);
    CHECK(write(steps.to_parent[1], entries, sizeof(entries)) == sizeof(entries));
    child_step(&steps);
    exit();
}

static void move_descriptor(int from, int to)
{
    int fd, low[16], count = 0;
    while ((fd = dup(from)) < to)
        low[count++] = fd;
    CHECK(fd == to);
    while (count > 0)
        close(low[--count]);
}

static void execute_self(struct steps* steps)
{
    char* arguments[] = {program, "EXECUTED", 0};
    move_descriptor(steps->to_child[0], executed.to_child[0]);
    move_descriptor(steps->to_child[1], executed.to_child[1]);
    move_descriptor(steps->to_parent[0], executed.to_parent[0]);
    move_descriptor(steps->to_parent[1], executed.to_parent[1]);
    close(steps->to_child[0]);
    close(steps->to_child[1]);
    close(steps->to_parent[0]);
    close(steps->to_parent[1]);
    exec(program, arguments);
    CHECK(!"exec failed");
}

// Entries read by the process and by its parent agree, but for the accessed and dirty bits; all frames are free at its end.
static void started_program_seen_by_its_parent(void)
{
    struct steps steps;
    make_steps(&steps);
    int pid = fork_checked();
    if (pid == 0) execute_self(&steps);
    be_parent(&steps);
    parent_waits(&steps);
    forget_frames();
    remember_frames(pid, 0, (char*)(kPages * PGSIZE));
    CHECK(remembered_frames() > 3);
    check_none_free();
    parent_goes_on(&steps);
    CHECK(read(steps.to_parent[0], entries, sizeof(entries)) == sizeof(entries));
    for (int i = 0; i < kPages; i++)
        CHECK(((entries[i] ^ getpagetableentry(pid, i << PTXSHIFT)) & ~(PTE_A | PTE_D)) == 0);
    parent_waits(&steps);
    parent_goes_on(&steps);
    CHECK(wait() == pid);
    end_steps(&steps);
    check_all_free();
}

static void nobodys_entries_are_0(void)
{
    CHECK(getpagetableentry(32000, 0) == 0);
    CHECK(getpagetableentry(getpid(), (int)(PGROUNDUP((uint)sbrk(0)) + PGSIZE)) == 0);
    CHECK(dumppagetable(32000) == -1);
    CHECK(dumppagetable(getpid()) == 0);
    CHECK(isphysicalpagefree(0x7fffffff) == 0);
}

struct test layout_tests[] = {
    {"layout", "layout", layout},
    {"layout", "guard_kills", guard_kills},
    {"layout", "started_program_seen_by_its_parent", started_program_seen_by_its_parent},
    {"layout", "nobodys_entries_are_0", nobodys_entries_are_0},
    {0, 0, 0},
};
