// Uses up the machine's memory, each part in its own way, until the kernel kills somebody or refuses. Whoever is killed, the
// machine must go on, and have all frames back afterwards: the test on the host looks.
#include "parts.h"

#include <fcntl.h>
#include <sys/mman.h>

static char* map_private(unsigned long size)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void touch_all(char* memory, unsigned long size)
{
    for (unsigned long at = 0; at < size; at += kPage)
        memory[at] = 1;
}

// Runs body(i) in so many children at once, and waits for all. How many were killed.
static int in_children(int count, void (*body)(int i))
{
    int started = 0, killed = 0;
    for (int i = 0; i < count; i++) {
        const pid_t pid = fork();
        if (pid == 0) {
            body(i);
            _exit(0);
        }
        started += pid > 0;
    }
    for (; started > 0; started--) {
        int status;
        while (wait(&status) < 0)
            check(errno == EINTR);
        killed += WIFSIGNALED(status);
    }
    return killed;
}

static void hog(int i)
{
    (void)i;
    const unsigned long size = 512ul << 20;
    char* const memory = map_private(size);
    if (memory != MAP_FAILED) touch_all(memory, size);
}
PART(hogs)
{
    check(in_children(4, hog) == 4);
}

static void hog_by_the_heap(int i)
{
    (void)i;
    for (;;) {
        char* const memory = sbrk(64 * kPage);
        if (memory == (void*)-1) return;
        touch_all(memory, 64 * kPage);
    }
}
PART(heaps)
{
    check(in_children(3, hog_by_the_heap) == 3);
}

static void hog_populated(int i)
{
    (void)i;
    const unsigned long size = 256ul << 20;
    char* const memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory != MAP_FAILED) touch_all(memory, size);
}
PART(populated)
{
    check(in_children(2, hog_populated) == 2);
}

// read() into untouched memory: the kernel's own stores meet the end of memory.
static void hog_by_read(int i)
{
    (void)i;
    const int zero = open("/dev/zero", O_RDONLY);
    char* const memory = map_private(512ul << 20);
    for (unsigned long at = 0; at < 512ul << 20; at += 1 << 20)
        if (read(zero, memory + at, 1 << 20) < 0) return;
}
PART(reads)
{
    in_children(2, hog_by_read);
}

static void hog_shared(int i)
{
    (void)i;
    const unsigned long size = 256ul << 20;
    char* const memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) touch_all(memory, size);
}
PART(shared)
{
    check(in_children(2, hog_shared) == 2);
}

// A family that shares its memory by copy-on-write, and then writes to all of it.
static char* family_memory;
static void write_to_family(int i)
{
    (void)i;
    touch_all(family_memory, 6 << 20);
    alarm(3);  // stays until the others have written, too
    pause();
}
static void start_family(int i)
{
    (void)i;
    family_memory = map_private(6 << 20);
    if (family_memory == MAP_FAILED) return;
    touch_all(family_memory, 6 << 20);
    in_children(8, write_to_family);
}
PART(family)
{
    int alive[2];  // its writing end is open as long as one of them lives, whose parent may have been killed
    check(pipe(alive) == 0);
    in_children(1, start_family);
    close(alive[1]);
    check(read(alive[0], alive, 1) == 0);
}

// One page in each 4 MiB: as many page tables as pages.
static void hog_tables(int i)
{
    (void)i;
    for (unsigned long at = 0x10000000; at < 0x70000000; at += 4 << 20) {
        char* const page = mmap((void*)at, kPage, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        if (page != MAP_FAILED) page[0] = 1;
    }
    sleep(1);
}
PART(tables)
{
    in_children(12, hog_tables);
}

// Regions with other rights than their neighbours': each is an object of the kernel's.
static void hog_regions(int i)
{
    (void)i;
    char* const memory = map_private(1ul << 30);
    if (memory == MAP_FAILED) return;
    for (unsigned long at = 0; at < 1ul << 30; at += 2 * kPage)
        if (mprotect(memory + at, kPage, PROT_READ) != 0) {
            check(errno == ENOMEM);
            return;
        }
}
PART(regions)
{
    in_children(2, hog_regions);
}

// Processes until there are no more. Whoever is killed does not matter; the group goes together.
static void bomb(int i)
{
    (void)i;
    setpgid(0, 0);
    signal(SIGALRM, SIG_DFL);
    alarm(100);
    int started = 0;
    for (int refused = 0; refused < 20 && started < 3000;) {
        const pid_t pid = fork();
        if (pid == 0) {
            pause();
            _exit(0);
        }
        if (pid > 0) {
            started++;
        } else {
            check(errno == ENOMEM || errno == EAGAIN);
            refused++;
        }
    }
    kill(0, SIGKILL);
}
PART(bomb_of_processes)
{
    in_children(1, bomb);
}

// Children that are dead and not waited for.
static void leave_zombies(int i)
{
    (void)i;
    for (int refused = 0, made = 0; refused < 20 && made < 20000;) {
        const pid_t pid = fork();
        if (pid == 0) _exit(0);
        pid > 0 ? made++ : refused++;
    }
}
PART(zombies)
{
    in_children(1, leave_zombies);
}

// Full pipes: the kernel's memory, which belongs to no address space.
static void fill_pipes(int i)
{
    (void)i;
    static char bytes[65536];
    int ends[2];
    while (pipe2(ends, O_NONBLOCK) == 0)
        while (write(ends[1], bytes, sizeof bytes) > 0)
            ;
    sleep(1);
}
PART(pipes)
{
    in_children(6, fill_pipes);
}

// Open files, each of them new.
static void open_files(int i)
{
    char name[64];
    for (int k = 0; k < 1000; k++) {
        sprintf(name, "/root/oomtest.%d.%d", i, k);
        if (open(name, O_RDWR | O_CREAT, 0600) < 0) break;
        unlink(name);
    }
    sleep(1);
}
PART(files)
{
    in_children(8, open_files);
}

// A mapped file larger than memory, every page of it stored into.
static void dirty_map(int i)
{
    char name[64];
    sprintf(name, "/root/oomtest.map%d", i);
    const unsigned long size = 18ul << 20;
    const int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    check(file >= 0 && ftruncate(file, (off_t)size) == 0);
    char* const memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    check(memory != MAP_FAILED);
    unlink(name);
    for (unsigned long at = 0; at < size; at += kPage)
        memory[at] = (char)(at / kPage);
    for (unsigned long at = 0; at < size; at += kPage)
        check(memory[at] == (char)(at / kPage));
}
PART(dirty_maps)
{
    check(in_children(2, dirty_map) == 0);  // nobody dies: the pages have a disk to go to
}

// write() of more than memory holds, beside a process that holds the rest of it.
static void write_much(int i)
{
    static char bytes[65536];
    char name[64];
    sprintf(name, "/root/oomtest.write%d", i);
    const int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    check(file >= 0);
    unlink(name);
    for (int k = 0; k < 320; k++)
        check(write(file, bytes, sizeof bytes) == sizeof bytes);
}
static void write_or_hog(int i)
{
    i == 0 ? hog(i) : write_much(i);
}
PART(writes_beside_hogs)
{
    in_children(3, write_or_hog);
}

// exec with long arguments while memory is short.
static void exec_beside_hogs(int i)
{
    static char big[96 * 1024];
    memset(big, 'x', sizeof big - 1);
    if (i == 0) hog(i);
    for (int k = 0; k < 60; k++) {
        const pid_t pid = fork();
        if (pid == 0) {
            execl("/bin/true", "true", big, big, big, NULL);
            _exit(1);
        }
        if (pid > 0) waitpid(pid, NULL, 0);
    }
}
PART(execs_beside_hogs)
{
    in_children(3, exec_beside_hogs);
}

// There is a limit where memory would do: Linux's, of 65,530.
PART(most_regions)
{
    char* const memory = map_private(1ul << 30);
    int made = 0;
    while (made < 70000 && mprotect(memory + made * 2ul * kPage, kPage, PROT_READ) == 0)
        made++;
    check(errno == ENOMEM && made > 32000 && made < 32768);  // each splits off two
    check(munmap(memory, 1ul << 30) == 0);
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
