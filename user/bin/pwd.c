// pwd: the current directory.
#include "user/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] = "Usage: pwd\nPrint the current directory.\n";

int main(int argc, char** argv)
{
    char path[4096];
    tool_begin(argc, argv, help);
    while (tool_option("LP", NULL) != -1) {
    }
    if (!getcwd(path, sizeof path)) tool_die("%s", strerror(errno));
    puts(path);
    return tool_end();
}
