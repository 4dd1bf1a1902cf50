// uname: the kernel's name and version.
#include "user/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static const char help[] =
    "Usage: uname [-asnrvmo]\n"
    "Show what system this is.\n"
    "  -s kernel (unless said otherwise)   -n host   -r release   -v version   -m machine\n"
    "  -o operating system   -a all\n";

int main(int argc, char** argv)
{
    static const char order[] = "snrvmo";
    int wanted[sizeof order] = {0};
    int any = 0, printed = 0;
    struct utsname names;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("asnrvmpio", NULL)) != -1;) {
        if (letter == 'p' || letter == 'i') letter = 'm';
        for (int i = 0; order[i]; i++)
            wanted[i] |= letter == 'a' || letter == order[i];
        any = 1;
    }
    tool_need_operands(0, 0);
    if (!any) wanted[0] = 1;
    if (uname(&names) < 0) tool_die("%s", strerror(errno));
    const char* const values[] = {names.sysname, names.nodename, names.release,
                                  names.version, names.machine,  names.sysname};
    for (int i = 0; order[i]; i++)
        if (wanted[i]) printf("%s%s", printed++ ? " " : "", values[i]);
    putchar('\n');
    return tool_end();
}
