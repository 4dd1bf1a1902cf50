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

static void file_system_ids(void)
{
    say(setfsuid32, -1);
    say(setfsuid32, 55);
    say(setfsuid32, -1);
    say(setfsgid32, 66);
    say(setfsgid32, -1);
    say(setresuid32, 1000, 1000, 1000);
    say(setfsuid32, 0);
    say(setfsuid32, -1);
    say(setfsuid, 0);
    say(setfsgid, 0);
}

static void ids_that_are_saved(void)
{
    unsigned real, effective, saved;
    say(setresuid32, 1, 2, 3);
    say(setreuid32, 3, -1);
    say(setuid32, 1);
    say(getresuid32, &real, &effective, &saved);
    note("%u %u %u", real, effective, saved);
    say(setuid32, 3);
    say(setuid32, 1);
    say(setuid32, 0);
}

PART(wait_answers)
{
    int status = 0;
    say(waitpid, -1, &status, 0);
    say(wait4, -1, &status, WNOHANG, 0);
    say(wait4, 99999, &status, 0, 0);
    say(wait4, -1, &status, 0x100, 0);
    say(wait4, INT32_MIN, &status, 0, 0);
    say(waitid, 0, 0, 0, WEXITED, 0);
    say(waitid, 0, 0, 0, 0, 0);
    say(waitid, 0, 0, 0, WNOHANG, 0);
    say(waitid, 9, 1, 0, WEXITED, 0);
    say(waitid, 1, 0, 0, WEXITED, 0);
    say(waitid, 1, -5, 0, WEXITED, 0);
    say(waitid, 2, -5, 0, WEXITED, 0);
    say(waitid, 0, 0, 0, WEXITED | 0x100, 0);
    const pid_t pid = fork();
    if (pid == 0) end_with_7();
    say_ok(wait4, pid, kNowhere, 0, 0);
    say(wait4, pid, &status, 0, 0);
    const pid_t second = fork();
    if (second == 0) end_with_7();
    long info[32] = {0};
    say(waitid, 1, second, info, WEXITED | 0x01000000, 0);
    note("signal %ld, error %ld, code %ld, pid %d, uid %ld, status %ld", info[0], info[1], info[2],
         info[3] == second, info[4], info[5]);
    say(waitid, 1, second, kNowhere, WEXITED | 0x01000000, 0);
    say(waitid, 1, second, info, WSTOPPED | WNOHANG, 0);
    note("signal %ld, code %ld, pid %ld", info[0], info[2], info[3]);
    say_ok(waitpid, second, &status, 0);
    note("status 0x%x", status);
}

PART(clone_answers)
{
    enum { VM = 0x100, FS = 0x200, FILES = 0x400, SIGHAND = 0x800, THREAD = 0x10000, NEWNS = 0x20000 };
    say(clone, SIGHAND | SIGCHLD, 0, 0, 0, 0);
    say(clone, THREAD | VM | SIGCHLD, 0, 0, 0, 0);
    say(clone, THREAD | SIGHAND, 0, 0, 0, 0);
    say(clone, FS | NEWNS, 0, 0, 0, 0);
    say(clone3, 0, 0);
    say(clone3, kNowhere, 64);
    say(clone3, kNowhere, 8);
    say(clone3, kNowhere, 100000);
    say(execve, "nothing", 0, 0);
}

PART(saved_user_ids)
{
    in_child(ids_that_are_saved);
}

PART(ids_for_files)
{
    in_child(file_system_ids);
}

PART(group_lists)
{
    unsigned groups[4] = {4, 3, 2, 1};
    say(setgroups32, 4, groups);
    say(getgroups32, 0, 0);
    say(getgroups32, 3, groups);
    say(getgroups32, -1, groups);
    say(getgroups32, 4, kNowhere);
    say(getgroups32, 4, groups);
    note("%u %u %u %u", groups[0], groups[1], groups[2], groups[3]);
    say(setgroups32, -1, groups);
    say(setgroups32, 65537, groups);
    say(setgroups32, 4, kNowhere);
    say(setgroups32, 0, 0);
    say(getgroups32, 0, 0);
}

PART(old_ids)
{
    unsigned short three[3] = {9, 9, 9}, list[4] = {7, 6, 5, 4};
    say(getuid);
    say(getgid);
    say(geteuid);
    say(getegid);
    say(setgroups, 4, list);
    say(getgroups, 0, 0);
    say(getgroups, 4, list);
    note("%u %u %u %u", list[0], list[1], list[2], list[3]);
    say(getgroups, 2, list);
    say(setresgid, 300, 200, 100);
    say(getresgid, three, three + 1, three + 2);
    note("%u %u %u", three[0], three[1], three[2]);
    say(setgid, 0);
    say(setregid, 65535, 0);
    say(setresuid, 70, 0, 65535);
    say(getresuid, three, three + 1, three + 2);
    note("%u %u %u", three[0], three[1], three[2]);
    say(setreuid, 65535, 80);
    say(setuid, 0);
    say(geteuid);
}

PART(ids_that_do_not_fit)
{
    say(setresuid32, 70000, 70000, 70000);
    say(getuid);
    say(geteuid);
    say(getuid32);
}

PART(exec_errors)
{
    char* arguments[] = {"x", NULL};
    say(execve, "nothing", arguments, 0);
    say(execve, "", arguments, 0);
    say(execve, ".", arguments, 0);
    say(execve, kNowhere, arguments, 0);
    close(file_of("plain", "hello"));
    say(execve, "plain", arguments, 0);
    chmod("plain", 0755);
    say(execve, "plain", arguments, 0);
    say(execve, "plain/x", arguments, 0);
    close(file_of("empty", ""));
    chmod("empty", 0755);
    say(execve, "empty", arguments, 0);
    close(file_of("script", "#!nothing\n"));
    chmod("script", 0755);
    say(execve, "script", arguments, 0);
    close(file_of("loop", "#!loop\n"));
    chmod("loop", 0755);
    say(execve, "loop", arguments, 0);
    close(file_of("short", "#!\n"));
    chmod("short", 0755);
    say(execve, "short", arguments, 0);
    close(file_of("elf", "\177ELF\1\1\1"));
    chmod("elf", 0755);
    say(execve, "elf", arguments, 0);
    say(execve, long_name(300), arguments, 0);
    say(execve, long_name(5000), arguments, 0);
    say(uselib, "plain");
}

PART(process_descriptors)
{
    int info[32] = {SIGUSR1, 0, 0};
    say(pidfd_open, 0, 0);
    say(pidfd_open, -1, 0);
    say(pidfd_open, 30000, 0);
    say(pidfd_open, 1, 1);
    const int pid = fork();
    if (pid == 0) {
        for (;;)
            pause();
    }
    const int fd = say_ok(pidfd_open, pid, 0), eager = say_ok(pidfd_open, pid, O_NONBLOCK);
    say(fcntl64, fd, F_GETFD, 0);
    say(fcntl64, eager, F_GETFL, 0);
    say(read, fd, info, 4);
    say(write, fd, info, 4);
    say(pidfd_send_signal, fd, 0, 0, 0);
    say(pidfd_send_signal, fd, 0, 0, 0x100);
    say(pidfd_send_signal, fd, 65, 0, 0);
    say(pidfd_send_signal, 99, 0, 0, 0);
    say(pidfd_send_signal, 0, 0, 0, 0);
    say(pidfd_send_signal, fd, SIGUSR1, kNowhere, 0);
    say(pidfd_send_signal, fd, SIGUSR2, info, 0);
    say(pidfd_send_signal, fd, SIGUSR1, info, 0);
    say(pidfd_getfd, fd, 99, 0);
    say(pidfd_getfd, fd, 0, 1);
    say(pidfd_getfd, 99, 0, 0);
    say(pidfd_getfd, 0, 0, 0);
    say_ok(pidfd_getfd, fd, 0, 0);
    say(waitid, 3, -1, info, WEXITED, 0);
    say(waitid, 3, 99, info, WEXITED, 0);
    say(waitid, 3, 0, info, WEXITED, 0);
    say(waitid, 3, fd, info, 0, 0);
    say(waitid, 3, fd, info, WEXITED | WNOHANG, 0);
    say(waitid, 3, eager, info, WEXITED | WNOHANG, 0);
    say(waitid, 3, eager, info, WEXITED, 0);
    say(pidfd_send_signal, fd, SIGKILL, 0, 0);
    say(waitid, 3, fd, info, WEXITED, 0);
    note("%d %d %d", info[2], info[3] == pid, info[5]);
    say(waitid, 3, fd, info, WEXITED, 0);
    say(pidfd_send_signal, fd, 0, 0, 0);
    say(pidfd_getfd, fd, 0, 0);
}
