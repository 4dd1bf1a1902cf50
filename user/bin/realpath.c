// realpath: a path without links, dots and double slashes.
#include "user/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] = "Usage: realpath FILE...\nPrint each file's whole path, all links followed.\n";

int main(int argc, char** argv)
{
    char path[4096];
    tool_begin(argc, argv, help);
    while (tool_option("e", NULL) != -1) {
    }
    tool_need_operands(1, -1);
    for (char** operand = tool_operands; *operand; operand++) {
        if (realpath(*operand, path))
            puts(path);
        else
            tool_warn("%s", *operand);
    }
    return tool_end();
}
