// time: runs a command and says how long it took, and what it cost in faults.
#include "user/lib/tool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "Usage: time [-pv] COMMAND [ARGUMENT]...\n"
    "Run COMMAND; then print how long it took: by the clock, in user code, in the kernel.\n"
    "  -v  also page faults, context switches, memory\n";

static void print_time(const char* name, long seconds, long milliseconds)
{
    fprintf(stderr, "%s\t%ldm%ld.%03lds\n", name, seconds / 60, seconds % 60, milliseconds);
}

static void print_usage(const struct rusage* usage)
{
    fprintf(stderr, "faults\t%ld minor, %ld major\n", usage->ru_minflt, usage->ru_majflt);
    fprintf(stderr, "switch\t%ld voluntary, %ld not\n", usage->ru_nvcsw, usage->ru_nivcsw);
    fprintf(stderr, "memory\t%ld KiB at most\n", usage->ru_maxrss);
}

int main(int argc, char** argv)
{
    struct timespec start, end;
    struct rusage usage;
    int status, verbose = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("+pv", NULL)) != -1;)
        verbose |= letter == 'v';
    tool_need_operands(1, -1);
    clock_gettime(CLOCK_MONOTONIC, &start);
    const pid_t child = fork();
    if (child < 0) tool_die("fork: %s", strerror(errno));
    if (child == 0) {
        execvp(tool_operands[0], tool_operands);
        status = errno == ENOENT ? 127 : 126;
        tool_warn("%s", tool_operands[0]);
        _exit(status);
    }
    signal(SIGINT, SIG_IGN);  // ^C is the command's
    signal(SIGQUIT, SIG_IGN);
    while (wait4(child, &status, 0, &usage) < 0 &&
           errno == EINTR) {  // not getrusage: it counts earlier children too
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    const long long nanoseconds = (end.tv_sec - start.tv_sec) * 1000000000LL + (end.tv_nsec - start.tv_nsec);
    fputc('\n', stderr);
    print_time("real", (long)(nanoseconds / 1000000000), (long)(nanoseconds / 1000000 % 1000));
    print_time("user", (long)usage.ru_utime.tv_sec, (long)(usage.ru_utime.tv_usec / 1000));
    print_time("sys", (long)usage.ru_stime.tv_sec, (long)(usage.ru_stime.tv_usec / 1000));
    if (verbose) print_usage(&usage);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
