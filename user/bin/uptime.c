// uptime: how long the machine has been up.
#include "user/lib/proc.h"
#include "user/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char help[] =
    "Usage: uptime\nShow the time, how long the machine has been up, and its load if the kernel tells.\n";

int main(int argc, char** argv)
{
    char clock[16];
    tool_begin(argc, argv, help);
    while (tool_option("", NULL) != -1) {
    }
    tool_need_operands(0, 0);
    char* text = read_whole_file("/proc/uptime", NULL);
    if (!text) tool_die("cannot read /proc/uptime: is /proc mounted?");
    const unsigned long minutes = strtoul(text, NULL, 10) / 60;
    const time_t now = time(NULL);
    strftime(clock, sizeof clock, "%H:%M:%S", localtime(&now));
    printf(" %s up ", clock);
    if (minutes >= 24 * 60) printf("%lu day%s, ", minutes / (24 * 60), minutes / (24 * 60) == 1 ? "" : "s");
    printf("%2lu:%02lu", minutes / 60 % 24, minutes % 60);
    free(text);
    text = read_whole_file("/proc/loadavg", NULL);
    char load[3][16];
    if (text && sscanf(text, "%15s %15s %15s", load[0], load[1], load[2]) == 3)
        printf(",  load average: %s, %s, %s", load[0], load[1], load[2]);
    putchar('\n');
    free(text);
    return tool_end();
}
