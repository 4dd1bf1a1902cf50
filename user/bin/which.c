// which: where a command is found.
#include "user/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "Usage: which [-a] COMMAND...\n"
    "Print the path of the program that a command's name stands for. Status 1 where there is none.\n"
    "  -a  all of them along PATH, not only the first\n";

static int is_program(const char* path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

static int find_along_path(const char* name, int all)
{
    const char* path = getenv("PATH");
    int found = 0;
    if (!path) path = "/bin";
    while (!found || all) {
        const size_t length = strcspn(path, ":");
        char candidate[4096];
        snprintf(candidate, sizeof candidate, "%.*s%s%s", (int)length, path, length ? "/" : "", name);
        if (is_program(candidate)) {
            puts(candidate);
            found = 1;
        }
        if (!path[length]) break;
        path += length + 1;
    }
    return found;
}

int main(int argc, char** argv)
{
    int all = 0;
    tool_begin(argc, argv, help);
    while (tool_option("a", NULL) != -1)
        all = 1;
    tool_need_operands(1, -1);
    for (char** operand = tool_operands; *operand; operand++) {
        if (!strchr(*operand, '/')) {
            if (!find_along_path(*operand, all)) tool_status = 1;
        } else if (is_program(*operand)) {
            puts(*operand);
        } else {
            tool_status = 1;
        }
    }
    return tool_end();
}
