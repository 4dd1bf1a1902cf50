// The calls that look into page tables: one entry, one frame, the whole table of a process in the kernel's log.
#include "report.h"

#include <errno.h>
#include <faultline.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static struct page_info page_of(const volatile void* address)
{
    struct page_info info;
    check(page_info(0, (const void*)address, &info) == 0);
    return info;
}

static int is_mapper(const struct frame_info* frame, int pid, const volatile void* address)
{
    for (unsigned i = 0; i < frame->mapper_count && i < 16; i++)
        if (frame->mappers[i].pid == pid && frame->mappers[i].va == ((unsigned long)address & ~0xffful))
            return 1;
    return 0;
}

static void look_at_private_memory(void)
{
    volatile char* page = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct page_info info = page_of(page);
    check(info.backing == PAGE_BACKING_ZERO && info.pte == 0 && info.rights == (PROT_READ | PROT_WRITE));
    (void)page[0];
    info = page_of(page);
    check(info.backing == PAGE_BACKING_ZERO && (info.pte & 7) == 5);  // the shared zero frame, read-only
    struct frame_info frame;
    check(frame_info(info.pte >> 12, &frame) == 0 && frame.use == FRAME_USE_ZERO);
    page[0] = 1;
    info = page_of(page + 100);
    check(info.backing == PAGE_BACKING_ANONYMOUS && (info.pte & 7) == 7 && (info.pde & 7) == 7);
    check(frame_info(info.pte >> 12, &frame) == 0);
    check(frame.use == FRAME_USE_ANONYMOUS && frame.owners == 1 && frame.mapper_count == 1);
    check(is_mapper(&frame, getpid(), page));
    check(frame_info(info.pde >> 12, &frame) == 0 && frame.use == FRAME_USE_TABLE);
    munmap((void*)page, kPage);
    check(page_of(page).backing == PAGE_BACKING_NONE || page_of(page).region_end == 0);
}

static void look_at_file(const char* path)
{
    const int file = open(path, O_RDONLY);
    volatile char* page = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, kPage);
    close(file);
    (void)page[kPage];
    struct page_info info = page_of(page + kPage + 7);
    check(info.backing == PAGE_BACKING_FILE && info.offset == 2 * kPage && strcmp(info.name, path) == 0);
    check(info.region_first == (unsigned long)page && info.region_end == (unsigned long)page + 2 * kPage);
    check((info.pte & (FL_PTE_A | FL_PTE_D)) == FL_PTE_A);  // read, not written
    check((page_of(page).pte & FL_PTE_A) == 0);             // a neighbour, at most mapped with it
    struct frame_info frame;
    check(frame_info(info.pte >> 12, &frame) == 0);
    check(frame.use == FRAME_USE_CACHE && (frame.flags & FRAME_CACHED) && frame.index == 2);
    check(strcmp(frame.name, path) == 0 && is_mapper(&frame, getpid(), page + kPage));
    page[kPage] = 1;  // a private copy
    info = page_of(page + kPage);
    check(info.backing == PAGE_BACKING_ANONYMOUS && (info.pte & FL_PTE_A) && (info.pte & FL_PTE_D));
    munmap((void*)page, 2 * kPage);
}

static void look_at_shared_memory(void)
{
    volatile char* page = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    page[kPage] = 1;
    const struct page_info info = page_of(page + kPage);
    check(info.backing == PAGE_BACKING_SHARED && info.offset == kPage && !info.name[0]);
    check(info.region_flags == PAGE_REGION_SHARED);
    const pid_t child = fork();
    if (!child) {
        (void)page[kPage];
        pause();
    }
    while (getpagetableentry(child, (const void*)(page + kPage)) == 0)
        yield();
    struct frame_info frame;
    check(frame_info(info.pte >> 12, &frame) == 0 && frame.mapper_count == 2 && frame.owners >= 2);
    check(is_mapper(&frame, getpid(), page + kPage) && is_mapper(&frame, child, page + kPage));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    check(frame_info(info.pte >> 12, &frame) == 0 && frame.mapper_count == 1);
    munmap((void*)page, 2 * kPage);
}

static void look_beyond(void)
{
    struct page_info info = {0};
    struct frame_info frame;
    check(page_info(99999, &info, &info) == -1 && errno == ESRCH);
    check(frame_info(0xfffff, &frame) == -1 && errno == EINVAL);
    check(page_info(0, &info, (struct page_info*)16) == -1 && errno == EFAULT);
    info = page_of((void*)0x80100000);
    check(info.backing == PAGE_BACKING_KERNEL && (info.pde & FL_PTE_P) && !(info.pde & FL_PTE_U));
    check(page_of(&info).region_flags == PAGE_REGION_STACK);
    check(page_of((char*)sbrk(kPage)).region_flags == PAGE_REGION_HEAP);
}

static char* map(size_t pages, int flags, int file)
{
    char* memory = mmap(NULL, pages * kPage, PROT_READ | PROT_WRITE, flags, file, 0);
    check(memory != MAP_FAILED);
    return memory;
}

// Memory of every kind, shown to whoever looks at this process and at its child; ends when it is killed.
static void hold_memory(const char* path)
{
    const int file = open(path, O_RDWR | O_CREAT, 0644);
    check(ftruncate(file, 4 * kPage) == 0);
    char* private = map(4, MAP_PRIVATE | MAP_ANONYMOUS, -1);  // written, read, untouched, forbidden
    char* shared = map(2, MAP_SHARED | MAP_ANONYMOUS, -1);    // written, untouched
    char* mapped = map(3, MAP_SHARED, file);                  // read, written, untouched
    char* copied = map(2, MAP_PRIVATE, file);                 // written, untouched
    fsync(file);
    private[0] = private[3 * kPage] = shared[0] = mapped[kPage] = copied[0] = 1;
    volatile char seen = (char)(private[kPage] + mapped[0]);
    (void)seen;
    mprotect(private + 3 * kPage, kPage, PROT_NONE);
    const pid_t child = fork();
    if (!child) {
        private[0] = 2;  // a copy of its own
        seen = mapped[0];
        shared[0] = 2;  // the last: the parent waits for it
        pause();
    }
    while (shared[0] != 2)
        yield();
    report("pid", getpid());
    report("child", child);
    report("private", (long)private);
    report("shared", (long)shared);
    report("mapped", (long)mapped);
    report("copied", (long)copied);
    puts("ready: 1");
    fflush(stdout);
    pause();
}

// More memory than the machine has, private or shared; then waits to be looked at.
static void overfill(int mib, int sharing)
{
    const size_t pages = (size_t)mib * 256;
    char* memory = map(pages, sharing | MAP_ANONYMOUS, -1);
    for (size_t i = 0; i < pages; i++)
        memory[i * kPage] = (char)i;
    report("pid", getpid());
    report("memory", (long)memory);
    puts("ready: 1");
    fflush(stdout);
    pause();
}

// Known numbers for a receipt: 100 pages of which 8 are written; after fork 3 are copied, 2 reused.
static void spend_memory(void)
{
    int ends[2];
    char* pages = map(100, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    for (int i = 0; i < 8; i++)
        pages[i * kPage] = 1;
    check(pipe(ends) == 0);
    const pid_t child = fork();
    if (!child) {
        char byte;
        (void)!read(ends[0], &byte, 1);
        _exit(0);
    }
    const long copied = own_faults("fault_copy_frame");
    for (int i = 0; i < 3; i++)
        pages[i * kPage] = 2;
    report("copied", own_faults("fault_copy_frame") - copied);
    (void)!write(ends[1], "x", 1);
    waitpid(child, NULL, 0);
    for (int i = 3; i < 5; i++)
        pages[i * kPage] = 2;
    report("all_copied", own_faults("fault_copy_frame"));
    report("all_reused", own_faults("fault_make_writable"));
    report("all_zero_filled", own_faults("fault_zero_fill"));
}

// Whether a dead child that is not reaped yet has a receipt.
static int dead_childs_receipt(int wanted)
{
    char path[32];
    siginfo_t end;
    const pid_t child = fork();
    if (!child) {
        prctl(PR_SET_RECEIPT, wanted);
        _exit(0);
    }
    check(waitid(P_PID, (id_t)child, &end, WEXITED | WNOWAIT) == 0);
    snprintf(path, sizeof path, "/proc/%d/receipt", (int)child);
    const int file = open(path, O_RDONLY);
    check(file >= 0 || errno == ENOENT);
    close(file);
    check(waitpid(child, NULL, 0) == child);
    return file >= 0;
}

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "receipts") == 0) {
        check(prctl(PR_SET_RECEIPT, 2) == -1 && errno == EINVAL);
        report("asked", dead_childs_receipt(1));
        report("unasked", dead_childs_receipt(0));
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "spend") == 0) {
        spend_memory();
        return 0;
    }
    if (argc > 2 && strcmp(argv[1], "overfill") == 0)
        overfill(atoi(argv[2]), argc > 3 ? MAP_SHARED : MAP_PRIVATE);
    if (argc > 2 && strcmp(argv[1], "hold") == 0) hold_memory(argv[2]);
    if (argc > 1 && strcmp(argv[1], "pages") == 0) {
        look_at_private_memory();
        look_at_file("/bin/sh");
        look_at_shared_memory();
        look_beyond();
        return 0;
    }
    if (argc > 1) {  // dump another process's table, or none
        report("result", dumppagetable(atoi(argv[1])));
        return 0;
    }
    volatile char* page = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(getpagetableentry(getpid(), (const void*)page) == 0);
    page[0] = 1;
    const unsigned entry = getpagetableentry(getpid(), (const void*)page);
    check((entry & 7) == 7);        // present, writable, user
    check((entry & 0x60) == 0x60);  // accessed, dirty
    check(isphysicalpagefree(entry >> 12) == 0);
    check(getpagetableentry(99999, (const void*)page) == 0);
    check(dumppagetable(getpid()) == 0);
    report("pid", getpid());
    report("vpn", (long)((unsigned long)page >> 12));
    report("ppn", (long)(entry >> 12));
    munmap((void*)page, 2 * kPage);
    check(getpagetableentry(getpid(), (const void*)page) == 0);
    return 0;
}
