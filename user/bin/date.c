// date: the time, in any form that strftime knows, or sets the clock.
#include "user/lib/dates.h"
#include "user/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char help[] =
    "Usage: date [-uRI] [-d TIME | -r FILE | -s TIME] [+FORMAT]\n"
    "Print the time. FORMAT is strftime's; %N are nanoseconds, %s seconds since 1970.\n"
    "  -u       universal time (as is every time here)\n"
    "  -d TIME  this one instead: @SECONDS or YYYY-MM-DD[ HH:MM[:SS]]\n"
    "  -r FILE  when FILE was changed\n"
    "  -s TIME  set the clock\n"
    "  -I, -R   as 2024-12-31; as in mail\n";

static struct timespec time_of_file(const char* path)
{
    struct stat status;
    if (stat(path, &status) < 0) tool_die("%s: %s", path, strerror(errno));
    return status.st_mtim;
}

// strftime, but for %N and %s, which it need not know: those are written into the format first.
static void expand_format(const char* format, const struct timespec* time, char* to, size_t size)
{
    size_t used = 0;
    while (*format && used + 24 < size) {
        if (format[0] == '%' && format[1] == 'N') {
            used += (size_t)snprintf(to + used, size - used, "%09ld", (long)time->tv_nsec);
            format += 2;
        } else if (format[0] == '%' && format[1] == 's') {
            used += (size_t)snprintf(to + used, size - used, "%lld", (long long)time->tv_sec);
            format += 2;
        } else {
            const int pair = format[0] == '%' && format[1];
            memcpy(to + used, format, pair ? 2 : 1);
            used += pair ? 2 : 1;
            format += pair ? 2 : 1;
        }
    }
    to[used] = 0;
}

static void print_time(const char* format, const struct timespec* time)
{
    char expanded[512], text[1024];
    if (!*format) {
        putchar('\n');
        return;
    }
    expand_format(format, time, expanded, sizeof expanded);
    if (strftime(text, sizeof text, expanded, localtime(&time->tv_sec)) == 0) text[0] = 0;
    puts(text);
}

int main(int argc, char** argv)
{
    const char* format = "%a %b %e %H:%M:%S %Z %Y";
    struct timespec time;
    int set = 0;
    clock_gettime(CLOCK_REALTIME, &time);
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("ud:r:s:RI", NULL)) != -1;) {
        if (letter == 'u') setenv("TZ", "UTC0", 1);
        if (letter == 'd' || letter == 's') time = tool_parse_time(tool_argument);
        if (letter == 's') set = 1;
        if (letter == 'r') time = time_of_file(tool_argument);
        if (letter == 'R') format = "%a, %d %b %Y %H:%M:%S %z";
        if (letter == 'I') format = "%Y-%m-%d";
    }
    tool_need_operands(0, 1);
    if (tool_operand_count && tool_operands[0][0] != '+')
        tool_usage_error("invalid date '%s'", tool_operands[0]);
    if (tool_operand_count) format = tool_operands[0] + 1;
    if (set && clock_settime(CLOCK_REALTIME, &time) < 0) tool_warn("cannot set the clock");
    print_time(format, &time);
    return tool_end();
}
