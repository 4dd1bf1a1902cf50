// Dates and clocks.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static void dates(void)
{
    static const struct {
        time_t time;
        const char* text;
    } rows[] = {{0, "1970-01-01 00:00:00 Thu 001"},          {951827696, "2000-02-29 12:34:56 Tue 060"},
                {1234567890, "2009-02-13 23:31:30 Fri 044"}, {-1, "1969-12-31 23:59:59 Wed 365"},
                {2147483647, "2038-01-19 03:14:07 Tue 019"}, {-2147483647 - 1, "1901-12-13 20:45:52 Fri 347"},
                {1735689599, "2024-12-31 23:59:59 Tue 366"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[64];
        struct tm tm;
        CHECK(gmtime_r(&rows[i].time, &tm) == &tm);
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %a %j", &tm);
        CHECK_TEXT(text, rows[i].text);
        CHECK_EQUAL(timegm(&tm), rows[i].time);
    }
}

static void all_days(void)
{
    int wrong = 0;
    for (time_t day = -24000; day < 24000; day++) {
        const time_t noon = day * 86400 + 43200;
        struct tm tm;
        gmtime_r(&noon, &tm);
        wrong += timegm(&tm) != noon || tm.tm_hour != 12;
    }
    CHECK_EQUAL(wrong, 0);
}

static void put_right(void)
{
    struct tm tm = {.tm_year = 124, .tm_mon = 13, .tm_mday = 0, .tm_hour = 25};  // 25 h after 31 January 2025
    const time_t time = timegm(&tm);
    CHECK_EQUAL(time, 1738371600);
    CHECK(tm.tm_year == 125 && tm.tm_mon == 1 && tm.tm_mday == 1 && tm.tm_hour == 1 && tm.tm_wday == 6);
}

static void date_texts(void)
{
    const time_t time = 1230940800;  // Saturday, 3 January 2009
    struct tm tm;
    char text[128];
    gmtime_r(&time, &tm);
    CHECK_EQUAL(
        strftime(text, sizeof(text), "%A %B %e %y %C %I %p %u %w %U %W %V %G %D %F %R %T %% %Z %s", &tm) > 0,
        1);
    CHECK_TEXT(text, "Saturday January  3 09 20 12 AM 6 6 00 00 01 2009 01/03/09 2009-01-03 00:00 00:00:00 % "
                     "UTC 1230940800");
    CHECK_EQUAL(strftime(text, 5, "%Y-", &tm), 0);
    CHECK_EQUAL(strftime(text, 6, "%Y-", &tm), 5);
    CHECK_TEXT(asctime(&tm), "Sat Jan  3 00:00:00 2009\n");
    struct tm parsed = {0};
    const char* rest = strptime("14 feb 2011 09:08:07x", "%d %b %Y %H:%M:%S", &parsed);
    CHECK_TEXT(rest, "x");
    CHECK(parsed.tm_mday == 14 && parsed.tm_mon == 1 && parsed.tm_year == 111 && parsed.tm_sec == 7);
    CHECK(!strptime("32", "%d", &parsed));
}

static long long nanoseconds(clockid_t clock)
{
    struct timespec now;
    CHECK_EQUAL(clock_gettime(clock, &now), 0);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void clocks(void)
{
    const long long before = nanoseconds(CLOCK_MONOTONIC);
    const struct timespec duration = {0, 20000000};
    CHECK_EQUAL(nanosleep(&duration, NULL), 0);
    CHECK(nanoseconds(CLOCK_MONOTONIC) - before >= 20000000);
    CHECK(labs(time(NULL) - (long)(nanoseconds(CLOCK_REALTIME) / 1000000000)) <= 1);
    struct timeval now;
    CHECK(gettimeofday(&now, NULL) == 0 && labs(now.tv_sec - time(NULL)) <= 1);
    CHECK_EQUAL(clock_gettime(99, &(struct timespec){0, 0}), -1);
    CHECK_EQUAL(errno, EINVAL);
    CHECK_EQUAL(usleep(1000), 0);
    CHECK_EQUAL(clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){0, 2000000000}, NULL), EINVAL);
}

static void used_time(void)
{
    const clock_t start = clock();
    while (clock() - start < CLOCKS_PER_SEC / 50)
        continue;
    struct rusage usage;
    CHECK_EQUAL(getrusage(RUSAGE_SELF, &usage), 0);
    CHECK(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_sec * 1000000 +
              usage.ru_stime.tv_usec >
          0);
    CHECK(usage.ru_minflt > 0);
    struct tms ticks;
    CHECK(times(&ticks) != -1);
}

const struct test time_tests[] = {{"gmtime timegm", dates},
                                  {"every day of 130 years", all_days},
                                  {"mktime", put_right},
                                  {"strftime strptime", date_texts},
                                  {"clocks", clocks},
                                  {"cpu time", used_time},
                                  {NULL, NULL}};
