// More memory than the machine has. `swaptest MODE [ARGUMENT]`, one mode a promise:
//   sort MIB         that much memory of numbers, sorted by a heap sort's many passes, is in order afterwards
//   family MIB       a parent's memory, shared with children that read and write parts of it, stays what each made of it
//   shared MIB       shared anonymous memory larger than RAM: what one process writes the others read
//   kinds MIB        what moves, what is forbidden, private copies of a file: all of it goes out and comes back
//   string PAGES     a reference string with a hot part over PAGES pages; reports the faults that had to read
//   locked MIB       memory that mlock holds stays, with twice of RAM asked for beside it
//   hold MIB         makes /tmp/held when that much is used, and checks it once that file is gone
//   fill MIB         stores until that much is used, and says so; for machines where it does not fit
#include "report.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { kWordsPerPage = kPage / 4, kMiB = 1 << 20 };

static unsigned mixed(unsigned value)
{
    value ^= value >> 16;
    value *= 0x7feb352du;
    value ^= value >> 15;
    value *= 0x846ca68bu;
    return value ^ value >> 16;
}

static unsigned* memory_of(unsigned mib, int sharing)
{
    unsigned* memory = mmap(NULL, (size_t)mib * kMiB, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED);
    return memory;
}

// Waits for `count` children, all of which must end well.
static void reap(int count)
{
    for (int i = 0; i < count; i++) {
        int status = 1;
        check(wait(&status) > 0);
        check(status == 0);
    }
}

// ---- sort ----

static void sort_block(unsigned* words, size_t count)
{
    // Shell's sort within a block that fits memory; blocks are merged below.
    for (size_t gap = count / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11)
        for (size_t i = gap; i < count; i++) {
            const unsigned word = words[i];
            size_t at = i;
            for (; at >= gap && words[at - gap] > word; at -= gap)
                words[at] = words[at - gap];
            words[at] = word;
        }
}

static void merge(const unsigned* from, unsigned* to, size_t low, size_t middle, size_t high)
{
    size_t left = low, right = middle;
    for (size_t at = low; at < high; at++)
        to[at] = right == high || (left < middle && from[left] <= from[right]) ? from[left++] : from[right++];
}

// `mib` in all, half for the numbers and half to merge them into.
static void sort(unsigned mib)
{
    const size_t count = (size_t)mib * (kMiB / 8), block = 64 * 1024;
    unsigned* from = memory_of(mib / 2, MAP_PRIVATE);
    unsigned* to = memory_of(mib / 2, MAP_PRIVATE);
    unsigned long long sum = 0, sorted_sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += from[i] = mixed((unsigned)i);
    for (size_t low = 0; low < count; low += block)
        sort_block(from + low, low + block < count ? block : count - low);
    for (size_t width = block; width < count; width *= 2) {
        for (size_t low = 0; low < count; low += 2 * width) {
            const size_t middle = low + width < count ? low + width : count;
            const size_t high = low + 2 * width < count ? low + 2 * width : count;
            merge(from, to, low, middle, high);
        }
        unsigned* const other = from;
        from = to;
        to = other;
    }
    for (size_t i = 0; i < count; i++) {
        check(i == 0 || from[i - 1] <= from[i]);
        sorted_sum += from[i];
    }
    check(sum == sorted_sum);
    report("sorted_mib", mib);
}

// ---- family ----

enum { kChildren = 4 };

static void live_as_child(unsigned* memory, unsigned pages, unsigned child)
{
    for (unsigned round = 0; round < 2; round++)
        for (unsigned page = 0; page < pages; page++) {
            unsigned* const words = memory + (size_t)page * kWordsPerPage;
            const int is_mine = page % (kChildren + 1) == child;
            check(words[7] == mixed(page) + (round > 0 && is_mine ? child + 1 : 0));
            if (is_mine && round == 0) words[7] += child + 1;
        }
    _exit(0);
}

static void family(unsigned mib)
{
    const unsigned pages = mib * 256;
    unsigned* memory = memory_of(mib, MAP_PRIVATE);
    for (unsigned page = 0; page < pages; page++)
        memory[(size_t)page * kWordsPerPage + 7] = mixed(page);
    for (unsigned child = 0; child < kChildren; child++) {
        const pid_t pid = fork();
        check(pid >= 0);
        if (pid == 0) live_as_child(memory, pages, child);
    }
    for (unsigned page = kChildren; page < pages; page += kChildren + 1)  // the part that no child writes
        memory[(size_t)page * kWordsPerPage + 8] = page;
    reap(kChildren);
    for (unsigned page = 0; page < pages; page++)
        check(memory[(size_t)page * kWordsPerPage + 7] == mixed(page));
    report("family_mib", mib);
}

// ---- shared ----

static void shared(unsigned mib)
{
    const unsigned pages = mib * 256;
    unsigned* memory = memory_of(mib, MAP_SHARED);
    for (unsigned writer = 0; writer < 2; writer++) {
        const pid_t pid = fork();
        check(pid >= 0);
        if (pid > 0) continue;
        for (unsigned page = writer; page < pages; page += 2)
            memory[(size_t)page * kWordsPerPage + 3] = mixed(page);
        _exit(0);
    }
    reap(2);
    for (int reader = 0; reader < 2; reader++) {
        const pid_t pid = fork();
        check(pid >= 0);
        if (pid > 0) continue;
        for (unsigned page = 0; page < pages; page++)
            check(memory[(size_t)page * kWordsPerPage + 3] == mixed(page));
        _exit(0);
    }
    reap(2);
    check(munmap(memory, (size_t)mib * kMiB) == 0);
    report("shared_mib", mib);
}

// ---- kinds ----

static void press(unsigned mib)  // until all else has gone out
{
    volatile unsigned* memory = memory_of(mib, MAP_PRIVATE);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned page = 0; page < mib * 256; page++)
            memory[(size_t)page * kWordsPerPage] = page;
    munmap((void*)memory, (size_t)mib * kMiB);
}

static unsigned* copy_of_file(const char* path, unsigned pages)
{
    unsigned page[kWordsPerPage];
    const int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    check(file >= 0);
    for (unsigned i = 0; i < pages; i++) {
        for (unsigned word = 0; word < kWordsPerPage; word++)
            page[word] = mixed(i);
        check(write(file, page, kPage) == kPage);
    }
    unsigned* copy = mmap(NULL, pages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    check(copy != MAP_FAILED);
    close(file);
    return copy;
}

static void kinds(unsigned mib)
{
    enum { kPages = 64 };
    unsigned* moved = mmap(NULL, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned* forbidden = memory_of(1, MAP_PRIVATE);
    unsigned* copy = copy_of_file("/tmp/kinds", kPages);
    for (unsigned page = 0; page < kPages; page++) {
        moved[page * kWordsPerPage] = forbidden[page * kWordsPerPage] = page + 1;
        if (page % 2) copy[page * kWordsPerPage] = page;
    }
    check(mprotect(forbidden, kMiB, PROT_NONE) == 0);
    press(mib);
    moved = mremap(moved, kPages * kPage, 4 * kPages * kPage, MREMAP_MAYMOVE);  // while its pages are out
    check(moved != MAP_FAILED);
    check(mprotect(forbidden, kMiB, PROT_READ) == 0);
    const pid_t child = fork();
    if (child == 0) {
        for (unsigned page = 0; page < kPages; page++)
            moved[page * kWordsPerPage] += 1000;
        _exit(0);
    }
    reap(1);
    press(mib);
    for (unsigned page = 0; page < kPages; page++) {
        check(moved[page * kWordsPerPage] == page + 1);
        check(forbidden[page * kWordsPerPage] == page + 1);
        check(copy[page * kWordsPerPage] == (page % 2 ? page : mixed(page)));
        check(copy[page * kWordsPerPage + 1] == mixed(page));
    }
    report("kinds", 1);
}

// ---- string ----

// Every page once in turn, and between any two of them eight of a sixth of the pages, which are hot.
static void string(unsigned pages)
{
    struct rusage before, after;
    unsigned* memory = memory_of(pages / 256 + 1, MAP_PRIVATE);
    unsigned random = 1;
    for (unsigned page = 0; page < pages; page++)
        memory[(size_t)page * kWordsPerPage] = page;
    getrusage(RUSAGE_SELF, &before);
    for (unsigned round = 0; round < 4; round++)
        for (unsigned page = 0; page < pages; page++) {
            check(memory[(size_t)page * kWordsPerPage] == page);
            for (int hot = 0; hot < 8; hot++) {
                random = mixed(random + page);
                const unsigned other = random % (pages / 6);
                check(memory[(size_t)other * kWordsPerPage] == other);
            }
        }
    getrusage(RUSAGE_SELF, &after);
    report("major_faults", after.ru_majflt - before.ru_majflt);
}

// ---- locked, fill ----

static void locked(unsigned mib)
{
    unsigned* held = memory_of(2, MAP_PRIVATE);
    struct rusage before, after;
    check(mlock(held, 2 * kMiB) == 0);
    for (unsigned page = 0; page < 512; page++)
        held[page * kWordsPerPage] = page;
    press(mib);
    getrusage(RUSAGE_SELF, &before);
    for (unsigned page = 0; page < 512; page++)
        check(held[page * kWordsPerPage] == page);
    getrusage(RUSAGE_SELF, &after);
    report("faults_on_locked", after.ru_majflt - before.ru_majflt + after.ru_minflt - before.ru_minflt);
}

static void fill(unsigned mib)
{
    volatile unsigned* memory = memory_of(mib, MAP_PRIVATE);
    for (unsigned page = 0; page < mib * 256; page++)
        memory[(size_t)page * kWordsPerPage] = page;
    report("filled_mib", mib);
}

static void hold(unsigned mib)
{
    unsigned* memory = memory_of(mib, MAP_PRIVATE);
    for (unsigned page = 0; page < mib * 256; page++)
        memory[(size_t)page * kWordsPerPage] = mixed(page);
    FILE* mark = fopen("/tmp/held", "w");
    check(mark && fputs("held\n", mark) >= 0 && fclose(mark) == 0);
    while (access("/tmp/held", F_OK) == 0)
        usleep(10000);
    for (unsigned page = 0; page < mib * 256; page++)
        check(memory[(size_t)page * kWordsPerPage] == mixed(page));
    report("held_mib", mib);
}

int main(int argc, char** argv)
{
    static const struct {
        const char* name;
        void (*run)(unsigned argument);
    } modes[] = {{"sort", sort},     {"family", family}, {"shared", shared}, {"kinds", kinds},
                 {"string", string}, {"locked", locked}, {"fill", fill},     {"hold", hold}};
    for (unsigned i = 0; argc == 3 && i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(argv[1], modes[i].name) == 0) {
            modes[i].run((unsigned)atoi(argv[2]));
            return 0;
        }
    fprintf(stderr, "Usage: swaptest sort|family|shared|kinds|string|locked|hold|fill NUMBER\n");
    return 2;
}
