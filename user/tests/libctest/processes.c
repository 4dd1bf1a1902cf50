// Processes, descriptors, memory maps, jumps.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static int status_of(pid_t child)
{
    int status = -1;
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    return status;
}

static void forking(void)
{
    volatile int shared = 1;
    const pid_t child = fork();
    if (child == 0) {
        shared = 2;
        _exit(getppid() > 0 && shared == 2 ? 17 : 1);
    }
    const int status = status_of(child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 17 && shared == 1);
    CHECK(wait(NULL) < 0 && errno == ECHILD);
    const pid_t killed = fork();
    if (killed == 0) pause();
    kill(killed, SIGTERM);
    const int signaled = status_of(killed);
    CHECK(WIFSIGNALED(signaled) && WTERMSIG(signaled) == SIGTERM && !WIFEXITED(signaled));
}

static void vforking(void)
{
    const pid_t child = vfork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", "exit 5", (char*)NULL);
        _exit(127);
    }
    CHECK_EQUAL(WEXITSTATUS(status_of(child)), 5);
    const pid_t failing = vfork();
    if (failing == 0) {
        execl("/no/such/file", "x", (char*)NULL);
        _exit(errno == ENOENT ? 9 : 1);
    }
    CHECK_EQUAL(WEXITSTATUS(status_of(failing)), 9);
}

static void executing(void)
{
    char* const environment[] = {(char*)"MARK=yes", NULL};
    pid_t child = fork();
    if (child == 0) {
        execle("/bin/sh", "sh", "-c", "test \"$MARK\" = yes && exit 6", (char*)NULL, environment);
        _exit(127);
    }
    CHECK_EQUAL(WEXITSTATUS(status_of(child)), 6);
    child = fork();
    if (child == 0) {
        execlp("sh", "sh", "-c", "exit 8", (char*)NULL);
        _exit(127);
    }
    CHECK_EQUAL(WEXITSTATUS(status_of(child)), 8);
    CHECK(execlp("no-such-program", "x", (char*)NULL) < 0 && errno == ENOENT);
    CHECK_EQUAL(WEXITSTATUS(system("exit 4")), 4);
    CHECK(system(NULL) != 0);
}

static void at_exit_first(void)
{
    write(STDOUT_FILENO, "1", 1);
}

static void at_exit_second(void)
{
    write(STDOUT_FILENO, "2", 1);
}

static void exiting(void)
{
    int ends[2];
    char order[8] = "";
    CHECK_EQUAL(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        atexit(at_exit_first);
        atexit(at_exit_second);
        printf("3");  // stdio's buffers go out last
        exit(0);
    }
    close(ends[1]);
    status_of(child);
    CHECK_EQUAL(read(ends[0], order, sizeof(order)), 3);
    CHECK_TEXT(order, "213");
    close(ends[0]);
}

static void descriptors(void)
{
    int ends[2];
    char text[16] = "";
    CHECK_EQUAL(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    CHECK_EQUAL(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
    CHECK(read(ends[0], text, 1) < 0 && errno == EAGAIN);
    struct pollfd polled = {ends[0], POLLIN, 0};
    CHECK_EQUAL(poll(&polled, 1, 0), 0);
    const struct iovec vectors[2] = {{(char*)"ab", 2}, {(char*)"cde", 3}};
    CHECK_EQUAL(writev(ends[1], vectors, 2), 5);
    CHECK_EQUAL(poll(&polled, 1, 1000), 1);
    CHECK_EQUAL(polled.revents, POLLIN);
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(ends[0], &readable);
    struct timeval timeout = {1, 0};
    CHECK_EQUAL(select(ends[0] + 1, &readable, NULL, NULL, &timeout), 1);
    CHECK(FD_ISSET(ends[0], &readable));
    const int copy = fcntl(ends[0], F_DUPFD, 50);
    CHECK(copy >= 50 && read(copy, text, sizeof(text)) == 5);
    CHECK_TEXT(text, "abcde");
    CHECK_EQUAL(dup2(ends[1], copy), copy);
    close(copy);
    close(ends[1]);
    CHECK_EQUAL(read(ends[0], text, 1), 0);
    close(ends[0]);
    CHECK(close(ends[0]) < 0 && errno == EBADF);
}

static void far_offsets(void)
{
    const int fd = open("far", O_RDWR | O_CREAT, 0644);
    const off_t far = 1500000000LL;
    char text[4] = "";
    CHECK_EQUAL(pwrite(fd, "far", 3, far), 3);
    CHECK_EQUAL(lseek(fd, 0, SEEK_END), far + 3);
    CHECK_EQUAL(pread(fd, text, 3, far), 3);
    CHECK_TEXT(text, "far");
    CHECK_EQUAL(pread(fd, text, 3, 100), 3);
    CHECK_EQUAL(text[0], 0);
    CHECK_EQUAL(ftruncate(fd, 10), 0);
    CHECK_EQUAL(lseek(fd, 0, SEEK_END), 10);
    CHECK(lseek(fd, -20, SEEK_CUR) < 0 && errno == EINVAL);
    close(fd);
    unlink("far");
}

static void maps(void)
{
    const int fd = open("mapped", O_RDWR | O_CREAT, 0644);
    ftruncate(fd, 8192);
    char* shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char* second = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 4096);
    CHECK(shared != MAP_FAILED && second != MAP_FAILED);
    strcpy(shared + 4096, "through the map");
    CHECK_TEXT(second, "through the map");
    second[0] = 'T';  // a copy of its own
    CHECK_EQUAL(shared[4096], 't');
    CHECK_EQUAL(msync(shared, 8192, MS_SYNC), 0);
    char text[16] = "";
    pread(fd, text, 15, 4096);
    CHECK_TEXT(text, "through the map");
    CHECK_EQUAL(munmap(shared, 8192), 0);
    CHECK_EQUAL(munmap(second, 4096), 0);
    close(fd);
    unlink("mapped");
    char* anonymous = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_EQUAL(anonymous[40000], 0);
    CHECK_EQUAL(mprotect(anonymous, 4096, PROT_READ), 0);
    CHECK_EQUAL(munmap(anonymous, 65536), 0);
    CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
}

static void breaks(void)
{
    char* end = sbrk(0);
    CHECK(sbrk(100000) == end);
    end[99999] = 7;
    CHECK(sbrk(0) == end + 100000);
    CHECK(sbrk(-100000) == end + 100000);
    CHECK(sbrk(0) == end);
    if (sbrk(0x7fffffff) != (void*)-1) CHECK(sbrk(0x7fffffff) == (void*)-1);  // a 64-bit Linux gives 4 GiB
    CHECK_EQUAL(errno, ENOMEM);
    CHECK_EQUAL(brk(end), 0);
}

static int jump_deep(jmp_buf target, volatile int depth)
{
    if (depth < 0) return 0;
    if (depth == 0) longjmp(target, depth);
    return jump_deep(target, depth - 1) + 1;
}

static void jumps(void)
{
    jmp_buf target;
    volatile int rounds = 0;
    const int value = setjmp(target);
    rounds++;
    if (rounds == 1) {
        CHECK_EQUAL(value, 0);
        jump_deep(target, 10);  // the innermost jumps with 0, which arrives as 1
    }
    CHECK_EQUAL(value, 1);
    CHECK_EQUAL(rounds, 2);
    sigjmp_buf with_mask;
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    volatile int returned = 0;
    if (sigsetjmp(with_mask, 1) == 0) {
        sigset_t more = mask;
        sigaddset(&more, SIGUSR2);
        sigprocmask(SIG_SETMASK, &more, NULL);
        siglongjmp(with_mask, 3);
    } else {
        returned = 1;
    }
    sigprocmask(SIG_BLOCK, NULL, &mask);
    CHECK(returned && !sigismember(&mask, SIGUSR2));
}

static void machine(void)
{
    struct utsname names;
    CHECK(uname(&names) == 0 && strlen(names.sysname) > 0 && strlen(names.machine) > 0);
    CHECK_EQUAL(sysconf(_SC_PAGESIZE), 4096);
    CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1 && sysconf(_SC_CLK_TCK) == 100 &&
          sysconf(_SC_PHYS_PAGES) > 1000);
    CHECK(sysconf(12345) == -1 && errno == EINVAL);
    struct sysinfo info;
    CHECK(sysinfo(&info) == 0 && info.totalram > info.freeram && info.mem_unit > 0);
    cpu_set_t cpus;
    CHECK(sched_getaffinity(0, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) >= 1);
    CHECK_EQUAL(sched_yield(), 0);
    CHECK_EQUAL(getauxval(AT_PAGESZ), 4096);
    CHECK(getpid() > 0 && getpgrp() >= 0 && getsid(0) >= 0);
}

const struct test process_tests[] = {{"fork wait", forking},
                                     {"vfork", vforking},
                                     {"exec system", executing},
                                     {"exit atexit", exiting},
                                     {"descriptors", descriptors},
                                     {"64-bit offsets", far_offsets},
                                     {"mmap", maps},
                                     {"brk", breaks},
                                     {"setjmp", jumps},
                                     {"sysconf", machine},
                                     {NULL, NULL}};
