// sync: dirty pages go to the disk now, all of them or those of the named files.
#include "user/lib/tool.h"

#include <fcntl.h>
#include <unistd.h>

static const char help[] = "Usage: sync [FILE]...\n"
                           "Write what is only in memory to the disk: everything, or these files.\n";

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    while (tool_option("", NULL) != -1) {
    }
    if (tool_operand_count == 0) sync();
    for (char** operand = tool_operands; *operand; operand++) {
        const int descriptor = open(*operand, O_RDONLY);
        if (descriptor < 0 || fsync(descriptor) < 0) tool_warn("%s", *operand);
        if (descriptor >= 0) close(descriptor);
    }
    return tool_end();
}
