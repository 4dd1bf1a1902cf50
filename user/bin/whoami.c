// whoami: the user's name.
#include "user/lib/names.h"
#include "user/lib/tool.h"

#include <stdio.h>
#include <unistd.h>

static const char help[] = "Usage: whoami\nPrint the name of the user.\n";

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    while (tool_option("", NULL) != -1) {
    }
    tool_need_operands(0, 0);
    puts(user_name(geteuid()));
    return tool_end();
}
