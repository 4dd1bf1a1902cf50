// hostname: the machine's name.
#include "user/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static const char help[] = "Usage: hostname\nPrint the machine's name.\n";

int main(int argc, char** argv)
{
    struct utsname names;
    tool_begin(argc, argv, help);
    while (tool_option("s", NULL) != -1) {
    }
    tool_need_operands(0, 0);
    if (uname(&names) < 0) tool_die("%s", strerror(errno));
    puts(names.nodename);
    return tool_end();
}
