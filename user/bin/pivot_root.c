// pivot_root: makes another mounted file system the root.
#include "user/lib/tool.h"

#include <sys/syscall.h>
#include <unistd.h>

static const char help[] =
    "Usage: pivot_root NEW_ROOT PUT_OLD\n"
    "Make the file system mounted on NEW_ROOT the root; the old one then stands on PUT_OLD.\n";

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    while (tool_option("", NULL) != -1)
        ;
    tool_need_operands(2, 2);
    if (syscall(SYS_pivot_root, tool_operands[0], tool_operands[1]) < 0)
        tool_warn("%s, %s", tool_operands[0], tool_operands[1]);
    return tool_end();
}
