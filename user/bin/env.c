// env: shows the environment, or runs a command in a changed one.
#include "user/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] = "Usage: env [-i] [-u NAME]... [NAME=VALUE]... [COMMAND [ARGUMENT]...]\n"
                           "Run COMMAND with a changed environment; without one print the environment.\n"
                           "  -i       begin with an empty one\n"
                           "  -u NAME  without NAME\n";

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {{"ignore-environment", 'i'}, {"unset", 'u'}, {0, 0}};
    static char* empty[] = {NULL};
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("+iu:", longs)) != -1;) {
        if (letter == 'i') environ = empty;
        if (letter == 'u') unsetenv(tool_argument);
    }
    char** word = tool_operands;
    for (; *word && strchr(*word, '='); word++)
        putenv(*word);
    if (*word) {
        execvp(*word, word);
        const int status = errno == ENOENT ? 127 : 126;
        tool_warn("'%s'", *word);
        return status;
    }
    for (char** variable = environ; variable && *variable; variable++)
        puts(*variable);
    return tool_end();
}
