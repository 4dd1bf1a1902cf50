// mknod: makes a device's name, or a named pipe.
#include "user/lib/mode.h"
#include "user/lib/tool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const char help[] = "Usage: mknod [-m MODE] NAME b|c MAJOR MINOR\n"
                           "       mknod [-m MODE] NAME p\n"
                           "Make a block (b) or character (c) device, or a named pipe (p).\n";

static mode_t type_of(const char* text)
{
    if (strcmp(text, "b") == 0) return S_IFBLK;
    if (strcmp(text, "c") == 0 || strcmp(text, "u") == 0) return S_IFCHR;
    if (strcmp(text, "p") == 0) return S_IFIFO;
    tool_usage_error("unknown type '%s'", text);
}

int main(int argc, char** argv)
{
    mode_t mode = 0666;
    dev_t device = 0;
    int mode_given = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("m:", NULL)) != -1;) {
        if (letter != 'm') continue;
        mode_given = 1;
        if (!parse_mode(tool_argument, 0666, 0, &mode)) tool_die("invalid mode '%s'", tool_argument);
    }
    tool_need_operands(2, 4);
    const mode_t type = type_of(tool_operands[1]);
    tool_need_operands(type == S_IFIFO ? 2 : 4, type == S_IFIFO ? 2 : 4);
    if (type != S_IFIFO)
        device = makedev((unsigned)tool_parse_number(tool_operands[2]),
                         (unsigned)tool_parse_number(tool_operands[3]));
    if (mknod(tool_operands[0], type | mode, device) < 0)
        tool_warn("%s", tool_operands[0]);
    else if (mode_given && chmod(tool_operands[0], mode) < 0)
        tool_warn("%s", tool_operands[0]);
    return tool_end();
}
