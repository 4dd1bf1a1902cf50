// basename: the last part of a path.
#include "user/lib/tool.h"

#include <stdio.h>
#include <string.h>

static const char help[] = "Usage: basename PATH [SUFFIX]\n"
                           "       basename -a [-s SUFFIX] PATH...\n"
                           "Print the last part of a path, without SUFFIX if it ends so.\n";

static void print_name(char* path, const char* suffix)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = 0;
    char* slash = strrchr(path, '/');
    char* name = slash && slash[1] ? slash + 1 : path;
    const size_t name_length = strlen(name), suffix_length = suffix ? strlen(suffix) : 0;
    if (suffix_length && name_length > suffix_length &&
        strcmp(name + name_length - suffix_length, suffix) == 0)
        name[name_length - suffix_length] = 0;
    puts(name);
}

int main(int argc, char** argv)
{
    const char* suffix = NULL;
    int several = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("as:", NULL)) != -1;) {
        several = 1;
        if (letter == 's') suffix = tool_argument;
    }
    tool_need_operands(1, several ? -1 : 2);
    if (!several && tool_operand_count == 2) {
        suffix = tool_operands[1];
        tool_operands[1] = NULL;
    }
    for (char** operand = tool_operands; *operand; operand++)
        print_name(*operand, suffix);
    return tool_end();
}
