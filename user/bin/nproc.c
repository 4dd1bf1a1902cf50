// nproc: how many CPUs there are.
#include "user/lib/tool.h"

#include <stdio.h>
#include <unistd.h>

static const char help[] = "Usage: nproc [--all]\nPrint the number of CPUs.\n";

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {{"all", 'a'}, {0, 0}};
    tool_begin(argc, argv, help);
    while (tool_option("a", longs) != -1) {
    }
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    printf("%ld\n", count > 0 ? count : 1);
    return tool_end();
}
