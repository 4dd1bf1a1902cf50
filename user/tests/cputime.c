// User and system CPU time, and what rings by it: ITIMER_VIRTUAL, ITIMER_PROF, RLIMIT_CPU; and ITIMER_REAL's rules.
#include "signal_parts.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <unistd.h>

static long long us_of(struct timeval time)
{
    return time.tv_sec * 1000000LL + time.tv_usec;
}

static long long cpu_us(void)
{
    struct timespec now;
    check(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

// Until this process has used so much CPU time.
static void compute(long long us)
{
    const long long end = cpu_us() + us;
    volatile unsigned x = 1;
    while (cpu_us() < end)
        for (int i = 0; i < 200000; i++)
            x = x * 3 + 1;
}

static void call_the_kernel(long long us)
{
    static char page[65536];
    const int fd = open("/dev/zero", O_RDONLY);
    check(fd >= 0);
    const long long end = cpu_us() + us;
    while (cpu_us() < end)
        for (int i = 0; i < 20; i++)
            check(read(fd, page, sizeof(page)) == sizeof(page));
    close(fd);
}

static void times_of(int who, long long* user, long long* system)
{
    struct rusage usage;
    check(getrusage(who, &usage) == 0);
    *user = us_of(usage.ru_utime);
    *system = us_of(usage.ru_stime);
}

// A busy host charges its own work to whom it interrupts: one undisturbed stretch is enough.
PART(computing_is_user_time)
{
    for (int attempt = 0;; attempt++) {
        long long user_before, system_before, user, system;
        times_of(RUSAGE_SELF, &user_before, &system_before);
        compute(400000);
        times_of(RUSAGE_SELF, &user, &system);
        if (user - user_before > 300000 && system - system_before < 100000) return;
        check(attempt < 5);
    }
}

PART(calling_the_kernel_is_system_time)
{
    for (int attempt = 0;; attempt++) {
        long long user_before, system_before, user, system;
        times_of(RUSAGE_SELF, &user_before, &system_before);
        call_the_kernel(400000);
        times_of(RUSAGE_SELF, &user, &system);
        if (system - system_before > 250000 && user - user_before < 150000) return;
        check(attempt < 5);
    }
}

PART(times_never_go_back_and_sum_to_the_clock)
{
    long long user = 0, system = 0;
    for (int i = 0; i < 50; i++) {
        long long new_user, new_system;
        compute(3000);
        call_the_kernel(3000);
        const long long before = cpu_us();
        times_of(RUSAGE_SELF, &new_user, &new_system);
        const long long after = cpu_us();
        check(new_user >= user && new_system >= system);
        check(new_user + new_system >= before - 20000 && new_user + new_system <= after + 20000);
        user = new_user, system = new_system;
    }
    struct rusage thread;
    check(getrusage(RUSAGE_THREAD, &thread) == 0);
    check(us_of(thread.ru_utime) + us_of(thread.ru_stime) > 250000);
}

PART(a_parent_learns_its_childrens_time)
{
    struct rusage usage;
    struct tms before, after;
    int status;
    times(&before);
    const pid_t pid = fork();
    if (pid == 0) {
        long long user = 0, system = 0;
        for (; user <= 100000; times_of(RUSAGE_SELF, &user, &system))
            compute(200000);
        for (; system <= 100000; times_of(RUSAGE_SELF, &user, &system))
            call_the_kernel(200000);
        _exit(0);
    }
    check(wait4(pid, &status, 0, &usage) == pid && status == 0);
    check(us_of(usage.ru_utime) > 100000 && us_of(usage.ru_stime) > 100000);
    times(&after);
    check(after.tms_cutime - before.tms_cutime >= 10 && after.tms_cstime - before.tms_cstime >= 10);
    check(before.tms_cutime == 0 && before.tms_cstime == 0);
}

static void arm(int which, long value_us, long interval_us)
{
    const struct itimerval wanted = {{interval_us / 1000000, interval_us % 1000000},
                                     {value_us / 1000000, value_us % 1000000}};
    check(setitimer(which, &wanted, NULL) == 0);
}

PART(the_virtual_timer_runs_in_user_mode_only)
{
    struct itimerval state;
    long long before, after, system;
    handle(SIGVTALRM, note, 0);
    times_of(RUSAGE_SELF, &before, &system);
    arm(ITIMER_VIRTUAL, 50000, 0);
    nap_ms(100);
    check(getitimer(ITIMER_VIRTUAL, &state) == 0);
    times_of(RUSAGE_SELF, &after, &system);  // a machine that stood still may have been charged to us
    if (after - before < 50000) check(caught == 0);
    check(us_of(state.it_value) > 30000 - (after - before));
    for (; after - before < 200000; times_of(RUSAGE_SELF, &after, &system))
        compute(200000);
    check(caught == 1 && last_signal == SIGVTALRM);
    check(getitimer(ITIMER_VIRTUAL, &state) == 0 && us_of(state.it_value) == 0);
}

PART(the_profile_timer_repeats)
{
    struct itimerval state;
    handle(SIGPROF, note, SA_RESTART);
    arm(ITIMER_PROF, 20000, 20000);
    compute(200000);
    call_the_kernel(200000);
    check(caught >= 5 && caught <= 30);
    check(getitimer(ITIMER_PROF, &state) == 0 && us_of(state.it_interval) >= 20000);
    arm(ITIMER_PROF, 0, 0);
    const int before = caught;
    compute(60000);
    check(caught == before);
}

PART(a_child_has_no_timers)
{
    arm(ITIMER_REAL, 100000000, 0);
    arm(ITIMER_PROF, 100000000, 0);
    const pid_t pid = fork();
    if (pid == 0) {
        struct itimerval state;
        check(getitimer(ITIMER_REAL, &state) == 0 && us_of(state.it_value) == 0);
        check(getitimer(ITIMER_PROF, &state) == 0 && us_of(state.it_value) == 0);
        _exit(0);
    }
    check_child(pid);
}

PART(setitimer_refuses_nonsense_and_alarm_rounds)
{
    const struct itimerval bad = {{0, 0}, {0, 1000000}}, negative = {{0, -1}, {1, 0}};
    struct itimerval old;
    check_errno(setitimer(ITIMER_REAL, &bad, NULL), EINVAL);
    check_errno(setitimer(ITIMER_PROF, &negative, NULL), EINVAL);
    check_errno(setitimer(3, &(struct itimerval){{0, 0}, {1, 0}}, NULL), EINVAL);
    check_errno(getitimer(3, &old), EINVAL);
    check_errno(getitimer(ITIMER_REAL, (struct itimerval*)8), EFAULT);
    alarm(0);  // the part's own
    check(alarm(0) == 0);
    handle(SIGALRM, note, 0);
    long long begun;
    unsigned left;
    do {
        begun = now_ns();
        alarm(0);
        check(alarm(100) == 0);
        left = alarm(50);
    } while (now_ns() - begun >= 500000000);  // a machine that stood still so long knows less of it
    check(left == 100);
    do {
        begun = now_ns();
        arm(ITIMER_REAL, 300000, 0);
        left = alarm(0);
    } while (now_ns() - begun >= 300000000);
    check(left == 1);
    begun = now_ns();
    check(setitimer(ITIMER_REAL, &(struct itimerval){{7, 0}, {5, 0}}, NULL) == 0);
    check(setitimer(ITIMER_REAL, NULL, &old) == 0 && old.it_interval.tv_sec == 7);
    check(us_of(old.it_value) <= 5000000 && us_of(old.it_value) >= 5000000 - (now_ns() - begun) / 1000 - 1);
    check(getitimer(ITIMER_REAL, &old) == 0 && us_of(old.it_value) == 0);
}

PART(the_soft_cpu_limit_warns_each_second_and_the_hard_one_kills)
{
    const struct rlimit limit = {1, 2};
    handle(SIGXCPU, note, 0);
    const pid_t pid = fork();
    if (pid == 0) {
        struct rlimit now;
        check(setrlimit(RLIMIT_CPU, &limit) == 0);
        compute(500000);
        check(caught == 0);
        compute(900000);
        check(caught == 1);
        check(getrlimit(RLIMIT_CPU, &now) == 0 && now.rlim_cur == 2);
        compute(5000000);
        _exit(1);
    }
    check(status_of(pid) == SIGKILL);
}

PART(the_cpu_limit_ends_a_program_that_does_not_listen)
{
    const struct rlimit limit = {1, 100};
    const pid_t pid = fork();
    if (pid == 0) {
        check(setrlimit(RLIMIT_CPU, &limit) == 0);
        compute(5000000);
        _exit(1);
    }
    check((status_of(pid) & 0x7f) == SIGXCPU);
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
