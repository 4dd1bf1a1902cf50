// One table of descriptors and one directory for all threads.
#include "threads.h"

#include <limits.h>
#include <sys/stat.h>

static int pipe_fds[2];

static void* read_pipe(void* argument)
{
    *(volatile int*)argument = self_tid();
    char byte;
    return (void*)(long)read(pipe_fds[0], &byte, 1);
}

// A read goes on with the file that it began with, though its descriptor is closed.
PART(closed_while_read)
{
    volatile int tid = 0;
    char path[64];
    check(pipe(pipe_fds) == 0);
    const pthread_t thread = start(read_pipe, (void*)&tid);
    while (!tid)
        sched_yield();
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    while (state_of(path) != 'S')
        sched_yield();
    check(close(pipe_fds[0]) == 0);
    check(open("/dev/null", O_RDONLY) == pipe_fds[0]);
    check(write(pipe_fds[1], "x", 1) == 1);
    check((long)join(thread) == 1);
}

static void* open_and_close(void* argument)
{
    for (int i = 0; i < 200; i++) {
        const int fd = open("/dev/null", O_RDWR);
        const int twin = dup(fd);
        check(fd >= 0 && twin >= 0 && write(fd, "x", 1) == 1 && write(twin, "x", 1) == 1);
        check(close(fd) == 0 && close(twin) == 0);
    }
    return argument;
}

static void* many_descriptors(void* argument)
{
    int fds[100];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++)
            check((fds[i] = open("/dev/zero", O_RDONLY)) >= 0);
        for (int i = 0; i < 100; i++)
            check(close(fds[i]) == 0);
    }
    return argument;
}

PART(descriptors_from_all_threads)
{
    pthread_t threads[kThreads];
    for (long i = 0; i < kThreads; i++)
        threads[i] = start(i < 4 ? open_and_close : many_descriptors, NULL);
    for (int i = 0; i < 20; i++) {
        const pid_t pid = fork();  // copies the table meanwhile
        if (pid == 0) _exit(0);
        check_child(pid);
    }
    join_all(threads, kThreads);
    check(open("/dev/null", O_RDONLY) < 8);
}

static void* change_directory(void* argument)
{
    for (int i = 0; i < 200; i++) {
        struct stat info;
        check(chdir((long)argument % 2 ? "/proc/self" : "/dev") == 0);
        check(stat(".", &info) == 0 && S_ISDIR(info.st_mode));
    }
    return NULL;
}

PART(directories_from_all_threads)
{
    pthread_t threads[4];
    char path[PATH_MAX];
    start_all(threads, 4, change_directory);
    join_all(threads, 4);
    check(getcwd(path, sizeof path) != NULL);
}
