// swapoff: brings back what a swap disk holds, and lets go of the disk.
#include "user/lib/tool.h"

#include <stddef.h>
#include <sys/swap.h>

static const char help[] = "Usage: swapoff DISK...\n"
                           "Bring everything back that the disks hold, and use them no longer.\n";

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    while (tool_option("", NULL) != -1)
        ;
    tool_need_operands(1, -1);
    for (char** operand = tool_operands; *operand; operand++)
        if (swapoff(*operand) < 0) tool_warn("%s", *operand);
    return tool_end();
}
