// truncate: makes files shorter or longer.
#include "user/lib/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "Usage: truncate [-c] -s [+-]SIZE FILE...\n"
    "Set the size of files; what is added reads as zeros and takes no room on the disk.\n"
    "  -s SIZE  as 100, 4k, 1M; +SIZE longer by, -SIZE shorter by\n"
    "  -c       make no file\n";

int main(int argc, char** argv)
{
    const char* size_text = NULL;
    int create = O_CREAT;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("cs:", NULL)) != -1;) {
        if (letter == 'c') create = 0;
        if (letter == 's') size_text = tool_argument;
    }
    if (!size_text) tool_usage_error("a size is needed");
    tool_need_operands(1, -1);
    const long long number = tool_parse_size(size_text);
    const int relative = size_text[0] == '+' || size_text[0] == '-';
    for (char** operand = tool_operands; *operand; operand++) {
        struct stat status;
        const int descriptor = open(*operand, O_WRONLY | create, 0666);
        if (descriptor < 0) {
            if (create || errno != ENOENT) tool_warn("cannot open '%s'", *operand);
            continue;
        }
        long long size = number;
        if (relative && fstat(descriptor, &status) == 0) size += (long long)status.st_size;
        if (ftruncate(descriptor, (off_t)(size < 0 ? 0 : size)) < 0)
            tool_warn("cannot truncate '%s'", *operand);
        close(descriptor);
    }
    return tool_end();
}
