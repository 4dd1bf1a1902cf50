// Dates from text: strftime's conversions backwards.
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char* read_number(const char* text, int digits, int low, int high, int* out)
{
    int value = 0, read = 0;
    while (isspace((unsigned char)*text))
        text++;
    for (; read < digits && isdigit((unsigned char)*text); read++)
        value = value * 10 + *text++ - '0';
    if (read == 0 || value < low || value > high) return NULL;
    *out = value;
    return text;
}

// A name in full or its first three letters. The names are strftime's own.
static const char* read_name(const char* text, int months, int* out)
{
    for (int i = 0; i < (months ? 12 : 7); i++) {
        struct tm tm = {.tm_mon = i, .tm_wday = i};
        char name[16];
        const size_t length = strftime(name, sizeof(name), months ? "%B" : "%A", &tm);
        const size_t matched = strncasecmp(text, name, length) == 0 ? length
                               : strncasecmp(text, name, 3) == 0    ? 3
                                                                    : 0;
        if (!matched) continue;
        *out = i;
        return text + matched;
    }
    return NULL;
}

static const char* read_half_day(const char* text, struct tm* tm)
{
    const int afternoon = (*text | 32) == 'p';
    if ((!afternoon && (*text | 32) != 'a') || (text[1] | 32) != 'm') return NULL;
    tm->tm_hour = tm->tm_hour % 12 + (afternoon ? 12 : 0);
    return text + 2;
}

static const char* read_year(const char* text, int digits, struct tm* tm)
{
    int year;
    text = read_number(text, digits, 0, 9999, &year);
    if (text) tm->tm_year = digits == 4 ? year - 1900 : year < 69 ? year + 100 : year;
    return text;
}

static const char* read_shifted(const char* text, int digits, int low, int high, int shift, int* out)
{
    text = read_number(text, digits, low, high, out);
    if (text) *out -= shift;
    return text;
}

static const char* read_seconds_since_1970(const char* text, struct tm* tm)
{
    time_t seconds = 0;
    if (!isdigit((unsigned char)*text)) return NULL;
    while (isdigit((unsigned char)*text))
        seconds = seconds * 10 + *text++ - '0';
    gmtime_r(&seconds, tm);
    return text;
}

static const char* read_conversion(const char* text, char conversion, struct tm* tm)
{
    switch (conversion) {
    case 'a':
    case 'A':
        return read_name(text, 0, &tm->tm_wday);
    case 'b':
    case 'B':
    case 'h':
        return read_name(text, 1, &tm->tm_mon);
    case 'd':
    case 'e':
        return read_number(text, 2, 1, 31, &tm->tm_mday);
    case 'D':
        return strptime(text, "%m/%d/%y", tm);
    case 'F':
        return strptime(text, "%Y-%m-%d", tm);
    case 'H':
    case 'k':
        return read_number(text, 2, 0, 23, &tm->tm_hour);
    case 'I':
        return read_number(text, 2, 1, 12, &tm->tm_hour);
    case 'j':
        return read_shifted(text, 3, 1, 366, 1, &tm->tm_yday);
    case 'm':
        return read_shifted(text, 2, 1, 12, 1, &tm->tm_mon);
    case 'M':
        return read_number(text, 2, 0, 59, &tm->tm_min);
    case 'p':
        return read_half_day(text, tm);
    case 'R':
        return strptime(text, "%H:%M", tm);
    case 's':
        return read_seconds_since_1970(text, tm);
    case 'S':
        return read_number(text, 2, 0, 60, &tm->tm_sec);
    case 'T':
        return strptime(text, "%H:%M:%S", tm);
    case 'y':
        return read_year(text, 2, tm);
    case 'Y':
        return read_year(text, 4, tm);
    case '%':
        return *text == '%' ? text + 1 : NULL;
    }
    return NULL;
}

char* strptime(const char* text, const char* format, struct tm* tm)
{
    for (; *format && text; format++) {
        if (isspace((unsigned char)*format)) {
            while (isspace((unsigned char)*text))
                text++;
        } else if (*format == '%' && format[1]) {
            text = read_conversion(text, *++format, tm);
        } else {
            text = *text == *format ? text + 1 : NULL;
        }
    }
    return (char*)text;
}
