// The date by the proleptic Gregorian calendar, from the kernel's seconds since 1970.
#include "user/xv6/date.h"

#include <faultline_syscalls.h>
#include <time.h>

#include "user/xv6/user.h"

static int is_leap(uint year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint days_of_month(uint month, uint year)
{
    if (month == 2) return is_leap(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

int date(struct rtcdate* now)
{
    struct timespec time;
    if (__sys_clock_gettime(CLOCK_REALTIME, &time) < 0) return -1;
    uint days = (uint)(time.tv_sec / 86400);
    const uint seconds = (uint)(time.tv_sec % 86400);
    struct rtcdate found = {seconds % 60, seconds / 60 % 60, seconds / 3600, 1, 1, 1970};
    for (; days >= (is_leap(found.year) ? 366u : 365u); found.year++)
        days -= is_leap(found.year) ? 366 : 365;
    for (; days >= days_of_month(found.month, found.year); found.month++)
        days -= days_of_month(found.month, found.year);
    found.day += days;
    *now = found;
    return 0;
}
