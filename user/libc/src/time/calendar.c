// From seconds since 1970 to a date and back. Local time is UTC.
// Days are counted from 1 March of year 0, so that a leap day is the last of its year (Howard Hinnant's
// "chrono-compatible low-level date algorithms").
#include <errno.h>
#include <stdio.h>
#include <time.h>

char* tzname[2] = {(char*)"UTC", (char*)"UTC"};
long timezone;
int daylight;

void tzset(void) {}

enum { kSecondsPerDay = 86400, kDaysPerEra = 146097, kDaysTo1970 = 719468 };

static long long floor_divide(long long value, long long by)
{
    return value / by - (value % by < 0);
}

// Month 1 to 12; any year.
static long long days_from_date(long long year, int month, int day)
{
    year -= month <= 2;
    const long long era = floor_divide(year, 400);
    const int year_of_era = (int)(year - era * 400);
    const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * kDaysPerEra + day_of_era - kDaysTo1970;
}

static void set_date(struct tm* out, long long days)
{
    days += kDaysTo1970;
    const long long era = floor_divide(days, kDaysPerEra);
    const int day_of_era = (int)(days - era * kDaysPerEra);
    const int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int month = (5 * day_of_year + 2) / 153;  // March is 0
    out->tm_mday = day_of_year - (153 * month + 2) / 5 + 1;
    out->tm_mon = month < 10 ? month + 2 : month - 10;
    const long long year = era * 400 + year_of_era + (out->tm_mon < 2);
    out->tm_year = (int)(year - 1900);
    out->tm_yday = (int)(days - kDaysTo1970 - days_from_date(year, 1, 1));
}

static void set_all(struct tm* out, long long seconds)
{
    const long long days = floor_divide(seconds, kSecondsPerDay);
    const int second_of_day = (int)(seconds - days * kSecondsPerDay);
    set_date(out, days);
    out->tm_wday = (int)(days + 4 - 7 * floor_divide(days + 4, 7));  // 1970 began on a Thursday
    out->tm_hour = second_of_day / 3600;
    out->tm_min = second_of_day / 60 % 60;
    out->tm_sec = second_of_day % 60;
    out->tm_isdst = 0;
    out->tm_gmtoff = 0;
    out->tm_zone = "UTC";
}

struct tm* gmtime_r(const time_t* time, struct tm* out)
{
    set_all(out, *time);
    return out;
}

struct tm* gmtime(const time_t* time)
{
    static struct tm answer;
    return gmtime_r(time, &answer);
}

struct tm* localtime_r(const time_t* time, struct tm* out)
{
    return gmtime_r(time, out);
}

struct tm* localtime(const time_t* time)
{
    return gmtime(time);
}

// Fields out of range are allowed, and put right in *tm.
time_t timegm(struct tm* tm)
{
    const long long year = 1900LL + tm->tm_year + floor_divide(tm->tm_mon, 12);
    const int month = (int)(tm->tm_mon - 12 * floor_divide(tm->tm_mon, 12)) + 1;
    const long long days = days_from_date(year, month, 1) + tm->tm_mday - 1;
    const long long seconds = days * kSecondsPerDay + tm->tm_hour * 3600LL + tm->tm_min * 60LL + tm->tm_sec;
    if ((time_t)seconds != seconds) {
        errno = EOVERFLOW;
        return -1;
    }
    set_all(tm, seconds);
    return (time_t)seconds;
}

time_t mktime(struct tm* tm)
{
    return timegm(tm);
}

char* asctime_r(const struct tm* tm, char* buffer)
{
    strftime(buffer, 26, "%a %b %e %H:%M:%S %Y\n", tm);
    return buffer;
}

char* asctime(const struct tm* tm)
{
    static char text[26];
    return asctime_r(tm, text);
}

char* ctime(const time_t* time)
{
    return asctime(localtime(time));
}

char* ctime_r(const time_t* time, char* buffer)
{
    struct tm tm;
    return asctime_r(localtime_r(time, &tm), buffer);
}
