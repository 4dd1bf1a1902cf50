// `storm SECONDS [WORKERS]`: processes that fork, exec, map, share, pipe, write files and die, all at once on all CPUs, and
// check what they see. Says how much was done; whatever the order of events, nothing may be lost or mixed up.
#include "parts.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { kWorkers = 8, kPages = 24, kChildren = 3 };

static const char* self;
static unsigned long long state;
static long long end_ns;
static volatile unsigned* rounds;  // shared, one for each kind

static unsigned below(unsigned limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 16) % limit;
}

static void* private_memory(size_t size)
{
    void* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED);
    return memory;
}

// ---- One round of each kind ----

static void fork_tree(int depth)
{
    unsigned* page = private_memory(kPage);
    *page = 0xabcd0000u + (unsigned)depth;
    for (int i = 0; i < 2; i++) {
        const pid_t pid = fork();
        check(pid >= 0);
        if (pid == 0) {
            check(*page == 0xabcd0000u + (unsigned)depth);
            *page = 1;
            if (depth > 0) fork_tree(depth - 1);
            _exit(depth);
        }
        check(status_of(pid) == depth << 8);
    }
    check(*page == 0xabcd0000u + (unsigned)depth);
    munmap(page, kPage);
}

static void forks(void)
{
    fork_tree((int)below(3));
}

static void execs(void)
{
    char number[12];
    sprintf(number, "%u", below(256));
    const pid_t pid = below(2) ? vfork() : fork();
    check(pid >= 0);
    if (pid == 0) {
        execl(self, self, "--exit", number, (char*)NULL);
        _exit(255);
    }
    check(status_of(pid) == atoi(number) << 8);
}

static void write_own_copy(unsigned* memory, unsigned child)
{
    for (unsigned i = 0; i < kPages; i++) {
        check(memory[i * kPage / 4] == i * 3);
        memory[i * kPage / 4] = i * 5 + child;
    }
    for (unsigned i = 0; i < kPages; i++)
        check(memory[i * kPage / 4] == i * 5 + child);
}

// The parent and several children write to the same copy-on-write pages, and each sees its own.
static void copies(void)
{
    unsigned* memory = private_memory(kPages * kPage);
    pid_t pids[kChildren];
    for (unsigned i = 0; i < kPages; i++)
        memory[i * kPage / 4] = i * 3;
    for (unsigned child = 0; child < kChildren; child++) {
        pids[child] = fork();
        check(pids[child] >= 0);
        if (pids[child] != 0) continue;
        write_own_copy(memory, child);
        _exit(0);
    }
    for (unsigned i = 0; i < kPages; i++)
        memory[i * kPage / 4 + 1] = i;
    for (unsigned child = 0; child < kChildren; child++)
        check_child(pids[child]);
    for (unsigned i = 0; i < kPages; i++)
        check(memory[i * kPage / 4] == i * 3 && memory[i * kPage / 4 + 1] == i);
    munmap(memory, kPages * kPage);
}

static void map_afresh(char* at, unsigned pages)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    check(mmap(at, pages * kPage, PROT_READ | PROT_WRITE, flags, -1, 0) == at);
    for (unsigned k = 0; k < pages; k++)
        check(at[k * kPage] == 0);
    memset(at, 'm', pages * kPage);
}

static void mappings(void)
{
    char* memory = private_memory(64 * kPage);
    for (int i = 0; i < 40; i++) {
        const unsigned first = below(64), pages = 1 + below(64 - first);
        char* at = memory + first * kPage;
        switch (below(4)) {
        case 0:
            check(munmap(at, pages * kPage) == 0);
            break;
        case 1:
            check(mprotect(at, pages * kPage, below(2) ? PROT_READ : PROT_READ | PROT_WRITE) == 0 ||
                  errno == ENOMEM);
            break;
        case 2:
            map_afresh(at, pages);
            break;
        default:
            check(madvise(at, pages * kPage, MADV_DONTNEED) == 0 || errno == ENOMEM);
        }
    }
    munmap(memory, 64 * kPage);
}

static void echo(int from, int to)
{
    static char bytes[3000];
    ssize_t size;
    while ((size = read(from, bytes, sizeof(bytes))) > 0)
        for (ssize_t at = 0, n; at < size; at += n) {
            n = write(to, bytes + at, (size_t)(size - at));
            check(n > 0);
        }
}

// Another process sends back what it is sent.
static void pipes(void)
{
    int there[2], back[2];
    static char sent[3000], got[3000];
    check(pipe(there) == 0 && pipe(back) == 0);
    const pid_t pid = fork();
    check(pid >= 0);
    if (pid == 0) {
        close(there[1]);
        close(back[0]);
        echo(there[0], back[1]);
        _exit(0);
    }
    close(there[0]);
    close(back[1]);
    for (int round = 0; round < 10; round++) {
        const size_t size = 1 + below(sizeof(sent));
        memset(sent, round + 1, size);
        check(write(there[1], sent, size) == (ssize_t)size);
        for (size_t at = 0; at < size;) {
            const ssize_t n = read(back[0], got + at, size - at);
            check(n > 0);
            at += (size_t)n;
        }
        check(memcmp(sent, got, size) == 0);
    }
    close(there[1]);
    check(read(back[0], got, 1) == 0);
    close(back[0]);
    check_child(pid);
}

static void files(void)
{
    char name[40], other[40], byte;
    struct stat info;
    sprintf(name, "f-%d", (int)getpid());
    sprintf(other, "g-%d", (int)getpid());
    const int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    const size_t size = 1 + below(40000);
    char* bytes = malloc(size);
    memset(bytes, 'f', size);
    check(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    char* mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    check(mapped != MAP_FAILED && mapped[size - 1] == 'f');
    mapped[size / 2] = 'M';
    check(pread(fd, &byte, 1, (off_t)(size / 2)) == 1 && byte == 'M');
    check(link(name, other) == 0 && rename(other, name) == 0);  // the same file: nothing happens
    check(unlink(other) == 0 && rename(name, other) == 0 && stat(other, &info) == 0 &&
          info.st_size == (off_t)size);
    check(unlink(other) == 0 && fstat(fd, &info) == 0 && info.st_nlink == 0);
    check(mapped[size - 1] == (size / 2 == size - 1 ? 'M' : 'f'));
    munmap(mapped, size);
    close(fd);
    free(bytes);
}

// Everybody changes the same few names.
static void names(void)
{
    static const char* const common[] = {"n1", "n2", "n3", "d1", "d2", "d1/x", "d2/x"};
    for (int i = 0; i < 30; i++) {
        const char* a = common[below(7)];
        const char* b = common[below(7)];
        switch (below(6)) {
        case 0:
            close(open(a, O_RDWR | O_CREAT, 0600));
            break;
        case 1:
            unlink(a);
            break;
        case 2:
            rename(a, b);
            break;
        case 3:
            mkdir(a, 0700);
            break;
        case 4:
            rmdir(a);
            break;
        default:
            link(a, b);
        }
    }
}

static void ignore_it(int signal)
{
    (void)signal;
}

static void signals(void)
{
    const pid_t pid = fork();
    check(pid >= 0);
    if (pid == 0) {
        signal(SIGUSR1, ignore_it);
        for (;;)
            pause();
    }
    for (int i = 0; i < 20; i++)
        check(kill(pid, below(3) == 0 ? SIGSTOP : below(2) ? SIGCONT : SIGUSR1) == 0);
    check(kill(pid, SIGKILL) == 0);
    check(WIFSIGNALED(status_of(pid)));
}

static void faults(void)
{
    const pid_t pid = fork();
    check(pid >= 0);
    if (pid == 0) {
        char* memory = private_memory(32 * kPage);
        ualarm(1 + below(3000), 0);  // killed in the middle of it
        for (;;) {
            memset(memory, 1, 32 * kPage);
            madvise(memory, 32 * kPage, MADV_DONTNEED);
        }
    }
    const int status = status_of(pid);
    check(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
}

static const struct kind {
    const char* name;
    void (*run)(void);
} kinds[] = {{"forks", forks},       {"execs", execs},     {"copies", copies},
             {"mappings", mappings}, {"pipes", pipes},     {"files", files},
             {"names", names},       {"signals", signals}, {"faults", faults}};
enum { kKinds = sizeof(kinds) / sizeof(kinds[0]) };

static void work(unsigned seed)
{
    state = 88172645463325252ULL + seed * 104729ULL;
    while (now_ns() < end_ns) {
        const unsigned kind = below(kKinds);
        kinds[kind].run();
        __atomic_fetch_add(&rounds[kind], 1, __ATOMIC_RELAXED);
    }
    _exit(0);
}

int main(int argc, char** argv)
{
    if (argc == 3 && strcmp(argv[1], "--exit") == 0) return atoi(argv[2]);
    check(argc > 1);
    self = argv[0];
    const int workers = argc > 2 ? atoi(argv[2]) : kWorkers;
    end_ns = now_ns() + atoi(argv[1]) * 1000000000LL;
    rounds = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char directory[64];
    sprintf(directory, "/tmp/storm-%d", (int)getpid());
    check(mkdir(directory, 0700) == 0 && chdir(directory) == 0);
    for (int i = 0; i < workers; i++)
        if (fork() == 0) work((unsigned)(i + 1));
    int status, wrong = 0;
    while (wait(&status) > 0)
        wrong += status != 0;
    for (int i = 0; i < kKinds; i++)
        report(kinds[i].name, (long)rounds[i]);
    report("wrong", wrong);
    return wrong != 0;
}
