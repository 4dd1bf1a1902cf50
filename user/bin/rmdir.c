// rmdir: removes empty directories.
#include "user/lib/tool.h"

#include <string.h>
#include <unistd.h>

static const char help[] = "Usage: rmdir [-p] DIRECTORY...\n"
                           "Remove empty directories.\n"
                           "  -p  and then those above, as far as the name goes\n";

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {{"parents", 'p'}, {0, 0}};
    int parents = 0;
    tool_begin(argc, argv, help);
    while (tool_option("p", longs) != -1)
        parents = 1;
    tool_need_operands(1, -1);
    for (char** operand = tool_operands; *operand; operand++) {
        for (char* slash;;) {
            if (rmdir(*operand) < 0) {
                tool_warn("failed to remove '%s'", *operand);
                break;
            }
            slash = strrchr(*operand, '/');
            if (!parents || !slash || slash == *operand) break;
            *slash = 0;
        }
    }
    return tool_end();
}
