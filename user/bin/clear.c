// clear: an empty screen.
#include "user/lib/tool.h"

#include <stdio.h>

static const char help[] = "Usage: clear\nClear the terminal's screen.\n";

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    while (tool_option("", NULL) != -1) {
    }
    fputs("\033[H\033[2J\033[3J", stdout);
    return tool_end();
}
