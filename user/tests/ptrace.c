// What ptrace promises a tracer: stops, registers, memory, signals, events; and what it refuses.
#include "parts.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>

#define __WALL 0x40000000

static long ask(enum __ptrace_request request, pid_t pid, long address, long data)
{
    return ptrace(request, pid, address, data);
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, __WALL) != pid)
        check(errno == EINTR);
    return status;
}

#define STOPPED_BY(signal) (0x7f | (signal) << 8)
#define EVENT(kind) (STOPPED_BY(SIGTRAP) | (kind) << 16)
#define CALL_STOP STOPPED_BY(SIGTRAP | 0x80)

// A child that asks to be traced and stops itself before body() runs.
static pid_t begin(void (*body)(void))
{
    const pid_t pid = fork();
    if (pid == 0) {
        check(ask(PTRACE_TRACEME, 0, 0, 0) == 0);
        raise(SIGSTOP);
        body();
        _exit(0);
    }
    check(wait_for(pid) == STOPPED_BY(SIGSTOP));
    return pid;
}

static struct user_regs_struct registers_of(pid_t pid)
{
    struct user_regs_struct registers;
    check(ask(PTRACE_GETREGS, pid, 0, (long)&registers) == 0);
    return registers;
}

static void end(pid_t pid)
{
    check(ask(PTRACE_CONT, pid, 0, 0) == 0);
    check(wait_for(pid) == 0);
}

static void do_nothing(void) {}

PART(traced_child_stops_for_its_parent)
{
    const pid_t pid = begin(do_nothing);
    int status;
    check(waitpid(pid, &status, WNOHANG) == 0);  // told once
    end(pid);
    check_errno(waitpid(pid, &status, 0), ECHILD);
}

PART(stops_are_told_by_sigchld)
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    check(sigprocmask(SIG_BLOCK, &child, NULL) == 0);
    const pid_t pid = begin(do_nothing);
    siginfo_t info;
    check(sigwaitinfo(&child, &info) == SIGCHLD);
    check(info.si_code == 4 && info.si_pid == pid && info.si_status == SIGSTOP);  // CLD_TRAPPED
    end(pid);
}

PART(waitid_calls_a_stop_trapped)
{
    const pid_t pid = fork();
    if (pid == 0) {
        ask(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGUSR1);
        _exit(0);
    }
    siginfo_t info;
    check(waitid(P_PID, pid, &info, WSTOPPED) == 0);
    check(info.si_code == 4 && info.si_pid == pid && info.si_status == SIGUSR1);
    end(pid);
}

PART(exec_stops_with_sigtrap)
{
    const pid_t pid = fork();
    if (pid == 0) {
        ask(PTRACE_TRACEME, 0, 0, 0);
        char* argv[] = {"/bin/true", NULL};
        execv(argv[0], argv);
        _exit(9);
    }
    check(wait_for(pid) == STOPPED_BY(SIGTRAP));
    end(pid);
}

static void three_calls(void)
{
    syscall(SYS_getppid);
    syscall(SYS_close, 77);
    syscall(SYS_lseek, 99, 5, 0);
}

static struct user_regs_struct next_call(pid_t pid)
{
    check(ask(PTRACE_SYSCALL, pid, 0, 0) == 0);
    check(wait_for(pid) == CALL_STOP);
    return registers_of(pid);
}

PART(calls_stop_at_both_ends)
{
    const pid_t pid = begin(three_calls);
    check(ask(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD) == 0);
    struct user_regs_struct in = next_call(pid), out;
    if (in.orig_eax != SYS_getppid) in = next_call(pid);  // the end of raise()
    while (in.orig_eax != SYS_getppid)
        in = next_call(pid);
    check(in.eax == -ENOSYS);
    out = next_call(pid);
    check(out.orig_eax == SYS_getppid && out.eax == getpid());
    in = next_call(pid);
    check(in.orig_eax == SYS_close && in.ebx == 77);
    out = next_call(pid);
    check(out.eax == -EBADF);
    in = next_call(pid);
    check(in.orig_eax == SYS_lseek && in.ebx == 99 && in.ecx == 5);
    check(next_call(pid).eax == -EBADF);
    check(next_call(pid).orig_eax == SYS_exit_group);
    end(pid);
}

static void calls_until(pid_t pid, long number)
{
    check(ask(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD) == 0);
    for (;;) {
        const struct user_regs_struct in = next_call(pid);
        if (in.orig_eax == number && in.eax == -ENOSYS) return;
    }
}

static void ask_for_77(void)
{
    _exit(syscall(SYS_umask, 077) == 5 && syscall(SYS_getsid, 0) == 1234 && syscall(SYS_getpgid, 0) == -1 &&
                  errno == ENOSYS
              ? 7
              : 8);
}

PART(tracer_changes_calls)
{
    const pid_t pid = begin(ask_for_77);
    calls_until(pid, SYS_umask);  // another argument, seen in the result of the next one
    struct user_regs_struct registers = registers_of(pid);
    registers.ebx = 022;
    check(ask(PTRACE_SETREGS, pid, 0, (long)&registers) == 0);
    registers = next_call(pid);
    registers.eax = 5;  // another result
    check(ask(PTRACE_SETREGS, pid, 0, (long)&registers) == 0);
    registers = next_call(pid);
    check(registers.orig_eax == SYS_getsid);
    check(ask(PTRACE_POKEUSER, pid, 11 * 4, SYS_umask) == 0);  // another call: orig_eax
    registers = next_call(pid);
    check(registers.eax == 022);
    check(ask(PTRACE_POKEUSER, pid, 6 * 4, 1234) == 0);  // eax
    registers = next_call(pid);
    check(registers.orig_eax == SYS_getpgid);
    check(ask(PTRACE_POKEUSER, pid, 11 * 4, -1) == 0);  // no call
    check(next_call(pid).eax == -ENOSYS);
    check(ask(PTRACE_CONT, pid, 0, 0) == 0);
    check(wait_for(pid) == 7 << 8);
}

struct call_info {
    unsigned char op, pad[3];
    unsigned arch;
    unsigned long long ip, sp, words[7];
};

PART(call_info_tells_the_call)
{
    const pid_t pid = begin(three_calls);
    struct call_info info;
    check(ask(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, (long)&info) == 24 && info.op == 0);
    check(info.arch == 0x40000003);
    calls_until(pid, SYS_close);
    check(ask(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, (long)&info) == 80);
    check(info.op == 1 && info.words[0] == SYS_close && info.words[1] == 77);
    const struct user_regs_struct out = next_call(pid);
    check(ask(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, (long)&info) == 33);
    check(info.op == 2 && (long long)info.words[0] == -EBADF && *(unsigned char*)&info.words[1] == 1);
    check(info.ip == (unsigned long)out.eip && info.sp == (unsigned long)out.esp);
    end(pid);
}

static volatile long shared_word = 41;

static void look_at_word(void)
{
    _exit(shared_word == 42 ? 3 : 4);
}

PART(memory_is_read_and_written)
{
    const pid_t pid = begin(look_at_word);
    check(ask(PTRACE_PEEKDATA, pid, (long)&shared_word, 0) == 41);
    check(ask(PTRACE_POKEDATA, pid, (long)&shared_word, 42) == 0);
    check(ask(PTRACE_PEEKDATA, pid, (long)&shared_word, 0) == 42 && shared_word == 41);
    check_errno(ask(PTRACE_PEEKDATA, pid, 16, 0), EIO);
    check_errno(ask(PTRACE_POKEDATA, pid, 16, 1), EIO);
    check(ask(PTRACE_CONT, pid, 0, 0) == 0);
    check(wait_for(pid) == 3 << 8);
}

__attribute__((noinline)) static int marked(int x)
{
    __asm__ volatile("" : "+r"(x));
    return x + 1;
}

static void call_marked(void)
{
    _exit(marked(4));
}

PART(breakpoint_in_text)
{
    const pid_t pid = begin(call_marked);
    const long at = (long)marked;
    const long word = ask(PTRACE_PEEKTEXT, pid, at, 0);
    check(ask(PTRACE_POKETEXT, pid, at, (word & ~0xffL) | 0xcc) == 0);
    check(ask(PTRACE_CONT, pid, 0, 0) == 0);
    check(wait_for(pid) == STOPPED_BY(SIGTRAP));
    struct user_regs_struct registers = registers_of(pid);
    check(registers.eip == at + 1);
    check(marked(1) == 2);  // our own text is as it was
    siginfo_t info;
    check(ask(PTRACE_GETSIGINFO, pid, 0, (long)&info) == 0 && info.si_signo == SIGTRAP &&
          info.si_code == 0x80);
    check(ask(PTRACE_POKETEXT, pid, at, word) == 0);
    registers.eip = at;
    check(ask(PTRACE_SETREGS, pid, 0, (long)&registers) == 0);
    check(ask(PTRACE_SINGLESTEP, pid, 0, 0) == 0);
    check(wait_for(pid) == STOPPED_BY(SIGTRAP));
    check(registers_of(pid).eip > at && (registers_of(pid).eflags & 0x100) == 0);
    check(ask(PTRACE_CONT, pid, 0, 0) == 0);
    check(wait_for(pid) == 5 << 8);
}

static void stepped(void)
{
    long a, c;
    __asm__ volatile("movl %2, %%eax\n"
                     "int $0x80\n"
                     "movl $7, %%ecx\n"
                     "incl %%ecx\n"
                     "int3\n"
                     : "=&a"(a), "=&c"(c)
                     : "i"(SYS_getpid));
    _exit(c == 8 && a == getpid() ? 0 : 1);
}

PART(steps_stop_behind_each_instruction)
{
    const pid_t pid = begin(stepped);
    long steps = 0, last = 0;
    int behind_call = 0;
    for (;; steps++) {
        check(ask(PTRACE_SINGLESTEP, pid, 0, 0) == 0);
        check(wait_for(pid) == STOPPED_BY(SIGTRAP));
        const struct user_regs_struct now = registers_of(pid);
        const long code = ask(PTRACE_PEEKTEXT, pid, now.eip, 0);
        if ((code & 0xff) == 0xb9 && now.eax == pid) behind_call = 1;  // movl $7, %ecx is the next
        if ((ask(PTRACE_PEEKTEXT, pid, now.eip - 1, 0) & 0xff) == 0xcc && now.ecx == 8) break;
        check(now.eip != last || steps == 0);
        last = now.eip;
    }
    check(behind_call && steps > 4);
    end(pid);
}

static volatile int handled;

static void count(int signal)
{
    handled = signal;
}

static void be_signalled(void)
{
    signal(SIGUSR1, count);
    signal(SIGUSR2, count);
    raise(SIGUSR1);
    const int first = handled;
    raise(SIGUSR1);
    const int second = handled;
    handled = 0;
    raise(SIGUSR1);
    _exit(first == 0 && second == SIGUSR2 && handled == SIGUSR1 ? 6 : 1);
}

static void until_signal(pid_t pid, int signal)
{
    check(ask(PTRACE_CONT, pid, 0, 0) == 0);
    check(wait_for(pid) == STOPPED_BY(signal));
}

PART(signals_are_taken_changed_and_passed_on)
{
    const pid_t pid = begin(be_signalled);
    until_signal(pid, SIGUSR1);
    siginfo_t info;
    check(ask(PTRACE_GETSIGINFO, pid, 0, (long)&info) == 0);
    check(info.si_signo == SIGUSR1 && info.si_pid == pid && info.si_code == -6);
    until_signal(pid, SIGUSR1);
    check(ask(PTRACE_CONT, pid, 0, SIGUSR2) == 0);
    check(wait_for(pid) == STOPPED_BY(SIGUSR1));
    check(ask(PTRACE_CONT, pid, 0, SIGUSR1) == 0);
    check(wait_for(pid) == 6 << 8);
}

static void be_ignorant(void)
{
    signal(SIGTERM, SIG_IGN);
    raise(SIGTERM);
    raise(SIGCHLD);
    raise(SIGWINCH);
}

PART(ignored_signals_stop_too)
{
    const pid_t pid = begin(be_ignorant);
    until_signal(pid, SIGTERM);
    check(ask(PTRACE_CONT, pid, 0, SIGTERM) == 0);
    check(wait_for(pid) == STOPPED_BY(SIGCHLD));
    check(ask(PTRACE_CONT, pid, 0, SIGCHLD) == 0);
    check(wait_for(pid) == STOPPED_BY(SIGWINCH));
    end(pid);
}

PART(faults_are_seen_before_they_kill)
{
    const pid_t pid = begin(do_nothing);
    struct user_regs_struct registers = registers_of(pid);
    registers.eip = 0x10;
    registers.orig_eax = -1;
    check(ask(PTRACE_SETREGS, pid, 0, (long)&registers) == 0);
    until_signal(pid, SIGSEGV);
    siginfo_t info;
    check(ask(PTRACE_GETSIGINFO, pid, 0, (long)&info) == 0);
    check(info.si_code == SEGV_MAPERR && info.si_addr == (void*)0x10);
    check(ask(PTRACE_CONT, pid, 0, SIGSEGV) == 0);
    check(WTERMSIG(wait_for(pid)) == SIGSEGV);
}

PART(kill_ends_every_stop)
{
    pid_t pid = begin(do_nothing);
    check(kill(pid, SIGKILL) == 0);
    check(wait_for(pid) == SIGKILL);
    pid = begin(do_nothing);
    check(ask(PTRACE_KILL, pid, 0, 0) == 0);
    check(wait_for(pid) == SIGKILL);
}

static void fork_twice(void)
{
    const pid_t pid = fork();
    if (pid == 0) _exit(11);
    check(status_of(pid) == 11 << 8);
    const pid_t second = vfork();
    if (second == 0) _exit(12);
    check(status_of(second) == 12 << 8);
}

static pid_t message_of(pid_t pid)
{
    unsigned long message;
    check(ask(PTRACE_GETEVENTMSG, pid, 0, (long)&message) == 0);
    return (pid_t)message;
}

PART(forks_are_told_and_children_traced)
{
    const pid_t pid = begin(fork_twice);
    check(ask(PTRACE_SETOPTIONS, pid, 0,
              PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE) == 0);
    check(ask(PTRACE_CONT, pid, 0, 0) == 0);
    check(wait_for(pid) == EVENT(PTRACE_EVENT_FORK));
    const pid_t child = message_of(pid);
    check(wait_for(child) == STOPPED_BY(SIGSTOP));
    check(registers_of(child).eax == 0 && registers_of(child).orig_eax == registers_of(pid).orig_eax);
    check(ask(PTRACE_CONT, child, 0, 0) == 0);
    check(wait_for(child) == 11 << 8);  // before its parent
    check(ask(PTRACE_CONT, pid, 0, 0) == 0);
    int status = wait_for(pid);
    if (status == STOPPED_BY(SIGCHLD)) {
        check(ask(PTRACE_CONT, pid, 0, SIGCHLD) == 0);
        status = wait_for(pid);
    }
    check(status == EVENT(PTRACE_EVENT_VFORK));
    const pid_t second = message_of(pid);
    check(ask(PTRACE_CONT, pid, 0, 0) == 0);
    check(wait_for(second) == STOPPED_BY(SIGSTOP));
    check(ask(PTRACE_CONT, second, 0, 0) == 0);
    check(wait_for(second) == 12 << 8);
    check(wait_for(pid) == EVENT(PTRACE_EVENT_VFORK_DONE) && message_of(pid) == second);
    for (int sig = 0;; sig = WSTOPSIG(status)) {
        check(ask(PTRACE_CONT, pid, 0, sig) == 0);
        status = wait_for(pid);
        if (!WIFSTOPPED(status)) break;
        check(WSTOPSIG(status) == SIGCHLD);
    }
    check(status == 0);
}

static void exec_true(void)
{
    char* argv[] = {"/bin/true", NULL};
    execv(argv[0], argv);
}

PART(exec_and_exit_events)
{
    const pid_t pid = begin(exec_true);
    check(ask(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT) == 0);
    check(ask(PTRACE_CONT, pid, 0, 0) == 0);
    check(wait_for(pid) == EVENT(PTRACE_EVENT_EXEC) && message_of(pid) == pid);
    siginfo_t info;
    check(ask(PTRACE_GETSIGINFO, pid, 0, (long)&info) == 0);
    check(info.si_signo == SIGTRAP && info.si_code == (SIGTRAP | PTRACE_EVENT_EXEC << 8));
    check(ask(PTRACE_CONT, pid, 0, 0) == 0);
    check(wait_for(pid) == EVENT(PTRACE_EVENT_EXIT) && message_of(pid) == 0);
    end(pid);
}

// Sleeping children do nothing else than the call that they are to sleep in, so that state S tells which one it is.
static void until_asleep(pid_t pid)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    for (;;) {
        const int fd = open(path, O_RDONLY);
        check(fd >= 0);
        const ssize_t size = read(fd, text, sizeof text - 1);
        check(size > 0 && close(fd) == 0);
        text[size] = 0;
        if (strrchr(text, ')')[2] == 'S') return;
        nap_ms(1);
    }
}

static pid_t sleeper(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    until_asleep(pid);
    return pid;
}

PART(attach_stops_and_detach_lets_go)
{
    const pid_t pid = sleeper();
    check(ask(PTRACE_ATTACH, pid, 0, 0) == 0);
    check(wait_for(pid) == STOPPED_BY(SIGSTOP));
    check_errno(ask(PTRACE_ATTACH, pid, 0, 0), EPERM);
    check(ask(PTRACE_DETACH, pid, 0, 0) == 0);
    check_errno(ask(PTRACE_CONT, pid, 0, 0), ESRCH);
    check(ask(PTRACE_ATTACH, pid, 0, 0) == 0);
    check(wait_for(pid) == STOPPED_BY(SIGSTOP));
    check(ask(PTRACE_DETACH, pid, 0, SIGTERM) == 0);
    check(wait_for(pid) == SIGTERM);
}

PART(interrupted_call_goes_on_after_detach)
{
    int fds[2];
    check(pipe(fds) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        char c = 0;
        const ssize_t got = read(fds[0], &c, 1);
        _exit(got == 1 && c == 'x' ? 5 : 6);
    }
    until_asleep(pid);
    check(ask(PTRACE_ATTACH, pid, 0, 0) == 0);
    check(wait_for(pid) == STOPPED_BY(SIGSTOP));
    check(registers_of(pid).orig_eax == SYS_read && registers_of(pid).eax == -512);  // ERESTARTSYS
    check(ask(PTRACE_DETACH, pid, 0, 0) == 0);
    nap_ms(20);
    check(write(fds[1], "x", 1) == 1);
    check(wait_for(pid) == 5 << 8);
}

PART(seize_interrupts_without_a_signal)
{
    const pid_t pid = sleeper();
    check(ask(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD) == 0);
    check_errno(ask(PTRACE_CONT, pid, 0, 0), ESRCH);  // it runs
    check(ask(PTRACE_INTERRUPT, pid, 0, 0) == 0);
    check(wait_for(pid) == EVENT(PTRACE_EVENT_STOP));
    check(ask(PTRACE_SYSCALL, pid, 0, 0) == 0);
    check(wait_for(pid) == CALL_STOP);
    check(registers_of(pid).orig_eax == SYS_pause);
    check(kill(pid, SIGKILL) == 0);
    check(wait_for(pid) == SIGKILL);
}

PART(listening_waits_for_sigcont)
{
    const pid_t pid = sleeper();
    check(ask(PTRACE_SEIZE, pid, 0, 0) == 0);
    check(kill(pid, SIGSTOP) == 0);
    check(wait_for(pid) == STOPPED_BY(SIGSTOP));
    check(ask(PTRACE_CONT, pid, 0, SIGSTOP) == 0);
    check(wait_for(pid) == (STOPPED_BY(SIGSTOP) | PTRACE_EVENT_STOP << 16));
    check(ask(PTRACE_LISTEN, pid, 0, 0) == 0);
    int status;
    nap_ms(20);
    check(waitpid(pid, &status, __WALL | WNOHANG) == 0);
    check(kill(pid, SIGCONT) == 0);
    check(wait_for(pid) == EVENT(PTRACE_EVENT_STOP));
    check(ask(PTRACE_CONT, pid, 0, 0) == 0);
    check(wait_for(pid) == STOPPED_BY(SIGCONT));
    check(ask(PTRACE_DETACH, pid, 0, SIGKILL) == 0);
    check(wait_for(pid) == SIGKILL);
}

PART(group_stop_of_an_attached_task)
{
    const pid_t pid = begin(do_nothing);
    siginfo_t info;
    check(ask(PTRACE_CONT, pid, 0, SIGSTOP) == 0);  // the signal that it had: now it stops for good
    check(wait_for(pid) == STOPPED_BY(SIGSTOP));
    check_errno(ask(PTRACE_GETSIGINFO, pid, 0, (long)&info), EINVAL);
    end(pid);
}

PART(strangers_are_refused)
{
    const pid_t pid = begin(do_nothing);
    check_errno(ask(PTRACE_ATTACH, getpid(), 0, 0), EPERM);
    check_errno(ask(PTRACE_ATTACH, 32000, 0, 0), ESRCH);
    check_errno(ask(PTRACE_CONT, getppid(), 0, 0), ESRCH);
    check_errno(ask(PTRACE_CONT, pid, 0, 65), EIO);
    check_errno(ask(PTRACE_SETOPTIONS, pid, 0, 0x800), EINVAL);
    check_errno(ask(PTRACE_INTERRUPT, pid, 0, 0), EIO);  // not seized
    check_errno(ask(PTRACE_LISTEN, pid, 0, 0), EIO);
    check_errno(ask(PTRACE_PEEKUSER, pid, 3, 0), EIO);
    check_errno(ask(PTRACE_GETREGS, pid, 0, 8), EFAULT);
    const pid_t other = fork();
    if (other == 0) {
        check_errno(ask(PTRACE_CONT, pid, 0, 0), ESRCH);
        check(setuid(1000) == 0);
        check_errno(ask(PTRACE_ATTACH, getppid(), 0, 0), EPERM);
        _exit(0);
    }
    check_child(other);
    end(pid);
}

PART(tracer_end_lets_tracees_go)
{
    int fds[2];
    check(pipe(fds) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        close(fds[1]);
        char c;
        const ssize_t got = read(fds[0], &c, 1);
        _exit(got == 1 ? 21 : 22);
    }
    const pid_t tracer = fork();
    if (tracer == 0) {
        check(ask(PTRACE_ATTACH, pid, 0, 0) == 0);
        check(wait_for(pid) == STOPPED_BY(SIGSTOP));
        _exit(0);
    }
    check_child(tracer);
    check(write(fds[1], "x", 1) == 1);
    check(status_of(pid) == 21 << 8);
}

PART(exitkill_takes_tracees_along)
{
    const pid_t pid = sleeper();
    const pid_t tracer = fork();
    if (tracer == 0) {
        check(ask(PTRACE_SEIZE, pid, 0, PTRACE_O_EXITKILL) == 0);
        _exit(0);
    }
    check_child(tracer);
    check(status_of(pid) == SIGKILL);
}

PART(tracer_hears_of_the_end_before_the_parent)
{
    int to_child[2], to_us[2];
    check(pipe(to_child) == 0 && pipe(to_us) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        char c;
        _exit(read(to_child[0], &c, 1) == 1 ? 33 : 34);
    }
    const pid_t tracer = fork();
    if (tracer == 0) {
        check(ask(PTRACE_SEIZE, pid, 0, 0) == 0);
        check(write(to_child[1], "x", 1) == 1);
        nap_ms(60);
        check(write(to_us[1], "x", 1) == 1);
        check(wait_for(pid) == 33 << 8);
        _exit(0);
    }
    int status;
    char c;
    check(read(to_us[0], &c, 1) == 1);
    check(status_of(pid) == 33 << 8);
    check_child(tracer);
    check_errno(waitpid(pid, &status, 0), ECHILD);
}

static void load_floats(void)
{
    static const float four[4] = {1.5f, 2.5f, 3.5f, 4.5f};
    float out[4];
    long double x;
    __asm__ volatile("movups %2, %%xmm3\n fld1\n int3\n movups %%xmm3, %0\n fstpt %1"
                     : "=m"(out), "=m"(x)
                     : "m"(four)
                     : "memory");
    _exit(out[0] == 8.0f && out[3] == 4.5f && x == 2.0L ? 0 : 1);
}

PART(fpu_registers)
{
    const pid_t pid = begin(load_floats);
    until_signal(pid, SIGTRAP);
    struct user_fpxregs_struct fx;
    check(ask(PTRACE_GETFPXREGS, pid, 0, (long)&fx) == 0);
    float xmm3[4];
    memcpy(xmm3, &fx.xmm_space[12], sizeof xmm3);
    check(xmm3[0] == 1.5f && xmm3[3] == 4.5f);
    xmm3[0] = 8.0f;
    memcpy(&fx.xmm_space[12], xmm3, sizeof xmm3);
    check(ask(PTRACE_SETFPXREGS, pid, 0, (long)&fx) == 0);
    struct user_fpregs_struct fp;
    check(ask(PTRACE_GETFPREGS, pid, 0, (long)&fp) == 0);
    long double top;
    memcpy(&top, fp.st_space, 10);
    check(top == 1.0L && (fp.cwd & 0xffff) == 0x37f && (fp.twd & 0xffff) == 0x3fff);
    top = 2.0L;
    memcpy(fp.st_space, &top, 10);
    check(ask(PTRACE_SETFPREGS, pid, 0, (long)&fp) == 0);
    end(pid);
}

PART(register_sets)
{
    const pid_t pid = begin(do_nothing);
    struct user_regs_struct whole = registers_of(pid), part;
    struct iovec vector = {&part, sizeof part};
    check(ask(PTRACE_GETREGSET, pid, 1, (long)&vector) == 0 && vector.iov_len == sizeof part);
    check(memcmp(&whole, &part, sizeof whole) == 0);
    vector.iov_len = 8;
    part.ebx = 77;
    check(ask(PTRACE_SETREGSET, pid, 1, (long)&vector) == 0 && vector.iov_len == 8);
    check(registers_of(pid).ebx == 77 && registers_of(pid).edx == whole.edx);
    vector.iov_len = 3;
    check_errno(ask(PTRACE_GETREGSET, pid, 1, (long)&vector), EINVAL);
    vector.iov_len = 8;
    check_errno(ask(PTRACE_GETREGSET, pid, 0x1234, (long)&vector), EINVAL);
    check(ask(PTRACE_SETREGS, pid, 0, (long)&whole) == 0);
    end(pid);
}

PART(signal_masks)
{
    const pid_t pid = begin(do_nothing);
    unsigned long long mask = 1 << (SIGUSR1 - 1);
    check(ask(PTRACE_SETSIGMASK, pid, 8, (long)&mask) == 0);
    mask = 0;
    check(ask(PTRACE_GETSIGMASK, pid, 8, (long)&mask) == 0 && mask == 1 << (SIGUSR1 - 1));
    check_errno(ask(PTRACE_GETSIGMASK, pid, 4, (long)&mask), EINVAL);
    end(pid);
}

// ---- The debug registers ----

#define DEBUG_REGISTER(n) (252 + 4 * (n))
#define ON(n) (1u << 2 * (n))
#define AT_EXECUTION(n) 0u
#define AT_WRITE_OF_4(n) (0xdu << (16 + 4 * (n)))

static volatile int watched, unwatched;

static void called(void)
{
    unwatched++;
    __asm__ volatile("" ::: "memory");
}

static void write_watched(void)
{
    void (*volatile call)(void) = called;
    unwatched = 4;
    watched = 5;
    const int zero = open("/dev/zero", O_RDONLY);
    check(read(zero, (void*)&watched, sizeof watched) == sizeof watched);  // the kernel's writes do not count
    watched = 6;
    call();
    _exit(watched == 6 && unwatched == 5 ? 0 : 1);
}

static int poke_debug(pid_t pid, int n, unsigned value)
{
    return ask(PTRACE_POKEUSER, pid, DEBUG_REGISTER(n), value);
}

static unsigned peek_debug(pid_t pid, int n)
{
    errno = 0;
    return ask(PTRACE_PEEKUSER, pid, DEBUG_REGISTER(n), 0);
}

static void until_debug_trap(pid_t pid, unsigned hits)
{
    check(ask(PTRACE_CONT, pid, 0, 0) == 0);
    check(wait_for(pid) == STOPPED_BY(SIGTRAP));
    siginfo_t info;
    check(ask(PTRACE_GETSIGINFO, pid, 0, (long)&info) == 0 && info.si_signo == SIGTRAP && info.si_code == 4);
    check((peek_debug(pid, 6) & 0xf) == hits);
    watched = 9;  // the tracer's own
}

PART(watched_memory_stops_who_writes_it)
{
    const pid_t pid = begin(write_watched);
    check(peek_debug(pid, 7) == 0 && poke_debug(pid, 0, (unsigned)&watched) == 0);
    check(poke_debug(pid, 7, ON(0) | AT_WRITE_OF_4(0)) == 0);
    check(peek_debug(pid, 0) == (unsigned)&watched && peek_debug(pid, 7) == (ON(0) | AT_WRITE_OF_4(0)));
    until_debug_trap(pid, 1);
    check(ask(PTRACE_PEEKDATA, pid, (long)&watched, 0) == 5);
    until_debug_trap(pid, 1);
    check(ask(PTRACE_PEEKDATA, pid, (long)&watched, 0) == 6);
    end(pid);
}

PART(watched_code_stops_before_it_runs)
{
    const pid_t pid = begin(write_watched);
    check(poke_debug(pid, 1, (unsigned)called) == 0 && poke_debug(pid, 2, (unsigned)&watched) == 0);
    check(poke_debug(pid, 7, ON(1) | AT_EXECUTION(1) | ON(2) | AT_WRITE_OF_4(2)) == 0);
    until_debug_trap(pid, 4);
    check(poke_debug(pid, 7, ON(1) | AT_EXECUTION(1)) == 0);
    until_debug_trap(pid, 2);
    check(registers_of(pid).eip == (long)called && ask(PTRACE_PEEKDATA, pid, (long)&unwatched, 0) == 4);
    check(poke_debug(pid, 7, 0) == 0);
    end(pid);
}

PART(what_cannot_be_watched_is_refused)
{
    const pid_t pid = begin(do_nothing);
    check(poke_debug(pid, 0, (unsigned)&watched + 1) == 0);
    check_errno(poke_debug(pid, 7, ON(0) | AT_WRITE_OF_4(0)), EINVAL);  // not aligned
    check_errno(poke_debug(pid, 7, ON(0) | 2 << 16), EINVAL);           // ports
    check_errno(poke_debug(pid, 7, ON(0) | 0xc << 16), EINVAL);         // four bytes of code
    check_errno(poke_debug(pid, 4, 1), EIO);
    check(peek_debug(pid, 5) == 0 && errno == 0);
    end(pid);
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
