// Dates as text.
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char* const day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};
static const char* const month_names[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};

struct text {
    char *next, *end;
    int overflow;
};

static void put(struct text* out, const char* from, size_t length)
{
    if (out->overflow || length >= (size_t)(out->end - out->next)) {
        out->overflow = 1;
        return;
    }
    memcpy(out->next, from, length);
    out->next += length;
}

static void put_number(struct text* out, const char* format, long number)
{
    char digits[24];
    put(out, digits, (size_t)snprintf(digits, sizeof(digits), format, number));
}

static void put_name(struct text* out, const char* const* names, int index, int count, int abbreviated)
{
    const char* name = index >= 0 && index < count ? names[index] : "?";
    put(out, name, abbreviated && strlen(name) > 3 ? 3 : strlen(name));
}

// ISO 8601: week 1 is the one with the year's first Thursday. Sets the year that the week belongs to.
static int iso_week(const struct tm* tm, int* year)
{
    const int weekday = (tm->tm_wday + 6) % 7;  // Monday is 0
    int week = (tm->tm_yday - weekday + 10) / 7;
    *year = tm->tm_year + 1900;
    const int leap = (*year % 4 == 0 && *year % 100 != 0) || *year % 400 == 0;
    const int last_year = *year - 1;
    const int last_leap = (last_year % 4 == 0 && last_year % 100 != 0) || last_year % 400 == 0;
    if (week < 1) {
        week = (tm->tm_yday + 365 + last_leap - weekday + 10) / 7;
        --*year;
    } else if (week == 53 && tm->tm_yday - weekday + 3 >= 365 + leap) {
        week = 1;
        ++*year;
    }
    return week;
}

static void put_time(struct text* out, const char* format, const struct tm* tm);

static void put_week(struct text* out, char conversion, const struct tm* tm)
{
    int year;
    const int week = iso_week(tm, &year);
    if (conversion == 'V') put_number(out, "%02ld", week);
    if (conversion == 'G') put_number(out, "%ld", year);
    if (conversion == 'g') put_number(out, "%02ld", year % 100);
}

// Conversions that stand for others.
static const char* expansion_of(char conversion)
{
    switch (conversion) {
    case 'c':
        return "%a %b %e %H:%M:%S %Y";
    case 'D':
    case 'x':
        return "%m/%d/%y";
    case 'F':
        return "%Y-%m-%d";
    case 'R':
        return "%H:%M";
    case 'r':
        return "%I:%M:%S %p";
    case 'T':
    case 'X':
        return "%H:%M:%S";
    case 'h':
        return "%b";
    }
    return NULL;
}

static void put_conversion(struct text* out, char conversion, const struct tm* tm)
{
    const int hour12 = tm->tm_hour % 12 ? tm->tm_hour % 12 : 12;
    const long year = tm->tm_year + 1900L;
    struct tm copy = *tm;
    switch (conversion) {
    case 'a':
        return put_name(out, day_names, tm->tm_wday, 7, 1);
    case 'A':
        return put_name(out, day_names, tm->tm_wday, 7, 0);
    case 'b':
        return put_name(out, month_names, tm->tm_mon, 12, 1);
    case 'B':
        return put_name(out, month_names, tm->tm_mon, 12, 0);
    case 'C':
        return put_number(out, "%02ld", year / 100);
    case 'd':
        return put_number(out, "%02ld", tm->tm_mday);
    case 'e':
        return put_number(out, "%2ld", tm->tm_mday);
    case 'H':
        return put_number(out, "%02ld", tm->tm_hour);
    case 'I':
        return put_number(out, "%02ld", hour12);
    case 'j':
        return put_number(out, "%03ld", tm->tm_yday + 1L);
    case 'k':
        return put_number(out, "%2ld", tm->tm_hour);
    case 'l':
        return put_number(out, "%2ld", hour12);
    case 'm':
        return put_number(out, "%02ld", tm->tm_mon + 1L);
    case 'M':
        return put_number(out, "%02ld", tm->tm_min);
    case 'n':
        return put(out, "\n", 1);
    case 'p':
        return put(out, tm->tm_hour < 12 ? "AM" : "PM", 2);
    case 'P':
        return put(out, tm->tm_hour < 12 ? "am" : "pm", 2);
    case 's':
        return put_number(out, "%ld", timegm(&copy));
    case 'S':
        return put_number(out, "%02ld", tm->tm_sec);
    case 't':
        return put(out, "\t", 1);
    case 'u':
        return put_number(out, "%ld", tm->tm_wday ? tm->tm_wday : 7);
    case 'U':
        return put_number(out, "%02ld", (tm->tm_yday + 7 - tm->tm_wday) / 7);
    case 'V':
    case 'G':
    case 'g':
        return put_week(out, conversion, tm);
    case 'w':
        return put_number(out, "%ld", tm->tm_wday);
    case 'W':
        return put_number(out, "%02ld", (tm->tm_yday + 7 - (tm->tm_wday + 6) % 7) / 7);
    case 'y':
        return put_number(out, "%02ld", (year % 100 + 100) % 100);
    case 'Y':
        return put_number(out, "%ld", year);
    case 'z':
        return put(out, "+0000", 5);
    case 'Z':
        return put(out, "UTC", 3);
    case '%':
        return put(out, "%", 1);
    }
    const char unknown[2] = {'%', conversion};
    put(out, unknown, sizeof(unknown));
}

static void put_time(struct text* out, const char* format, const struct tm* tm)
{
    for (; *format; format++) {
        const size_t plain = strcspn(format, "%");
        put(out, format, plain);
        format += plain;
        if (!*format) return;
        format++;
        if ((*format == 'E' || *format == 'O') && format[1]) format++;
        if (!*format) return;
        const char* expansion = expansion_of(*format);
        if (expansion)
            put_time(out, expansion, tm);
        else
            put_conversion(out, *format, tm);
    }
}

size_t strftime(char* to, size_t size, const char* format, const struct tm* tm)
{
    struct text out = {to, to + size, 0};
    put_time(&out, format, tm);
    if (out.overflow || size == 0) return 0;
    *out.next = 0;
    return (size_t)(out.next - to);
}
