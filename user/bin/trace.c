// trace: runs a command and prints what the kernel recorded of it meanwhile.
#include "user/lib/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char help[] =
    "Usage: trace [-a] [-o FILE] [KINDS] COMMAND [ARGUMENT]...\n"
    "Run COMMAND; then print the kernel's events of it and of what it started, on standard error.\n"
    "KINDS: some of fault,switch,syscall with commas between (default: fault,syscall).\n"
    "  -a       events of all processes\n"
    "  -o FILE  write the events there\n"
    "A line: seconds since boot, CPU, process, its name, the kind of event and what happened.\n";

static const char events_path[] = "/proc/trace", kinds_path[] = "/proc/sys/kernel/trace";

static int is_kinds(const char* word)
{
    static const char* const kinds[] = {"fault", "switch", "syscall"};
    for (;;) {
        const size_t length = strcspn(word, ",");
        int known = 0;
        for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
            known |= strlen(kinds[i]) == length && strncmp(word, kinds[i], length) == 0;
        if (!known) return 0;
        if (!word[length]) return 1;
        word += length + 1;
    }
}

static void set_kinds(const char* kinds)
{
    const int file = open(kinds_path, O_WRONLY);
    if (file < 0 || write(file, kinds, strlen(kinds)) < 0) tool_die("%s: %s", kinds_path, strerror(errno));
    close(file);
}

static void forget_events(void)
{
    const int file = open(events_path, O_RDONLY | O_TRUNC);
    if (file < 0) tool_die("%s: %s", events_path, strerror(errno));
    close(file);
}

// The child waits until recording is on. Its number is less than those of all that it starts.
static pid_t start_command(char** command, int* go)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) tool_die("pipe: %s", strerror(errno));
    const pid_t child = fork();
    if (child < 0) tool_die("fork: %s", strerror(errno));
    if (child == 0) {
        char byte;
        close(ends[1]);
        if (read(ends[0], &byte, 1) < 0) _exit(126);
        execvp(command[0], command);
        const int status = errno == ENOENT ? 127 : 126;
        tool_warn("%s", command[0]);
        _exit(status);
    }
    close(ends[0]);
    *go = ends[1];
    return child;
}

static int belongs(const char* line, pid_t child)
{
    int pid;
    return sscanf(line, "%*s cpu%*d %d", &pid) != 1 || pid >= child;
}

static void print_events(FILE* out, pid_t child)
{
    char line[256];
    FILE* events = fopen(events_path, "r");
    if (!events) tool_die("%s: %s", events_path, strerror(errno));
    while (fgets(line, sizeof line, events))
        if (belongs(line, child)) fputs(line, out);
    fclose(events);
}

int main(int argc, char** argv)
{
    const char* kinds = "fault,syscall";
    FILE* out = stderr;
    int all = 0, go, status;
    tool_usage_status = 125;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("+ao:", NULL)) != -1;) {
        if (letter == 'a') all = 1;
        if (letter == 'o' && !(out = fopen(tool_argument, "we")))
            tool_die("%s: %s", tool_argument, strerror(errno));
    }
    tool_need_operands(1, -1);
    char** command = tool_operands;
    if (is_kinds(command[0])) kinds = *command++;
    if (!*command) tool_usage_error("missing command");
    forget_events();
    const pid_t child = start_command(command, &go);
    set_kinds(kinds);
    close(go);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    set_kinds("off");
    print_events(out, all ? 0 : child);
    if (out != stderr) fclose(out);
    if (tool_end() != 0) return tool_status;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
