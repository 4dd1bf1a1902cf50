// Descriptors: reading, writing, seeking, copies, pipes, fcntl, ioctl, directories, locks.
#include "answers.h"

#include <sys/resource.h>
#include <sys/uio.h>

PART(read_and_write_errors)
{
    char buffer[64];
    const int fd = file_of("f", "0123456789"), writes = open("f", O_WRONLY), reads = open("f", O_RDONLY);
    const int directory = open(".", O_RDONLY);
    say(read, -1, buffer, 1);
    say(read, 99, buffer, 0);
    say(read, writes, buffer, 1);
    say(read, directory, buffer, 1);
    say(read, reads, kNowhere, 1);
    say(read, reads, kNowhere, 0);
    say(read, reads, kKernels, 4);
    say(read, reads, buffer, 4);
    say(read, reads, buffer, 64);
    say(read, reads, buffer, 64);
    // Not sizes above 2 GiB: a 64-bit Linux cuts them, one for i386 says EINVAL. Nor a buffer that ends too early: Linux
    // moves what fits, we nothing.
    say(write, -1, buffer, 1);
    say(write, reads, buffer, 1);
    say(write, directory, buffer, 1);
    say(write, fd, kNowhere, 1);
    say(write, fd, kNowhere, 0);
    say(pread64, reads, buffer, 4, 8, 0);
    say(pread64, reads, buffer, 4, 0, -1);
    say(pread64, reads, buffer, 4, 0x7fffffff, 0);
    say(pread64, -1, buffer, 4, 0, 0);
    say(pwrite64, fd, "zz", 2, 20, 0);
    say(pwrite64, fd, "zz", 2, 0, -1);
    say(pwrite64, reads, "zz", 2, 0, 0);
    int ends[2];
    check(pipe(ends) == 0);
    say(pread64, ends[0], buffer, 1, 0, 0);
    say(pwrite64, ends[1], buffer, 1, 0, 0);
    say(read, ends[1], buffer, 1);
    say(write, ends[0], buffer, 1);
    say(close, -1);
    say(close, 99);
    say(close, ends[0]);
    signal(SIGPIPE, SIG_IGN);
    say(write, ends[1], "x", 1);
    say(read, open("/dev/null", O_RDONLY), buffer, 10);
    say(write, open("/dev/null", O_WRONLY), buffer, 10);
    say(write, open("/dev/full", O_WRONLY), buffer, 10);
    say(read, open("/dev/zero", O_RDONLY), buffer, 10);
}

PART(vector_errors)
{
    char one[4], two[8];
    const int fd = file_of("f", "0123456789");
    struct iovec good[2] = {{one, 4}, {two, 8}}, bad[2] = {{one, 4}, {kNowhere, 4}},
                 huge[2] = {{one, -1}, {two, 8}};
    say(readv, fd, good, 2);
    say(readv, fd, good, 0);
    say(readv, fd, good, -1);
    say(readv, fd, good, 1025);
    say(readv, fd, kNowhere, 2);
    say(readv, -1, good, 2);
    say(lseek, fd, 0, SEEK_SET);
    say(readv, fd, bad, 2);
    say(readv, fd, huge, 2);
    say(writev, fd, good, 2);
    say(writev, fd, bad, 2);
    say(writev, fd, good, -1);
    say(writev, -1, good, 2);
    say(preadv, fd, good, 2, 2, 0);
    say(preadv, fd, good, 2, 0, -1);
    say(pwritev, fd, good, 1, 0, 0);
    say(preadv2, fd, good, 2, 0, 0, 0);
    say(preadv2, fd, good, 2, 0, 0, 0x1000);
    say(pwritev2, fd, good, 1, 0, 0, 0x1000);
}

PART(seek_answers)
{
    const int fd = file_of("f", "0123456789");
    long long where = 77;
    say(lseek, fd, 5, SEEK_SET);
    say(lseek, fd, 2, SEEK_CUR);
    say(lseek, fd, -1, SEEK_END);
    say(lseek, fd, -100, SEEK_CUR);
    say(lseek, fd, -1, SEEK_SET);
    say(lseek, fd, 100, SEEK_SET);
    say(lseek, fd, 0, 9);
    say(lseek, -1, 0, SEEK_SET);
    say(_llseek, fd, 1, 0, &where, SEEK_SET);
    note("%llx", where);
    say(_llseek, fd, -1, -1, &where, SEEK_SET);
    say(_llseek, fd, 0, 0, kNowhere, SEEK_SET);
    say(_llseek, fd, 0, 0, &where, 9);
    say(lseek, fd, 3, 3);
    say(lseek, fd, 3, 4);
    say(lseek, fd, 30, 3);
    int ends[2];
    check(pipe(ends) == 0);
    say(lseek, ends[0], 0, SEEK_SET);
    say(_llseek, ends[0], 0, 0, &where, SEEK_SET);
}

PART(copies_of_descriptors)
{
    const int fd = file_of("f", "x");
    check(fd == 3);
    say(dup, -1);
    say(dup, fd);
    say(dup2, fd, 10);
    say(dup2, fd, fd);
    say(dup2, 99, 5);
    say(dup2, fd, -1);
    say(dup2, fd, 2000000);
    say(dup2, 99, 99);
    say(dup3, fd, fd, 0);
    say(dup3, fd, 11, O_CLOEXEC);
    say(fcntl64, 11, F_GETFD, 0);
    say(dup3, fd, 12, 1);
    say(dup3, 99, 12, 0);
    say(fcntl64, fd, F_DUPFD, 20);
    say(fcntl64, fd, F_DUPFD, 20);
    say(fcntl64, fd, 1030, 30);
    say(fcntl64, 30, F_GETFD, 0);
    say(fcntl64, fd, F_DUPFD, -1);
    say(fcntl64, fd, F_DUPFD, 2000000);
    struct rlimit limit = {8, 1024};
    check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    say(dup2, fd, 9);
    say(fcntl64, fd, F_DUPFD, 9);
    say(dup, fd);
    say(dup, fd);
    say(dup, fd);
    say(dup, fd);
    say(dup, fd);
    say(open, "f", O_RDONLY, 0);
    int ends[2];
    say(pipe, ends);
    say(close_range, 5, 4, 0);
    say(close_range, 5, 100, 8);
    say(close_range, 4, -1, 4);
    say(fcntl64, 4, F_GETFD, 0);
    say(close_range, 4, -1, 0);
    say(fcntl64, 4, F_GETFD, 0);
}

PART(pipe_answers)
{
    int ends[2] = {-1, -1};
    say(pipe, kNowhere);
    say(pipe2, ends, 1);
    say(pipe2, kNowhere, 0);
    say(pipe2, ends, O_NONBLOCK | O_CLOEXEC);
    say(fcntl64, ends[0], F_GETFD, 0);
    say(fcntl64, ends[0], F_GETFL, 0);
    say(fcntl64, ends[1], F_GETFL, 0);
    char byte;
    say(read, ends[0], &byte, 1);
    static char much[65536];
    say(write, ends[1], much, 65536);
    say(write, ends[1], much, 1);
    int waiting = 0;
    say(ioctl, ends[0], 0x541b, &waiting);
    note("%d", waiting);
    say(fcntl64, ends[0], 1032, 0);
    say(fcntl64, 0, 1032, 0);
    say(read, ends[0], much, 65536);
    close(ends[1]);
    say(read, ends[0], &byte, 1);
}

PART(fcntl_answers)
{
    const int fd = file_of("f", "x");
    say(fcntl64, -1, F_GETFD, 0);
    say(fcntl64, fd, 999, 0);
    say(fcntl, fd, F_GETFD, 0);
    say(fcntl64, fd, F_SETFD, 1);
    say(fcntl64, fd, F_GETFD, 0);
    say(fcntl64, fd, F_SETFD, 6);
    say(fcntl64, fd, F_GETFD, 0);
    say(fcntl64, fd, F_GETFL, 0);
    say(fcntl64, fd, F_SETFL, O_APPEND | O_NONBLOCK | O_WRONLY | O_CREAT);
    say(fcntl64, fd, F_GETFL, 0);
    say(fcntl64, fd, F_GETOWN, 0);
    say(fcntl64, fd, F_SETOWN, getpid());
    note("%d", kernel_call(fcntl64, fd, F_GETOWN) == getpid());
    say(fcntl64, fd, F_SETOWN, 99999);
    say(fcntl64, fd, 10, 65);
    say(fcntl64, fd, 10, SIGUSR1);
    say(fcntl64, fd, 11, 0);
    say(fcntl64, fd, 1025, 0);
}

struct lock64 {
    short type, whence;
    long long start, length;
    int pid;
} __attribute__((packed, aligned(4)));

PART(record_lock_answers)
{
    enum { Get = 12, Set = 13 };
    const int fd = file_of("f", "0123456789"), reads = open("f", O_RDONLY);
    struct lock64 lock = {F_WRLCK, SEEK_SET, 2, 3, 0};
    say(fcntl64, fd, Set, &lock);
    say(fcntl64, fd, Get, &lock);
    note("type %d", lock.type);
    lock.type = 9;
    say(fcntl64, fd, Set, &lock);
    lock.type = F_WRLCK, lock.whence = 7;
    say(fcntl64, fd, Set, &lock);
    lock.whence = SEEK_SET, lock.start = -1;
    say(fcntl64, fd, Set, &lock);
    lock.start = 2, lock.length = -5;
    say(fcntl64, fd, Set, &lock);
    lock.length = 1;
    say(fcntl64, reads, Set, &lock);
    say(fcntl64, -1, Set, &lock);
    say(fcntl64, fd, Set, kNowhere);
    say(fcntl64, fd, Get, kNowhere);
    lock.type = F_UNLCK;
    say(fcntl64, fd, Get, &lock);
    const pid_t pid = fork();
    if (pid == 0) {
        struct lock64 other = {F_RDLCK, SEEK_SET, 0, 0, 0};
        say(fcntl64, fd, Set, &other);
        say(fcntl64, fd, Get, &other);
        note("type %d, start %lld, length %lld, pid %d", other.type, other.start, other.length,
             other.pid == getppid());
        other.type = F_WRLCK, other.start = 5, other.length = 2;
        say(fcntl64, fd, Set, &other);
        _exit(0);
    }
    check_child(pid);
    say(flock, fd, 2);
    say(flock, reads, 2 | 4);
    say(flock, reads, 1 | 4);
    say(flock, fd, 8);
    say(flock, reads, 1 | 4);
    say(flock, -1, 2);
    say(flock, fd, 77);
    int ends[2];
    check(pipe(ends) == 0);
    struct lock64 whole = {F_WRLCK, SEEK_SET, 0, 0, 0};
    say(fcntl64, ends[1], Set, &whole);
}

PART(ioctl_answers)
{
    char buffer[64];
    int ends[2], number = -1;
    const int fd = file_of("f", "0123456789"), null = open("/dev/null", O_RDWR),
              directory = open(".", O_RDONLY);
    check(pipe(ends) == 0);
    say(ioctl, -1, 0x5401, buffer);
    say(ioctl, fd, 0x5401, buffer);
    say(ioctl, fd, 0x5413, buffer);
    say(ioctl, fd, 0x12345678, buffer);
    say(ioctl, null, 0x5401, buffer);
    say(ioctl, directory, 0x5401, buffer);
    say(ioctl, ends[0], 0x5401, buffer);
    say(ioctl, fd, 0x541b, &number);
    note("%d", number);
    say(ioctl, ends[0], 0x541b, &number);
    say(ioctl, ends[0], 0x541b, kNowhere);
    number = 1;
    say(ioctl, fd, 0x5421, &number);
    say(fcntl64, fd, F_GETFL, 0);
    say(ioctl, fd, 0x5421, kNowhere);
    say(ioctl, fd, 0x5451, 0);
    say(fcntl64, fd, F_GETFD, 0);
    say(ioctl, fd, 0x5450, 0);
    say(fcntl64, fd, F_GETFD, 0);
    say(ioctl, directory, 0x541b, &number);
}

PART(directory_reading)
{
    char buffer[2048];
    const int fd = open(".", O_RDONLY), file = file_of("f", "x");
    say(getdents64, -1, buffer, 2048);
    say(getdents64, file, buffer, 2048);
    say(getdents64, fd, buffer, 4);
    say(getdents64, fd, kNowhere, 2048);
    say_ok(getdents64, fd, buffer, 2048);
    say(getdents64, fd, buffer, 2048);
    say(lseek, fd, 0, SEEK_SET);
    say(getdents, fd, buffer, 4);
    say_ok(getdents, fd, buffer, 2048);
    say(getdents, file, buffer, 2048);
    say(readdir, -1, buffer, 1);
    const int gone = (mkdir("gone", 0755), open("gone", O_RDONLY));
    check(rmdir("gone") == 0);
    say(getdents64, gone, buffer, 2048);
}

PART(allocation_answers)
{
    const int fd = file_of("f", "0123456789"), reads = open("f", O_RDONLY);
    int ends[2];
    struct stat info;
    check(pipe(ends) == 0);
    say(fallocate, fd, 0, 0, 0, 100, 0);
    check(fstat(fd, &info) == 0);
    note("size %d", (int)info.st_size);
    say(fallocate, fd, 0, 0, 0, 0, 0);
    say(fallocate, fd, 0, 0, -1, 10, 0);
    say(fallocate, fd, 0, 0, 0, 10, -1);
    say(fallocate, fd, 0x1000, 0, 0, 10, 0);
    say(fallocate, reads, 0, 0, 0, 10, 0);
    say(fallocate, -1, 0, 0, 0, 10, 0);
    say(fallocate, ends[1], 0, 0, 0, 10, 0);
    say(fallocate, open(".", O_RDONLY), 0, 0, 0, 10, 0);
    say(fadvise64, fd, 0, 0, 10, 0);
    say(fadvise64, fd, 0, 0, 10, 99);
    say(fadvise64, -1, 0, 0, 10, 0);
    say(fadvise64, ends[0], 0, 0, 10, 0);
    say(fadvise64_64, fd, 0, 0, 10, 0, 2);
    say(readahead, -1, 0, 0, 10);
    say(readahead, fd, 0, 0, 10);
}

PART(sendfile_answers)
{
    const int in = file_of("in", "0123456789"), out = file_of("out", "");
    int ends[2];
    long offset = 2;
    long long wide = 4;
    check(pipe(ends) == 0);
    say(sendfile64, out, in, 0, 3);
    say(sendfile, out, in, &offset, 3);
    note("offset %ld", offset);
    say(sendfile64, out, in, &wide, 100);
    note("offset %lld", wide);
    say(sendfile64, ends[1], in, 0, 100);
    say(sendfile64, out, ends[0], 0, 1);
    say(sendfile64, -1, in, 0, 1);
    say(sendfile64, out, -1, 0, 1);
    say(sendfile64, in, open("out", O_WRONLY), 0, 1);
    say(sendfile64, open("out", O_RDONLY), in, 0, 1);
    say(sendfile64, out, in, kNowhere, 1);
    wide = -1;
    say(sendfile64, out, in, &wide, 1);
    say(sendfile64, out, open(".", O_RDONLY), 0, 1);
}
