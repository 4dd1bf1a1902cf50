// The heap comes page by page, on the first touch.
#include "pagetests.h"

#define ERROR ((char*)-1)

static char* new_heap(int bytes)  // from the next page boundary
{
    sbrk(PGROUNDUP((uint)sbrk(0)) - (uint)sbrk(0));
    char* start = sbrk(bytes);
    CHECK(start != ERROR && sbrk(0) == start + bytes);
    return start;
}

// What one test touches of a new heap, by offsets.
struct touch {
    int size, read_first, read_end, write_first, write_end;
    int by_kernel;  // the kernel writes, by read()
};

static void check_only_touched(char* heap, const struct touch* touch)
{
    const int me = getpid();
    for (int page = 0; page < touch->size; page += PGSIZE) {
        const int was_read = page + PGSIZE > touch->read_first && page < touch->read_end;
        const int was_written = page + PGSIZE > touch->write_first && page < touch->write_end;
        if (was_read || was_written)
            check_pages(me, heap + page, heap + page + PGSIZE, WRITABLE);
        else if (page < 0x100000 || page % 0x40000 == 0)  // of a large heap, some
            check_pages(me, heap + page, heap + page + 1, ABSENT);
    }
}

static void touch_heap(char* heap, const struct touch* touch)
{
    for (int i = touch->read_first; i < touch->read_end; i++)
        CHECK(heap[i] == 0);
    if (touch->by_kernel)
        write_by_kernel(heap + touch->write_first, heap + touch->write_end, 'k');
    else
        memset(heap + touch->write_first, 'k', touch->write_end - touch->write_first);
    for (int i = touch->write_first; i < touch->write_end; i++)
        CHECK(heap[i] == 'k');
    for (int i = touch->read_first; i < touch->read_end; i++)
        CHECK(heap[i] == (i >= touch->write_first && i < touch->write_end ? 'k' : 0));
}

static const struct touch touches[] = {
    {0x1000, 128, 256, 512, 768, 0},
    {0x1000, 128, 256, 512, 768, 1},
    {0x5000, 0x1800, 0x2800, 0x0, 0x0, 0},
    {0x5000, 0x0, 0x0, 0x3ff0, 0x4010, 0},
    {0x5000, 0x0, 0x0, 0x3ff0, 0x4010, 1},
    {0x8000, 0x0, 0x8000, 0x2000, 0x4000, 0},
    {0x100000, 0xff000, 0x100000, 0x80000, 0x81001, 0},
    {0x10000000, 0x0fff0000, 0x0fff0100, 0x08000000, 0x08010000, 0},
};

static void pages_come_when_touched(void)
{
    for (int i = 0; i < sizeof(touches) / sizeof(touches[0]); i++) {
        char* heap = new_heap(touches[i].size);
        check_pages(getpid(), heap, heap + PGSIZE, ABSENT);
        touch_heap(heap, &touches[i]);
        check_only_touched(heap, &touches[i]);
        CHECK(sbrk(-touches[i].size) != ERROR);
        check_pages(getpid(), heap, heap + PGSIZE, ABSENT);
    }
}

static void use_heap_in_steps(struct steps* steps, const struct touch* touch)
{
    be_child(steps);
    char* heap = new_heap(touch->size);
    touch_heap(heap, touch);
    if (fork_checked() == 0) exit();  // a heap with holes
    wait();
    CHECK(write(steps->to_parent[1], &heap, sizeof(heap)) == sizeof(heap));
    child_step(steps);
    exit();
}

static void pages_go_with_the_process(void)
{
    for (int i = 0; i < sizeof(touches) / sizeof(touches[0]); i++) {
        struct steps steps;
        char* heap;
        make_steps(&steps);
        int pid = fork_checked();
        if (pid == 0) use_heap_in_steps(&steps, &touches[i]);
        be_parent(&steps);
        CHECK(read(steps.to_parent[0], &heap, sizeof(heap)) == sizeof(heap));
        parent_waits(&steps);
        forget_frames();
        remember_frames(pid, heap + touches[i].read_first, heap + touches[i].read_end);
        remember_frames(pid, heap + touches[i].write_first, heap + touches[i].write_end);
        CHECK(remembered_frames() > 0);
        check_none_free();
        parent_goes_on(&steps);
        CHECK(wait() == pid);
        end_steps(&steps);
        check_all_free();
    }
    check_pages(getpid(), 0, guard_page(), PRESENT);
}

static void heap_with_holes_is_forked(void)
{
    enum { kPages = 16 };
    char* heap = new_heap(kPages * PGSIZE);
    for (int i = 0; i < kPages; i += 3)
        heap[i * PGSIZE] = (char)i;
    int pid = fork_checked();
    if (pid == 0) {
        for (int i = 0; i < kPages; i++) {
            check_pages(getpid(), heap + i * PGSIZE, heap + (i + 1) * PGSIZE, i % 3 == 0 ? PRESENT : ABSENT);
            CHECK(heap[i * PGSIZE] == (i % 3 == 0 ? i : 0));
        }
        exit();
    }
    int signal;
    CHECK(waitsignal(&signal) == pid && signal == 0);
    check_pages(getpid(), heap + PGSIZE, heap + 2 * PGSIZE, ABSENT);
}

static char* volatile target;

static void read_target(void)
{
    *(volatile char*)target;
}

static void write_target(void)
{
    *(volatile char*)target = 42;
}

// The page in which the heap ends belongs to it whole, as in xv6; the next kills.
static void heap_ends_at_a_page(void)
{
    static const int beyond[] = {0, 1, 0xfff, 0x1000, 0x10000, 0x1000000};
    char* end = new_heap(PGSIZE) + PGSIZE;
    target = end - 1;
    CHECK(!is_killed(read_target) && !is_killed(write_target));
    for (int i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
        target = end + beyond[i];
        CHECK(is_killed(read_target) && is_killed(write_target));
    }
    CHECK(sbrk(1) == end);
    target = end + 0xfff;
    CHECK(!is_killed(write_target));
    target = end + 0x1000;
    CHECK(is_killed(write_target));
}

static void shrunk_heap_is_gone(void)
{
    forget_frames();
    for (int round = 0; round < 20; round++) {
        char* heap = new_heap(4 * PGSIZE);
        memset(heap, 1, 4 * PGSIZE);
        remember_frames(getpid(), heap + 2 * PGSIZE, heap + 4 * PGSIZE);
        CHECK(sbrk(-2 * PGSIZE) != ERROR);
        check_pages(getpid(), heap + 2 * PGSIZE, heap + 4 * PGSIZE, ABSENT);
        check_all_free();
        target = heap + 2 * PGSIZE;
        CHECK(is_killed(read_target));
        CHECK(sbrk(2 * PGSIZE) == heap + 2 * PGSIZE);
        CHECK(heap[2 * PGSIZE] == 0 && heap[PGSIZE] == 1);
        CHECK(sbrk(-4 * PGSIZE) != ERROR);
        forget_frames();
    }
}

// More than the machine has, in one call; then 144 MiB at its far end.
static void huge_heap(void)
{
    enum { kHuge = 0x50000000, kTouched = 144 << 20 };
    char* heap = new_heap(kHuge);
    for (uint i = kHuge - kTouched; i < kHuge; i += PGSIZE)
        heap[i] = (char)(i >> PTXSHIFT);
    for (uint i = kHuge - kTouched; i < kHuge; i += PGSIZE)
        CHECK(heap[i] == (char)(i >> PTXSHIFT));
    check_pages(getpid(), heap, heap + 0x100000, ABSENT);
    check_pages(getpid(), heap + kHuge - PGSIZE, heap + kHuge, WRITABLE);
}

struct test heap_tests[] = {
    {"heap", "pages_come_when_touched", pages_come_when_touched},
    {"heap", "pages_go_with_the_process", pages_go_with_the_process},
    {"heap", "heap_with_holes_is_forked", heap_with_holes_is_forked},
    {"heap", "heap_ends_at_a_page", heap_ends_at_a_page},
    {"heap", "shrunk_heap_is_gone", shrunk_heap_is_gone},
    {"heap", "huge_heap", huge_heap},
    {0, 0, 0},
};
