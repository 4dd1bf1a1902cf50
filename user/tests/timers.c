// timer_create's timers, the clocks by number, and both widths of the calls about time. Numbers of calls are used, so
// that the 32-bit and the 64-bit forms are meant exactly.
#include "signal_parts.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

struct span32 {
    int seconds, ns;
};
struct span64 {
    long long seconds, ns;
};
struct spec32 {
    struct span32 interval, value;
};
struct spec64 {
    struct span64 interval, value;
};
struct event {
    int value, signal, notify, tid, unused[12];
};

enum {
    kRealTime,
    kMonotonic,
    kProcessCpu,
    kTaskCpu,
    kRaw,
    kRealCoarse,
    kMonotonicCoarse,
    kBootTime,
    kTai = 11
};
enum { kSignal, kNone, kThread, kTask = 4 };

static int make_timer(int clock, int notify, int signal, int value)
{
    const struct event event = {.value = value, .signal = signal, .notify = notify, .tid = getpid()};
    int id = -1;
    check(syscall(259, clock, &event, &id) == 0);
    return id;
}

static long long ns_of(struct span64 time)
{
    return time.seconds * 1000000000LL + time.ns;
}

static void set_us(int id, int flags, long value, long interval)
{
    const struct spec32 spec = {{interval / 1000000, interval % 1000000 * 1000},
                                {value / 1000000, value % 1000000 * 1000}};
    check(syscall(260, id, flags, &spec, NULL) == 0);
}

static long long cpu_ns(void)
{
    struct span64 now;
    check(syscall(403, kProcessCpu, &now) == 0);
    return ns_of(now);
}

static void compute(int ms)
{
    const long long end = cpu_ns() + ms * 1000000LL;
    volatile unsigned x = 1;
    do
        for (int i = 0; i < 200000; i++)
            x = x * 3 + 1;
    while (cpu_ns() < end);
}

PART(a_timer_rings_once_and_tells_whose_it_is)
{
    handle_info(SIGUSR1, note_info, 0);
    const int other = make_timer(kMonotonic, kSignal, SIGUSR2, 1);
    const int id = make_timer(kMonotonic, kSignal, SIGUSR1, 4242);
    check(id != other);
    set_us(id, 0, 20000, 0);
    until_caught(1);
    check(caught == 1 && last_info.si_signo == SIGUSR1 && last_info.si_code == SI_TIMER);
    check(last_info.si_pid == id && last_info.si_uid == 0 && last_info.si_value.sival_int == 4242);
    nap_ms(50);
    check(caught == 1);
    struct spec32 state;
    check(syscall(261, id, &state) == 0 && state.value.seconds == 0 && state.value.ns == 0);
    check(syscall(263, id) == 0);
    check_errno(syscall(263, id), EINVAL);
    check_errno(syscall(261, id, &state), EINVAL);
    check_errno(syscall(262, id), EINVAL);
}

PART(an_interval_timer_counts_what_it_could_not_tell)
{
    handle_info(40, note_info, 0);
    const int id = make_timer(kMonotonic, kSignal, 40, 1);
    block(40);
    const long long begun = now_ns();
    set_us(id, 0, 10000, 10000);
    nap_ms(105);
    struct spec32 state;
    check(syscall(261, id, &state) == 0 && state.value.ns > 0 && state.value.ns <= 10000000);
    check(state.interval.ns == 10000000);
    const sigset_t none = set_of(0);
    check_errno(sigsuspend(&none), EINTR);  // takes one; the next one waits
    const long most = (long)((now_ns() - begun) / 10000000) - 1;
    check(caught == 1 && (int)last_info.si_uid >= 8 && (int)last_info.si_uid <= most);
    check(syscall(262, id) == (long)last_info.si_uid);
    unblock(40);
    until_caught(4);
    set_us(id, 0, 0, 0);
    const int before = caught;
    nap_ms(40);
    check(caught == before);
    check(syscall(261, id, &state) == 0 && state.value.ns == 0 && state.interval.ns == 0);
}

PART(without_an_event_it_is_sigalrm_and_the_number)
{
    int id;
    handle_info(SIGALRM, note_info, 0);
    alarm(0);
    make_timer(kRealTime, kNone, 0, 0);
    check(syscall(259, kRealTime, NULL, &id) == 0);
    set_us(id, 0, 1000, 0);
    until_caught(1);
    check(last_info.si_value.sival_int == id && last_info.si_code == SI_TIMER);
}

PART(a_silent_timer_only_counts_down)
{
    struct spec64 state;
    const int id = make_timer(kBootTime, kNone, 0, 0);
    set_us(id, 0, 30000000, 0);
    check(syscall(408, id, &state) == 0 && ns_of(state.value) > 0 && ns_of(state.value) <= 30000000000LL);
    const long long before = ns_of(state.value);
    nap_ms(1);
    check(syscall(408, id, &state) == 0 && ns_of(state.value) <= before - 1000000);
    set_us(id, 0, 30000, 0);
    nap_ms(40);
    check(syscall(408, id, &state) == 0 && state.value.seconds == 0 && state.value.ns == 0);
    set_us(id, 0, 10000, 10000);
    nap_ms(25);
    check(syscall(408, id, &state) == 0 && state.value.ns > 0 && state.value.ns <= 10000000);
}

PART(a_timer_may_signal_one_task)
{
    sigset_t wanted = set_of(41);
    siginfo_t info;
    block(41);
    const int id = make_timer(kMonotonic, kTask, 41, 9);
    set_us(id, 0, 1000, 0);
    check(sigwaitinfo(&wanted, &info) == 41 && info.si_code == SI_TIMER && info.si_value.sival_int == 9);
    const struct event nobody = {.signal = 41, .notify = kTask, .tid = 1};
    int made;
    check_errno(syscall(259, kMonotonic, &nobody, &made), EINVAL);
}

PART(absolute_times_and_past_ones)
{
    struct span64 now;
    handle(SIGUSR1, note, 0);
    for (int i = 0; i < 2; i++) {
        const int clock = i == 0 ? kRealTime : kMonotonic;
        const int id = make_timer(clock, kSignal, SIGUSR1, 0);
        caught = 0;
        const long long before = now_ns();
        check(syscall(403, clock, &now) == 0);
        struct spec64 spec = {{0, 0}, {now.seconds, now.ns}};
        spec.value.ns += 30000000;
        if (spec.value.ns >= 1000000000) spec.value.ns -= 1000000000, spec.value.seconds++;
        check(syscall(409, id, TIMER_ABSTIME, &spec, NULL) == 0);
        until_caught(1);
        const long long took = now_ns() - before;
        check(took > 15000000 && took < 3000000000LL);
        spec.value.seconds = 1, spec.value.ns = 0;  // long ago
        check(syscall(409, id, TIMER_ABSTIME, &spec, NULL) == 0);
        until_caught(2);
        check(caught == 2);
    }
}

static volatile long rings;

static void count_rings(int signal, siginfo_t* info, void* context)
{
    note_info(signal, info, context);
    rings += 1 + (long)info->si_uid;  // and those that found their signal waiting still
}

// First after 40 ms, then every 20 ms; a machine that stands still charges that time too.
static long most_rings(long long used_ns)
{
    return used_ns < 40000000 ? 0 : (long)((used_ns - 20000000) / 20000000);
}

PART(timers_of_cpu_clocks)
{
    for (int i = 0; i < 2; i++) {
        handle_info(SIGUSR1, count_rings, 0);
        rings = 0;
        const int id = make_timer(i == 0 ? kProcessCpu : kTaskCpu, kSignal, SIGUSR1, 0);
        const long long begun = cpu_ns();
        set_us(id, 0, 40000, 20000);
        nap_ms(80);
        long seen = rings;
        check(seen <= most_rings(cpu_ns() - begun));
        compute(200);
        seen = rings;
        check(seen >= 3 && seen <= most_rings(cpu_ns() - begun) && last_info.si_code == SI_TIMER);
        check(syscall(263, id) == 0);
    }
}

PART(an_ignored_timer_signal_neither_queues_nor_stops_it)
{
    handle(SIGUSR1, SIG_IGN, 0);
    const int id = make_timer(kMonotonic, kSignal, SIGUSR1, 0);
    set_us(id, 0, 1000, 1000);
    nap_ms(30);
    handle(SIGUSR1, note, 0);
    while (caught < 3)
        pause();
    check(syscall(263, id) == 0);
}

PART(timer_calls_refuse_nonsense)
{
    const struct event bad_notify = {.signal = SIGUSR1, .notify = 9}, bad_signal = {.signal = 65};
    const struct event no_signal = {.signal = 0};
    const struct spec32 bad = {{0, 0}, {0, 1000000000}}, negative = {{-1, 0}, {1, 0}},
                        good = {{0, 0}, {9, 0}};
    struct spec32 old;
    int id;
    check_errno(syscall(259, 99, NULL, &id), EINVAL);
    check_errno(syscall(259, kRaw, NULL, &id), EOPNOTSUPP);
    check_errno(syscall(259, kRealCoarse, NULL, &id), EOPNOTSUPP);
    check_errno(syscall(259, kRealTime, &bad_notify, &id), EINVAL);
    check_errno(syscall(259, kRealTime, &bad_signal, &id), EINVAL);
    check_errno(syscall(259, kRealTime, &no_signal, &id), EINVAL);
    check_errno(syscall(259, kRealTime, 8, &id), EFAULT);
    check_errno(syscall(259, kRealTime, NULL, 8), EFAULT);
    id = make_timer(kTai, kSignal, SIGUSR1, 0);
    check_errno(syscall(260, id, 0, NULL, NULL), EINVAL);
    check_errno(syscall(260, id, 0, 8, NULL), EFAULT);
    check_errno(syscall(260, id, 0, &bad, NULL), EINVAL);
    check_errno(syscall(260, id, 0, &negative, NULL), EINVAL);
    check_errno(syscall(260, 12345, 0, &good, NULL), EINVAL);
    const long long before = now_ns();
    check(syscall(260, id, 0, &good, &old) == 0 && old.value.seconds == 0);
    check(syscall(260, id, 0, &good, &old) == 0);
    const long long left = old.value.seconds * 1000000000LL + old.value.ns;
    check(left < 9000000000LL && left >= 9000000000LL - (now_ns() - before));
}

PART(a_child_and_a_new_program_have_no_timers)
{
    handle(SIGUSR1, note, 0);
    const int id = make_timer(kMonotonic, kSignal, SIGUSR1, 0);
    block(SIGUSR1);  // it may ring before fork has returned
    set_us(id, 0, 20000, 0);
    const pid_t pid = fork();
    unblock(SIGUSR1);
    if (pid == 0) {
        struct spec32 state;
        check_errno(syscall(261, id, &state), EINVAL);
        nap_ms(60);
        check(caught == 0);
        _exit(0);
    }
    check_child(pid);
    until_caught(1);
    check(caught == 1);
}

PART(timers_count_against_the_limit_on_signals)
{
    const struct rlimit few = {3, 3};
    int id;
    if (getuid() == 0) check(setuid(61235) == 0);
    check(setrlimit(RLIMIT_SIGPENDING, &few) == 0);
    for (int i = 0; i < 3; i++)
        id = make_timer(kMonotonic, kSignal, SIGUSR1, 0);
    int another;
    check_errno(syscall(259, kMonotonic, NULL, &another), EAGAIN);
    check(syscall(263, id) == 0);
    check(syscall(259, kMonotonic, NULL, &another) == 0);
}

// ---- Clocks ----

PART(every_clock_runs_and_tells_its_resolution)
{
    const int clocks[] = {0, 1, 2, 3, 4, 5, 6, 7, 11};
    for (unsigned i = 0; i < sizeof(clocks) / sizeof(int); i++) {
        struct span32 narrow, narrow_again;
        struct span64 wide, resolution;
        check(syscall(265, clocks[i], &narrow) == 0);
        compute(20);
        check(syscall(403, clocks[i], &wide) == 0);
        check(syscall(265, clocks[i], &narrow_again) == 0);
        const long long first = narrow.seconds * 1000000000LL + narrow.ns;
        const long long second = wide.seconds * 1000000000LL + wide.ns;
        const long long third = narrow_again.seconds * 1000000000LL + narrow_again.ns;
        check(second - first >= 10000000 && second - first < 10000000000LL);
        check(third >= second && wide.ns >= 0 && wide.ns < 1000000000);
        check(syscall(406, clocks[i], &resolution) == 0 && resolution.seconds == 0);
        const int coarse = clocks[i] == kRealCoarse || clocks[i] == kMonotonicCoarse;
        check(coarse ? resolution.ns >= 1000000 && resolution.ns <= 10000000 : resolution.ns == 1);
        check(syscall(266, clocks[i], NULL) == 0);
    }
    struct span64 out;
    check_errno(syscall(403, 99, &out), EINVAL);
    check_errno(syscall(406, 99, &out), EINVAL);
    check_errno(syscall(406, 10, &out), EINVAL);
    check_errno(syscall(403, 0, 8), EFAULT);
    check_errno(syscall(265, 0, 8), EFAULT);
}

PART(cpu_clocks_of_others_have_numbers)
{
    struct span64 first, second;
    const pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    const int child_clock = (int)(~(unsigned)pid << 3 | 2), own_task = (int)(~(unsigned)getpid() << 3 | 6);
    const int own_user = (int)(~(unsigned)getpid() << 3 | 1), child_task = (int)(~(unsigned)pid << 3 | 6);
    check(syscall(403, child_clock, &first) == 0 && first.seconds == 0);
    check(syscall(403, own_task, &first) == 0);
    compute(30);
    check(syscall(403, own_task, &second) == 0 && ns_of(second) - ns_of(first) >= 25000000);
    check(syscall(403, own_user, &second) == 0);
    check_errno(syscall(403, child_task, &second), EINVAL);
    check_errno(syscall(403, (int)(~32766u << 3 | 2), &second), EINVAL);
    check_errno(syscall(403, (int)(~(unsigned)pid << 3 | 3), &second), EINVAL);
    kill(pid, SIGKILL);
    status_of(pid);
    check_errno(syscall(403, child_clock, &second), EINVAL);
}

PART(setting_clocks_is_refused_as_linux_does)
{
    const struct span64 bad = {0, 1000000000}, some = {1000000000, 0};
    const struct span32 narrow = {1000000000, 0};
    check_errno(syscall(404, kMonotonic, &some), EINVAL);
    check_errno(syscall(404, kBootTime, &some), EINVAL);
    check_errno(syscall(404, 99, &some), EINVAL);
    check_errno(syscall(404, kProcessCpu, &some), EINVAL);
    check_errno(syscall(404, (int)(~(unsigned)getpid() << 3 | 2), &some), EPERM);
    if (getuid() == 0) check(setuid(61236) == 0);
    check_errno(syscall(404, kRealTime, &bad), EINVAL);
    check_errno(syscall(404, kRealTime, &some), EPERM);
    check_errno(syscall(264, kRealTime, &narrow), EPERM);
    check_errno(syscall(79, &narrow, NULL), EPERM);
    check_errno(syscall(25, &narrow), EPERM);
    check_errno(syscall(404, kRealTime, 8), EFAULT);
    check_errno(syscall(79, 8, NULL), EFAULT);
}

PART(sleeping_by_clocks)
{
    struct span64 now, left = {7, 7}, some = {0, 20000000}, bad = {0, 1000000000}, negative = {-1, 0};
    for (int i = 0; i < 3; i++) {
        const int clocks[] = {kRealTime, kMonotonic, kBootTime};
        const long long before = now_ns();
        check(syscall(407, clocks[i], 0, &some, NULL) == 0);
        check(now_ns() - before >= 20000000);
        check(syscall(403, clocks[i], &now) == 0);
        check(syscall(407, clocks[i], TIMER_ABSTIME, &now, NULL) == 0);
    }
    check_errno(syscall(407, 99, 0, &some, NULL), EINVAL);
    check_errno(syscall(407, kRaw, 0, &some, NULL), EOPNOTSUPP);
    check_errno(syscall(407, kMonotonicCoarse, 0, &some, NULL), EOPNOTSUPP);
    check_errno(syscall(407, kMonotonic, 0, &bad, NULL), EINVAL);
    check_errno(syscall(407, kMonotonic, 0, &negative, NULL), EINVAL);
    check_errno(syscall(407, kMonotonic, 0, 8, NULL), EFAULT);
    handle(SIGUSR1, note, 0);
    const pid_t pid = pester(SIGUSR1);
    some.seconds = 5;
    const long long before = now_ns();
    check_errno(syscall(407, kMonotonic, 0, &some, &left), EINTR);
    check(ns_of(left) <= ns_of(some) && ns_of(left) >= ns_of(some) - (now_ns() - before));
    check(left.ns >= 0 && left.ns < 1000000000);
    calm(pid);
}

// offset 8, 40 and so on are the places of status, time and tick in the two widths.
PART(the_clock_tells_how_it_is_steered)
{
    int narrow[32] = {0};
    long long wide[26] = {0};
    struct span64 now;
    const long state = syscall(124, narrow);
    check(state >= 0 && state <= 5 && narrow[11] >= 9000 && narrow[11] <= 11000);
    check(syscall(343, kRealTime, narrow) == state && syscall(405, kRealTime, wide) == state);
    check(syscall(403, kRealTime, &now) == 0);
    check(now.seconds - narrow[9] >= 0 && now.seconds - narrow[9] <= 5);
    check(now.seconds - wide[9] >= 0 && now.seconds - wide[9] <= 5 && wide[11] == narrow[11]);
    check_errno(syscall(343, kMonotonic, narrow), EOPNOTSUPP);
    check_errno(syscall(343, 99, narrow), EINVAL);
    check_errno(syscall(124, 8), EFAULT);
    if (getuid() == 0) check(setuid(61237) == 0);
    narrow[0] = 0x4000;  // the length of a tick
    check_errno(syscall(124, narrow), EPERM);
}

PART(selecting_in_both_widths)
{
    const struct span64 wide = {0, 20000000}, bad = {0, 1000000000};
    const struct span32 narrow = {0, 20000000};
    const long long before = now_ns();
    check(syscall(413, 0, NULL, NULL, NULL, &wide, NULL) == 0);
    check(syscall(308, 0, NULL, NULL, NULL, &narrow, NULL) == 0);
    check(now_ns() - before >= 40000000);
    check_errno(syscall(413, 0, NULL, NULL, NULL, &bad, NULL), EINVAL);
    check_errno(syscall(413, -1, NULL, NULL, NULL, &wide, NULL), EINVAL);
    check(syscall(414, NULL, 0, &wide, NULL, 8) == 0);
}

PART(waiting_for_a_signal_in_both_widths)
{
    sigset_t wanted = set_of(44);
    const struct span64 wide = {0, 10000000}, bad = {0, 1000000000};
    const struct span32 narrow = {0, 10000000};
    block(44);
    check_errno(syscall(421, &wanted, NULL, &wide, 8), EAGAIN);
    check_errno(syscall(177, &wanted, NULL, &narrow, 8), EAGAIN);
    check_errno(syscall(421, &wanted, NULL, &bad, 8), EINVAL);
    check_errno(syscall(421, &wanted, NULL, &wide, 4), EINVAL);
    kill(getpid(), 44);
    check(syscall(421, &wanted, NULL, &wide, 8) == 44);
}

// Always due again: the machine has other things to do all the same.
PART(the_fastest_timers_leave_time_for_others)
{
    const struct span64 fastest[2] = {{0, 1}, {0, 1}};
    const int often[4] = {0, 1, 0, 1}, never[4] = {0, 0, 0, 0};  // a microsecond
    unsigned long long count = 0;
    sigset_t pending;
    block(SIGALRM);  // a handler might be all that there is time for
    const int fd = (int)syscall(322, kMonotonic, 0);
    check(syscall(411, fd, 0, fastest, NULL) == 0 && syscall(104, 0, often, NULL) == 0);
    const long long end = now_ns() + 5000000;
    do
        check(sigpending(&pending) == 0);
    while (now_ns() < end || !sigismember(&pending, SIGALRM));
    check(syscall(104, 0, never, NULL) == 0);
    check(read(fd, &count, sizeof count) == sizeof count && count >= 1000000);
    close(fd);
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
