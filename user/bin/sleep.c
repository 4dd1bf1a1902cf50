// sleep: waits, also fractions of a second.
#include "user/lib/tool.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char help[] =
    "Usage: sleep NUMBER[smhd]...\n"
    "Wait so many seconds (minutes, hours, days); fractions may be given, several are added.\n";

enum { kNanoseconds = 1000000000 };

static long factor_of(char unit)
{
    switch (unit) {
    case 0:
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 60 * 60;
    case 'd':
        return 24 * 60 * 60;
    default:
        return 0;
    }
}

// "1.25" as nanoseconds, without floating point.
static unsigned long long parse_duration(const char* text)
{
    const char* at = text;
    unsigned long long nanoseconds = 0;
    while (isdigit((unsigned char)*at) && nanoseconds < 1000000000ULL)
        nanoseconds = nanoseconds * 10 + (unsigned)(*at++ - '0');
    nanoseconds *= kNanoseconds;
    if (*at == '.') {
        at++;
        for (unsigned long long worth = kNanoseconds / 10; isdigit((unsigned char)*at); worth /= 10)
            nanoseconds += worth * (unsigned)(*at++ - '0');
    }
    const long factor = factor_of(*at);
    if (at == text || !factor || (*at && at[1])) tool_usage_error("invalid time '%s'", text);
    return nanoseconds * (unsigned long)factor;
}

int main(int argc, char** argv)
{
    unsigned long long nanoseconds = 0;
    tool_begin(argc, argv, help);
    while (tool_option("", NULL) != -1) {
    }
    tool_need_operands(1, -1);
    for (char** operand = tool_operands; *operand; operand++)
        nanoseconds += parse_duration(*operand);
    struct timespec left = {(time_t)(nanoseconds / kNanoseconds), (long)(nanoseconds % kNanoseconds)};
    while (nanosleep(&left, &left) < 0 && errno == EINTR) {
    }
    return 0;
}
