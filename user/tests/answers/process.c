// Processes: beginning, ending, waiting, ids, groups and sessions, limits.
#include "answers.h"

#include <sys/resource.h>

static void end_with_7(void)
{
    _exit(7);
}

PART(wait_for_groups)
{
    int status;
    const pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        end_with_7();
    }
    setpgid(pid, pid);
    say(wait4, 0, &status, 0, 0);
    say_ok(wait4, -pid, &status, 0, 0);
    note("status 0x%x", status);
    say(wait4, -pid, &status, 0, 0);
}

static void ids_of_a_user(void)
{
    unsigned real, effective, saved;
    become_user(1000);
    say(getuid32);
    say(geteuid32);
    say(getgid32);
    say(getegid32);
    say(setuid32, 0);
    say(setuid32, 1000);
    say(setuid32, -1);
    say(setgid32, 0);
    say(setgid32, -1);
    say(setreuid32, -1, 0);
    say(setreuid32, 0, -1);
    say(setreuid32, -1, -1);
    say(setregid32, 5, 5);
    say(setresuid32, 0, -1, -1);
    say(setresuid32, -1, -1, 2000);
    say(setresuid32, 1000, 1000, 1000);
    say(setresgid32, -1, 7, -1);
    say(setgroups32, 0, 0);
    say(getgroups32, 0, 0);
    say(getresuid32, &real, &effective, &saved);
    note("%u %u %u", real, effective, saved);
    say(getresuid32, kNowhere, &effective, &saved);
    say(getresgid32, &real, &effective, kNowhere);
}

PART(user_ids)
{
    in_child(ids_of_a_user);
}

PART(process_groups)
{
    say(setpgid, -1, 0);
    say(setpgid, 0, -1);
    say(setpgid, 99999, 0);
    say(setpgid, 0, 99999);
    say(setpgid, 1, 0);
    say(getpgid, 99999);
    say(getpgid, -1);
    say(getsid, 99999);
    say(getsid, -1);
    say_ok(getpgid, 0);
    say_ok(getpgrp);
    say(setpgid, 0, 0);
    note("a leader: %d", kernel_call(getpgrp) == getpid());
    say(setsid);
    const pid_t pid = fork();
    if (pid == 0) {
        say_ok(setsid);
        note("a new session: %d, group %d", kernel_call(getsid, 0) == getpid(),
             kernel_call(getpgid, 0) == getpid());
        say(setsid);
        say(setpgid, 0, 0);
        _exit(0);
    }
    check_child(pid);
}

PART(groups_of_children)
{
    const pid_t pid = fork();
    if (pid == 0) pause();
    say(setpgid, pid, pid);
    say(setpgid, pid, 99999);
    say(kill, -pid, SIGKILL);
    status_of(pid);
    say(setpgid, pid, pid);
}

PART(limits)
{
    struct rlimit limit = {100, 50};
    unsigned long long wide[2] = {1ull << 40, 1ull << 41};
    say(setrlimit, RLIMIT_NOFILE, &limit);
    say(setrlimit, 16, &limit);
    say(setrlimit, -1, &limit);
    say(setrlimit, RLIMIT_CORE, kNowhere);
    say(ugetrlimit, 16, &limit);
    say(ugetrlimit, RLIMIT_CORE, kNowhere);
    say(getrlimit, 16, &limit);
    say(prlimit64, 0, RLIMIT_FSIZE, wide, 0);
    say(ugetrlimit, RLIMIT_FSIZE, &limit);
    note("%lx %lx", (long)limit.rlim_cur, (long)limit.rlim_max);
    say(getrlimit, RLIMIT_FSIZE, &limit);
    note("old form: %lx %lx", (long)limit.rlim_cur, (long)limit.rlim_max);
    say(prlimit64, 99999, RLIMIT_FSIZE, 0, wide);
    say(prlimit64, 0, 99, 0, wide);
    say(prlimit64, 0, RLIMIT_FSIZE, kNowhere, 0);
    say(prlimit64, 0, RLIMIT_FSIZE, 0, kNowhere);
    wide[0] = 10, wide[1] = 5;
    say(prlimit64, 0, RLIMIT_FSIZE, wide, 0);
    limit.rlim_cur = limit.rlim_max = 2000000000;
    say(setrlimit, RLIMIT_NOFILE, &limit);
}

static void limits_of_a_user(void)
{
    struct rlimit limit = {100, 100};
    unsigned long long wide[2];
    become_user(1000);
    say(setrlimit, RLIMIT_NOFILE, &limit);
    limit.rlim_max = 200;
    say(setrlimit, RLIMIT_NOFILE, &limit);
    say(prlimit64, 1, RLIMIT_NOFILE, 0, wide);
    say(prlimit64, getppid(), RLIMIT_NOFILE, 0, wide);
    say(prlimit64, getpid(), RLIMIT_NOFILE, 0, wide);
    note("%llu %llu", wide[0], wide[1]);
}

PART(limits_without_rights)
{
    in_child(limits_of_a_user);
}

PART(usage_answers)
{
    struct rusage usage;
    long times[4];
    say(getrusage, RUSAGE_SELF, &usage);
    say(getrusage, RUSAGE_CHILDREN, &usage);
    say(getrusage, 1, &usage);
    say(getrusage, 2, &usage);
    say(getrusage, -2, &usage);
    say(getrusage, RUSAGE_SELF, kNowhere);
    say_ok(times, times);
    say(times, kNowhere);
}

static void exec_of_a_user(void)
{
    char* arguments[] = {"x", NULL};
    become_user(1000);
    say(execve, "mine", arguments, 0);
    say(execve, "closed/file", arguments, 0);
}

PART(exec_without_rights)
{
    close(file_of("mine", "x"));
    chmod("mine", 0700);
    check(mkdir("closed", 0700) == 0);
    in_child(exec_of_a_user);
}

PART(umask_answers)
{
    say(umask, 022);
    say(umask, 07777);
    say(umask, 0);
}
