// The mmap family as issue 2 has it: anonymous, file private and shared, fixed, munmap, mprotect, and Linux's errors.
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

static sigjmp_buf back;
static volatile int caught, caught_code;
static void* volatile caught_address;

static void catcher(int signal, siginfo_t* info, void* context)
{
    (void)context;
    caught = signal;
    caught_code = info->si_code;
    caught_address = info->si_addr;
    siglongjmp(back, 1);
}

// The signal that touching the address brings, 0 for none.
static int signal_of(volatile char* address, int store)
{
    caught = 0;
    if (sigsetjmp(back, 1) == 0) {
        if (store)
            *address = *address + 1;
        else
            (void)*address;
    }
    return caught;
}

static void* map(size_t size, int protection, int flags, int fd, off_t offset)
{
    return mmap(NULL, size, protection, flags, fd, offset);
}

static int make_file(const char* path, int pages)
{
    static char block[kPage];
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    check(fd >= 0);
    for (int i = 0; i < pages; i++) {
        memset(block, '0' + i, sizeof(block));
        check(write(fd, block, sizeof(block)) == kPage);
    }
    return fd;
}

static void anonymous(void)
{
    char* memory = map(16 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED);
    for (int i = 0; i < 16; i++)
        check(memory[i * kPage] == 0);
    memory[5 * kPage] = 5;
    check(munmap(memory + 4 * kPage, kPage) == 0);  // a hole in the middle
    check(signal_of(memory + 4 * kPage, 0) == SIGSEGV && caught_code == SEGV_MAPERR);
    check(caught_address == memory + 4 * kPage);
    check(memory[5 * kPage] == 5);
    check(munmap(memory, 16 * kPage) == 0);
    check(signal_of(memory + 5 * kPage, 0) == SIGSEGV);
}

static void protections(void)
{
    char* memory = map(8 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 9, 8 * kPage);
    check(mprotect(memory + 2 * kPage, 2 * kPage, PROT_READ) == 0);
    check(signal_of(memory + 2 * kPage, 1) == SIGSEGV && caught_code == SEGV_ACCERR);
    check(memory[2 * kPage] == 9);
    check(mprotect(memory + 3 * kPage, kPage, PROT_NONE) == 0);
    check(signal_of(memory + 3 * kPage, 0) == SIGSEGV && caught_code == SEGV_ACCERR);
    check(mprotect(memory, 8 * kPage, PROT_READ | PROT_WRITE) == 0);
    for (int i = 0; i < 8; i++)
        check(memory[i * kPage] == 9);
    memory[3 * kPage] = 1;
    check(munmap(memory + 7 * kPage, kPage) == 0);
    errno = 0;
    check(mprotect(memory, 8 * kPage, PROT_READ) == -1 && errno == ENOMEM);
    munmap(memory, 8 * kPage);
}

static void file_private(void)
{
    const int fd = make_file("/tmp/mmap-private", 3);
    char* memory = map(3 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    check(memory[0] == '0' && memory[kPage] == '1' && memory[2 * kPage + 9] == '2');
    memory[kPage] = 'X';
    char byte;
    check(pread(fd, &byte, 1, kPage) == 1 && byte == '1');  // never reaches the file
    check(pwrite(fd, "Y", 1, 2 * kPage) == 1);
    check(memory[2 * kPage] == 'Y');  // not written to here: shows the file
    munmap(memory, 3 * kPage);
    close(fd);
    unlink("/tmp/mmap-private");
}

static void file_shared(void)
{
    const int fd = make_file("/tmp/mmap-shared", 2);
    char* memory = map(2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char byte;
    memory[3] = 'S';
    check(pread(fd, &byte, 1, 3) == 1 && byte == 'S');  // at once, without msync
    check(pwrite(fd, "W", 1, kPage) == 1 && memory[kPage] == 'W');
    check(msync(memory, 2 * kPage, MS_SYNC) == 0);
    memory[4] = 'T';  // after the page was written out it must become dirty again
    check(pread(fd, &byte, 1, 4) == 1 && byte == 'T');
    check(munmap(memory, 2 * kPage) == 0);
    check(ftruncate(fd, kPage + 100) == 0);
    memory = map(4 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    check(memory[kPage + 99] == '1' && memory[kPage + 100] == 0);  // zeroes up to the page's end
    check(signal_of(memory + 2 * kPage, 0) == SIGBUS);
    check(ftruncate(fd, 10) == 0);
    check(signal_of(memory + kPage, 0) == SIGBUS);
    check(memory[9] == '0' && memory[10] == 0);
    munmap(memory, 4 * kPage);
    close(fd);
    unlink("/tmp/mmap-shared");
}

static void shared_anonymous(void)
{
    int status;
    int* memory = map(kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const pid_t child = fork();
    if (child == 0) {
        memory[1] = 77;
        _exit(0);
    }
    check(waitpid(child, &status, 0) == child && memory[1] == 77);
    munmap(memory, kPage);
}

static void fixed_and_errors(void)
{
    char* memory = map(4 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, 4 * kPage);
    char* middle = mmap(memory + kPage, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    check(middle == memory + kPage && middle[0] == 0 && memory[0] == 1 && memory[2 * kPage] == 1);
    munmap(memory, 4 * kPage);

    check(map(0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
    check(map(kPage, PROT_READ, MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
    check(map(kPage, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
    check(map(0xfff00000u, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == ENOMEM);
    check(mmap(memory + 1, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED &&
          errno == EINVAL);
    check(munmap(memory + 1, kPage) == -1 && errno == EINVAL);
    check(munmap(memory, 0) == -1 && errno == EINVAL);
    check(mprotect(memory + 1, kPage, PROT_READ) == -1 && errno == EINVAL);
    const int fd = open("/etc/passwd", O_RDONLY);
    check(map(kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EACCES);
    close(fd);
}

// A mapping that may not be made leaves what it would have replaced; msync looks for holes whatever it is to do.
static void limits_and_holes(void)
{
    char* memory = map(4 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memory[0] = 7;
    const struct rlimit none = {kPage, RLIM_INFINITY}, any = {RLIM_INFINITY, RLIM_INFINITY};
    check(setrlimit(RLIMIT_AS, &none) == 0);
    check(mmap(memory, 4 * kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED);
    check(errno == ENOMEM);
    check(setrlimit(RLIMIT_AS, &any) == 0);
    check(memory[0] == 7);
    check(munmap(memory + kPage, kPage) == 0);
    check(msync(memory, kPage, MS_ASYNC) == 0);
    check(msync(memory, 4 * kPage, MS_ASYNC) == -1 && errno == ENOMEM);
    check(msync(memory, 4 * kPage, MS_SYNC) == -1 && errno == ENOMEM);
    munmap(memory, 4 * kPage);
}

static void heap(void)
{
    char* start = sbrk(0);
    check(sbrk(100 * kPage) == start);
    start[0] = 1;
    start[99 * kPage] = 2;
    check(start[50 * kPage] == 0);
    check(sbrk(-50 * kPage) == start + 100 * kPage);
    check(signal_of(start + 60 * kPage, 0) == SIGSEGV);
    check(sbrk(50 * kPage) == start + 50 * kPage && start[99 * kPage] == 0);  // new again
    check(brk(start) == 0);
    check(sbrk(0x7fffffff) == (void*)-1 && errno == ENOMEM);

    check(brk(start + kPage) == 0 && mprotect(start, kPage, PROT_READ) == 0);
    check(brk(start + 2 * kPage) == 0);
    start[kPage] = 1;  // what comes to the heap may be written, whatever stands before it
    check(brk(start) == 0);
}

int main(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = catcher;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    anonymous();
    protections();
    file_private();
    file_shared();
    shared_anonymous();
    fixed_and_errors();
    limits_and_holes();
    heap();
    puts("mmap: right");
    return 0;
}
