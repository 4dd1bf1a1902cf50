// madvise, msync, mincore, mlock, limits, growing stacks: every answer as a line.
#include "mappings.h"

#include <sys/resource.h>

// ---- madvise ----

static void show_advice(char* at, const char* of)
{
    static const struct {
        const char* name;
        int advice;
    } advices[] = {
        {"NORMAL", MADV_NORMAL},
        {"RANDOM", MADV_RANDOM},
        {"SEQUENTIAL", MADV_SEQUENTIAL},
        {"WILLNEED", MADV_WILLNEED},
        {"DONTNEED", MADV_DONTNEED},
        {"FREE", MADV_FREE},
        {"DONTFORK", MADV_DONTFORK},
        {"DOFORK", MADV_DOFORK},
        {"HUGEPAGE", MADV_HUGEPAGE},
        {"NOHUGEPAGE", MADV_NOHUGEPAGE},
        {"DONTDUMP", MADV_DONTDUMP},
        {"DODUMP", MADV_DODUMP},
        {"WIPEONFORK", MADV_WIPEONFORK},
        {"KEEPONFORK", MADV_KEEPONFORK},
        {"COLD", MADV_COLD},
        {"PAGEOUT", MADV_PAGEOUT},
        {"POPULATE_READ", MADV_POPULATE_READ},
        {"POPULATE_WRITE", MADV_POPULATE_WRITE},
        {"DONTNEED_LOCKED", MADV_DONTNEED_LOCKED},
        {"number 7", 7},
        {"number 99", 99},
    };
    for (unsigned i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
        char what[64];
        sprintf(what, "%s: %s", of, advices[i].name);
        show(what, madvise(at, 2 * kPage, advices[i].advice));
    }
}

PART(advice_answers)
{
    const int fd = make_file(2);
    char* at = map_at(free_place(), 8, kWrite);
    show("within a page", madvise(at + 1, kPage, MADV_NORMAL));
    show("length 0", madvise(at, 0, MADV_NORMAL));
    show("length 0, unknown", madvise(at, 0, 77));
    show_advice(at, "anonymous");
    show_advice(mmap(NULL, 2 * kPage, kWrite, MAP_SHARED | MAP_ANONYMOUS, -1, 0), "shared anonymous");
    show_advice(mmap(NULL, 2 * kPage, kWrite, MAP_PRIVATE, fd, 0), "private file");
    show_advice(mmap(NULL, 2 * kPage, kWrite, MAP_SHARED, fd, 0), "shared file");
    show_advice(mmap(NULL, 2 * kPage, kRead, MAP_PRIVATE, fd, 0), "read-only file");
    show_advice(mmap(NULL, 2 * kPage, PROT_NONE, kPrivate, -1, 0), "PROT_NONE");
    show_advice(mmap(NULL, 2 * kPage, kRead, MAP_PRIVATE, fd, 8 * kPage), "beyond the end");
    check(munmap(at + kPage, kPage) == 0);
    show_advice(at, "a hole");
    check(mlock(at + 2 * kPage, 2 * kPage) == 0);
    show_advice(at + 2 * kPage, "locked");
    unlink(file_path());
}

PART(advice_goes_on_behind_a_hole)
{
    char* at = map_at(free_place(), 4, kWrite);
    memset(at, 1, 4 * kPage);
    check(munmap(at + kPage, kPage) == 0);
    show("over a hole", madvise(at, 4 * kPage, MADV_DONTNEED));
    show_read("before it", at);
    show_read("behind it", at + 3 * kPage);
}

PART(given_back_memory_reads_as_zero)
{
    const int fd = make_file(1);
    char* at = map_at(free_place(), 2, kWrite);
    memset(at, 1, 2 * kPage);
    show("one page", madvise(at, kPage, MADV_DONTNEED));
    show_read("given back", at);
    show_read("kept", at + kPage);
    char* shared = mmap(NULL, kPage, kWrite, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared[0] = 5;
    show("shared", madvise(shared, kPage, MADV_DONTNEED));
    show_read("lives in its object", shared);
    char* file = mmap(NULL, kPage, kWrite, MAP_SHARED, fd, 0);
    file[0] = 6;
    show("file", madvise(file, kPage, MADV_DONTNEED));
    show_read("lives in the file", file);
    unlink(file_path());
}

PART(advice_about_fork)
{
    char* at = map_at(free_place(), 6, kWrite);
    memset(at, 1, 6 * kPage);
    check(madvise(at + kPage, kPage, MADV_DONTFORK) == 0);
    check(madvise(at + 3 * kPage, kPage, MADV_WIPEONFORK) == 0);
    pid_t child = fork();
    if (child == 0) {
        show_pages("child", at, 6);
        show_read("ordinary", at);
        show_read("not inherited", at + kPage);
        show_read("wiped", at + 3 * kPage);
        show_store("may be stored to", at + 3 * kPage, 2);
        _exit(0);
    }
    check_child(child);
    show_read("parent", at + kPage);
    show_read("parent", at + 3 * kPage);
    check(madvise(at, 6 * kPage, MADV_DOFORK) == 0 && madvise(at, 6 * kPage, MADV_KEEPONFORK) == 0);
    child = fork();
    if (child == 0) {
        show_read("inherited again", at + kPage);
        show_read("kept again", at + 3 * kPage);
        _exit(0);
    }
    check_child(child);
}

// ---- msync ----

PART(sync_answers)
{
    const int fd = make_file(2);
    char* base = free_place();
    char* at = mmap(base, 2 * kPage, kWrite, MAP_SHARED | MAP_FIXED, fd, 0);
    show("within a page", msync(at + 1, kPage, MS_SYNC));
    show("length 0", msync(at, 0, MS_SYNC));
    show("both", msync(at, kPage, MS_SYNC | MS_ASYNC));
    show("unknown flag", msync(at, kPage, 8));
    show("no flag", msync(at, kPage, 0));
    show("MS_SYNC", msync(at, 2 * kPage, MS_SYNC));
    show("MS_ASYNC", msync(at, 2 * kPage, MS_ASYNC));
    show("MS_INVALIDATE", msync(at, 2 * kPage, MS_INVALIDATE));
    show("MS_SYNC, a hole", msync(at, 3 * kPage, MS_SYNC));
    show("MS_ASYNC, a hole", msync(at, 3 * kPage, MS_ASYNC));
    show("a hole first", msync(at - kPage, 2 * kPage, MS_SYNC));
    show("nothing there", msync(at + 8 * kPage, kPage, MS_SYNC));
    show("almost 4 GiB", msync(at, 0xffffffffu, MS_ASYNC));
    check(mlock(at, kPage) == 0);
    show("MS_INVALIDATE, locked", msync(at, 2 * kPage, MS_INVALIDATE));
    show("MS_SYNC and MS_INVALIDATE, locked", msync(at, 2 * kPage, MS_SYNC | MS_INVALIDATE));
    show("MS_SYNC, locked", msync(at, 2 * kPage, MS_SYNC));
    show("anonymous", msync(map_at(NULL, 1, kWrite), kPage, MS_SYNC));
    unlink(file_path());
}

// ---- mincore ----

static void show_residency(const char* what, void* at, int pages)
{
    unsigned char vector[16];
    memset(vector, 9, sizeof(vector));
    errno = 0;
    const int result = mincore(at, pages * kPage, vector);
    printf("%s: %s", what, result == 0 ? "ok" : error_name(errno));
    for (int i = 0; result == 0 && i < pages; i++)
        printf(" %d", vector[i] & 1);
    printf("\n");
}

PART(residency_answers)
{
    unsigned char vector[16];
    char* at = map_at(free_place(), 8, kWrite);
    show("within a page", mincore(at + 1, kPage, vector));
    show("length 0", mincore(at, 0, vector));
    show("nothing there", mincore(at + 8 * kPage, kPage, vector));
    show("a hole", mincore(at, 9 * kPage, vector));
    show("no room for the answer", mincore(at, kPage, (unsigned char*)at + 16 * kPage));
    show("the kernel's room for the answer", mincore(at, kPage, (unsigned char*)0xfffff000u));
    show_residency("untouched", at, 4);
    at[kPage] = 1;
    show_residency("one stored to", at, 4);
    check(mprotect(at, 4 * kPage, PROT_NONE) == 0);
    show_residency("forbidden", at, 4);
    char* shared = mmap(NULL, 4 * kPage, kWrite, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared[2 * kPage] = 1;
    show_residency("shared", shared, 4);
    const int fd = make_file(2);
    show_residency("file", mmap(NULL, 2 * kPage, kRead, MAP_SHARED, fd, 0), 2);
    show_residency("beyond the end", mmap(NULL, 4 * kPage, kRead, MAP_SHARED, fd, 0), 4);
    show_residency("populated", mmap(NULL, 2 * kPage, kWrite, kPrivate | MAP_POPULATE, -1, 0), 2);
    show_residency("not yet", mmap(NULL, 2 * kPage, kWrite, kPrivate | MAP_POPULATE | MAP_NONBLOCK, -1, 0),
                   2);
    show_residency("locked", mmap(NULL, 2 * kPage, kWrite, kPrivate | MAP_LOCKED, -1, 0), 2);
    unlink(file_path());
}

// ---- mlock ----

static long status_kib(const char* name)
{
    char line[128];
    long value = -1;
    FILE* file = fopen("/proc/self/status", "r");
    check(file);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, name, strlen(name)) == 0) value = atol(line + strlen(name) + 1);
    fclose(file);
    return value;
}

static void show_locked(const char* what)
{
    printf("%s: %ld KiB locked\n", what, status_kib("VmLck"));
}

PART(lock_answers)
{
    char* at = map_at(free_place(), 8, kWrite);
    show("mlock", mlock(at, 2 * kPage));
    show_locked("two pages");
    show_residency("brought in", at, 3);
    show("again", mlock(at + kPage, 2 * kPage));
    show_locked("three pages");
    show("within a page", mlock(at + 4 * kPage + 100, 10));
    show_locked("four pages");
    show("over the edge of a page", mlock(at + 6 * kPage - 5, 10));
    show_locked("six pages");
    show("length 0", mlock(at, 0));
    show("munlock", munlock(at + kPage, kPage));
    show_locked("a hole in it");
    show("munlock what is not", munlock(at + kPage, kPage));
    show("over a hole", mlock(at + 7 * kPage, 2 * kPage));
    show_locked("up to it");
    show("from a hole", mlock(at + 8 * kPage, kPage));
    show("munlock over a hole", munlock(at, 9 * kPage));
    show_locked("none");
    show("PROT_NONE", mlock(map_at(at + 16 * kPage, 2, PROT_NONE), 2 * kPage));
    show_locked("locked all the same");
    show("munmap", munmap(at + 16 * kPage, 2 * kPage));
    show_locked("none");
    show("mlock2, unknown flag", mlock2(at, kPage, 2));
    show("mlock2", mlock2(at + 2 * kPage, kPage, 0));
    show("mlock2, on fault", mlock2(at + 6 * kPage, 2 * kPage, MLOCK_ONFAULT));
    show_residency("not brought in", at + 6 * kPage, 2);
    show_locked("three pages");
    const int fd = make_file(1);
    char* file = mmap(NULL, 2 * kPage, kRead, MAP_SHARED, fd, 0);
    show("beyond a file's end", mlock(file, 2 * kPage));
    unlink(file_path());
}

PART(lock_all_answers)
{
    show("no flag", mlockall(0));
    show("unknown flag", mlockall(8));
    show("on fault only", mlockall(MCL_ONFAULT));
    char* at = map_at(free_place(), 2, kWrite);
    show("what is", mlockall(MCL_CURRENT));
    show_residency("brought in", at, 2);
    printf("all is locked: %s\n", status_kib("VmLck") + 512 > status_kib("VmSize") ? "yes" : "no");
    show("nothing", munlockall());
    show_locked("none");
    show("what will be", mlockall(MCL_FUTURE));
    show_locked("nothing yet");
    map_at(at + 8 * kPage, 2, kWrite);
    show_residency("brought in", at + 8 * kPage, 2);
    show_locked("a new mapping");
    const pid_t child = fork();
    if (child == 0) {
        show_locked("not inherited");
        map_at(at + 16 * kPage, 2, kWrite);
        show_locked("nor for what will be");
        _exit(0);
    }
    check_child(child);
    char* grown = mremap(at + 8 * kPage, 2 * kPage, 3 * kPage, 0);
    show_residency("grown", grown, 3);
    show_locked("grown");
    show("nothing", munlockall());
    map_at(at + 16 * kPage, 2, kWrite);
    show_locked("none");
}

static void limit(int resource, rlim_t value)
{
    struct rlimit limits;
    check(getrlimit(resource, &limits) == 0);
    limits.rlim_cur = value;
    check(setrlimit(resource, &limits) == 0);
}

PART(lock_limit)
{
    char* at = map_at(free_place(), 16, kWrite);
    limit(RLIMIT_MEMLOCK, 4 * kPage);
    show("root: beyond the limit", mlock(at, 6 * kPage));
    show("root: none", munlock(at, 6 * kPage));
    check(setuid(65534) == 0);
    show("at the limit", mlock(at, 4 * kPage));
    show("beyond it", mlock(at + 8 * kPage, kPage));
    show("the same again", mlock(at, 4 * kPage));
    show("the same and one more", mlock(at, 5 * kPage));
    show_locked("four pages");
    show_map("MAP_LOCKED beyond it", mmap(NULL, kPage, kWrite, kPrivate | MAP_LOCKED, -1, 0), kPage);
    show("mlockall", mlockall(MCL_CURRENT));
    show("what will be", mlockall(MCL_FUTURE));
    show_map("a new mapping", mmap(NULL, kPage, kWrite, kPrivate, -1, 0), kPage);
    show("brk", sbrk(16 * kPage) == (void*)-1 ? -1 : 0);
    show("nothing", munlockall());
    check(mlock(at, 4 * kPage) == 0);
    printf("mremap of locked memory: %s\n",
           mremap(at, 16 * kPage, 17 * kPage, MREMAP_MAYMOVE) == MAP_FAILED ? error_name(errno) : "ok");
    check(munlockall() == 0);
    limit(RLIMIT_MEMLOCK, 0);
    show("limit 0: mlock", mlock(at, kPage));
    show("limit 0: mlock of nothing", mlock(at, 0));
    show("limit 0: mlock2", mlock2(at, kPage, MLOCK_ONFAULT));
    show("limit 0: mlockall", mlockall(MCL_CURRENT));
    show("limit 0: munlock", munlock(at, kPage));
    show("limit 0: munlockall", munlockall());
    show_map("limit 0: MAP_LOCKED", mmap(NULL, kPage, kWrite, kPrivate | MAP_LOCKED, -1, 0), kPage);
}

// ---- Limits ----

static rlim_t mapped_bytes(void)
{
    (void)status_kib("VmSize");  // the heap is as large as reading makes it
    return (rlim_t)status_kib("VmSize") * 1024;
}

PART(limit_of_the_address_space)
{
    char* at = map_at(free_place(), 8, kWrite);
    map_at(at + 8 * kPage, 1, kRead);
    const rlim_t now = mapped_bytes();
    limit(RLIMIT_AS, now + 4 * kPage);
    show_map("four pages", mmap(NULL, 4 * kPage, kWrite, kPrivate, -1, 0), 4 * kPage);
    show_map("five pages", mmap(NULL, 5 * kPage, kWrite, kPrivate, -1, 0), 5 * kPage);
    show_map("five pages that may not be touched", mmap(NULL, 5 * kPage, PROT_NONE, kPrivate, -1, 0),
             5 * kPage);
    show("five pages of the heap", sbrk(5 * kPage) == (void*)-1 ? -1 : 0);
    char* moved = mremap(at, 8 * kPage, 13 * kPage, MREMAP_MAYMOVE);
    printf("mremap by five: %s\n", moved == MAP_FAILED ? error_name(errno) : "ok");
    moved = mremap(at, 8 * kPage, 12 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, at + 32 * kPage);
    printf("mremap by four: %s\n", moved == MAP_FAILED ? error_name(errno) : "ok");
    show("not a page more", sbrk(kPage) == (void*)-1 ? -1 : 0);
    show("mprotect needs none", mprotect(moved + kPage, kPage, kRead));
    limit(RLIMIT_AS, kPage);
    show_map("over what stands there", mmap(moved, 2 * kPage, kRead, kPrivate | MAP_FIXED, -1, 0), 0);
    show_map("over more than stands there",
             mmap(moved + 11 * kPage, 2 * kPage, kRead, kPrivate | MAP_FIXED, -1, 0), 0);
    show_store("not lost", moved + 11 * kPage, 1);
    show_map("keep the old", mremap(moved + 4 * kPage, kPage, kPage, MREMAP_MAYMOVE | MREMAP_DONTUNMAP),
             kPage);
    limit(RLIMIT_AS, RLIM_INFINITY);
    show_map("no limit", mmap(NULL, 64 * kPage, kWrite, kPrivate, -1, 0), 64 * kPage);
}

PART(limit_of_data)
{
    const int fd = make_file(2);
    char* at = map_at(free_place(), 64, kRead);
    limit(RLIMIT_DATA, kPage);
    show_map("private, written", mmap(NULL, 8 * kPage, kWrite, kPrivate, -1, 0), 8 * kPage);
    show_map("private, read", mmap(NULL, 8 * kPage, kRead, kPrivate, -1, 0), 8 * kPage);
    show_map("shared, written", mmap(NULL, 8 * kPage, kWrite, MAP_SHARED | MAP_ANONYMOUS, -1, 0), 8 * kPage);
    show_map("private file, written", mmap(NULL, 2 * kPage, kWrite, MAP_PRIVATE, fd, 0), 2 * kPage);
    show_map("shared file, written", mmap(NULL, 2 * kPage, kWrite, MAP_SHARED, fd, 0), 2 * kPage);
    show_map("a stack", mmap(NULL, 2 * kPage, kWrite, kPrivate | MAP_GROWSDOWN, -1, 0), 2 * kPage);
    show("heap", sbrk(64 * kPage) == (void*)-1 ? -1 : 0);
    show("mprotect to write", mprotect(at, 64 * kPage, kWrite));
    show_store("it did not", at, 1);
    limit(RLIMIT_DATA, RLIM_INFINITY);
    show("mprotect to write, no limit", mprotect(at, 64 * kPage, kWrite));
    unlink(file_path());
}

// ---- Stacks ----

PART(stacks_grow)
{
    char* base = free_place();
    char* at = mmap(base + 1000 * kPage, 2 * kPage, kWrite, kPrivate | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
    check(at != MAP_FAILED);
    show_store("one page below", at - kPage, 1);
    show_store("twenty pages below", at - 20 * kPage, 2);
    show_pages("grown", at - 24 * kPage, 26);
    show_read("between", at - 10 * kPage);
    show("mprotect down to its start", mprotect(at + kPage, kPage, kRead | PROT_GROWSDOWN));
    show_pages("all of it", at - 24 * kPage, 26);
    check(mprotect(at - 20 * kPage, 22 * kPage, kWrite) == 0);
    map_at(at - 400 * kPage, 1, kWrite);
    show_store("299 pages above a neighbour", at - 100 * kPage, 3);
    show_store("255 pages above it", at - 144 * kPage, 3);
    show_store("256 pages above it", at - 143 * kPage, 3);
    show_store("far below", at - 300 * kPage, 3);
    check(mprotect(at - 400 * kPage, kPage, PROT_NONE) == 0);
    show_store("255 pages above one that nobody may touch", at - 144 * kPage, 3);
    show_store("next to it", at - 399 * kPage, 3);
    show_read("it is still forbidden", at - 400 * kPage);
}

PART(nothing_is_put_where_a_stack_grows)
{
    char* at = mmap(NULL, 2 * kPage, kWrite, kPrivate | MAP_GROWSDOWN, -1, 0);
    check(at != MAP_FAILED);
    char* hint = mmap(at - 100 * kPage, kPage, kRead, kPrivate, -1, 0);
    printf("hint in the gap: %s\n", hint == at - 100 * kPage ? "taken" : "elsewhere");
    char* below = mmap(NULL, 3 * kPage, kRead, kPrivate, -1, 0);
    printf("in the gap: %s\n", below < at && below >= at - 256 * kPage ? "yes" : "no");
    show_store("grows", at - 100 * kPage, 1);
}

PART(limit_of_the_stack)
{
    char* at =
        mmap(free_place() + 3000 * kPage, 2 * kPage, kWrite, kPrivate | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
    check(at != MAP_FAILED);
    limit(RLIMIT_STACK, 16 * kPage);
    show_store("within the limit", at - 14 * kPage, 1);
    show_store("beyond it", at - 15 * kPage, 1);
    limit(RLIMIT_STACK, 32 * kPage);
    show_store("the limit was raised", at - 15 * kPage, 1);
    const rlim_t now = mapped_bytes();
    limit(RLIMIT_AS, now + kPage);
    show_store("within RLIMIT_AS", at - 16 * kPage, 1);
    show_store("beyond it", at - 18 * kPage, 1);
}

// The stack is as long as it will be, so that it does not grow where a limit is measured.
static void lengthen_stack(void)
{
    volatile char room[32 * kPage];
    for (int i = 0; i < 32; i++)
        room[i * kPage] = 0;
    (void)room;
}

int main(int argc, char** argv)
{
    lengthen_stack();
    setvbuf(stdout, NULL, _IOLBF, 0);
    return run_parts(argc, argv);
}
