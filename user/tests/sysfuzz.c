// `sysfuzz SEED SECONDS [WORKERS]`: system calls with arguments that mean to hurt, made by users without rights. Programs
// may die of it; the kernel may not. Each worker is begun again with another seed until the time is over.
#include "parts.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

enum { kCallsOfOne = 3000, kNobody = 65534, kWorkers = 4 };

static unsigned long long state;

static unsigned random_word(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 16);
}

static unsigned below(unsigned limit)
{
    return random_word() % limit;
}

// ---- Arguments ----

static char* writable;   // two pages, nothing behind them
static char* read_only;  // a page
static char* shared;     // a page of a file

static const char* const paths[] = {
    "/",
    ".",
    "..",
    "",
    "a",
    "b",
    "a/b",
    "a/../b",
    "/tmp",
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/proc",
    "/proc/self",
    "/proc/self/maps",
    "/proc/self/fd",
    "/proc/1/status",
    "/proc/self/exe",
    "/bin/true",
    "/bin/no-such",
    "a/",
    "//a//",
    "loop",
    "/dev/tty",
    "/dev/vda",
    "/dev/console",
    "/proc/self/mem",
    "/proc/kmsg",
    "/proc/self/cwd/a",
    "/proc/self/root/tmp",
    "fifo",
    "directory",
    "directory/x",
    "/etc/passwd",
    "/dev/random",
    "/proc/self/fd/3",
    "/proc/self/fd/5/x",
};

static unsigned interesting_number(void)
{
    static const unsigned numbers[] = {0,          1,          2,          3,          4,          7,
                                       8,          16,         63,         64,         65,         100,
                                       255,        256,        511,        512,        1000,       1023,
                                       1024,       4095,       4096,       4097,       8192,       65535,
                                       65536,      0x7fffffff, 0x80000000, 0xffffffff, 0xfffff000, 0x7ffff000,
                                       0xfffffffe, 0x40000000, 0x10000000, 0x00800000};
    return numbers[below(sizeof(numbers) / sizeof(numbers[0]))];
}

static unsigned pointer(void)
{
    switch (below(10)) {
    case 0:
        return 0;
    case 1:
        return below(2) ? 0x80000000 - below(64) : 0x80100000 + below(4096);
    case 2:
        return 0xffffffff - below(64);
    case 3:
        return (unsigned)(uintptr_t)writable + 8192 - below(200);  // runs off the end
    case 4:
        return (unsigned)(uintptr_t)read_only + below(4096);
    case 5:
        return (unsigned)(uintptr_t)shared + below(4096);
    case 6:
        return 0x1000 + below(100000);
    default:
        return (unsigned)(uintptr_t)writable + (below(4096) & ~3u);
    }
}

static unsigned path(void)
{
    return (unsigned)(uintptr_t)paths[below(sizeof(paths) / sizeof(paths[0]))];
}

static unsigned argument(void)
{
    switch (below(8)) {
    case 0:
    case 1:
        return below(24);  // a descriptor, a small number
    case 2:
        return interesting_number();
    case 3:
        return path();
    case 4:
        return 1u << below(32) | (below(3) ? 0 : 1u << below(32));  // flags
    case 5:
        return random_word();
    default:
        return pointer();
    }
}

// ---- The calls ----

static long raw_call(unsigned number, const unsigned* a)
{
    long result;
    __asm__ volatile("push %%ebp\n\t"
                     "mov 20(%%edi), %%eax\n\t"
                     "push %%eax\n\t"
                     "push %%esi\n\t"
                     "mov (%%edi), %%ebx\n\t"
                     "mov 4(%%edi), %%ecx\n\t"
                     "mov 8(%%edi), %%edx\n\t"
                     "mov 12(%%edi), %%esi\n\t"
                     "mov 16(%%edi), %%edi\n\t"
                     "pop %%eax\n\t"
                     "pop %%ebp\n\t"
                     "int $0x80\n\t"
                     "pop %%ebp"
                     : "=a"(result), "+D"(a), "+S"(number)
                     :
                     : "ebx", "ecx", "edx", "memory", "cc");
    return result;
}

static int is_wanted(unsigned number)
{
    switch (number) {
    case 1:     // exit
    case 252:   // exit_group
    case 29:    // pause
    case 1002:  // dumppagetable: right, but long in the log
        return 0;
    case 26:                    // ptrace
    case 37:                    // kill
    case 69:                    // ssetmask, and
    case 72:                    // sigsuspend: whatever mask it is, SIGALRM is in it too often
    case 91:                    // munmap
    case 119:                   // sigreturn
    case 125:                   // mprotect
    case 163:                   // mremap
    case 173:                   // rt_sigreturn
    case 238:                   // tkill
    case 270:                   // tgkill
        return below(20) == 0;  // few programs survive them
    default:
        return 1;
    }
}

static int is_fork(unsigned number)
{
    return number == 2 || number == 120 || number == 190 || number == 435;
}

static unsigned choose_number(void)
{
    static const unsigned limits[] = {200, 300, 420, 460};
    for (;;) {
        unsigned number = below(20) == 0 ? 1000 + below(12) : below(limits[below(4)]);
        if (below(50) == 0) number = interesting_number();
        if (is_wanted(number)) return number;
    }
}

static void fill_memory(void)
{
    for (int i = 0; i < 8192; i += 4)
        *(unsigned*)(writable + i) = below(3) ? argument() : below(16);
}

static void open_things(void)
{
    int fds[2];
    mkdir("directory", 0777);
    symlink("loop", "loop");
    mknod("fifo", S_IFIFO | 0666, 0);
    pipe(fds);
    pipe(fds);
    open("a", O_RDWR | O_CREAT, 0666);
    open("b", O_RDWR | O_CREAT | O_APPEND, 0666);
    open(".", O_RDONLY | O_DIRECTORY);
    open("/dev/zero", O_RDWR);
    open("/proc/self/maps", O_RDONLY);
    open("/proc/self/status", O_RDONLY);
    open("/proc", O_RDONLY);
    open("/dev/tty", O_RDWR);
}

static void map_things(void)
{
    writable = mmap(NULL, 3 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(writable + 2 * kPage, kPage);
    read_only = mmap(NULL, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const int fd = open("shared", O_RDWR | O_CREAT, 0666);
    ftruncate(fd, kPage);
    shared = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED) shared = writable;
}

static void wake_up(int signal)
{
    (void)signal;
}

static void limit_to(int resource, unsigned value)
{
    const struct rlimit limit = {value, value};
    setrlimit(resource, &limit);
}

static void be_woken(void)
{
    const struct itimerval often = {{0, 20000}, {0, 20000}};
    struct sigaction action = {.sa_handler = wake_up};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);  // calls that sleep end
}

// The number of calls lives in shared memory: most workers do not live to report it.
static void work(volatile unsigned* calls)
{
    unsigned arguments[6];
    limit_to(RLIMIT_NPROC, 30);
    limit_to(RLIMIT_FSIZE, 4 << 20);
    limit_to(RLIMIT_AS, 64 << 20);
    open_things();
    map_things();
    for (int i = 0; i < kCallsOfOne; i++) {
        if (i % 100 == 0) be_woken();
        if (i % 50 == 0) fill_memory();
        const unsigned number = choose_number();
        for (int k = 0; k < 6; k++)
            arguments[k] = argument();
        if (is_fork(number)) arguments[1] = 0;  // the child goes on where the parent is
        const long result = raw_call(number, arguments);
        if (is_fork(number) && result == 0) _exit(0);
        ++*calls;
    }
}

static void begin(unsigned seed, volatile unsigned* calls)
{
    const pid_t pid = fork();
    check(pid >= 0);
    if (pid != 0) return;
    state = 88172645463325252ULL + seed * 7919ULL;
    for (int i = 0; i < 20; i++)
        random_word();
    dup2(0, 1);
    dup2(0, 2);
    setsid();
    check(setgid(kNobody) == 0 && setuid(kNobody) == 0);
    work(calls);
    _exit(0);
}

// Kills what the workers started, and workers that sleep for ever.
static void clean_up(void)
{
    const pid_t pid = fork();
    if (pid == 0) {
        check(setuid(kNobody) == 0);
        kill(-1, SIGKILL);
        _exit(0);
    }
    status_of(pid);
}

// Waits a while for a worker to end. A worker may have blocked SIGALRM: whoever has not ended by then is killed.
static int wait_for_worker(long long end)
{
    const long long patience = now_ns() + 3000000000LL;
    while (now_ns() < patience && now_ns() < end) {
        if (waitpid(-1, NULL, WNOHANG) > 0) return 1;
        nap_ms(2);
    }
    clean_up();
    return wait(NULL) > 0;
}

int main(int argc, char** argv)
{
    check(argc > 2);
    unsigned seed = (unsigned)atoi(argv[1]);
    const long long end = now_ns() + atoi(argv[2]) * 1000000000LL;
    const int workers = argc > 3 ? atoi(argv[3]) : kWorkers;
    volatile unsigned* calls = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char directory[64];
    sprintf(directory, "/tmp/sysfuzz-%d", (int)getpid());
    check(mkdir(directory, 0777) == 0 && chmod(directory, 0777) == 0 && chdir(directory) == 0);
    freopen("/dev/null", "r", stdin);
    for (int running = 0; now_ns() < end; running -= wait_for_worker(end))
        for (; running < workers; running++)
            begin(seed++, calls);
    clean_up();
    while (wait(NULL) > 0)
        ;
    report("calls", (long)*calls);
    puts("fuzz: survived");
    return 0;
}
