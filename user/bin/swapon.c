// swapon: lets memory go to a disk when it runs short; or says where it may go.
#include "user/lib/tool.h"

#include <stdio.h>
#include <string.h>
#include <sys/swap.h>

static const char help[] =
    "Usage: swapon [-s] [DISK...]\n"
    "Use disks that mkswap(8) has prepared for memory that does not fit; without operands,\n"
    "or with -s, list those in use (the same as /proc/swaps).\n";

static void list(void)
{
    char line[256];
    FILE* swaps = fopen("/proc/swaps", "r");
    if (!swaps) tool_die("/proc/swaps");
    while (fgets(line, sizeof line, swaps))
        fputs(line, stdout);
    fclose(swaps);
}

int main(int argc, char** argv)
{
    int summary = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("s", NULL)) != -1;)
        summary = 1;
    for (char** operand = tool_operands; *operand; operand++)
        if (swapon(*operand, 0) < 0) tool_warn("%s", *operand);
    if (summary || tool_operand_count == 0) list();
    return tool_end();
}
