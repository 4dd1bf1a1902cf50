// Looking at page tables, and processes in step.
#include "pagetests.h"

enum { kMostFrames = 4096 };
static int frames[kMostFrames];
static int frame_count;

static char* page_of(char* address)
{
    return (char*)PGROUNDDOWN((uint)address);
}

static int is(uint pte, enum what what)
{
    if (what == ABSENT) return !(pte & PTE_P);
    if (!(pte & PTE_P) || PTE_ADDR(pte) == 0 || isphysicalpagefree(PTE_ADDR(pte) >> PTXSHIFT)) return 0;
    if (what == GUARD) return !(pte & PTE_U);
    if (!(pte & PTE_U)) return 0;
    return what == PRESENT || (what == WRITABLE) == ((pte & PTE_W) != 0);
}

void check_pages(int pid, char* first, char* end, enum what what)
{
    static char* const names[] = {"absent", "writable", "read-only", "present", "a guard"};
    for (char* page = page_of(first); page < end; page += PGSIZE) {
        const uint pte = getpagetableentry(pid, (int)page);
        if (is(pte, what)) continue;
        printf(1, "pid %d: the page at 0x%x is not %s: 0x%x\n", pid, page, names[what], pte);
        exit();
    }
}

static int same_frame(int pid, int other, char* page)
{
    return PTE_ADDR(getpagetableentry(pid, (int)page)) == PTE_ADDR(getpagetableentry(other, (int)page));
}

void check_same_frames(int pid, int other, char* first, char* end)
{
    for (char* page = page_of(first); page < end; page += PGSIZE)
        CHECK(same_frame(pid, other, page));
}

void check_other_frames(int pid, int other, char* first, char* end)
{
    for (char* page = page_of(first); page < end; page += PGSIZE)
        CHECK(!same_frame(pid, other, page));
}

void forget_frames(void)
{
    frame_count = 0;
    for (int i = 0; i < kMostFrames; i++)
        frames[i] = 0;  // so that these pages are there before anything is counted
}

void remember_frames(int pid, char* first, char* end)
{
    for (char* page = page_of(first); page < end && frame_count < kMostFrames; page += PGSIZE) {
        const uint pte = getpagetableentry(pid, (int)page);
        if (pte & PTE_P) frames[frame_count++] = PTE_ADDR(pte) >> PTXSHIFT;
    }
}

int remembered_frames(void)
{
    return frame_count;
}

void check_all_free(void)
{
    for (int i = 0; i < frame_count; i++)
        CHECK(isphysicalpagefree(frames[i]));
}

void check_none_free(void)
{
    for (int i = 0; i < frame_count; i++)
        CHECK(!isphysicalpagefree(frames[i]));
}

char* guard_page(void)
{
    char here;
    return (char*)PGROUNDDOWN((uint)&here) - PGSIZE;
}

// ---- Steps ----

void make_steps(struct steps* steps)
{
    CHECK(pipe(steps->to_child) == 0);
    CHECK(pipe(steps->to_parent) == 0);
}

void be_child(struct steps* steps)
{
    close(steps->to_child[1]);
    close(steps->to_parent[0]);
}

void be_parent(struct steps* steps)
{
    close(steps->to_child[0]);
    close(steps->to_parent[1]);
}

void child_step(struct steps* steps)
{
    char word = 's';
    CHECK(write(steps->to_parent[1], &word, 1) == 1);
    CHECK(read(steps->to_child[0], &word, 1) == 1);
}

void parent_waits(struct steps* steps)
{
    char word = 0;
    CHECK(read(steps->to_parent[0], &word, 1) == 1);
}

void parent_goes_on(struct steps* steps)
{
    CHECK(write(steps->to_child[1], "g", 1) == 1);
}

void end_steps(struct steps* steps)
{
    close(steps->to_child[1]);
    close(steps->to_parent[0]);
}
