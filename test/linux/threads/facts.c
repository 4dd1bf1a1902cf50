// What is known of a thread: its clocks, its name, its CPUs, its files in /proc.
#include "threads.h"

#include <dirent.h>
#include <semaphore.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void* burn(void* argument)
{
    struct timespec used;
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    while (used.tv_nsec < 30000000 && used.tv_sec == 0);
    clockid_t clock;
    struct timespec by_id;
    check(pthread_getcpuclockid(pthread_self(), &clock) == 0 && clock_gettime(clock, &by_id) == 0);
    check(by_id.tv_sec > used.tv_sec || by_id.tv_nsec >= used.tv_nsec);
    struct rusage usage;
    check(getrusage(RUSAGE_THREAD, &usage) == 0);
    check(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec >= 20000 || usage.ru_utime.tv_sec > 0);
    sem_post(argument);
    sleep_for_ever(NULL);
    return NULL;
}

static long long ns_of(struct timespec time)
{
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

PART(cpu_clocks)
{
    sem_t done;
    struct timespec here, there, all;
    clockid_t clock;
    check(sem_init(&done, 0, 0) == 0);
    const pthread_t thread = start(burn, &done);
    check(sem_wait(&done) == 0);
    check(pthread_getcpuclockid(thread, &clock) == 0 && clock_gettime(clock, &there) == 0);
    check(there.tv_sec > 0 || there.tv_nsec >= 30000000);
    check(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &here) == 0);
    check(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &all) == 0);
    check(ns_of(here) + ns_of(there) <= ns_of(all));  // ours is another
    check(clock_getcpuclockid(getpid(), &clock) == 0 && clock_gettime(clock, &all) == 0);
    check(clock_getcpuclockid(0x3ffffff0, &clock) != 0);
}

PART(names_and_proc)
{
    char path[64], text[512];
    check(prctl(PR_SET_NAME, "leader") == 0);
    const int tid = start_sleeper();
    snprintf(path, sizeof path, "/proc/self/task/%d/comm", tid);
    check(read_file(path, text, sizeof text) > 0 && strcmp(text, "leader\n") == 0);  // inherited
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)getpid(), tid);
    while (state_of(path) != 'S')
        sched_yield();
    check(read_file(path, text, sizeof text) > 0 && atoi(text) == tid);
    snprintf(path, sizeof path, "/proc/%d/task/%d/status", (int)getpid(), tid);
    check(number_in(path, "Pid:\t") == getpid() || number_in(path, "\nPid:\t") == tid);
    check(number_in(path, "Tgid:") == getpid() && number_in(path, "Threads:") == 2);
    int entries = 0;
    DIR* directory = opendir("/proc/self/task");
    for (struct dirent* entry; (entry = readdir(directory));)
        if (entry->d_name[0] != '.') {
            const int number = atoi(entry->d_name);
            check(number == getpid() || number == tid);
            entries++;
        }
    closedir(directory);
    check(entries == 2);
    check(open("/proc/self/task/1073741808/stat", O_RDONLY) == -1 && errno == ENOENT);
}

static void* name_itself(void* argument)
{
    char name[16];
    check(prctl(PR_SET_NAME, "a thread with a long name") == 0);
    check(prctl(PR_GET_NAME, name) == 0 && strcmp(name, "a thread with a") == 0);
    return argument;
}

PART(name_of_one_thread)
{
    char name[16];
    check(prctl(PR_SET_NAME, "main") == 0);
    join(start(name_itself, NULL));
    check(prctl(PR_GET_NAME, name) == 0 && strcmp(name, "main") == 0);
}

PART(affinity)
{
    unsigned char all[128], one[128] = {1};
    const int tid = start_sleeper();
    const long size = syscall(SYS_sched_getaffinity, 0, sizeof all, all);
    check(size > 0);
    check(syscall(SYS_sched_setaffinity, tid, sizeof one, one) == 0);
    check(syscall(SYS_sched_getaffinity, tid, sizeof one, one) == size && one[0] == 1);
    check(syscall(SYS_sched_getaffinity, 0, sizeof one, one) == size && memcmp(one, all, size) == 0);
    const unsigned char none[8] = {0};
    check_errno(syscall(SYS_sched_setaffinity, 0, sizeof none, none), EINVAL);
    check_errno(syscall(SYS_sched_setaffinity, 0x3ffffff0, sizeof all, all), ESRCH);
    check_errno(syscall(SYS_sched_setaffinity, 0, sizeof all, (void*)16), EFAULT);
    check(sched_yield() == 0);
}
