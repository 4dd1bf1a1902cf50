// killall: sends a signal to all processes that run a program.
#include "user/lib/proc.h"
#include "user/lib/signal_names.h"
#include "user/lib/tool.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] = "Usage: killall [-q] [-SIGNAL] NAME...\n"
                           "Send a signal (TERM) to all processes of these names.\n"
                           "  -q  no word where there are none\n";

static int kill_named(const char* name, int number, const int* pids, size_t count)
{
    int found = 0;
    for (size_t i = 0; i < count; i++) {
        struct process_stat stat;
        if (pids[i] == getpid() || !read_process_stat(pids[i], &stat) || strcmp(stat.name, name) != 0)
            continue;
        found = 1;
        if (kill(pids[i], number) < 0) tool_warn("(%d)", pids[i]);
    }
    return found;
}

int main(int argc, char** argv)  // a signal is no letter: it looks at its options itself
{
    int number = SIGTERM, quiet = 0;
    size_t count;
    tool_begin(argc, argv, help);
    char** word = argv + 1;
    if (*word && strcmp(*word, "--help") == 0) {
        fputs(help, stdout);
        return tool_end();
    }
    for (; *word && (*word)[0] == '-'; word++) {
        if (strcmp(*word, "-q") == 0)
            quiet = 1;
        else
            number = find_signal(*word + 1);
        if (number < 0) tool_usage_error("%s: unknown signal", *word + 1);
    }
    if (!*word) tool_usage_error("missing name");
    int* pids = list_processes(&count);
    for (; *word; word++) {
        if (kill_named(*word, number, pids, count)) continue;
        if (!quiet) tool_error("%s: no process found", *word);
        tool_status = 1;
    }
    free(pids);
    return tool_end();
}
