// fork shares all frames; who writes first gets a copy of the page; the last owner writes without one.
#include "pagetests.h"

enum { kMostChildren = 4, kNever = -2, kFirst = -1 };

struct plan {
    int children;
    int size, first, end;  // bytes of the heap, and those that are written
    int parent_writes;     // kFirst, kNever, or after which child
    int writers;           // a bit for each child
    int by_kernel;         // the children's writes are read() calls
};

static char* heap;
static struct steps steps[kMostChildren];
static int pids[kMostChildren];

// Every writer has values of its own.
static char value_at(int offset, int writer)
{
    return (char)(offset + (offset >> PTXSHIFT) * 7 + writer * 31);
}

static void check_values(const struct plan* plan, int writer)
{
    for (int i = plan->first; i < plan->end; i++)
        CHECK(heap[i] == value_at(i, writer));
}

static void write_values(const struct plan* plan, int writer)
{
    for (int i = plan->first; i < plan->end; i++)
        heap[i] = value_at(i, writer);
}

static void write_values_by_kernel(const struct plan* plan, int writer)
{
    for (int i = plan->first; i < plan->end; i++)
        write_by_kernel(heap + i, heap + i + 1, value_at(i, writer));
}

enum { kOriginal = 0, kParent = 1, kChild = 2 };  // values: of the time before the forks, ...

static void be_sharing_child(const struct plan* plan, int index)
{
    const int writes = plan->writers >> index & 1;
    struct steps* const mine = &steps[index];
    be_child(mine);
    child_step(mine);
    check_values(plan, kOriginal);
    if (writes && plan->by_kernel) write_values_by_kernel(plan, kChild + index);
    if (writes && !plan->by_kernel) write_values(plan, kChild + index);
    child_step(mine);
    check_values(plan, writes ? kChild + index : kOriginal);
    child_step(mine);
    exit();
}

static void start_children(const struct plan* plan)
{
    for (int i = 0; i < plan->children; i++) {
        make_steps(&steps[i]);
        pids[i] = fork_checked();
        if (pids[i] == 0) be_sharing_child(plan, i);
        be_parent(&steps[i]);
    }
}

static void check_all_share(const struct plan* plan)
{
    const int me = getpid();
    check_pages(me, heap + plan->first, heap + plan->end, READ_ONLY);
    for (int i = 0; i < plan->children; i++) {
        check_pages(pids[i], heap + plan->first, heap + plan->end, READ_ONLY);
        check_same_frames(me, pids[i], heap + plan->first, heap + plan->end);
    }
}

// A child writes, or only looks, while the others stand still.
static void let_child_write(const struct plan* plan, int index, int parent_has_written)
{
    char *first = heap + plan->first, *end = heap + plan->end;
    parent_goes_on(&steps[index]);
    parent_waits(&steps[index]);
    if (plan->writers >> index & 1) {
        check_other_frames(getpid(), pids[index], first, end);
        check_pages(pids[index], first, end, WRITABLE);
        remember_frames(pids[index], first, end);
    } else if (parent_has_written) {
        check_other_frames(getpid(), pids[index], first, end);
    } else {
        check_same_frames(getpid(), pids[index], first, end);
    }
    parent_goes_on(&steps[index]);
    parent_waits(&steps[index]);
}

static void end_children(const struct plan* plan)
{
    for (int i = 0; i < plan->children; i++) {
        parent_goes_on(&steps[i]);
        int signal;
        CHECK(waitsignal(&signal) > 0 && signal == 0);
        end_steps(&steps[i]);
    }
}

static void carry_out(const struct plan* plan)
{
    const int me = getpid();
    forget_frames();
    sbrk(PGROUNDUP((uint)sbrk(0)) - (uint)sbrk(0));
    heap = sbrk(plan->size);
    CHECK(heap != (char*)-1);
    write_values(plan, kOriginal);
    check_pages(me, heap + plan->first, heap + plan->end, WRITABLE);
    start_children(plan);
    for (int i = 0; i < plan->children; i++)
        parent_waits(&steps[i]);
    check_all_share(plan);
    int has_written = 0;
    for (int i = kFirst; i < plan->children; i++) {
        if (i >= 0) let_child_write(plan, i, has_written);
        check_values(plan, has_written ? kParent : kOriginal);
        if (plan->parent_writes != i) continue;
        write_values(plan, kParent);
        check_pages(me, heap + plan->first, heap + plan->end, WRITABLE);
        has_written = 1;
    }
    check_none_free();
    end_children(plan);
    check_all_free();
    check_values(plan, has_written ? kParent : kOriginal);
    CHECK(sbrk(-plan->size) != (char*)-1);
}

static void one_child(void)
{
    for (int writers = 0; writers < 2; writers++) {
        for (int parent = kNever; parent < 1; parent++) {
            struct plan plan = {1, 0x1000, 512, 1024, parent, writers, 0};
            carry_out(&plan);
            plan.by_kernel = 1;
            carry_out(&plan);
        }
    }
}

static void four_children(void)
{
    for (int writers = 0; writers < 16; writers++) {
        for (int parent = kNever; parent < 4; parent++) {
            const struct plan plan = {4, 0x6000, 0x0ff0, 0x3010, parent, writers, 0};
            carry_out(&plan);
        }
    }
}

static void kernel_writes_to_shared_pages(void)
{
    const struct plan plan = {4, 0x4000, 0x0fe0, 0x1020, 1, 15, 1};
    carry_out(&plan);
}

static void many_shared_pages(void)
{
    const struct plan plan = {2, 0x400000, 0, 0x300000, 0, 1, 0};
    carry_out(&plan);
}

static void the_same_in_a_child(void)
{
    int pid = fork_checked(), signal;
    if (pid == 0) {
        const struct plan plan = {3, 0x3000, 0, 0x2800, 1, 5, 0};
        carry_out(&plan);
        exit();
    }
    CHECK(waitsignal(&signal) == pid && signal == 0);
}

// When all others are gone, the frame is the parent's alone: it gets the right to write back, not a copy.
static void last_owner_keeps_the_frame(void)
{
    char* page = sbrk(2 * PGSIZE);
    page = (char*)PGROUNDUP((uint)page);
    *page = 1;
    const uint before = getpagetableentry(getpid(), (int)page);
    for (int i = 0; i < 10; i++) {
        int pid = fork_checked();
        if (pid == 0) exit();
        CHECK(wait() == pid);
        CHECK(PTE_ADDR(getpagetableentry(getpid(), (int)page)) == PTE_ADDR(before));
        *page = (char)i;
        CHECK(PTE_ADDR(getpagetableentry(getpid(), (int)page)) == PTE_ADDR(before));
        check_pages(getpid(), page, page + 1, WRITABLE);
    }
}

// Generations: each forks the next and ends; the frame goes on to the last of them.
static void frames_outlive_who_made_them(void)
{
    enum { kGenerations = 10 };
    int fds[2];
    char word[3] = {0};
    char* page = sbrk(PGSIZE);
    CHECK(pipe(fds) == 0);
    strcpy(page, "a");
    int pid = fork_checked();
    if (pid == 0) {
        for (int i = 0; i < kGenerations; i++)
            if (fork_checked() > 0) exit();
        CHECK(strcmp(page, "a") == 0);
        strcpy(page, "b");
        write(fds[1], page, 2);
        exit();
    }
    CHECK(wait() == pid);
    close(fds[1]);
    CHECK(read(fds[0], word, 2) == 2 && strcmp(word, "b") == 0);
    close(fds[0]);
    CHECK(strcmp(page, "a") == 0);
}

static int variable = 1;

// Text, data and stack are shared as the heap is.
static void everything_is_shared(void)
{
    struct steps pair;
    volatile int on_stack = 1;
    make_steps(&pair);
    int pid = fork_checked();
    if (pid == 0) {
        be_child(&pair);
        variable = 2;
        on_stack = 2;
        child_step(&pair);
        exit();
    }
    be_parent(&pair);
    parent_waits(&pair);
    CHECK(PTE_ADDR(getpagetableentry(pid, 0)) == PTE_ADDR(getpagetableentry(getpid(), 0)));
    CHECK(variable == 1 && on_stack == 1);
    check_other_frames(getpid(), pid, (char*)&variable, (char*)&variable + 1);
    check_other_frames(getpid(), pid, (char*)&on_stack, (char*)&on_stack + 1);
    check_pages(pid, guard_page(), guard_page() + 1, GUARD);
    parent_goes_on(&pair);
    CHECK(wait() == pid);
    end_steps(&pair);
}

struct test cow_tests[] = {
    {"cow", "one_child", one_child},
    {"cow", "four_children", four_children},
    {"cow", "kernel_writes_to_shared_pages", kernel_writes_to_shared_pages},
    {"cow", "many_shared_pages", many_shared_pages},
    {"cow", "the_same_in_a_child", the_same_in_a_child},
    {"cow", "last_owner_keeps_the_frame", last_owner_keeps_the_frame},
    {"cow", "frames_outlive_who_made_them", frames_outlive_who_made_them},
    {"cow", "everything_is_shared", everything_is_shared},
    {0, 0, 0},
};
