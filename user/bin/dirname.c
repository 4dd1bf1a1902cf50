// dirname: a path without its last part.
#include "user/lib/tool.h"

#include <stdio.h>
#include <string.h>

static const char help[] = "Usage: dirname PATH...\n"
                           "Print each path without its last part; '.' where there is no other.\n";

static size_t strip_slashes(const char* path, size_t length)
{
    while (length > 1 && path[length - 1] == '/')
        length--;
    return length;
}

static void print_directory(const char* path)
{
    size_t length = strip_slashes(path, strlen(path));
    while (length > 0 && path[length - 1] != '/')
        length--;
    length = strip_slashes(path, length);
    if (length)
        printf("%.*s\n", (int)length, path);
    else
        puts(".");
}

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    while (tool_option("", NULL) != -1) {
    }
    tool_need_operands(1, -1);
    for (char** operand = tool_operands; *operand; operand++)
        print_directory(*operand);
    return tool_end();
}
