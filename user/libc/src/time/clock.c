// Clocks, sleeping, alarms.
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "user/libc/src/result.h"

int clock_gettime(clockid_t clock, struct timespec* now)
{
    return result(__sys_clock_gettime(clock, now));
}

int clock_settime(clockid_t clock, const struct timespec* now)
{
    return result(__sys_clock_settime(clock, now));
}

int clock_getres(clockid_t clock, struct timespec* resolution)
{
    return result(__sys_clock_getres(clock, resolution));
}

// Returns the error itself; errno stays.
int clock_nanosleep(clockid_t clock, int flags, const struct timespec* duration, struct timespec* remaining)
{
    return (int)-__sys_clock_nanosleep(clock, (unsigned)flags, duration, remaining);
}

int nanosleep(const struct timespec* duration, struct timespec* remaining)
{
    return result(__sys_nanosleep(duration, remaining));
}

time_t time(time_t* now)
{
    struct timespec precise;
    if (clock_gettime(CLOCK_REALTIME, &precise) < 0) return -1;
    if (now) *now = precise.tv_sec;
    return precise.tv_sec;
}

int gettimeofday(struct timeval* now, void* zone)
{
    return result(__sys_gettimeofday(now, zone));
}

int settimeofday(const struct timeval* now, const void* zone)
{
    (void)zone;
    const struct timespec precise = {now->tv_sec, now->tv_usec * 1000};
    return clock_settime(CLOCK_REALTIME, &precise);
}

clock_t clock(void)
{
    struct timespec used;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) < 0) return -1;
    return used.tv_sec * CLOCKS_PER_SEC + used.tv_nsec / 1000;
}

// Ticks since boot may be any number, errors too look like small negative ones: only EFAULT is real.
clock_t times(struct tms* out)
{
    const long ticks = __sys_times(out);
    return ticks == -EFAULT ? result(ticks) : ticks;
}

double difftime(time_t end, time_t start)
{
    return (double)end - (double)start;
}

unsigned sleep(unsigned seconds)
{
    struct timespec left = {(time_t)seconds, 0};
    return nanosleep(&left, &left) == 0 ? 0 : (unsigned)left.tv_sec + (left.tv_nsec > 0);
}

int usleep(useconds_t microseconds)
{
    const struct timespec duration = {(time_t)(microseconds / 1000000),
                                      (long)(microseconds % 1000000) * 1000};
    return nanosleep(&duration, NULL);
}

unsigned alarm(unsigned seconds)
{
    return (unsigned)__sys_alarm(seconds);
}

int pause(void)
{
    return result(__sys_pause());
}

int getitimer(int which, struct itimerval* value)
{
    return result(__sys_getitimer((unsigned)which, value));
}

int setitimer(int which, const struct itimerval* value, struct itimerval* old)
{
    return result(__sys_setitimer((unsigned)which, value, old));
}

unsigned ualarm(useconds_t microseconds, useconds_t interval)
{
    const struct itimerval value = {{(time_t)(interval / 1000000), (long)(interval % 1000000)},
                                    {(time_t)(microseconds / 1000000), (long)(microseconds % 1000000)}};
    struct itimerval old;
    if (setitimer(ITIMER_REAL, &value, &old) < 0) return 0;
    return (unsigned)(old.it_value.tv_sec * 1000000 + old.it_value.tv_usec);
}
