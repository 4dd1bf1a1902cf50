// What tells the memory policies apart, measured from inside: test/test_policies.py runs each part under each policy.
#include "report.h"

#include <errno.h>
#include <faultline.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static char untouched[32 * kPage];  // of bss
static const char table[32 * kPage] = {1};

static unsigned entry_of(const volatile void* page)
{
    return getpagetableentry(getpid(), (const void*)page);
}

static long present(const volatile char* first, int pages)
{
    long count = 0;
    for (int i = 0; i < pages; i++)
        count += (entry_of(first + i * kPage) & FL_PTE_P) != 0;
    return count;
}

static char* page_up(const char* address)
{
    return (char*)(((unsigned long)address + kPage - 1) & ~(unsigned long)(kPage - 1));
}

static void touch(volatile char* first, int pages)
{
    for (int i = 0; i < pages; i++)
        first[i * kPage] = (char)(i + 1);
}

static void report_policy(void)
{
    char line[128];
    FILE* file = fopen("/proc/self/status", "r");
    check(file);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, "Policy:\t", 8) == 0) printf("policy: %s", line + 8);
    fclose(file);
}

// ---- The table ----

static void measure_program(void)
{
    report("bss_present", present(page_up(untouched), 31));
    report("table_present", present(page_up(table), 31) == 31);
    report("text_writable", (entry_of((void*)measure_program) & FL_PTE_W) != 0);
}

static void measure_heap(void)
{
    enum { kPages = 64 };
    char* const end = sbrk(0);
    check(sbrk(page_up(end) - end + kPages * kPage) == end);
    volatile char* const heap = page_up(end);
    report("heap_present", present(heap, kPages));
    long before = own_faults("fault_zero_fill");
    (void)heap[0];
    (void)heap[kPage];
    report("read_faults", own_faults("fault_zero_fill") - before);
    report("reads_share_a_frame", FL_PTE_FRAME(entry_of(heap)) == FL_PTE_FRAME(entry_of(heap + kPage)));
    before = own_faults("fault_zero_fill");
    touch(heap + 2 * kPage, kPages - 2);
    report("write_faults", own_faults("fault_zero_fill") - before);
}

static void measure_mmap(void)
{
    char* const anonymous =
        mmap(NULL, 16 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(anonymous != MAP_FAILED);
    report("mmap_present", present(anonymous, 16));
    const int file = open("/bin/sh", O_RDONLY);
    check(file >= 0);
    char* const mapped = mmap(NULL, 8 * kPage, PROT_READ, MAP_PRIVATE, file, 0);
    check(mapped != MAP_FAILED);
    report("file_present", present(mapped, 8));
    close(file);
}

// In the child: how many of the parent's pages it shares, and whether either may write them.
static int compare_with_parent(volatile char* memory, int pages)
{
    int shared = 0;
    for (int i = 0; i < pages; i++) {
        const unsigned mine = entry_of(memory + i * kPage);
        const unsigned theirs = getpagetableentry(getppid(), (const void*)(memory + i * kPage));
        if (FL_PTE_FRAME(mine) == FL_PTE_FRAME(theirs)) shared++;
        if (FL_PTE_FRAME(mine) == FL_PTE_FRAME(theirs) && ((mine | theirs) & FL_PTE_W) != 0) return 100;
    }
    return shared;
}

static void measure_fork(void)
{
    int status;
    char* const end = sbrk(9 * kPage);
    volatile char* const memory = page_up(end);
    touch(memory, 8);
    const pid_t child = fork();
    if (child == 0) _exit(compare_with_parent(memory, 8));
    check(waitpid(child, &status, 0) == child && WIFEXITED(status));
    report("shared_after_fork", WEXITSTATUS(status));
    const long made_writable = own_faults("fault_make_writable");
    touch(memory, 8);
    report("made_writable", own_faults("fault_make_writable") - made_writable);
}

static int measure(void)
{
    report_policy();
    own_faults("fault_zero_fill");  // stdio's own memory is there from here on
    measure_program();
    measure_heap();
    measure_mmap();
    measure_fork();
    return 0;
}

// ---- Guard page ----

static char* find_guard(void)
{
    char line[160];
    unsigned long first = 0, end = 0, guard = 0;
    FILE* file = fopen("/proc/self/maps", "r");
    check(file);
    while (fgets(line, sizeof line, file)) {
        const unsigned long before = first;
        check(sscanf(line, "%lx-%lx", &first, &end) == 2);
        if (strstr(line, "[stack]")) guard = before;
    }
    fclose(file);
    check(guard != 0);
    return (char*)guard;
}

static int guard_entry(void)
{
    char* const guard = find_guard();
    report("is_present", (entry_of(guard) & FL_PTE_P) != 0);
    report("is_users", (entry_of(guard) & FL_PTE_U) != 0);
    report("below_is_users", (entry_of(guard - 1) & FL_PTE_U) != 0);
    report("above_is_users", (entry_of(guard + kPage) & FL_PTE_U) != 0);
    return 0;
}

static int guard_read(void)
{
    return *(volatile char*)find_guard();
}

static int guard_write(void)
{
    *(volatile char*)(find_guard() + kPage - 1) = 1;
    return 0;
}

// The kernel could touch the page; it must not do it for a program.
static int guard_calls(void)
{
    char* const guard = find_guard();
    int ends[2];
    check(pipe(ends) == 0);
    report("write_from", write(ends[1], guard, 1) == -1 && errno == EFAULT);
    report("write_across", write(ends[1], guard - 1, 2) == -1 && errno == EFAULT);
    report("write_over", write(ends[1], guard - 1, kPage + 2) == -1 && errno == EFAULT);
    report("write_last", write(ends[1], guard + kPage - 1, 2) == -1 && errno == EFAULT);
    report("write_below", write(ends[1], guard - 1, 1) == 1);
    report("write_above", write(ends[1], guard + kPage, 1) == 1);
    report("read_into", read(ends[0], guard, 1) == -1 && errno == EFAULT);
    report("path_in", open(guard, O_RDONLY) == -1 && errno == EFAULT);
    memset(guard - 8, 'x', 8);
    report("path_across", open(guard - 8, O_RDONLY) == -1 && errno == EFAULT);
    guard[-1] = 0;
    report("path_below", open(guard - 8, O_RDONLY) == -1 && errno == ENOENT);
    report("protect", mprotect(guard, kPage, PROT_READ | PROT_WRITE) == -1 && errno == EACCES);
    return 0;
}

// ---- Boundaries ----

static char* aligned_break(void)
{
    char* const end = sbrk(0);
    check(sbrk(page_up(end) - end + 4 * kPage) == end);
    return sbrk(0);
}

static int touch_last(void)
{
    volatile char* const end = aligned_break();
    end[-1] = 7;
    report("last", end[-1]);
    return 0;
}

static int touch_end(void)
{
    *(volatile char*)aligned_break() = 7;
    return 0;
}

// Beyond memory: refused, and nothing is lost.
static int too_much(void)
{
    void* const end = sbrk(0);
    report("refused", sbrk(0x50000000) == (void*)-1 && errno == ENOMEM);
    report("kept", sbrk(0) == end);
    return 0;
}

// ---- Everything at once: what later calls change is there at once, too ----

static int eager_calls(void)
{
    char* const memory = mmap(NULL, 4 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED);
    check(mprotect(memory, 4 * kPage, PROT_READ | PROT_WRITE) == 0);
    touch(memory, 4);
    check(mprotect(memory, kPage, PROT_READ) == 0 && mprotect(memory, kPage, PROT_READ | PROT_WRITE) == 0);
    touch(memory, 4);
    check(madvise(memory, 2 * kPage, MADV_DONTNEED) == 0);
    report("zero_again", memory[0] == 0 && memory[kPage] == 0 && memory[2 * kPage] == 3);
    char* const moved = mremap(memory, 4 * kPage, 64 * kPage, MREMAP_MAYMOVE);
    check(moved != MAP_FAILED);
    touch(moved, 64);
    report("grown", moved[63 * kPage]);
    report("none_is_kept_out",
           mmap(NULL, 0x60000000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
               errno == ENOMEM);
    return 0;
}

// The kernel's writer takes the right to write from a shared file page; the program never notices.
static int shared_file(void)
{
    const int file = open("/tmp/policies", O_RDWR | O_CREAT | O_TRUNC, 0600);
    check(file >= 0 && ftruncate(file, 4 * kPage) == 0);
    char* const mapped = mmap(NULL, 4 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    check(mapped != MAP_FAILED);
    for (int round = 0; round < 3; round++) {
        touch(mapped + 0, 4);
        mapped[0] = (char)round;
        check(msync(mapped, 4 * kPage, MS_SYNC) == 0 && fsync(file) == 0);
    }
    char byte;
    check(pread(file, &byte, 1, 0) == 1);
    report("byte", byte);
    check(unlink("/tmp/policies") == 0);
    return 0;
}

// Mappings stand above, and do not stand in the heap's way.
static int mmap_then_heap(void)
{
    for (int i = 0; i < 16; i++) {
        char* const mapped =
            mmap(NULL, 1024 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        check(mapped != MAP_FAILED && mapped > (char*)0x60000000);
        mapped[i] = 1;
    }
    char* const heap = sbrk(0x50000000);
    check(heap != (void*)-1);
    heap[0x50000000 - 1] = 7;
    report("last", heap[0x50000000 - 1]);
    report("low_mappings",
           mmap((void*)0x10000, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) < (void*)0x08048000);
    return 0;
}

// More than half of memory: a copy has no room.
static int fork_too_big(void)
{
    enum { kPages = 36 * 256 };
    int status = -1;
    char* const memory = sbrk(kPages * kPage);
    check(memory != (void*)-1);
    touch(memory, kPages);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) _exit(0);
    report("forked", child > 0);
    if (child < 0) report("error_is_enomem", errno == ENOMEM);
    if (child > 0) check(waitpid(child, &status, 0) == child && status == 0);
    report("kept", memory[(kPages - 1) * kPage] == (char)kPages);
    return 0;
}

static int beyond_end(void)
{
    const int file = open("/tmp/beyond", O_RDWR | O_CREAT | O_TRUNC, 0600);
    check(file >= 0 && unlink("/tmp/beyond") == 0 && ftruncate(file, kPage) == 0);
    char* const mapped = mmap(NULL, 3 * kPage, PROT_READ, MAP_PRIVATE, file, 0);
    check(mapped != MAP_FAILED && mapped[0] == 0);
    return *(volatile char*)(mapped + 2 * kPage);
}

// Memory and a file's pages, while others want all that there is: how many are still there afterwards?
static int stay(void)
{
    enum { kPages = 2048 };
    char* const memory =
        mmap(NULL, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const int file = open("/tmp/stay", O_RDWR | O_CREAT | O_TRUNC, 0600);
    check(memory != MAP_FAILED && file >= 0 && ftruncate(file, kPages * kPage) == 0);
    for (int page = 0; page < kPages; page++)
        check(pwrite(file, &page, sizeof page, page * kPage) == sizeof page);
    check(fsync(file) == 0);
    char* const mapped = mmap(NULL, kPages * kPage, PROT_READ, MAP_PRIVATE, file, 0);
    check(mapped != MAP_FAILED);
    long sum = 0;
    for (int page = 0; page < kPages; page++) {
        *(int*)(memory + page * kPage) = page;
        sum += *(int*)(mapped + page * kPage);
    }
    check(system("vm full /tests/hog 60 > /dev/null") == 0);
    report("memory_stayed", present(memory, kPages));
    report("file_stayed", present(mapped, kPages));
    for (int page = 0; page < kPages; page++)
        sum -= *(int*)(mapped + page * kPage);
    report("sum", sum);
    check(unlink("/tmp/stay") == 0);
    return 0;
}

// ---- Inheritance, arguments ----

static int show(void)
{
    report_policy();
    return 0;
}

// The next exec's, not this program's.
static int set_then_exec(void)
{
    char* const arguments[] = {(char*)"/tests/policies", (char*)"show", NULL};
    report_policy();
    check(set_policy(FL_POLICY_LAZY, 0) == 0);
    report_policy();
    fflush(stdout);
    execv(arguments[0], arguments);
    return 1;
}

static int bad_calls(void)
{
    report("policy_4", set_policy(4, 0) == -1 && errno == EINVAL);
    report("policy_minus_1", set_policy(-1, 0) == -1 && errno == EINVAL);
    report("stack_minus_1", set_policy(FL_POLICY_COW, -1) == -1 && errno == EINVAL);
    report("stack_huge", set_policy(FL_POLICY_COW, 1 << 20) == -1 && errno == EINVAL);
    return 0;
}

// One fault on a file: how many of the 16 pages around it are there then? They are all in the cache.
static int fault_around(void)
{
    static char warm[16 * kPage];
    const int file = open("/bin/sh", O_RDONLY);
    check(file >= 0 && read(file, warm, sizeof warm) == sizeof warm);
    char* const mapped = mmap((void*)0x20000000, 16 * kPage, PROT_READ, MAP_PRIVATE, file, 0);
    check(mapped == (char*)0x20000000);
    (void)*(volatile char*)(mapped + 5 * kPage);
    report("present", present(mapped, 16));
    return 0;
}

// The room that the stack has for main, in pages, by the map.
static int stack_room(void)
{
    char line[160];
    unsigned long first, end;
    FILE* file = fopen("/proc/self/maps", "r");
    check(file);
    while (fgets(line, sizeof line, file))
        if (strstr(line, "[stack]") && sscanf(line, "%lx-%lx", &first, &end) == 2)
            report("stack_pages", (long)((end - first) / kPage));
    fclose(file);
    return 0;
}

int main(int argc, char** argv)
{
    static const struct {
        const char* name;
        int (*run)(void);
    } parts[] = {
        {"measure", measure},
        {"guard-entry", guard_entry},
        {"guard-read", guard_read},
        {"guard-write", guard_write},
        {"guard-calls", guard_calls},
        {"touch-last", touch_last},
        {"touch-end", touch_end},
        {"too-much", too_much},
        {"eager-calls", eager_calls},
        {"shared-file", shared_file},
        {"show", show},
        {"set-then-exec", set_then_exec},
        {"bad-calls", bad_calls},
        {"fault-around", fault_around},
        {"stack-room", stack_room},
        {"mmap-then-heap", mmap_then_heap},
        {"fork-too-big", fork_too_big},
        {"stay", stay},
        {"beyond-end", beyond_end},
    };
    for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
        if (argc > 1 && strcmp(argv[1], parts[i].name) == 0) return parts[i].run();
    return 2;
}
