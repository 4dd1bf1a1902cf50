#include "user/lib/dates.h"

#include "user/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct timespec tool_parse_time(const char* text)
{
    struct timespec time = {0, 0};
    struct tm parts;
    char* end;
    if (text[0] == '@') {
        time.tv_sec = (time_t)strtoll(text + 1, &end, 10);
        if (text[1] && !*end) return time;
    }
    if (strcmp(text, "now") == 0) {
        clock_gettime(CLOCK_REALTIME, &time);
        return time;
    }
    memset(&parts, 0, sizeof parts);
    const int count = sscanf(text, "%d-%d-%d%*1[ T]%d:%d:%d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                             &parts.tm_hour, &parts.tm_min, &parts.tm_sec);
    if (count != 3 && count < 5) tool_die("invalid date '%s'", text);
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    parts.tm_isdst = -1;
    time.tv_sec = mktime(&parts);
    return time;
}
