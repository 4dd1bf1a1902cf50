// Scheduling, priorities, and what a process says of itself: prctl, personality, capabilities.
#include "answers.h"

#include <sys/prctl.h>

enum { kFifo = 1, kRoundRobin = 2 };  // policies

struct sched_param_ {
    int priority;
};

PART(nice_answers)
{
    say(getpriority, 0, 0);
    say(nice, 5);
    say(getpriority, 0, 0);
    say(nice, 100);
    say(getpriority, 0, 0);
    say(nice, -39);
    say(getpriority, 0, 0);
    say(nice, -1000);
    say(getpriority, 0, 0);
    say(setpriority, 0, 0, 3);
    say(getpriority, 0, 0);
    say(getpriority, 0, getpid());
    say(setpriority, 0, 0, 99);
    say(getpriority, 0, 0);
    say(getpriority, 3, 0);
    say(getpriority, -1, 0);
    say(setpriority, 3, 0, 0);
    say(getpriority, 0, 99999);
    say(setpriority, 0, 99999, 0);
    say(getpriority, 1, 99999);
    say(getpriority, 2, 99999);
    const pid_t pid = fork();
    if (pid == 0) {
        say(getpriority, 0, 0);
        setpgid(0, 0);
        say(setpriority, 1, 0, 7);
        say(getpriority, 1, 0);
        _exit(0);
    }
    check_child(pid);
}

static void nice_of_a_user(void)
{
    become_user(1000);
    say(nice, 1);
    say(nice, -1);
    say(setpriority, 0, 0, 5);
    say(setpriority, 0, 0, 4);
    say(setpriority, 0, 0, 5);
    say(setpriority, 0, 1, 5);
    say(setpriority, 0, 1, -5);
    say(getpriority, 0, 1);
    say(setpriority, 2, 1000, 6);
    say(getpriority, 2, 0x7ffffff);
    say(getpriority, 2, 1000);
    struct sched_param_ one = {1}, zero = {0};
    say(sched_setscheduler, 0, kFifo, &one);
    say(sched_setscheduler, 0, 3, &zero);
    say(sched_setscheduler, 0, 0, &zero);
    say(sched_setscheduler, 1, 0, &zero);
    say(sched_setparam, 1, &zero);
    unsigned mask = 1;
    say(sched_setaffinity, 1, 4, &mask);
}

PART(nice_without_rights)
{
    in_child(nice_of_a_user);
}

PART(scheduler_policies)
{
    struct sched_param_ zero = {0}, ten = {10}, hundred = {100};
    say(sched_getscheduler, 0);
    say(sched_getscheduler, -1);
    say(sched_getscheduler, 99999);
    say(sched_setscheduler, 0, 0, &ten);
    say(sched_setscheduler, 0, kFifo, &zero);
    say(sched_setscheduler, 0, kFifo, &hundred);
    say(sched_setscheduler, 0, 77, &zero);
    say(sched_setscheduler, 0, -1, &zero);
    say(sched_setscheduler, 0, 4, &zero);
    say(sched_setscheduler, -1, 0, &zero);
    say(sched_setscheduler, 99999, 0, &zero);
    say(sched_setscheduler, 0, 0, 0);
    say(sched_setscheduler, 0, 0, kNowhere);
    say(sched_setscheduler, 0, 3, &zero);
    say(sched_getscheduler, 0);
    say(sched_setscheduler, 0, 5, &zero);
    say(sched_getscheduler, 0);
    say(sched_setscheduler, 0, 0, &zero);
    say(sched_setparam, 0, &zero);
    say(sched_setparam, 0, &ten);
    say(sched_setparam, 0, 0);
    say(sched_setparam, -1, &zero);
    say(sched_setparam, 99999, &zero);
    say(sched_getparam, 0, &ten);
    note("priority %d", ten.priority);
    say(sched_getparam, 0, 0);
    say(sched_getparam, 0, kNowhere);
    say(sched_getparam, -1, &ten);
    say(sched_getparam, 99999, &ten);
}

PART(real_time_policies)
{
    struct sched_param_ zero = {0}, ten = {10}, got = {-1};
    say(sched_setscheduler, 0, kRoundRobin, &ten);
    say(sched_getscheduler, 0);
    say(sched_getparam, 0, &got);
    note("priority %d", got.priority);
    say(sched_setparam, 0, &zero);
    say(sched_setscheduler, 0, kFifo | 0x40000000, &ten);
    say(sched_getscheduler, 0);
    const pid_t pid = fork();
    if (pid == 0) {
        say(sched_getscheduler, 0);
        say(sched_getparam, 0, &got);
        note("priority %d", got.priority);
        _exit(0);
    }
    check_child(pid);
    say(sched_setscheduler, 0, kFifo, &ten);
    say(sched_setscheduler, 0, 0, &zero);
    say(sched_getscheduler, 0);
}

PART(priority_ranges)
{
    for (int policy = -1; policy < 7; policy++) {
        note("policy %d", policy);
        say(sched_get_priority_max, policy);
        say(sched_get_priority_min, policy);
    }
}

PART(round_robin_interval)
{
    int span[2] = {-1, -1};
    long long wide[2] = {-1, -1};
    struct sched_param_ ten = {10};
    say(sched_rr_get_interval, 0, kNowhere);
    say(sched_rr_get_interval, -1, span);
    say(sched_rr_get_interval, 99999, span);
    say(sched_rr_get_interval, 0, span);
    say(sched_rr_get_interval_time64, 0, wide);
    say(sched_setscheduler, 0, kFifo, &ten);
    say(sched_rr_get_interval, 0, span);
    note("%d %d", span[0], span[1]);
}

struct attributes_ {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t least, most;
};

PART(scheduler_attributes)
{
    struct attributes_ a = {.size = 48};
    say(sched_getattr, 0, &a, 48, 0);
    note("size %u policy %u flags %llu nice %d priority %u", a.size, a.policy, (unsigned long long)a.flags,
         a.nice, a.priority);
    say(sched_getattr, 0, &a, 8, 0);
    say(sched_getattr, 0, &a, 48, 1);
    say(sched_getattr, -1, &a, 48, 0);
    say(sched_getattr, 0, 0, 48, 0);
    say(sched_getattr, 99999, &a, 48, 0);
    struct attributes_ set = {.size = 48, .policy = 0, .nice = 4};
    say(sched_setattr, 0, &set, 0);
    say(getpriority, 0, 0);
    set.policy = 1, set.priority = 0;
    say(sched_setattr, 0, &set, 0);
    set.policy = 99;
    say(sched_setattr, 0, &set, 0);
    say(sched_setattr, 0, &set, 1);
    say(sched_setattr, 0, 0, 0);
    say(sched_setattr, 99999, &set, 0);
}

PART(io_priorities)
{
    say(ioprio_get, 1, 0);
    say(ioprio_set, 1, 0, 2 << 13 | 3);
    say(ioprio_get, 1, 0);
    say(ioprio_set, 1, 0, 9 << 13);
    say(ioprio_set, 1, 0, 3 << 13);
    say(ioprio_get, 1, 0);
    say(ioprio_get, 9, 0);
    say(ioprio_set, 9, 0, 0);
    say(ioprio_get, 1, 99999);
    say(ioprio_set, 1, 99999, 0);
    say(ioprio_set, 1, 0, 5);
    say(ioprio_set, 1, 0, 0);
}

PART(prctl_answers)
{
    char name[17] = "";
    say(prctl, 999, 0, 0, 0, 0);
    say(prctl, PR_SET_NAME, "a name that is far too long");
    say(prctl, PR_GET_NAME, name);
    note("%s", name);
    say(prctl, PR_SET_NAME, kNowhere);
    say(prctl, PR_GET_NAME, kNowhere);
    say(prctl, 3);
    say(prctl, 4, 0);
    say(prctl, 3);
    say(prctl, 4, 2);
    say(prctl, 4, 1);
    int value = 99;
    say(prctl, 1, SIGUSR1);
    say(prctl, 2, &value);
    note("%d", value);
    say(prctl, 1, 65);
    say(prctl, 1, 0);
    say(prctl, 2, kNowhere);
    say(prctl, 7);
    say(prctl, 8, 1);
    say(prctl, 7);
    say(prctl, 8, 2);
    say(prctl, 8, 0);
    say(prctl, 23, 0);
    say(prctl, 23, 999);
    say(prctl, 27);
    say(prctl, 28, 0);
    say(prctl, 36, 1);
    say(prctl, 37, &value);
    note("%d", value);
    say(prctl, 36, 0);
    say(prctl, 39, 0, 0, 0, 0);
    say(prctl, 39, 1, 0, 0, 0);
    say(prctl, 38, 0, 0, 0, 0);
    say(prctl, 38, 1, 1, 0, 0);
    say(prctl, 38, 1, 0, 0, 0);
    say(prctl, 39, 0, 0, 0, 0);
    say(prctl, 29, 77777);
    say(prctl, 30);
    say(prctl, 30, 0, 0, 0, 0);
    say(prctl, 29, 0);
    say(prctl, 13);
    say(prctl, 14, 1);
    say(prctl, 21);
}

PART(parent_death_signal)
{
    int ends[2];
    char byte;
    check(pipe(ends) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        if (fork() == 0) {
            close(ends[0]);
            say(prctl, 1, SIGKILL);
            write(ends[1], "r", 1);
            for (;;)
                pause();
        }
        close(ends[1]);
        read(ends[0], &byte, 1);
        _exit(0);
    }
    close(ends[1]);
    check_child(pid);
    note("the orphan is gone: %d", (int)read(ends[0], &byte, 1));
}

struct capability_ {
    uint32_t version;
    int pid;
};

PART(capabilities)
{
    struct capability_ head = {0x20080522, 0};
    uint32_t sets[6] = {0};
    say(capget, &head, sets);
    note("effective some: %d", sets[0] != 0);
    say(capget, &head, 0);
    head.version = 0;
    say(capget, &head, 0);
    note("version 0x%x", head.version);
    head.version = 1;
    say(capget, &head, sets);
    head.version = 0x19980330;
    say(capget, &head, sets);
    head.version = 0x20080522, head.pid = 99999;
    say(capget, &head, sets);
    head.pid = -1;
    say(capget, &head, sets);
    head.pid = 0;
    say(capget, &head, kNowhere);
    say(capget, kNowhere, sets);
    say(capget, &head, sets);
    say(capset, &head, sets);
    head.pid = 1;
    say(capset, &head, sets);
    head.pid = 0, head.version = 7;
    say(capset, &head, sets);
    say(capset, kNowhere, sets);
}

static void capabilities_of_a_user(void)
{
    struct capability_ head = {0x20080522, 0};
    uint32_t sets[6] = {1, 1, 1, 1, 1, 1};
    become_user(1000);
    say(capget, &head, sets);
    note("%x %x %x %x %x %x", sets[0], sets[1], sets[2], sets[3], sets[4], sets[5]);
    say(capset, &head, sets);
    sets[0] = sets[1] = 1;
    say(capset, &head, sets);
    say(sethostname, "x", 1);
    say(setdomainname, "x", 1);
    say(reboot, 0xfee1dead, 672274793, 0x1234567, 0);
    // Not iopl and ioperm: a Linux may be configured without them.
    say(vhangup);
    say(acct, 0);
    say(chroot, ".");
    say(swapon, "x", 0);
    say(swapoff, "x");
    say(mount, "none", ".", "tmpfs", 0, 0);
    say(umount, ".");
    say(umount2, ".", 0);
    say(mknod, "node", 020666, 259);
    say(syslog, 2, 0, 0);
    say(nice, -5);
    say(mlockall, 4);
    say(settimeofday, 0, 0);
    say(pivot_root, ".", ".");
}

PART(calls_of_the_superuser)
{
    in_child(capabilities_of_a_user);
}

PART(membarrier_answers)
{
    say(membarrier, 99, 0, 0);
    say(membarrier, 1, 0, 0);
    say(membarrier, 1, 1, 0);
    say(membarrier, 8, 0, 0);
    say(membarrier, 16, 0, 0);
    say(membarrier, 8, 0, 0);
}

PART(affinity_answers)
{
    unsigned mask[32] = {1};
    say(sched_setaffinity, 0, sizeof mask, mask);
    say_ok(sched_getaffinity, 0, sizeof mask, mask);
    note("mask 0x%x", mask[0]);
    say(sched_getaffinity, 0, 3, mask);
    say(sched_getaffinity, 0, 0, mask);
    say(sched_getaffinity, 99999, sizeof mask, mask);
    say(sched_getaffinity, 0, sizeof mask, kNowhere);
    say(sched_setaffinity, 99999, sizeof mask, mask);
    say(sched_setaffinity, 0, sizeof mask, kNowhere);
    mask[0] = 0;
    say(sched_setaffinity, 0, sizeof mask, mask);
    say(sched_setaffinity, 0, 0, mask);
    unsigned cpu = 9, node = 9;
    say(getcpu, &cpu, &node, 0);
    note("cpu %u, node %u", cpu, node);
    say(getcpu, 0, 0, 0);
    say(getcpu, kNowhere, 0, 0);
    say(sched_yield);
}

PART(personality_answers)
{
    say(personality, 0xffffffff);
    say(personality, 0x40000);
    say(personality, 0xffffffff);
    const pid_t pid = fork();
    if (pid == 0) {
        say(personality, 0xffffffff);
        _exit(0);
    }
    check_child(pid);
    say(personality, 0);
}
