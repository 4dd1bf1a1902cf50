// pidof: the numbers of the processes that run a program.
#include "user/lib/proc.h"
#include "user/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: pidof [-s] NAME...\n"
    "Print the process numbers of programs, the newest first; status 1 where there are none.\n"
    "  -s  only one\n";

static int is_named(int pid, char** names)
{
    struct process_stat stat;
    if (pid == getpid() || !read_process_stat(pid, &stat)) return 0;
    for (; *names; names++)
        if (strcmp(stat.name, *names) == 0) return 1;
    return 0;
}

int main(int argc, char** argv)
{
    size_t count;
    int single = 0, found = 0;
    tool_begin(argc, argv, help);
    while (tool_option("s", NULL) != -1)
        single = 1;
    tool_need_operands(1, -1);
    int* pids = list_processes(&count);
    while (count-- > 0 && !(single && found))
        if (is_named(pids[count], tool_operands)) printf("%s%d", found++ ? " " : "", pids[count]);
    if (found) putchar('\n');
    free(pids);
    return tool_end() || !found;
}
