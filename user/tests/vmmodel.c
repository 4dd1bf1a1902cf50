// `vmmodel SEED STEPS`: random mmap, munmap, mprotect, mremap, madvise, msync, brk, fork, truncate, stores and loads, by the
// program and by system calls, each against a model that says what every page holds and allows. The same seed makes the same
// steps. What differs from the model ends it with the seed, the step and the last steps. Linux passes, too.
//
// A page's model is its kind, rights and two words of its contents. What forked processes share (objects, the file, the random
// numbers) has its model in shared memory; a parent waits for its child, so one runs at a time.
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { kPages = 48, kFilePages = 16, kObjectPages = 8, kObjects = 4096, kHeapPages = 24 };
enum { kWords = 2, kWordBytes = kPage / kWords };
enum { kMostDepth = 4, kRemembered = 32, kLine = 80, kVerifyEvery = 50 };

#define ARENA ((char*)0x60000000)

enum kind { kNone, kAnonymous, kShared, kFilePrivate, kFileShared };

struct page {
    unsigned char kind, rights;
    unsigned char own;          // kFilePrivate: written to, a copy of its own
    unsigned char index;        // page of the object
    unsigned short object;      // kShared
    unsigned short generation;  // kFilePrivate: of the file's page when it became our own
    unsigned words[kWords];     // what is this process's own
};

static struct shared {
    unsigned long long random;
    unsigned steps, limit, objects, file_pages;
    unsigned forks, moves, segv, sigbus, efault, truncations, breaks;
    unsigned file[kFilePages][kWords];
    unsigned short generation[kFilePages];  // counts truncations that cut the page off
    unsigned object[kObjects][kObjectPages][kWords];
    char log[kRemembered][kLine];
} * all;

static struct page pages[kPages];
static unsigned heap[kHeapPages][kWords], heap_pages;
static char* heap_start;
static int file;
static unsigned seed, depth;

// ---- Saying what went wrong ----

static void say(const char* format, ...)
{
    char line[200];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(line, sizeof(line), format, list);
    va_end(list);
    if (length > (int)sizeof(line) - 1) length = sizeof(line) - 1;
    if (write(1, line, (size_t)length) != length) _exit(3);
}

static void note(const char* format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(all->log[all->steps % kRemembered], kLine, format, list);
    va_end(list);
}

static void fail(const char* format, ...)
{
    char what[160];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof(what), format, list);
    va_end(list);
    say("failed: seed %u, step %u, depth %u: %s (errno %d)\n", seed, all->steps, depth, what, errno);
    for (unsigned i = 1; i <= kRemembered; i++)
        if (all->log[(all->steps + i) % kRemembered][0])
            say("  %s\n", all->log[(all->steps + i) % kRemembered]);
    _exit(1);
}

#define must(condition, ...)                                                                                 \
    do {                                                                                                     \
        if (!(condition)) fail(__VA_ARGS__);                                                                 \
    } while (0)

static unsigned below(unsigned limit)
{
    all->random ^= all->random << 13;
    all->random ^= all->random >> 7;
    all->random ^= all->random << 17;
    return (unsigned)(all->random >> 16) % limit;
}

// ---- The model ----

static char* address_of(unsigned page)
{
    return ARENA + page * kPage;
}

static int is_own(const struct page* p)
{
    return p->own && p->generation == all->generation[p->index];
}

// Where the model keeps what the page shows.
static unsigned* words_of(struct page* p)
{
    switch (p->kind) {
    case kShared:
        return all->object[p->object][p->index];
    case kFilePrivate:
        return is_own(p) ? p->words : all->file[p->index];
    case kFileShared:
        return all->file[p->index];
    default:
        return p->words;
    }
}

// The signal that a touch gets; 0: none.
static int outcome(const struct page* p, int stores)
{
    if (p->kind == kNone || p->rights == PROT_NONE) return SIGSEGV;
    if (stores && !(p->rights & PROT_WRITE)) return SIGSEGV;
    const int shows_file = p->kind == kFileShared || (p->kind == kFilePrivate && !is_own(p));
    return shows_file && p->index >= all->file_pages ? SIGBUS : 0;
}

static void model_store(struct page* p, unsigned word, unsigned value)
{
    if (p->kind == kFilePrivate && !is_own(p)) {
        memcpy(p->words, all->file[p->index], sizeof(p->words));
        p->own = 1;
        p->generation = all->generation[p->index];
    }
    words_of(p)[word] = value;
}

// ---- Touching memory ----

static sigjmp_buf way_out;
static volatile sig_atomic_t expecting;

static void on_signal(int signal, siginfo_t* info, void* context)
{
    (void)context;
    if (!expecting) fail("signal %d at %p", signal, info->si_addr);
    siglongjmp(way_out, signal);
}

static int touch(volatile unsigned* at, int stores, unsigned* value)
{
    expecting = 1;
    const int signal = sigsetjmp(way_out, 0);
    if (signal == 0) {
        if (stores)
            *at = *value;
        else
            *value = *at;
    }
    expecting = 0;
    if (signal == SIGSEGV) all->segv++;
    if (signal == SIGBUS) all->sigbus++;
    return signal;
}

static volatile unsigned* word_at(unsigned page, unsigned word)
{
    return (volatile unsigned*)(address_of(page) + word * kWordBytes);
}

static void load(unsigned page, unsigned word)
{
    unsigned found = 0;
    const int wanted = outcome(&pages[page], 0);
    const int got = touch(word_at(page, word), 0, &found);
    must(got == wanted, "load from page %u: signal %d, not %d", page, got, wanted);
    if (wanted == 0)
        must(found == words_of(&pages[page])[word],
             "page %u (kind %u, own %u, index %u) word %u holds 0x%x, not 0x%x", page, pages[page].kind,
             pages[page].own, pages[page].index, word, found, words_of(&pages[page])[word]);
}

static void verify_all(void)
{
    for (unsigned page = 0; page < kPages; page++)
        for (unsigned word = 0; word < kWords; word++)
            if (outcome(&pages[page], 0) == 0) load(page, word);
    for (unsigned page = 0; page < heap_pages; page++)
        for (unsigned word = 0; word < kWords; word++) {
            const unsigned found = *(volatile unsigned*)(heap_start + page * kPage + word * kWordBytes);
            must(found == heap[page][word], "heap page %u holds 0x%x, not 0x%x", page, found,
                 heap[page][word]);
        }
}

// ---- The steps ----

static void step_load(void)
{
    const unsigned page = below(kPages), word = below(kWords);
    note("load %u.%u", page, word);
    load(page, word);
}

static void step_store(void)
{
    const unsigned page = below(kPages), word = below(kWords);
    unsigned value = below(~0u);
    note("store %u.%u = 0x%x", page, word, value);
    const int wanted = outcome(&pages[page], 1);
    const int got = touch(word_at(page, word), 1, &value);
    must(got == wanted, "store to page %u: signal %d, not %d", page, got, wanted);
    if (wanted == 0) model_store(&pages[page], word, value);
}

static unsigned pick_range(unsigned* count, unsigned most)
{
    const unsigned first = below(kPages);
    const unsigned room = kPages - first < most ? kPages - first : most;
    *count = 1 + below(room);
    return first;
}

static int pick_rights(void)
{
    static const int rights[] = {PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
                                 PROT_READ | PROT_WRITE, PROT_READ,
                                 PROT_READ | PROT_EXEC,  PROT_NONE};
    return rights[below(6)];
}

static void step_map(void)
{
    unsigned count, start = 0;
    const unsigned first = pick_range(&count, kObjectPages);
    const int rights = pick_rights();
    int kind = (int)(1 + below(4));
    // Not a private file: whether its pages are copies at once or still the file's is nobody's business.
    const int populates = below(8) == 0 && kind != kFilePrivate ? MAP_POPULATE : 0;
    if (kind == kShared && all->objects == kObjects) kind = kAnonymous;
    const int of_file = kind == kFilePrivate || kind == kFileShared;
    if (of_file) start = below(kFilePages - count + 1);
    const int flags = MAP_FIXED | populates |
                      (kind == kShared || kind == kFileShared ? MAP_SHARED : MAP_PRIVATE) |
                      (of_file ? 0 : MAP_ANONYMOUS);
    note("mmap %u+%u kind %d rights %d start %u populate %d", first, count, kind, rights, start,
         populates != 0);
    void* const at =
        mmap(address_of(first), count * kPage, rights, flags, of_file ? file : -1, (off_t)start * kPage);
    must(at == address_of(first), "mmap gave %p", at);
    for (unsigned i = 0; i < count; i++) {
        const unsigned char index = (unsigned char)(of_file ? start + i : i);
        pages[first + i] = (struct page){(unsigned char)kind, (unsigned char)rights, 0, index, 0, 0, {0, 0}};
        if (kind == kShared) pages[first + i].object = (unsigned short)all->objects;
    }
    if (kind == kShared) all->objects++;
}

static void step_unmap(void)
{
    unsigned count;
    const unsigned first = pick_range(&count, 12);
    note("munmap %u+%u", first, count);
    must(munmap(address_of(first), count * kPage) == 0, "munmap failed");
    memset(&pages[first], 0, count * sizeof(pages[0]));
}

static int all_mapped(unsigned first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (pages[first + i].kind == kNone) return 0;
    return 1;
}

static void step_protect(void)
{
    unsigned count;
    const unsigned first = pick_range(&count, 12);
    const int rights = pick_rights();
    if (!all_mapped(first, count)) return;
    note("mprotect %u+%u rights %d", first, count, rights);
    must(mprotect(address_of(first), count * kPage, rights) == 0, "mprotect failed");
    for (unsigned i = 0; i < count; i++)
        pages[first + i].rights = (unsigned char)rights;
}

static void step_discard(void)
{
    unsigned count;
    const unsigned first = pick_range(&count, 12);
    note("madvise(DONTNEED) %u+%u", first, count);
    const int result = madvise(address_of(first), count * kPage, MADV_DONTNEED);
    const int whole = all_mapped(first, count);
    must(whole ? result == 0 : result == -1 && errno == ENOMEM, "madvise gave %d", result);
    for (unsigned i = 0; i < count; i++) {
        struct page* const p = &pages[first + i];
        if (p->kind == kAnonymous) memset(p->words, 0, sizeof(p->words));
        p->own = 0;
    }
}

static void step_sync(void)
{
    unsigned count;
    const unsigned first = pick_range(&count, 12);
    note("msync %u+%u", first, count);
    const int result = msync(address_of(first), count * kPage, below(2) ? MS_SYNC : MS_ASYNC);
    must(all_mapped(first, count) ? result == 0 : result == -1 && errno == ENOMEM, "msync gave %d", result);
}

// Several pages move only if they are one mapping, which the model does not know: EFAULT is right, too, then.
static void step_move(void)
{
    unsigned count;
    const unsigned from = pick_range(&count, 4), to = below(kPages - count + 1);
    if ((to < from + count && from < to + count) || !all_mapped(from, count)) return;
    note("mremap %u+%u to %u", from, count, to);
    void* const at =
        mremap(address_of(from), count * kPage, count * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, address_of(to));
    if (at == MAP_FAILED) {
        must(count > 1 && errno == EFAULT, "mremap failed");
        must(munmap(address_of(to), count * kPage) == 0, "munmap failed");
    } else {
        must(at == address_of(to), "mremap gave %p", at);
        all->moves++;
        memcpy(&pages[to], &pages[from], count * sizeof(pages[0]));
        memset(&pages[from], 0, count * sizeof(pages[0]));
        return;
    }
    memset(&pages[to], 0, count * sizeof(pages[0]));
}

static void step_break(void)
{
    const unsigned wanted = below(kHeapPages + 1);
    note("brk %u pages, from %u", wanted, heap_pages);
    must(brk(heap_start + wanted * kPage) == 0, "brk failed");
    for (unsigned page = heap_pages; page < wanted; page++)
        memset(heap[page], 0, sizeof(heap[page]));
    heap_pages = wanted;
    all->breaks++;
    if (wanted == 0) return;
    const unsigned page = below(wanted), word = below(kWords);
    heap[page][word] = below(~0u);
    *(volatile unsigned*)(heap_start + page * kPage + word * kWordBytes) = heap[page][word];
}

// The kernel stores: read() into the page.
static void step_copy_in(void)
{
    const unsigned page = below(kPages), word = below(kWords), source = below(kFilePages),
                   part = below(kWords);
    if (source >= all->file_pages) return;
    note("read file %u.%u into %u.%u", source, part, page, word);
    const unsigned value = all->file[source][part];
    const ssize_t got =
        pread(file, (void*)word_at(page, word), 4, (off_t)(source * kPage + part * kWordBytes));
    if (outcome(&pages[page], 1) != 0) {
        must(got == -1 && errno == EFAULT, "read into page %u gave %d, not EFAULT", page, (int)got);
        all->efault++;
        return;
    }
    must(got == 4, "read into page %u gave %d", page, (int)got);
    model_store(&pages[page], word, value);
}

// The kernel loads: write() from the page.
static void step_copy_out(void)
{
    const unsigned page = below(kPages), word = below(kWords), target = below(kFilePages),
                   part = below(kWords);
    if (target >= all->file_pages) return;
    note("write file %u.%u from %u.%u", target, part, page, word);
    const ssize_t got =
        pwrite(file, (const void*)word_at(page, word), 4, (off_t)(target * kPage + part * kWordBytes));
    if (outcome(&pages[page], 0) != 0) {
        must(got == -1 && errno == EFAULT, "write from page %u gave %d, not EFAULT", page, (int)got);
        all->efault++;
        return;
    }
    must(got == 4, "write from page %u gave %d", page, (int)got);
    all->file[target][part] = words_of(&pages[page])[word];
}

// Pages beyond the new end leave all mappings, private copies of them too.
static void step_truncate(void)
{
    const unsigned size = kFilePages - below(6);
    note("truncate to %u pages, from %u", size, all->file_pages);
    must(ftruncate(file, (off_t)size * kPage) == 0, "ftruncate failed");
    for (unsigned page = size; page < all->file_pages; page++) {
        memset(all->file[page], 0, sizeof(all->file[page]));
        all->generation[page]++;
    }
    all->file_pages = size;
    all->truncations++;
}

static void run(unsigned limit);

static void step_fork(void)
{
    const unsigned steps = 1 + below(80);
    if (depth == kMostDepth) return;
    note("fork, for %u steps", steps);
    all->forks++;
    const pid_t pid = fork();
    must(pid >= 0, "fork failed");
    if (pid == 0) {
        depth++;
        const unsigned end = all->steps + steps;
        run(end < all->limit ? end : all->limit);
        verify_all();
        _exit(0);
    }
    int status;
    must(waitpid(pid, &status, 0) == pid, "waitpid failed");
    if (status == 1 << 8) _exit(1);  // it has said why
    must(status == 0, "a child ended with status 0x%x", (unsigned)status);
    note("(back at depth %u)", depth);
    verify_all();
}

static const struct {
    void (*run)(void);
    unsigned weight;
} kSteps[] = {{step_store, 28},   {step_load, 12},    {step_map, 12},  {step_unmap, 4},   {step_protect, 10},
              {step_discard, 4},  {step_move, 6},     {step_break, 4}, {step_copy_in, 7}, {step_sync, 2},
              {step_copy_out, 6}, {step_truncate, 1}, {step_fork, 4}};
enum { kAllWeights = 100 };

static void run(unsigned limit)
{
    while (all->steps < limit) {
        all->steps++;
        unsigned at = below(kAllWeights), kind = 0;
        note("(nothing)");
        while (at >= kSteps[kind].weight)
            at -= kSteps[kind++].weight;
        kSteps[kind].run();
        if (all->steps % kVerifyEvery == 0) verify_all();
    }
}

// ---- Beginning and end ----

static void prepare(void)
{
    char name[40];
    snprintf(name, sizeof(name), "/tmp/vmmodel-%d", (int)getpid());
    file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    must(file >= 0 && unlink(name) == 0, "no file");
    must(ftruncate(file, kFilePages * kPage) == 0, "ftruncate failed");
    must(munmap(ARENA, kPages * kPage) == 0, "munmap failed");
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    must(sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGBUS, &action, NULL) == 0, "sigaction failed");
    heap_start = (char*)(((uintptr_t)sbrk(0) + kPage - 1) / kPage * kPage);
    must(brk(heap_start) == 0, "brk failed");
}

int main(int argc, char** argv)
{
    check(argc == 3);
    all = mmap(NULL, sizeof(*all), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check(all != MAP_FAILED);
    seed = (unsigned)atoi(argv[1]);
    all->limit = (unsigned)atoi(argv[2]);
    all->random = 88172645463325252ULL + seed * 7919ULL;
    all->file_pages = kFilePages;
    prepare();
    run(all->limit);
    verify_all();
    say("steps: %u\nforks: %u\nmoves: %u\nbreaks: %u\ntruncations: %u\n", all->steps, all->forks, all->moves,
        all->breaks, all->truncations);
    say("segv: %u\nsigbus: %u\nefault: %u\n", all->segv, all->sigbus, all->efault);
    return 0;
}
