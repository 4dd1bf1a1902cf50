// vm: runs a command under another memory policy.
#include "user/lib/tool.h"

#include <errno.h>
#include <faultline.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char help[] =
    "Usage: vm [-r] [--stack=N] [--fault-around=SIZE] POLICY COMMAND [ARGUMENT]...\n"
    "Run COMMAND, and what it runs, under a memory policy:\n"
    "  stock  all at once: exec loads every page, sbrk allocates, fork copies; every page fault kills\n"
    "  lazy   as stock, but the heap comes when it is touched\n"
    "  cow    as lazy, but fork shares all frames until one side writes\n"
    "  full   programs too come when they are touched; shared with the page cache\n"
    "  -r, --receipt        then print what its memory cost\n"
    "  --stack=N            pages of stack in the layout of stock, lazy and cow (16)\n"
    "  --fault-around=SIZE  bytes of a file that one fault may map, 4K to 64K (4K: just the page)\n";

static const struct tool_long_option longs[] = {
    {"receipt", 'r'}, {"stack", 's'}, {"fault-around", 'f'}, {NULL, 0}};

static int find_policy(const char* name)
{
    static const char* const names[] = {[FL_POLICY_STOCK] = "stock",
                                        [FL_POLICY_LAZY] = "lazy",
                                        [FL_POLICY_COW] = "cow",
                                        [FL_POLICY_FULL] = "full"};
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        if (strcmp(names[i], name) == 0) return i;
    tool_usage_error("there is no policy %s: stock, lazy, cow, full", name);
}

static _Noreturn void execute(void)
{
    execvp(tool_operands[1], tool_operands + 1);
    const int status = errno == ENOENT ? 127 : 126;
    tool_warn("%s", tool_operands[1]);
    _exit(status);
}

// The child has ended but is not reaped: its receipt is still there.
static void print_receipt(pid_t child)
{
    char path[32], part[512];
    snprintf(path, sizeof path, "/proc/%d/receipt", (int)child);
    const int file = open(path, O_RDONLY);
    ssize_t size = file < 0 ? -1 : 0;
    while (file >= 0 && (size = read(file, part, sizeof part)) > 0)
        fwrite(part, 1, (size_t)size, stdout);
    if (size < 0) tool_warn("%s", path);
    if (file >= 0) close(file);
}

static int run_for_receipt(void)
{
    siginfo_t end;
    int status;
    const pid_t child = fork();
    if (child < 0) tool_die("fork: %s", strerror(errno));
    if (child == 0) {
        prctl(PR_SET_RECEIPT, 1);
        execute();
    }
    while (waitid(P_PID, (id_t)child, &end, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
    print_receipt(child);
    if (tool_end() != 0) return 1;
    if (waitpid(child, &status, 0) < 0) tool_die("waitpid: %s", strerror(errno));
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char** argv)
{
    int wants_receipt = 0;
    long stack_pages = 0, fault_around = 0;
    tool_usage_status = 125;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("+rs:f:", longs)) != -1;) {
        if (letter == 'r') wants_receipt = 1;
        if (letter == 's' && ((stack_pages = tool_parse_number(tool_argument)) < 1 || stack_pages > 1 << 15))
            tool_usage_error("--stack=%s: pages, from 1 to %d", tool_argument, 1 << 15);
        if (letter == 'f' && ((fault_around = (long)tool_parse_size(tool_argument)) < 4096 ||
                              fault_around > 65536 || (fault_around & (fault_around - 1)) != 0))
            tool_usage_error("--fault-around=%s: a power of two from 4K to 64K", tool_argument);
    }
    tool_need_operands(2, -1);
    if (set_policy(find_policy(tool_operands[0]), (int)stack_pages) < 0)
        tool_die("set_policy: %s", strerror(errno));
    if (fault_around > 0 && prctl(PR_SET_FAULT_AROUND, fault_around) < 0)
        tool_die("fault around: %s", strerror(errno));
    if (wants_receipt) return run_for_receipt();
    execute();
}
