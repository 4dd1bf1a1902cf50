// readlink: where a symbolic link points; with -f the path without any links.
#include "user/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char help[] = "Usage: readlink [-fn] FILE...\n"
                           "Print where each symbolic link points; status 1 where it is none.\n"
                           "  -f  the whole path, all links followed\n"
                           "  -n  no newline\n";

int main(int argc, char** argv)
{
    char target[4096];
    int whole = 0, newline = 1;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("fen", NULL)) != -1;) {
        if (letter == 'n')
            newline = 0;
        else
            whole = 1;
    }
    tool_need_operands(1, -1);
    for (char** operand = tool_operands; *operand; operand++) {
        const ssize_t length = whole ? 0 : readlink(*operand, target, sizeof target - 1);
        if (length >= 0) target[length] = 0;
        if (length < 0 || (whole && !realpath(*operand, target)))
            tool_status = 1;
        else
            printf("%s%s", target, newline || operand[1] ? "\n" : "");
    }
    return tool_end();
}
