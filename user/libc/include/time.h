// Clocks and calendars. Local time is UTC: there are no time zones.
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define CLOCKS_PER_SEC 1000000L

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID 3
#define CLOCK_MONOTONIC_RAW 4
#define CLOCK_REALTIME_COARSE 5
#define CLOCK_MONOTONIC_COARSE 6
#define CLOCK_BOOTTIME 7
#define TIMER_ABSTIME 1

struct timespec {
    time_t tv_sec;
    long tv_nsec;
};

struct tm {
    int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst;
    long tm_gmtoff;
    const char* tm_zone;
};

__BEGIN_DECLS
extern char* tzname[2];
extern long timezone;
extern int daylight;

time_t time(time_t* now);
clock_t clock(void);
int clock_gettime(clockid_t clock, struct timespec* now);
int clock_settime(clockid_t clock, const struct timespec* now);
int clock_getres(clockid_t clock, struct timespec* resolution);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec* duration, struct timespec* remaining);
int nanosleep(const struct timespec* duration, struct timespec* remaining);
double difftime(time_t end, time_t start);

struct tm* gmtime(const time_t* time);
struct tm* gmtime_r(const time_t* time, struct tm* out);
struct tm* localtime(const time_t* time);
struct tm* localtime_r(const time_t* time, struct tm* out);
time_t mktime(struct tm* tm);
time_t timegm(struct tm* tm);
char* asctime(const struct tm* tm);
char* asctime_r(const struct tm* tm, char* buffer);
char* ctime(const time_t* time);
char* ctime_r(const time_t* time, char* buffer);
size_t strftime(char* to, size_t size, const char* format, const struct tm* tm)
    __attribute__((format(strftime, 3, 0)));
char* strptime(const char* text, const char* format, struct tm* tm);
void tzset(void);
__END_DECLS
