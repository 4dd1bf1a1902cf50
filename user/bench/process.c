// System calls, processes, signals, and switches through pipes.
#include "bench.h"

#include <faultline.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static long raw_getppid(void)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(64) : "memory");
    return result;
}

static void null_call(struct sample* out)
{
    enum { kTimes = 2000 };
    long result = 0;
    begin_timing(out);
    for (int i = 0; i < kTimes; i++)
        result = raw_getppid();
    end_timing(out, kTimes);
    if (result != getppid()) fail(out, "getppid");
}

static void fork_with(struct sample* out, unsigned pages)
{
    enum { kTimes = 8 };
    int status = 0, bad = 0;
    char* memory = map_pages(pages);
    touch(memory, pages);
    begin_timing(out);
    for (int i = 0; i < kTimes; i++) {
        const pid_t child = fork();
        if (child == 0) _exit(7);
        bad |= waitpid(child, &status, 0) != child || status != 7 << 8;
    }
    end_timing(out, kTimes);
    if (bad) fail(out, "exit status");
    munmap(memory, pages * kPage);
}

static void fork_64k(struct sample* out)
{
    fork_with(out, 16);
}
static void fork_4m(struct sample* out)
{
    fork_with(out, 1024);
}
static void fork_32m(struct sample* out)
{
    fork_with(out, 8192);
}

static void exec_with(struct sample* out, pid_t (*make_child)(void))
{
    enum { kTimes = 8 };
    char* const arguments[] = {(char*)"bench", (char*)"--exit", NULL};
    char* const environment[] = {NULL};
    int status = 0, bad = 0;
    begin_timing(out);
    for (int i = 0; i < kTimes; i++) {
        const pid_t child = make_child();
        if (child == 0) {
            execve(bench_program, arguments, environment);
            _exit(1);
        }
        bad |= waitpid(child, &status, 0) != child || status != 0;
    }
    end_timing(out, kTimes);
    if (bad) fail(out, "exit status");
}

static void fork_exec(struct sample* out)
{
    exec_with(out, fork);
}

// vfork must be called in the frame that waits: no function pointer.
static void vfork_exec(struct sample* out)
{
    enum { kTimes = 8 };
    char* const arguments[] = {(char*)"bench", (char*)"--exit", NULL};
    char* const environment[] = {NULL};
    int status = 0;
    volatile int bad = 0;
    begin_timing(out);
    for (volatile int i = 0; i < kTimes; i++) {
        const pid_t child = vfork();
        if (child == 0) {
            execve(bench_program, arguments, environment);
            _exit(1);
        }
        if (waitpid(child, &status, 0) != child || status != 0) bad = 1;
    }
    end_timing(out, kTimes);
    if (bad) fail(out, "exit status");
}

// ---- The same for a process of 64 MiB, under a policy of its own ----

void measure_big_exec(struct sample* out)
{
    enum { kBigPages = 16384 };
    touch(map_pages(kBigPages), kBigPages);
    exec_with(out, fork);
}

// Another bench, under the policy, measures; what it found comes through a pipe.
static void big_exec_under(struct sample* out, int policy)
{
    char* const arguments[] = {(char*)"bench", (char*)"--big-exec", NULL};
    int ends[2], status = 1;
    if (pipe(ends) != 0) return fail(out, "pipe");
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        if (set_policy(policy, 0) == 0) execv(bench_program, arguments);
        _exit(1);
    }
    close(ends[1]);
    if (read(ends[0], out, sizeof *out) != sizeof *out) fail(out, "no answer");
    close(ends[0]);
    if (waitpid(child, &status, 0) != child || status != 0) fail(out, "exit status");
    out->wrong = NULL;  // a pointer of the other's
}

static void big_exec_stock(struct sample* out)
{
    big_exec_under(out, FL_POLICY_STOCK);
}
static void big_exec_lazy(struct sample* out)
{
    big_exec_under(out, FL_POLICY_LAZY);
}
static void big_exec_cow(struct sample* out)
{
    big_exec_under(out, FL_POLICY_COW);
}
static void big_exec_full(struct sample* out)
{
    big_exec_under(out, FL_POLICY_FULL);
}

// A child that sends back whatever it gets.
static pid_t start_echo(int to[2], int from[2])
{
    if (pipe(to) != 0 || pipe(from) != 0) return -1;
    const pid_t child = fork();
    if (child == 0) {
        char byte;
        close(to[1]);
        close(from[0]);
        while (read(to[0], &byte, 1) == 1)
            if (write(from[1], &byte, 1) != 1) break;
        _exit(0);
    }
    close(to[0]);
    close(from[1]);
    return child;
}

static void round_trip(struct sample* out)
{
    enum { kTimes = 200 };
    int to[2], from[2], bad = 0;
    char byte = 'x';
    const pid_t child = start_echo(to, from);
    begin_timing(out);
    for (int i = 0; i < kTimes; i++)
        bad |= write(to[1], &byte, 1) != 1 || read(from[0], &byte, 1) != 1;
    end_timing(out, kTimes);
    if (child < 0 || bad || byte != 'x') fail(out, "echo");
    close(to[1]);
    close(from[0]);
    waitpid(child, NULL, 0);
}

// A token goes round a ring of processes; one operation is one hop.
static void hop(struct sample* out)
{
    enum { kRing = 8, kRounds = 50 };
    int pipes[kRing + 1][2], bad = 0;
    char token = 't';
    for (int i = 0; i <= kRing; i++)
        bad |= pipe(pipes[i]);
    for (int i = 0; i < kRing; i++) {
        if (fork() != 0) continue;
        for (int k = 0; k <= kRing; k++) {
            if (k != i) close(pipes[k][0]);
            if (k != i + 1) close(pipes[k][1]);
        }
        while (read(pipes[i][0], &token, 1) == 1)
            if (write(pipes[i + 1][1], &token, 1) != 1) break;
        _exit(0);
    }
    begin_timing(out);
    for (int i = 0; i < kRounds; i++)
        bad |= write(pipes[0][1], &token, 1) != 1 || read(pipes[kRing][0], &token, 1) != 1;
    end_timing(out, kRounds * (kRing + 1));
    for (int i = 0; i <= kRing; i++) {
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
    for (int i = 0; i < kRing; i++)
        wait(NULL);
    if (bad || token != 't') fail(out, "token");
}

static void pipe_throughput(struct sample* out)
{
    enum { kTimes = 256 };
    static char block[kPage];
    int fds[2], status = 0;
    long left = (long)kTimes * kPage;
    if (pipe(fds) != 0) return;
    const pid_t child = fork();
    if (child == 0) {
        close(fds[0]);
        memset(block, 'p', sizeof(block));
        for (int i = 0; i < kTimes; i++)
            if (write(fds[1], block, sizeof(block)) != (ssize_t)sizeof(block)) _exit(1);
        _exit(0);
    }
    close(fds[1]);
    begin_timing(out);
    for (;;) {
        const long got = read(fds[0], block, sizeof(block));
        if (got <= 0) break;
        left -= got;
    }
    end_timing(out, kTimes);
    close(fds[0]);
    waitpid(child, &status, 0);
    if (left != 0 || status != 0 || block[0] != 'p') fail(out, "contents");
}

static volatile int handled;

static void count_signal(int signal)
{
    (void)signal;
    handled++;
}

static void signal_to_self(struct sample* out)
{
    enum { kTimes = 500 };
    struct sigaction action, old;
    const pid_t self = getpid();
    memset(&action, 0, sizeof(action));
    action.sa_handler = count_signal;
    sigaction(SIGUSR1, &action, &old);
    handled = 0;
    begin_timing(out);
    for (int i = 0; i < kTimes; i++)
        kill(self, SIGUSR1);
    end_timing(out, kTimes);
    if (handled != kTimes) fail(out, "signals");
    sigaction(SIGUSR1, &old, NULL);
}

const struct benchmark process_benchmarks[] = {
    {"null system call", "call", null_call, 0},
    {"fork + exit + wait, 64 KiB dirty", "child", fork_64k, -1},
    {"fork + exec + exit + wait", "child", fork_exec, -1},
    {"vfork + exec + exit + wait", "child", vfork_exec, -1},
    {"pipe round trip between two processes", "trip", round_trip, 0},
    {"context switch through pipes (hop)", "hop", hop, 0},
    {"pipe, per 4 KiB", "4 KiB", pipe_throughput, 0},
    {"signal to self, handler, return", "signal", signal_to_self, 0},
    // Large processes come after small ones: an emulator keeps the larger TLB, which each switch clears, for a while.
    {"fork + exit + wait, 4 MiB dirty", "child", fork_4m, -1},
    {"fork + exit + wait, 32 MiB dirty", "child", fork_32m, -1},
    {"fork + exec + exit + wait, 64 MiB, stock", "child", big_exec_stock, -1},
    {"fork + exec + exit + wait, 64 MiB, lazy", "child", big_exec_lazy, -1},
    {"fork + exec + exit + wait, 64 MiB, cow", "child", big_exec_cow, -1},
    {"fork + exec + exit + wait, 64 MiB, full", "child", big_exec_full, -1},
    {NULL, NULL, NULL, 0},
};
