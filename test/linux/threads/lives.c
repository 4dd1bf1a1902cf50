// How threads, and processes with threads, begin, fork, wait for each other, exec and end.
#include "threads.h"

#include <limits.h>
#include <stdint.h>
#include <sys/stat.h>

// ---- Beginning ----

static long bare_clone(unsigned long flags, void* stack)
{
    return syscall(SYS_clone, flags, stack, NULL, NULL, NULL);
}

PART(clone_flags)
{
    static char stack[16384] __attribute__((aligned(16)));
    check_errno(bare_clone(CLONE_THREAD, stack + sizeof stack), EINVAL);
    check_errno(bare_clone(CLONE_THREAD | CLONE_VM, stack + sizeof stack), EINVAL);
    check_errno(bare_clone(CLONE_THREAD | CLONE_SIGHAND, stack + sizeof stack), EINVAL);
    check_errno(bare_clone(CLONE_SIGHAND, stack + sizeof stack), EINVAL);
    check_errno(bare_clone(CLONE_FS | CLONE_NEWNS, stack + sizeof stack), EINVAL);
}

static int change_what_is_shared(void* argument)
{
    install(SIGUSR1, note_thread);
    umask(*(int*)argument);
    return chdir("/dev");
}

// Processes that share handlers, directories and descriptors, as threads once were made.
PART(processes_that_share)
{
    static char stack[65536] __attribute__((aligned(16)));
    int mask = 031;
    char path[PATH_MAX];
    const pid_t pid = clone(change_what_is_shared, stack + sizeof stack,
                            CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD, &mask);
    check_child(pid);
    check(umask(0) == 031 && strcmp(getcwd(path, sizeof path), "/dev") == 0);
    struct sigaction action;
    check(sigaction(SIGUSR1, NULL, &action) == 0 && action.sa_handler == note_thread);
    const pid_t other = fork();
    if (other == 0) {
        mask = 022;
        check(syscall(SYS_unshare, CLONE_FS | CLONE_FILES) == 0);
        _exit(change_what_is_shared(&mask) | chdir("/"));
    }
    check_child(other);
    check(umask(0) == 0 && strcmp(getcwd(path, sizeof path), "/dev") == 0);
}

struct clone_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
        cgroup;
};

static long clone3_of(struct clone_arguments* arguments, size_t size)
{
    return syscall(SYS_clone3, arguments, size);
}

static void back_to_default(int signal)
{
    (void)signal;
}

PART(clone3)
{
    struct {
        struct clone_arguments known;
        uint64_t more[4];
    } big;
    memset(&big, 0, sizeof big);
    struct clone_arguments* arguments = &big.known;
    arguments->exit_signal = SIGCHLD;
    const size_t sizes[] = {64, 80, 88, sizeof big};
    for (int i = 0; i < 4; i++) {
        const long pid = clone3_of(arguments, sizes[i]);
        if (pid == 0) _exit(0);
        check(pid > 0);
        check_child((pid_t)pid);
    }
    check_errno(clone3_of(arguments, 63), EINVAL);
    check_errno(clone3_of(arguments, 5000), E2BIG);
    big.more[2] = 1;
    check_errno(clone3_of(arguments, sizeof big), E2BIG);
    check_errno(clone3_of((void*)16, 64), EFAULT);
    arguments->exit_signal = 65;
    check_errno(clone3_of(arguments, 64), EINVAL);
    arguments->exit_signal = SIGCHLD;
    arguments->stack = 4096;
    check_errno(clone3_of(arguments, 64), EINVAL);  // and no size
    arguments->stack = 0;
    arguments->stack_size = 4096;
    check_errno(clone3_of(arguments, 64), EINVAL);
    arguments->stack_size = 0;
    arguments->flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;
    check_errno(clone3_of(arguments, 64), EINVAL);  // with a signal
    arguments->flags = CLONE_DETACHED;
    check_errno(clone3_of(arguments, 64), EINVAL);
    arguments->flags = SIGCHLD;  // where clone has it
    check_errno(clone3_of(arguments, 64), EINVAL);
    signal(SIGUSR1, back_to_default);
    arguments->flags = 1ull << 32;  // CLONE_CLEAR_SIGHAND
    const long cleared = clone3_of(arguments, 88);
    if (cleared == 0) _exit(signal(SIGUSR1, SIG_IGN) != SIG_DFL);
    check_child((pid_t)cleared);
    int child_tid = 0;
    arguments->flags = CLONE_CHILD_SETTID;
    arguments->child_tid = (uintptr_t)&child_tid;
    const long pid = clone3_of(arguments, 88);
    if (pid == 0) _exit(child_tid != self_tid());
    check_child((pid_t)pid);
    check(child_tid == 0);
}

// ---- Ending ----

static void exit_with_many(int threads, void (*end)(void))
{
    const pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < threads; i++)
            start(sleep_for_ever, NULL);
        end();
        _exit(1);
    }
    const int status = status_of(pid);
    if (status != 5 << 8) printf("status 0x%x\n", status);
    check(status == 5 << 8);
}

static void end_all(void)
{
    _exit(5);
}

static void* end_all_from_thread(void* argument)
{
    (void)argument;
    _exit(5);
}

static void end_all_elsewhere(void)
{
    start(end_all_from_thread, NULL);
    for (;;)
        pause();
}

PART(exit_group_with_100_threads)
{
    exit_with_many(100, end_all);
    exit_with_many(100, end_all_elsewhere);
}

static char leader_state(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)getpid());
    return state_of(path);
}

static void* exit_bare(void* argument)
{
    const int is_last = (long)argument == 5;
    while (is_last && leader_state() != 'Z')
        sched_yield();
    syscall(SYS_exit, (int)(long)argument);
    return NULL;
}

// The status of the last one counts; until then the leader is a zombie that nobody can reap.
PART(leader_ends_first)
{
    const pid_t pid = fork();
    char path[64];
    if (pid == 0) {
        start(exit_bare, (void*)9);
        start(exit_bare, (void*)5);
        while (threads_now() != 2)  // 9 has ended
            sched_yield();
        syscall(SYS_exit, 8);
    }
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    while (state_of(path) != 'Z')
        sched_yield();
    check(kill(pid, 0) == 0);
    check(status_of(pid) == 5 << 8);
}

PART(killed_with_threads)
{
    const int signals[] = {SIGKILL, SIGTERM};
    for (int i = 0; i < 2; i++) {
        int fds[2];
        char byte;
        check(pipe(fds) == 0);
        const pid_t pid = fork();
        if (pid == 0) {
            for (int k = 0; k < 20; k++)
                start(k % 2 ? sleep_for_ever : spin_for_ever, NULL);
            check(write(fds[1], "x", 1) == 1);
            for (;;)
                ;
        }
        check(read(fds[0], &byte, 1) == 1 && kill(pid, signals[i]) == 0);
        check(status_of(pid) == signals[i]);
        close(fds[0]);
        close(fds[1]);
    }
}

static void* exec_from_thread(void* argument)
{
    (void)argument;
    char* const words[] = {(char*)program, "--tell", NULL};
    execv("/proc/self/exe", words);
    _exit(1);
}

// The new program has the leader's number and is alone.
PART(exec_from_another_thread)
{
    int fds[2];
    char text[64] = "", wanted[64];
    check(pipe(fds) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        dup2(fds[1], 1);
        for (int i = 0; i < 20; i++)
            start(i % 2 ? sleep_for_ever : spin_for_ever, NULL);
        start(exec_from_thread, NULL);
        for (;;)
            pause();
    }
    close(fds[1]);
    check(status_of(pid) == 0);
    check(read(fds[0], text, sizeof text - 1) > 0);
    snprintf(wanted, sizeof wanted, "%d %d 1\n", (int)pid, (int)pid);
    check(strcmp(text, wanted) == 0);
}

// ---- fork and wait ----

PART(fork_with_threads)
{
    for (int i = 0; i < 4; i++)
        start(sleep_for_ever, NULL);
    const pid_t pid = fork();
    if (pid == 0) _exit(threads_now() != 1);
    check_child(pid);
    check(threads_now() == 5);
}

static void* fork_child(void* argument)
{
    (void)argument;
    const pid_t pid = fork();
    if (pid == 0) _exit(3);
    return (void*)(long)pid;
}

static volatile long other_child;

static void* fork_and_stay(void* argument)
{
    other_child = (long)fork_child(argument);
    return sleep_for_ever(NULL);
}

// Any thread may wait for a child of another, unless it asks for its own alone.
PART(waiting_for_another_threads_child)
{
    int status;
    const pid_t pid = (pid_t)(long)join(start(fork_child, NULL));
    check(waitpid(pid, &status, 0) == pid && status == 3 << 8);
    check_errno(waitpid(-1, &status, 0), ECHILD);
    start(fork_and_stay, NULL);
    while (other_child == 0)
        sched_yield();
    check_errno(waitpid(-1, &status, __WNOTHREAD), ECHILD);
    check(waitpid(-1, &status, 0) == other_child);
}

// ---- Much at once ----

static void* begin_and_end(void* argument)
{
    return argument;
}

static void* begin_threads(void* argument)
{
    for (long i = 0; i < 40; i++)
        check(join(start(begin_and_end, (void*)i)) == (void*)i);
    return argument;
}

PART(beginning_from_all_threads)
{
    pthread_t threads[kThreads];
    start_all(threads, kThreads, begin_threads);
    join_all(threads, kThreads);
    while (threads_now() != 1)
        sched_yield();
}

static void* exec_at_once(void* argument)
{
    (void)argument;
    char* const words[] = {(char*)program, "--nothing", NULL};
    execv("/proc/self/exe", words);
    return NULL;  // another was faster
}

static void* exit_at_once(void* argument)
{
    _exit((int)(long)argument);
}

// Linux was seen to refuse a thread to a process that ends.
static void start_if_possible(void* (*run)(void*))
{
    pthread_t thread;
    (void)pthread_create(&thread, NULL, run, NULL);
}

// Whoever is first wins, and all end.
PART(racing_to_the_end)
{
    for (int round = 0; round < 25; round++) {
        const pid_t pid = fork();
        if (pid == 0) {
            for (int i = 0; i < 4; i++) {
                start_if_possible(exec_at_once);
                if (round % 3 != 0) start_if_possible(exit_at_once);
                start_if_possible(sleep_for_ever);
            }
            if (round % 5 == 0) kill(getpid(), SIGKILL);
            for (;;)
                fork_child(NULL);
        }
        const int status = status_of(pid);
        check(status == 0 || (round % 5 == 0 && status == SIGKILL));
    }
}
