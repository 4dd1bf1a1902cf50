// mkfifo: makes named pipes.
#include "user/lib/mode.h"
#include "user/lib/tool.h"

#include <sys/stat.h>

static const char help[] = "Usage: mkfifo [-m MODE] NAME...\nMake named pipes.\n";

int main(int argc, char** argv)
{
    mode_t mode = 0666;
    int mode_given = 0;
    tool_begin(argc, argv, help);
    while (tool_option("m:", NULL) != -1) {
        mode_given = 1;
        if (!parse_mode(tool_argument, 0666, 0, &mode)) tool_die("invalid mode '%s'", tool_argument);
    }
    tool_need_operands(1, -1);
    for (char** operand = tool_operands; *operand; operand++) {
        if (mkfifo(*operand, mode) < 0 || (mode_given && chmod(*operand, mode) < 0))
            tool_warn("cannot create fifo '%s'", *operand);
    }
    return tool_end();
}
