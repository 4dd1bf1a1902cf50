// timeout: runs a command, but not for ever.
#include "user/lib/signal_names.h"
#include "user/lib/tool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char help[] =
    "Usage: timeout [-s SIGNAL] [-k SECONDS] SECONDS COMMAND [ARGUMENT]...\n"
    "Run COMMAND; send it SIGNAL (TERM) when SECONDS have passed. Status 124 then, else COMMAND's.\n"
    "  -k SECONDS  and KILL so many seconds later\n";

static pid_t child;
static volatile sig_atomic_t passed;
static int first_signal = SIGTERM;
static long kill_after;

static void time_is_up(int number)
{
    (void)number;
    kill(child, passed ? SIGKILL : first_signal);
    if (!passed && kill_after) alarm((unsigned)kill_after);
    passed = 1;
}

int main(int argc, char** argv)
{
    struct sigaction action;
    int status;
    tool_usage_status = 125;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("+s:k:", NULL)) != -1;) {
        if (letter == 's') first_signal = find_signal(tool_argument);
        if (letter == 'k') kill_after = tool_parse_number(tool_argument);
    }
    tool_need_operands(2, -1);
    if (first_signal < 0) tool_usage_error("unknown signal");
    const long seconds = tool_parse_number(tool_operands[0]);
    child = fork();
    if (child < 0) tool_die("fork: %s", strerror(errno));
    if (child == 0) {
        execvp(tool_operands[1], tool_operands + 1);
        status = errno == ENOENT ? 127 : 126;
        tool_warn("%s", tool_operands[1]);
        _exit(status);
    }
    memset(&action, 0, sizeof action);
    action.sa_handler = time_is_up;
    sigaction(SIGALRM, &action, NULL);
    if (seconds > 0) alarm((unsigned)seconds);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (passed) return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 137 : 124;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
