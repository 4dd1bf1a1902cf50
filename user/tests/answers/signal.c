// Signals, timers and clocks: numbers, sizes, clocks and times that are none, in the old, the 32-bit and the 64-bit forms.
#include "answers.h"

#include <sys/time.h>

PART(kill_answers)
{
    say(kill, getpid(), 0);
    say(kill, getpid(), 65);
    say(kill, getpid(), -1);
    say(kill, 99999, 0);
    say(kill, -99999, 0);
    say(kill, INT32_MIN, 0);
    say(tkill, getpid(), 65);
    say(tkill, 0, 0);
    say(tkill, -1, 0);
    say(tkill, 99999, 0);
    say(tgkill, getpid(), getpid(), 0);
    say(tgkill, 0, getpid(), 0);
    say(tgkill, 1, getpid(), 0);
    say(tgkill, getpid(), 99999, 0);
    say(tgkill, getpid(), getpid(), 99);
}

static void kill_of_a_user(void)
{
    become_user(1000);
    say(kill, 1, 0);
    say(kill, 1, SIGTERM);
    say(kill, getppid(), SIGCONT);
    say(kill, getpid(), 0);
}

PART(kill_without_rights)
{
    in_child(kill_of_a_user);
}

PART(action_errors)
{
    unsigned action[5] = {0}, old[5];
    say(rt_sigaction, 0, action, old, 8);
    say(rt_sigaction, 65, action, old, 8);
    say(rt_sigaction, SIGKILL, action, old, 8);
    say(rt_sigaction, SIGSTOP, action, 0, 8);
    say(rt_sigaction, SIGKILL, 0, old, 8);
    say(rt_sigaction, SIGUSR1, action, old, 4);
    say(rt_sigaction, SIGUSR1, action, old, 128);
    say(rt_sigaction, SIGUSR1, kNowhere, old, 8);
    say(rt_sigaction, SIGUSR1, action, kNowhere, 8);
    say(rt_sigaction, 64, action, old, 8);
    say(sigaction, 0, action, old);
    say(sigaction, SIGKILL, action, old);
    say(sigaction, SIGUSR1, kNowhere, 0);
    say(signal, 0, 1);
    say(signal, SIGKILL, 1);
    say(signal, SIGUSR2, 1);
    say(signal, SIGUSR2, 0);
}

PART(mask_answers)
{
    unsigned long long set = 1ull << (SIGUSR1 - 1) | 1ull << (SIGKILL - 1), old = 77;
    say(rt_sigprocmask, 0, &set, &old, 8);
    note("%llx", old);
    say(rt_sigprocmask, 9, &set, &old, 8);
    say(rt_sigprocmask, 9, 0, &old, 8);
    note("%llx", old);
    say(rt_sigprocmask, 0, &set, &old, 4);
    say(rt_sigprocmask, 0, kNowhere, 0, 8);
    say(rt_sigprocmask, 0, 0, kNowhere, 8);
    say(kill, getpid(), SIGUSR1);
    say(rt_sigpending, &old, 8);
    note("%llx", old);
    say(rt_sigpending, kNowhere, 8);
    say(rt_sigpending, &old, 16);
    say(sigpending, &old);
    say(sigprocmask, 0, 0, &old);
    say(sigprocmask, 9, &set, 0);
    say(sgetmask);
    say(ssetmask, 0x200);
    say(sgetmask);
    long info[32];
    const int soon[2] = {0, 1000}, wrong[2] = {0, -1};
    say(rt_sigtimedwait, &set, info, soon, 8);
    note("signal %ld, code %ld", info[0], info[2]);
    say(rt_sigtimedwait, &set, info, soon, 8);
    say(rt_sigtimedwait, &set, info, wrong, 8);
    say(rt_sigtimedwait, &set, info, soon, 4);
    say(rt_sigtimedwait, kNowhere, info, soon, 8);
    say(rt_sigtimedwait, &set, info, kNowhere, 8);
    say(rt_sigsuspend, &set, 4);
    say(rt_sigsuspend, kNowhere, 8);
}

PART(queue_answers)
{
    long info[32] = {0};
    unsigned long long set = 1ull << 39, pending;
    say(rt_sigprocmask, 0, &set, 0, 8);
    info[2] = -1;
    info[5] = 1234;
    say(rt_sigqueueinfo, getpid(), 40, info);
    say(rt_sigqueueinfo, getpid(), 40, info);
    say(rt_sigqueueinfo, getpid(), 65, info);
    say(rt_sigqueueinfo, 99999, 40, info);
    say(rt_sigqueueinfo, getpid(), 40, kNowhere);
    say(rt_tgsigqueueinfo, getpid(), getpid(), 40, info);
    say(rt_tgsigqueueinfo, getpid(), 99999, 40, info);
    say(rt_tgsigqueueinfo, -1, getpid(), 40, info);
    info[2] = 0;
    say(rt_sigqueueinfo, 1, 40, info);
    say(rt_sigpending, &pending, 8);
    note("%llx", pending);
    say(rt_sigtimedwait, &set, info, 0, 8);
    note("signal %ld, code %ld, value %ld", info[0], info[2], info[5]);
}

PART(alternate_stack_answers)
{
    static char memory[65536];
    struct {
        void* start;
        int flags;
        unsigned size;
    } stack = {memory, 0, sizeof memory}, old, small = {memory, 0, 100}, odd = {memory, 99, sizeof memory};
    say(sigaltstack, 0, &old);
    note("flags %d", old.flags);
    say(sigaltstack, &small, 0);
    say(sigaltstack, &odd, 0);
    say(sigaltstack, &stack, &old);
    say(sigaltstack, 0, &old);
    note("flags %d, ours %d, size %u", old.flags, old.start == memory, old.size);
    say(sigaltstack, kNowhere, 0);
    say(sigaltstack, 0, kNowhere);
    stack.flags = 2;
    say(sigaltstack, &stack, 0);
}

PART(clock_answers)
{
    int time[2] = {0, 0};
    long long wide[2];
    say(clock_gettime, 99, time);
    say(clock_gettime, -1, time);
    say(clock_gettime, 0, kNowhere);
    for (int clock = 0; clock < 12; clock++) {
        note("clock %d", clock);
        if (clock == 10) continue;  // CLOCK_SGI_CYCLE
        say(clock_gettime, clock, time);
        if (clock != 5 && clock != 6) say(clock_getres, clock, time);
    }
    say(clock_getres, 99, time);
    say(clock_getres, 1, 0);
    say(clock_getres, 1, kNowhere);
    say(clock_gettime64, 1, wide);
    say(clock_gettime64, 99, wide);
    say(clock_gettime64, 1, kNowhere);
    say(clock_getres_time64, 1, wide);
    say(clock_getres_time64, 99, wide);
    say(clock_settime, 1, time);
    say(clock_settime, 99, time);
    say(clock_settime, 0, kNowhere);
    say(clock_settime64, 1, wide);
    time[0] = 1, time[1] = 1000000000;
    say(clock_settime, 0, time);
    say(time, kNowhere);
    say_ok(time, 0);
    say(gettimeofday, 0, 0);
    say(gettimeofday, kNowhere, 0);
    say(gettimeofday, 0, kNowhere);
    time[0] = 1, time[1] = 2000000;
    say(settimeofday, time, 0);
    say(settimeofday, kNowhere, 0);
    say(stime, kNowhere);
}

PART(sleep_answers)
{
    const int short_time[2] = {0, 1000}, wrong[2] = {0, 1000000000}, negative[2] = {-1, 0};
    const long long wide[2] = {0, 1000}, wide_wrong[2] = {0, -1};
    int left[2];
    say(nanosleep, short_time, left);
    say(nanosleep, wrong, left);
    say(nanosleep, negative, left);
    say(nanosleep, kNowhere, left);
    say(clock_nanosleep, 1, 0, short_time, left);
    say(clock_nanosleep, 1, 1, short_time, left);
    say(clock_nanosleep, 99, 0, short_time, left);
    say(clock_nanosleep, 3, 0, short_time, left);
    say(clock_nanosleep, 1, 0, wrong, left);
    say(clock_nanosleep, 1, 0, kNowhere, left);
    say(clock_nanosleep_time64, 1, 0, wide, 0);
    say(clock_nanosleep_time64, 1, 0, wide_wrong, 0);
    say(clock_nanosleep_time64, 99, 0, wide, 0);
}

PART(interval_timers)
{
    struct itimerval value = {{0, 0}, {100, 0}}, wrong = {{0, 0}, {0, 1000000}}, old;
    say(setitimer, 0, &value, &old);
    say(getitimer, 0, &old);
    note("%d %d", (int)old.it_interval.tv_sec, old.it_value.tv_sec >= 99);
    say(setitimer, 3, &value, &old);
    say(getitimer, 3, &old);
    say(setitimer, 0, &wrong, &old);
    say(setitimer, 0, kNowhere, 0);
    say(getitimer, 0, kNowhere);
    say(setitimer, 1, &value, 0);
    say(setitimer, 2, &value, 0);
    say_ok(alarm, 0);
    say(alarm, 50);
    say(alarm, 0);
    say(alarm, 0);
}

PART(posix_timers)
{
    struct {
        int value, signal, notify, tid, padding[12];
    } event = {0, SIGUSR1, 0, 0, {0}}, bad_signal = {0, 99, 0, 0, {0}}, bad_notify = {0, SIGUSR1, 77, 0, {0}};
    int timer = -1;
    const int once[4] = {0, 0, 100, 0}, wrong[4] = {0, 0, 0, 1000000000}, off[4] = {0};
    int old[4];
    say(timer_create, 1, &bad_signal, &timer);
    say(timer_create, 1, &bad_notify, &timer);
    say(timer_create, 99, &event, &timer);
    say(timer_create, 1, kNowhere, &timer);
    say(timer_create, 1, &event, kNowhere);
    say(timer_create, 1, &event, &timer);
    say(timer_settime, timer, 0, once, old);
    note("%d %d", old[2], old[3]);
    say(timer_gettime, timer, old);
    note("%d", old[2] >= 99);
    say(timer_settime, timer, 0, wrong, old);
    say(timer_settime, timer, 0, 0, old);
    say(timer_settime, 999, 0, once, old);
    say(timer_gettime, 999, old);
    say(timer_gettime, timer, kNowhere);
    say(timer_getoverrun, timer);
    say(timer_getoverrun, 999);
    say(timer_settime, timer, 0, off, 0);
    say(timer_delete, timer);
    say(timer_delete, timer);
    long long wide[4] = {0, 0, 50, 0};
    say(timer_create, 0, 0, &timer);
    say(timer_settime64, timer, 0, wide, 0);
    say(timer_gettime64, timer, wide);
    note("%d", (int)wide[2] >= 49);
}

PART(futex_answers)
{
    static unsigned word = 5, other = 1;
    const int soon[2] = {0, 1000}, wrong[2] = {0, 1000000000};
    say(futex, &word, 0, 4, 0);
    say(futex, &word, 0, 5, soon);
    say(futex, &word, 128, 5, soon);
    say(futex, &word, 0, 5, wrong);
    say(futex, &word, 0, 5, kNowhere);
    say(futex, (char*)&word + 1, 0, 5, soon);
    say(futex, kNowhere, 0, 5, soon);
    say(futex, &word, 1, 1);
    say(futex, (char*)&word + 2, 1, 1);
    say(futex, &word, 9, 5, soon, 0, 0);
    say(futex, &word, 10, 1, 0, 0, 0);
    say(futex, &word, 9 | 256, 5, soon, 0, -1);
    say(futex, &word, 3, 1, 1, &other, 0);
    say(futex, &word, 4, 1, 1, &other, 4);
    say(futex, &word, 4, 1, 1, &other, 5);
    say(futex, &word, 5, 1, 1, &other, 0);
    say(futex, &word, 99, 1);
    say(futex, &word, 2, 1);
    word = 0;
    say(futex, &word, 6, 0, 0);
    note("ours: %d", word == (unsigned)kernel_call(gettid));
    say(futex, &word, 8, 0);
    say(futex, &word, 7, 0);
    note("free: %u", word);
    say(futex, &word, 7, 0);
    const long long wide[2] = {0, 1000};
    say(futex_time64, &word, 0, 0, wide);
    say(set_robust_list, 0, 12);
    say(set_robust_list, 0, 13);
    int* head;
    unsigned size = 0;
    say(get_robust_list, 0, &head, &size);
    note("size %u", size);
    say(get_robust_list, 99999, &head, &size);
    say(get_robust_list, 0, kNowhere, &size);
}

PART(names_of_the_machine)
{
    char names[6][65];
    say(uname, names);
    note("%s", names[0]);
    say(uname, kNowhere);
    say(olduname, names);
    note("%s", names[0]);
    say(olduname, kNowhere);
    char old[5][9];
    say(oldolduname, old);
    note("%s", old[0]);
    say(sethostname, "a.name", 6);
    say(sethostname, long_name(65), 65);
    say(sethostname, "x", -1);
    say(sethostname, kNowhere, 5);
    say(uname, names);
    note("%s", names[1]);
    say(setdomainname, "domain", 6);
    say(uname, names);
    note("%s", names[5]);
    char info[64];
    say(sysinfo, info);
    say(sysinfo, kNowhere);
    say(getrandom, info, 16, 0);
    say(getrandom, info, 0, 0);
    say(getrandom, info, 16, 0x10);
    say(getrandom, info, 16, 6);
    say(getrandom, kNowhere, 16, 0);
    say(syslog, 10, 0, 0);
    say(syslog, 99, 0, 0);
    say(syslog, 3, 0, 10);
    say(reboot, 1, 2, 3, 0);
    say(reboot, 0xfee1dead, 672274793, 0x99, 0);
}

PART(thread_areas)
{
    struct {
        unsigned entry, base, limit, flags;
    } area = {-1, 0x1000, 0xfffff, 0x51}, wrong = {3, 0x1000, 0xfffff, 0x51};
    say(set_thread_area, &area);
    note("chosen: %d", area.entry != (unsigned)-1);  // 6 on i386, 12 on x86-64
    say(set_thread_area, &wrong);
    say(set_thread_area, kNowhere);
    say(get_thread_area, &area);
    note("%x %x %x", area.base, area.limit, area.flags);
    say(get_thread_area, &wrong);
    say(get_thread_area, kNowhere);
    static char table[64];
    say(modify_ldt, 0, table, 64);
    say(modify_ldt, 99, table, 64);
}
