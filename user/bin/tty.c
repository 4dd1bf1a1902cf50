// tty: the terminal's name.
#include "user/lib/tool.h"

#include <stdio.h>
#include <unistd.h>

static const char help[] =
    "Usage: tty [-s]\n"
    "Print the name of the terminal that is standard input; status 1 where it is none.\n"
    "  -s  only the status\n";

int main(int argc, char** argv)
{
    int silent = 0;
    tool_usage_status = 2;
    tool_begin(argc, argv, help);
    while (tool_option("s", NULL) != -1)
        silent = 1;
    const int terminal = isatty(0);
    const char* name = terminal ? ttyname(0) : NULL;
    if (!silent) puts(terminal ? (name ? name : "a terminal without a name") : "not a tty");
    return tool_end() ? 3 : !terminal;
}
