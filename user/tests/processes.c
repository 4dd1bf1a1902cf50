// What Linux promises about processes: fork, exec, wait, groups, descriptors, limits, ids.
#include "parts.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <sys/utsname.h>

extern char** environ;
static char self[PATH_MAX];  // this program's path

// A name of this process's own, in TMPDIR: set-id programs do not run as such in every /tmp.
static const char* scratch(const char* what)
{
    static char names[4][PATH_MAX];
    static unsigned next;
    char* name = names[next++ % 4];
    const char* const place = getenv("TMPDIR");
    snprintf(name, sizeof names[0], "%s/%s-%d", place ? place : "/tmp", what, (int)getpid());
    return name;
}

static void write_file(const char* path, const void* bytes, size_t size, mode_t mode)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    check(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && fchmod(fd, mode) == 0 && close(fd) == 0);
}

static void write_text(const char* path, const char* text, mode_t mode)
{
    write_file(path, text, strlen(text), mode);
}

// Runs a program with this as standard output; what it printed, and its status.
static int output_of(char* const argv[], char* const envp[], char* output, size_t size)
{
    int fds[2];
    check(pipe(fds) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        dup2(fds[1], 1);
        close(fds[0]);
        close(fds[1]);
        execve(argv[0], argv, envp ? envp : environ);
        printf("errno %d\n", errno);
        fflush(stdout);
        _exit(errno);
    }
    close(fds[1]);
    size_t got = 0;
    ssize_t more;
    while (got < size - 1 && (more = read(fds[0], output + got, size - 1 - got)) > 0)
        got += (size_t)more;
    output[got] = 0;
    close(fds[0]);
    return status_of(pid);
}

// ---- fork and vfork ----

PART(fork_copies_memory_and_shares_file_offsets)
{
    static int counter = 5;
    int* shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const char* name = scratch("fork");
    const int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    check(fd >= 0 && write(fd, "abcdef", 6) == 6 && lseek(fd, 0, SEEK_SET) == 0);
    unlink(name);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
        char c;
        check(getppid() == parent && getpid() != parent);
        counter = 6;
        *shared = 7;
        check(read(fd, &c, 1) == 1 && c == 'a');
        _exit(counter == 6 ? 0 : 1);
    }
    check_child(pid);
    check(counter == 5 && *shared == 7 && lseek(fd, 0, SEEK_CUR) == 1);
}

PART(fork_clears_alarm_pending_signals_and_usage)
{
    sigset_t usr, pending;
    sigemptyset(&usr);
    sigaddset(&usr, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr, NULL);
    raise(SIGUSR1);
    alarm(100);
    const pid_t pid = fork();
    if (pid == 0) {
        struct rusage usage;
        struct tms times_now;
        check(sigpending(&pending) == 0 && !sigismember(&pending, SIGUSR1));
        check(sigprocmask(SIG_BLOCK, NULL, &pending) == 0 && sigismember(&pending, SIGUSR1));
        check(alarm(0) == 0);
        check(getrusage(RUSAGE_CHILDREN, &usage) == 0 && usage.ru_minflt == 0);
        check(times(&times_now) != (clock_t)-1 && times_now.tms_cutime == 0);
        _exit(0);
    }
    check_child(pid);
    check(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1));
    const unsigned left = alarm(0);
    check(left > 90 && left <= 100);
}

static volatile int vfork_word;

PART(vfork_shares_memory_and_holds_the_parent)
{
    vfork_word = 1;
    pid_t pid = vfork();
    if (pid == 0) {
        vfork_word = 2;
        _exit(9);
    }
    check(vfork_word == 2);  // the child was first
    check(status_of(pid) == 9 << 8);
    pid = vfork();
    if (pid == 0) {
        execl(self, self, "exit", "13", (char*)NULL);
        _exit(99);
    }
    check(status_of(pid) == 13 << 8);
    pid = vfork();
    if (pid == 0) {
        kill(getpid(), SIGKILL);
        _exit(99);
    }
    check(status_of(pid) == SIGKILL);
}

PART(three_hundred_children_are_all_reaped_once)
{
    enum { kChildren = 300 };
    static unsigned char seen[65536];
    for (int i = 0; i < kChildren; i++) {
        const pid_t pid = fork();
        check(pid >= 0);
        if (pid == 0) _exit(i & 0x7f);
        seen[pid & 0xffff] = (unsigned char)((i & 0x7f) + 1);
    }
    for (int i = 0; i < kChildren; i++) {
        int status;
        const pid_t pid = wait(&status);
        check(pid > 0 && WIFEXITED(status) && seen[pid & 0xffff] == WEXITSTATUS(status) + 1);
        seen[pid & 0xffff] = 0;
    }
    check_errno(wait(NULL), ECHILD);
}

// ---- exec ----

PART(exec_passes_arguments_and_environment)
{
    static char long_one[100001], output[210000];
    memset(long_one, 'x', 100000);
    char* argv[] = {self, "show", "", "a b", long_one, "end", NULL};
    char* envp[] = {"A=1", "EMPTY=", "B=two words", NULL};
    check(output_of(argv, envp, output, sizeof(output)) == 0);
    char* expected = malloc(300000);
    sprintf(expected, "argc 6\n[%s]\n[show]\n[]\n[a b]\n[%s]\n[end]\n{A=1}\n{EMPTY=}\n{B=two words}\n", self,
            long_one);
    check(strcmp(output, expected) == 0);
}

PART(exec_of_too_much_is_refused)
{
    enum { kPiece = 100000 };
    static char piece[kPiece + 1], huge[200001];
    static char* many[200];
    memset(piece, 'y', kPiece);
    memset(huge, 'z', 200000);
    many[0] = self;
    for (int i = 1; i < 150; i++)
        many[i] = piece;
    check_errno(execve(self, many, environ), E2BIG);
    char* one[] = {self, huge, NULL};
    check_errno(execve(self, one, environ), E2BIG);  // no single one may be over 128 KiB
}

PART(exec_gives_a_linux_stack_and_auxiliary_vector)
{
    char output[4096];
    char* argv[] = {self, "auxv", NULL};
    const int status = output_of(argv, NULL, output, sizeof(output));
    if (status != 0) fputs(output, stdout);
    check(status == 0);
}

static int show_auxv(char** argv)
{
    char** last = environ;
    while (*last)
        last++;
    const unsigned long* auxv = (const unsigned long*)(last + 1);
    unsigned long value[64] = {0};
    for (; auxv[0] != AT_NULL; auxv += 2)
        if (auxv[0] < 64) value[auxv[0]] = auxv[1];
    check((uintptr_t)(argv - 1) % 16 == 0);  // the stack at the start
    check(value[AT_PAGESZ] == 4096 && value[AT_CLKTCK] == 100);
    check(value[AT_PHENT] == 32 && value[AT_PHNUM] > 0 && value[AT_PHNUM] < 20);
    check((value[AT_PHDR] & ~0xfffUL) == 0x08048000);
    check(value[AT_ENTRY] > 0x08048000 && value[AT_ENTRY] < 0x08100000);
    check(value[AT_UID] == getuid() && value[AT_EUID] == geteuid());
    check(value[AT_GID] == getgid() && value[AT_EGID] == getegid());
    check(value[AT_SECURE] == 0 && value[AT_BASE] == 0);
    check(value[AT_RANDOM] > value[AT_PHDR]);
    const unsigned char* random = (const unsigned char*)value[AT_RANDOM];
    int zeros = 0;
    for (int i = 0; i < 16; i++)
        zeros += random[i] == 0;
    check(zeros < 8);
    check(strcmp((const char*)value[AT_EXECFN], self) == 0);
    check(value[AT_PLATFORM] && strcmp((const char*)value[AT_PLATFORM], "i686") == 0);
    check((value[AT_HWCAP] & 1) == 1);  // an FPU
    return 0;
}

PART(exec_that_fails_leaves_the_program_running)
{
    char* argv[] = {"x", NULL};
    const char* name = scratch("exec");
    static char long_name[300], long_path[5000];
    check_errno(execve("/no/such/file", argv, environ), ENOENT);
    check_errno(execve("", argv, environ), ENOENT);
    check_errno(execve("/tmp", argv, environ), EACCES);
    write_text(name, "not a program", 0755);
    check_errno(execve(name, argv, environ), ENOEXEC);
    char below[80];
    sprintf(below, "%s/x", name);
    check_errno(execve(below, argv, environ), ENOTDIR);
    write_text(name, "", 0755);
    check_errno(execve(name, argv, environ), ENOEXEC);
    write_text(name, "#!/bin/sh\n", 0644);
    check_errno(execve(name, argv, environ), EACCES);
    write_text(name, "#!/no/such/interpreter\n", 0755);
    check_errno(execve(name, argv, environ), ENOENT);
    write_text(name, "#!\n", 0755);
    check_errno(execve(name, argv, environ), ENOEXEC);
    check(unlink(name) == 0 && symlink(name, name) == 0);
    check_errno(execve(name, argv, environ), ELOOP);
    unlink(name);
    memset(long_name, 'n', 299);
    check_errno(execve(long_name, argv, environ), ENAMETOOLONG);
    memset(long_path, '/', 4999);
    check_errno(execve(long_path, argv, environ), ENAMETOOLONG);
    check_errno(execve(self, (char**)0x1000, environ), EFAULT);
    check_errno(execve(self, argv, (char**)0x1000), EFAULT);
    char* bad[] = {"x", (char*)0x1000, NULL};
    check_errno(execve(self, bad, environ), EFAULT);
}

PART(scripts_run_through_their_interpreter)
{
    char text[PATH_MAX + 100], output[2000], expected[2000];
    const char* name = scratch("script");
    sprintf(text, "#! %s   show  two words \t\necho never\n", self);
    write_text(name, text, 0755);
    char* argv[] = {(char*)name, "first", "second", NULL};
    char* envp[] = {NULL};
    check(output_of(argv, envp, output, sizeof(output)) == 0);
    sprintf(expected, "argc 5\n[%s]\n[show  two words]\n[%s]\n[first]\n[second]\n", self, name);
    if (strcmp(output, expected) != 0) printf("got %sexpected %s", output, expected);
    check(strcmp(output, expected) == 0);
    // An interpreter that is a script itself; a first line without an end.
    const char* outer = scratch("outer");
    sprintf(text, "#!%s", name);
    write_text(outer, text, 0755);
    char* outer_argv[] = {(char*)outer, "third", NULL};
    check(output_of(outer_argv, envp, output, sizeof(output)) == 0);
    sprintf(expected, "argc 5\n[%s]\n[show  two words]\n[%s]\n[%s]\n[third]\n", self, name, outer);
    if (strcmp(output, expected) != 0) printf("got %sexpected %s", output, expected);
    check(strcmp(output, expected) == 0);
    // Scripts that name each other end.
    sprintf(text, "#!%s\n", outer);
    write_text(name, text, 0755);
    check_errno(execve(outer, outer_argv, envp), ELOOP);
    unlink(name);
    unlink(outer);
}

static void ignore_it(int signal)
{
    (void)signal;
}

PART(exec_keeps_what_it_should_and_drops_the_rest)
{
    char output[1000];
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    raise(SIGUSR2);
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR1, ignore_it);
    umask(0123);
    check(chdir("/tmp") == 0);
    alarm(1000);
    check(dup2(1, 50) == 50 && dup2(1, 51) == 51 && fcntl(51, F_SETFD, FD_CLOEXEC) == 0);
    check(open("/", O_RDONLY | O_CLOEXEC) >= 0);
    char* argv[] = {self, "state", NULL};
    check(output_of(argv, NULL, output, sizeof(output)) == 0);
    char* alarm_line = strstr(output, "alarm");
    check(alarm_line && atoi(alarm_line + 6) == 0);  // output_of forks: an alarm is not inherited
    *alarm_line = 0;
    if (strcmp(output, "hup ignored\nusr1 default\nusr2 blocked pending 0\numask 123\ncwd /tmp\n50 open\n") !=
        0)
        printf("%s", output);
    check(strcmp(output,
                 "hup ignored\nusr1 default\nusr2 blocked pending 0\numask 123\ncwd /tmp\n50 open\n") == 0);
}

PART(exec_keeps_pending_signals_alarm_and_ids)
{
    int fds[2];
    char line[200] = {0};
    check(pipe(fds) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        sigset_t mask;
        sigemptyset(&mask);
        sigaddset(&mask, SIGUSR2);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        raise(SIGUSR2);
        setpgid(0, 0);
        alarm(500);
        dup2(fds[1], 1);
        execl(self, self, "keeps", (char*)NULL);
        _exit(1);
    }
    close(fds[1]);
    check(read(fds[0], line, sizeof(line) - 1) > 0);
    check_child(pid);
    int pending, seconds, process, group;
    check(sscanf(line, "%d %d %d %d", &pending, &seconds, &process, &group) == 4);
    check(pending == 1 && seconds > 400 && seconds <= 500 && process == pid && group == pid);
}

// ---- wait ----

PART(wait_tells_how_a_child_ended)
{
    for (int code = 0; code < 256; code += 51) {
        const pid_t pid = fork();
        if (pid == 0) _exit(code);
        check(status_of(pid) == code << 8);
    }
    pid_t pid = fork();
    if (pid == 0) _exit(0x1203);
    check(status_of(pid) == 3 << 8);
    static const int signals[] = {SIGHUP,  SIGINT,    SIGKILL, SIGUSR1, SIGPIPE, SIGALRM,
                                  SIGTERM, SIGVTALRM, SIGIO,   40,      64};
    for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        pid = fork();
        if (pid == 0) {
            kill(getpid(), signals[i]);
            _exit(99);
        }
        const int status = status_of(pid);
        check(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
    }
}

PART(wait_options_choose_and_do_not_hang)
{
    int hold[2], status;
    check(pipe(hold) == 0);
    check_errno(waitpid(-1, NULL, WNOHANG), ECHILD);
    const pid_t first = fork();
    if (first == 0) {
        char c;
        close(hold[1]);
        read(hold[0], &c, 1);
        _exit(1);
    }
    const pid_t second = fork();
    if (second == 0) {
        close(hold[1]);
        setpgid(0, 0);
        _exit(2);
    }
    check(waitpid(first, &status, WNOHANG) == 0);
    check(waitpid(second, &status, 0) == second && status == 2 << 8);
    check_errno(waitpid(second, &status, 0), ECHILD);
    check_errno(waitpid(1 << 21, &status, 0), ECHILD);
    check_errno(waitpid(-second, &status, 0), ECHILD);
    check(waitpid(-getpgrp(), &status, WNOHANG) == 0);
    check(waitpid(0, &status, WNOHANG) == 0);
    check_errno(waitpid(-1, &status, 0x40), EINVAL);
    close(hold[1]);
    check(waitpid(0, &status, 0) == first && status == 1 << 8);
}

PART(wait_by_group_takes_members_only)
{
    int status;
    const pid_t leader = fork();
    if (leader == 0) {
        pause();
        _exit(0);
    }
    check(setpgid(leader, leader) == 0);
    const pid_t member = fork();
    if (member == 0) _exit(4);
    check(setpgid(member, leader) == 0 || errno == EACCES || errno == ESRCH);
    const pid_t other = fork();
    if (other == 0) _exit(5);
    check(waitpid(other, &status, 0) == other);
    if (getpgid(member) == leader) check(waitpid(-leader, &status, 0) == member && status == 4 << 8);
    kill(leader, SIGKILL);
    check(waitpid(-leader, &status, 0) == leader && status == SIGKILL);
    while (wait(NULL) > 0)
        ;
}

PART(wait_reports_stops_and_continuations_once)
{
    int status;
    const pid_t pid = fork();
    if (pid == 0) {
        for (;;)
            pause();
    }
    setpgid(pid, pid);  // SIGTSTP stops nobody in an orphaned group, which ours may be
    kill(pid, SIGSTOP);
    check(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    check(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0);
    kill(pid, SIGCONT);
    check(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
    check(waitpid(pid, &status, WCONTINUED | WNOHANG) == 0);
    kill(pid, SIGTSTP);
    check(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
    kill(pid, SIGTERM);  // stays pending while it is stopped
    check(waitpid(pid, &status, WNOHANG) == 0);
    kill(pid, SIGCONT);
    check(waitpid(pid, &status, 0) == pid && status == SIGTERM);
}

PART(sigkill_ends_a_stopped_process)
{
    int status;
    const pid_t pid = fork();
    if (pid == 0) {
        for (;;)
            pause();
    }
    kill(pid, SIGSTOP);
    check(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    kill(pid, SIGKILL);
    check(waitpid(pid, &status, 0) == pid && status == SIGKILL);
}

PART(wait_is_interrupted_by_a_handler)
{
    struct sigaction action = {.sa_handler = ignore_it};
    sigaction(SIGUSR1, &action, NULL);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
        for (;;) {
            nap_ms(20);
            kill(parent, SIGUSR1);
        }
    }
    check_errno(waitpid(pid, NULL, 0), EINTR);
    kill(pid, SIGKILL);
    check(status_of(pid) == SIGKILL);
}

PART(children_of_who_ignores_sigchld_leave_no_zombies)
{
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < 5; i++)
        if (fork() == 0) _exit(3);
    check_errno(wait(NULL), ECHILD);  // after all have ended
    signal(SIGCHLD, SIG_DFL);
    struct sigaction action = {.sa_handler = ignore_it, .sa_flags = SA_NOCLDWAIT | SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    if (fork() == 0) _exit(3);
    check_errno(wait(NULL), ECHILD);
}

PART(wait4_gives_the_usage_of_the_child)
{
    struct rusage usage, all;
    int status;
    const pid_t pid = fork();
    if (pid == 0) {
        enum { kPages = 200 };
        char* memory = mmap(NULL, kPages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int i = 0; i < kPages; i++)
            memory[i * 4096] = 1;
        const clock_t end = clock() + CLOCKS_PER_SEC / 10;
        while (clock() < end)
            ;
        _exit(0);
    }
    check(wait4(pid, &status, 0, &usage) == pid && status == 0);
    check(usage.ru_minflt >= 200 && usage.ru_minflt < 400 && usage.ru_maxrss >= 700);
    const long ms = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
                    (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
    check(ms >= 90 && ms < 2000);
    check(getrusage(RUSAGE_CHILDREN, &all) == 0 && all.ru_minflt == usage.ru_minflt);
}

// ---- Orphans ----

PART(orphans_get_init_as_parent)
{
    int result[2];
    char answer = 0;
    check(pipe(result) == 0);
    const pid_t middle = fork();
    if (middle == 0) {
        const pid_t parent = getpid();
        if (fork() == 0) {
            while (getppid() == parent)
                nap_ms(1);
            answer = getppid() == 1 ? 'y' : 'n';
            write(result[1], &answer, 1);
        }
        _exit(0);
    }
    check_child(middle);
    close(result[1]);
    check(read(result[0], &answer, 1) == 1 && answer == 'y');
}

PART(a_stopped_orphaned_group_gets_hup_and_cont)
{
    int result[2];
    char answer = 0;
    check(pipe(result) == 0);
    const pid_t middle = fork();
    if (middle == 0) {
        setsid();  // init is of another session
        const pid_t child = fork();
        if (child == 0) {
            close(result[0]);
            raise(SIGSTOP);
            write(result[1], "n", 1);  // SIGHUP should have killed us on the way out of the stop
            _exit(0);
        }
        setpgid(child, child);
        int status;
        check(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
        _exit(0);
    }
    close(result[1]);
    check_child(middle);
    check(read(result[0], &answer, 1) == 0);
}

// A group that was orphaned all along is left alone, whoever of it ends.
PART(an_end_in_an_orphaned_group_disturbs_no_one)
{
    const pid_t leader = fork();
    if (leader == 0) {
        int status;
        check(setsid() == getpid());  // our parent is of another session: orphaned
        const pid_t stopped = fork();
        if (stopped == 0)
            for (;;)
                pause();
        kill(stopped, SIGSTOP);
        check(waitpid(stopped, &status, WUNTRACED) == stopped && WIFSTOPPED(status));
        const pid_t other = fork();
        if (other == 0) _exit(0);
        check_child(other);
        check(waitpid(stopped, &status, WNOHANG | WCONTINUED) == 0);
        kill(stopped, SIGKILL);
        check(status_of(stopped) == SIGKILL);
        _exit(0);
    }
    check_child(leader);
}

// ---- Groups and sessions ----

static volatile sig_atomic_t caught;

static void count_it(int signal)
{
    (void)signal;
    caught++;
}

PART(groups_take_signals_together)
{
    enum { kMembers = 5 };
    int ready[2], status;
    char c;
    pid_t pids[kMembers];
    check(pipe(ready) == 0);
    for (int i = 0; i < kMembers; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            setpgid(0, i == 0 ? 0 : pids[0]);
            write(ready[1], "x", 1);
            for (;;)
                pause();
        }
        setpgid(pids[i], pids[0]);
    }
    for (int i = 0; i < kMembers; i++)
        check(read(ready[0], &c, 1) == 1 && getpgid(pids[i]) == pids[0]);
    check(kill(-pids[0], 0) == 0);
    check(kill(-pids[0], SIGTERM) == 0);
    for (int i = 0; i < kMembers; i++)
        check(waitpid(-pids[0], &status, 0) > 0 && status == SIGTERM);
    check_errno(kill(-pids[0], 0), ESRCH);
}

PART(kill_zero_reaches_the_own_group)
{
    const pid_t pid = fork();
    if (pid == 0) {
        check(setpgid(0, 0) == 0 && getpgrp() == getpid());
        signal(SIGUSR1, count_it);
        const pid_t child = fork();
        if (child == 0) {
            signal(SIGUSR1, SIG_DFL);
            kill(0, SIGUSR1);
            _exit(1);
        }
        const int status = status_of(child);
        check(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
        check(caught == 1);
        _exit(0);
    }
    check_child(pid);
}

PART(kill_says_what_is_wrong)
{
    check_errno(kill(1 << 21, SIGTERM), ESRCH);
    check_errno(kill(-(1 << 21), SIGTERM), ESRCH);
    check_errno(kill(getpid(), 65), EINVAL);
    check_errno(kill(getpid(), -1), EINVAL);
    check(kill(getpid(), 0) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        check(setuid(12345) == 0);
        check_errno(kill(1, SIGTERM), EPERM);
        check_errno(kill(getppid(), 0), EPERM);
        check(kill(getpid(), 0) == 0);
        _exit(0);
    }
    check_child(pid);
}

PART(setpgid_and_setsid_follow_their_rules)
{
    int go[2], status;
    char c;
    check(pipe(go) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        check(setpgid(0, 0) == 0);
        check_errno(setsid(), EPERM);  // leads a group
        check_errno(setpgid(0, 1 << 21), EPERM);
        check_errno(setpgid(0, -1), EINVAL);
        check_errno(setpgid(1, 0), ESRCH);
        const pid_t child = fork();
        if (child == 0) {
            check(setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid());
            check_errno(setpgid(0, 0), EPERM);  // leads a session
            check_errno(setsid(), EPERM);
            _exit(0);
        }
        check_child(child);
        _exit(0);
    }
    check_child(pid);
    const pid_t execs = fork();
    if (execs == 0) {
        dup2(go[1], 1);
        execl(self, self, "hold", (char*)NULL);
        _exit(1);
    }
    close(go[1]);
    check(read(go[0], &c, 1) == 1);
    check_errno(setpgid(execs, execs), EACCES);  // has executed
    kill(execs, SIGKILL);
    check(waitpid(execs, &status, 0) == execs);
    check_errno(getpgid(1 << 21), ESRCH);
    check_errno(getsid(1 << 21), ESRCH);
}

// ---- Descriptors ----

PART(dup_and_fcntl_number_descriptors)
{
    const int fd = open("/dev/null", O_RDWR);
    check(fd > 2);
    const int lowest = dup(fd);
    check(lowest > fd && close(lowest) == 0 && dup(fd) == lowest && close(lowest) == 0);
    check(dup2(fd, fd) == fd && dup2(fd, 77) == 77);
    check_errno(dup2(1000, 78), EBADF);
    check_errno(dup2(fd, -1), EBADF);
    check_errno(dup2(1000, 1000), EBADF);
    check_errno(dup3(fd, fd, 0), EINVAL);
    check_errno(dup3(fd, 80, 1), EINVAL);
    check(dup3(fd, 80, O_CLOEXEC) == 80 && fcntl(80, F_GETFD) == FD_CLOEXEC);
    check(dup2(80, 81) == 81 && fcntl(81, F_GETFD) == 0);  // the flag belongs to the descriptor
    check(fcntl(fd, F_DUPFD, 90) == 90 && fcntl(fd, F_DUPFD, 90) == 91);
    check(fcntl(fd, F_DUPFD_CLOEXEC, 90) == 92 && fcntl(92, F_GETFD) == FD_CLOEXEC);
    check(fcntl(92, F_SETFD, 0) == 0 && fcntl(92, F_GETFD) == 0);
    check_errno(fcntl(fd, F_DUPFD, -1), EINVAL);
    check_errno(fcntl(500, F_GETFD), EBADF);
    check_errno(fcntl(fd, 9999), EINVAL);
    check_errno(close(500), EBADF);
    check_errno(close(-1), EBADF);
}

PART(status_flags_belong_to_the_open_file)
{
    const char* name = scratch("flags");
    const int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    const int twin = dup(fd);
    check((fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK)) == O_RDWR);
    check(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_WRONLY) == 0);  // the access mode stays
    check((fcntl(twin, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK)) == (O_RDWR | O_APPEND | O_NONBLOCK));
    check(write(fd, "abc", 3) == 3 && lseek(fd, 0, SEEK_SET) == 0 && write(twin, "def", 3) == 3);
    char text[7] = {0};
    check(pread(fd, text, 6, 0) == 6 && strcmp(text, "abcdef") == 0);
    const int reader = open(name, O_RDONLY);
    check_errno(write(reader, "x", 1), EBADF);
    const int writer = open(name, O_WRONLY);
    check_errno(read(writer, text, 1), EBADF);
    check((fcntl(writer, F_GETFL) & O_ACCMODE) == O_WRONLY);
    unlink(name);
}

PART(descriptor_limit_is_kept)
{
    struct rlimit limit;
    check(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= 256);
    limit.rlim_cur = 20;
    check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    int opened = 0;
    while (open("/dev/null", O_RDONLY) >= 0)
        opened++;
    check(errno == EMFILE && opened > 5 && opened <= 17);
    int fds[2];
    check_errno(pipe(fds), EMFILE);
    check_errno(dup(0), EMFILE);
    check_errno(fcntl(0, F_DUPFD, 20), EINVAL);
    check_errno(dup2(0, 20), EBADF);
    close(3);
    check_errno(pipe(fds), EMFILE);  // two are needed
    check(open("/dev/null", O_RDONLY) == 3);
}

PART(many_descriptors_can_be_open)
{
    enum { kMany = 900 };
    static int fds[kMany];
    for (int i = 0; i < kMany; i++) {
        fds[i] = open("/dev/zero", O_RDONLY);
        check(fds[i] >= 0);
    }
    const pid_t pid = fork();
    if (pid == 0) {
        char c = 1;
        for (int i = 0; i < kMany; i++)
            check(read(fds[i], &c, 1) == 1 && c == 0 && close(fds[i]) == 0);
        _exit(0);
    }
    check_child(pid);
    char c = 1;
    check(read(fds[kMany - 1], &c, 1) == 1 && c == 0);
}

// ---- Limits, ids, names ----

static int deep(int n)
{
    volatile char room[1000];
    room[n % (int)sizeof(room)] = (char)n;  // not always the same one, or a compiler makes the room smaller
    return n <= 0 ? room[0] : deep(n - 1) + room[n % (int)sizeof(room)];
}

PART(stack_limit_is_kept)
{
    struct rlimit limit = {.rlim_cur = 256 * 1024, .rlim_max = RLIM_INFINITY};
    check(getrlimit(RLIMIT_STACK, &limit) == 0);
    limit.rlim_cur = 256 * 1024;
    check(setrlimit(RLIMIT_STACK, &limit) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        deep(100);
        _exit(0);
    }
    check_child(pid);
    pid = fork();
    if (pid == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        deep(400);
        _exit(0);
    }
    const int status = status_of(pid);
    check(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

PART(address_space_limit_is_kept)
{
    struct rlimit limit = {64 << 20, 64 << 20};
    check(setrlimit(RLIMIT_AS, &limit) == 0);
    check(mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
          errno == ENOMEM);
    void* some = mmap(NULL, 16 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(some != MAP_FAILED);
    check_errno(brk((char*)sbrk(0) + (100 << 20)), ENOMEM);
}

PART(limits_follow_their_rules)
{
    struct rlimit limit, got;
    check(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = 100;
    limit.rlim_max = 200;
    check(setrlimit(RLIMIT_NOFILE, &limit) == 0 && getrlimit(RLIMIT_NOFILE, &got) == 0);
    check(got.rlim_cur == 100 && got.rlim_max == 200);
    limit.rlim_cur = 300;
    check_errno(setrlimit(RLIMIT_NOFILE, &limit), EINVAL);
    check_errno(getrlimit(99, &got), EINVAL);
    const pid_t pid = fork();
    if (pid == 0) {
        check(getrlimit(RLIMIT_NOFILE, &got) == 0 && got.rlim_cur == 100);  // inherited
        check(setuid(12345) == 0);
        limit.rlim_cur = limit.rlim_max = 200;
        check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        limit.rlim_max = 201;
        check_errno(setrlimit(RLIMIT_NOFILE, &limit), EPERM);
        _exit(0);
    }
    check_child(pid);
}

PART(file_size_limit_is_kept)
{
    struct rlimit limit = {10000, RLIM_INFINITY};
    static char bytes[8192];
    const char* name = scratch("fsize");
    const int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    check(fd >= 0 && setrlimit(RLIMIT_FSIZE, &limit) == 0);
    unlink(name);
    signal(SIGXFSZ, count_it);
    caught = 0;
    check(write(fd, bytes, 8192) == 8192);
    check(write(fd, bytes, 8192) == 10000 - 8192);
    check_errno(write(fd, bytes, 8192), EFBIG);
    check(caught == 1);
    check_errno(ftruncate(fd, 20000), EFBIG);
    check(caught == 2);
    struct stat info;
    check(fstat(fd, &info) == 0 && info.st_size == 10000);
}

PART(process_limit_is_kept_for_users)
{
    struct rlimit limit = {10, 10};
    int hold[2];
    check(pipe(hold) == 0 && setrlimit(RLIMIT_NPROC, &limit) == 0 && setuid(23456) == 0);
    int started = 0;
    for (; started < 20; started++) {
        const pid_t pid = fork();
        if (pid < 0) break;
        if (pid == 0) {
            char c;
            close(hold[1]);
            read(hold[0], &c, 1);
            _exit(0);
        }
    }
    check(errno == EAGAIN && started == 9);
    close(hold[1]);
    while (wait(NULL) > 0)
        ;
}

PART(umask_clears_mode_bits)
{
    const char* name = scratch("umask");
    struct stat info;
    check(umask(027) != 027 || 1);
    check(umask(027) == 027);
    check(close(open(name, O_CREAT | O_WRONLY, 0777)) == 0 && stat(name, &info) == 0 &&
          (info.st_mode & 0777) == 0750);
    unlink(name);
    check(mkdir(name, 0777) == 0 && stat(name, &info) == 0 && (info.st_mode & 07777) == 0750);
    rmdir(name);
    check(umask(01777) == 027 && umask(0) == 0777);
}

PART(setuid_gives_rights_up_for_good)
{
    check(setgid(500) == 0 && setuid(500) == 0);
    check(getuid() == 500 && geteuid() == 500 && getgid() == 500 && getegid() == 500);
    check_errno(setuid(0), EPERM);
    check_errno(setgid(0), EPERM);
    check(setuid(500) == 0);
}

PART(setuid_programs_run_as_their_owner)
{
    const char* copy = scratch("setuid");
    char output[200];
    const int from = open(self, O_RDONLY);
    struct stat info;
    check(from >= 0 && fstat(from, &info) == 0);
    char* bytes = malloc((size_t)info.st_size);
    check(read(from, bytes, (size_t)info.st_size) == info.st_size);
    write_file(copy, bytes, (size_t)info.st_size, 0755);
    check(chown(copy, 700, 701) == 0 && chmod(copy, 06755) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        check(setgid(800) == 0 && setuid(801) == 0);
        char* argv[] = {(char*)copy, "ids", NULL};
        check(output_of(argv, NULL, output, sizeof(output)) == 0);
        check(strcmp(output, "801 700 800 701 1\n") == 0);
        _exit(0);
    }
    const int status = status_of(pid);
    unlink(copy);
    check(status == 0);
}

PART(chown_and_writes_drop_setuid_bits)
{
    const char* name = scratch("suid");
    struct stat info;
    write_text(name, "x", 06755);
    check(stat(name, &info) == 0 && (info.st_mode & 07777) == 06755);
    check(chown(name, 5, 6) == 0 && stat(name, &info) == 0 && (info.st_mode & 07777) == 0755);
    check(chmod(name, 06777) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        check(setuid(999) == 0);
        const int fd = open(name, O_WRONLY);
        check(fd >= 0 && write(fd, "y", 1) == 1);
        _exit(0);
    }
    check_child(pid);
    check(stat(name, &info) == 0 && (info.st_mode & 07777) == 0777);
    unlink(name);
}

PART(uname_and_getcwd_answer)
{
    struct utsname name;
    char path[PATH_MAX], small[3];
    check(uname(&name) == 0 && strcmp(name.sysname, "Linux") == 0);
    check(chdir("/tmp") == 0 && strcmp(getcwd(path, sizeof(path)), "/tmp") == 0);
    check(getcwd(small, sizeof(small)) == NULL && errno == ERANGE);
    const char* gone = scratch("gone");
    check(mkdir(gone, 0700) == 0 && chdir(gone) == 0 && rmdir(gone) == 0);
    check(getcwd(path, sizeof(path)) == NULL && errno == ENOENT);
    check_errno(open("file", O_CREAT | O_WRONLY, 0600), ENOENT);
    check(chdir("..") == 0 || errno == ENOENT);
}

PART(chroot_confines)
{
    char path[PATH_MAX];
    const char* root = scratch("root");
    char inner[100];
    sprintf(inner, "%s/inner", root);
    check(mkdir(root, 0755) == 0 && mkdir(inner, 0755) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        check(chroot(root) == 0 && chdir("/") == 0);
        check(access("/inner", F_OK) == 0 && access("/../../inner", F_OK) == 0);
        check_errno(access("/bin", F_OK), ENOENT);
        check(chdir("inner") == 0 && strcmp(getcwd(path, sizeof(path)), "/inner") == 0);
        check(setuid(5) == 0);
        check_errno(chroot("/"), EPERM);
        _exit(0);
    }
    const int status = status_of(pid);
    rmdir(inner);
    rmdir(root);
    check(status == 0);
}

// ---- What the program does when it is called again ----

static int show(int argc, char** argv)
{
    printf("argc %d\n", argc);
    for (int i = 0; i < argc; i++)
        printf("[%s]\n", argv[i]);
    for (char** e = environ; *e; e++)
        printf("{%s}\n", *e);
    return 0;
}

static const char* disposition(int signal)
{
    struct sigaction action;
    sigaction(signal, NULL, &action);
    return action.sa_handler == SIG_IGN ? "ignored" : action.sa_handler == SIG_DFL ? "default" : "handled";
}

static int show_state(void)
{
    sigset_t mask, pending;
    char path[PATH_MAX];
    sigprocmask(SIG_BLOCK, NULL, &mask);
    sigpending(&pending);
    const mode_t old = umask(0);
    printf("hup %s\nusr1 %s\nusr2 %s pending %d\numask %o\ncwd %s\n", disposition(SIGHUP),
           disposition(SIGUSR1), sigismember(&mask, SIGUSR2) ? "blocked" : "open",
           sigismember(&pending, SIGUSR2), (unsigned)old, getcwd(path, sizeof(path)));
    for (int fd = 50; fd < 100; fd++)
        if (fcntl(fd, F_GETFD) >= 0) printf("%d open\n", fd);
    printf("alarm %u\n", alarm(0));
    return 0;
}

static int called_again(int argc, char** argv)
{
    const char* what = argv[1];
    if (strncmp(what, "show", 4) == 0) return show(argc, argv);
    if (strcmp(what, "exit") == 0) return atoi(argv[2]);
    if (strcmp(what, "auxv") == 0) return show_auxv(argv);
    if (strcmp(what, "state") == 0) return show_state();
    if (strcmp(what, "ids") == 0)
        return printf("%u %u %u %u %lu\n", getuid(), geteuid(), getgid(), getegid(), getauxval(AT_SECURE)) <
               0;
    if (strcmp(what, "keeps") == 0) {
        sigset_t pending;
        sigpending(&pending);
        return printf("%d %u %d %d\n", sigismember(&pending, SIGUSR2), alarm(0), (int)getpid(),
                      (int)getpgrp()) < 0;
    }
    if (strcmp(what, "hold") == 0) {
        write(1, "x", 1);
        for (;;)
            pause();
    }
    return -1;
}

int main(int argc, char** argv)
{
    // The kernel's own name for this program; /proc may be absent.
    strcpy(self, argv[0]);
    if (argc > 1) {
        const int status = called_again(argc, argv);
        if (status >= 0) return status;
    }
    return run_parts(argc, argv);
}
