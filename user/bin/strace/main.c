// Options, and the loop over the stops of all tracees.
#include "strace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/lib/tool.h"

static const char kHelp[] =
    "Usage: strace [-fc] [-o FILE] [-e trace=CALL,...] [-s SIZE] COMMAND [ARGUMENT]...\n"
    "       strace [-fc] [-o FILE] [-e trace=CALL,...] [-s SIZE] -p PID\n"
    "Prints the system calls of COMMAND, or of process PID, on standard error.\n"
    "  -f               those of its children, too\n"
    "  -c               counts calls and errors instead; a table at the end\n"
    "  -o FILE          prints to FILE\n"
    "  -e trace=LIST    these calls only (a leading ! : all but these)\n"
    "  -s SIZE          bytes of a string that are printed (32)\n"
    "  -p PID           a process that runs already\n"
    "      --help       this text";

enum { kWaitAll = 0x40000000, kCallMark = 0x80, kResultColumn = 40, kMostTracees = 64, kMostWanted = 64 };

struct tracee {
    pid_t pid;  // 0: the place is free
    int in_call, is_started, is_new;
    struct call_state state;
    struct line line;  // of the call under way
    int is_held;       // the line was left unfinished for another's
    int is_shown;
    long long began_ns;
};

static struct tracee tracees[kMostTracees];
static int tracee_count;
static FILE* output;
static int follows, counts_only, is_complement;
static char* wanted[kMostWanted];
static int wanted_count;
static struct tracee* open_line;  // whose line stands unfinished on the output
static struct {
    long calls, errors;
    long long ns;
} totals[kLinuxCalls];

static long long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static struct tracee* find_tracee(pid_t pid)
{
    for (int i = 0; i < kMostTracees; i++)
        if (tracees[i].pid == pid) return &tracees[i];
    return NULL;
}

static struct tracee* add_tracee(pid_t pid)
{
    struct tracee* tracee = find_tracee(0);
    if (!tracee) tool_die("more than %d processes", kMostTracees);
    memset(tracee, 0, sizeof *tracee);
    tracee->pid = pid;
    tracee_count++;
    return tracee;
}

static int is_wanted(long number)
{
    if (wanted_count == 0) return 1;
    for (int i = 0; i < wanted_count; i++)
        if (strcmp(wanted[i], call_name(number)) == 0) return !is_complement;
    return is_complement;
}

// ---- Lines ----

static void print_prefix(const struct tracee* tracee)
{
    if (output != stderr && follows)
        fprintf(output, "%-5d ", tracee->pid);
    else if (tracee_count > 1)
        fprintf(output, "[pid %5d] ", tracee->pid);
}

// Another's line stands open: it is marked, and goes on later.
static void close_open_line(const struct tracee* next)
{
    if (!open_line || open_line == next) return;
    fputs(" <unfinished ...>\n", output);
    open_line->is_held = 1;
    open_line = NULL;
}

// A whole line of its own: signals, ends.
static void print_note(struct tracee* tracee, const struct line* note)
{
    close_open_line(NULL);
    print_prefix(tracee);
    fprintf(output, "%.*s\n", (int)note->size, note->text);
}

static void print_entry(struct tracee* tracee)
{
    struct line line = {.size = 0};
    say(&line, "%s(", call_name(tracee->state.number));
    say_arguments(&line, tracee->pid, &tracee->state, 0);
    close_open_line(NULL);
    print_prefix(tracee);
    fwrite(line.text, 1, line.size, output);
    fflush(output);
    tracee->line = line;
    tracee->is_held = 0;
    open_line = tracee;
}

static void print_exit(struct tracee* tracee)
{
    struct line rest = {.size = 0};
    close_open_line(tracee);
    if (tracee->is_held) {
        print_prefix(tracee);
        say(&rest, "<... %s resumed>", call_name(tracee->state.number));
        tracee->line.size = 0;
    }
    say_arguments(&rest, tracee->pid, &tracee->state, 1);
    say(&rest, ") ");
    while (tracee->line.size + rest.size < kResultColumn)
        say(&rest, " ");
    say(&rest, "= ");
    say_result(&rest, tracee->pid, &tracee->state);
    fprintf(output, "%.*s\n", (int)rest.size, rest.text);
    open_line = NULL;
}

// ---- Calls ----

// Until the program that was asked for runs, the calls are ours.
static int is_ours_yet(struct tracee* tracee, long number)
{
    if (!tracee->is_started && number == SYS_execve) tracee->is_started = 1;
    return !tracee->is_started;
}

static void enter_call(struct tracee* tracee, const struct user_regs_struct* registers)
{
    const unsigned long words[kMostArguments] = {
        (unsigned long)registers->ebx, (unsigned long)registers->ecx, (unsigned long)registers->edx,
        (unsigned long)registers->esi, (unsigned long)registers->edi, (unsigned long)registers->ebp};
    tracee->in_call = 1;
    tracee->state =
        (struct call_state){.number = registers->orig_eax, .call = find_call(registers->orig_eax)};
    memcpy(tracee->state.words, words, sizeof words);
    tracee->state.esp = (unsigned long)registers->esp;
    tracee->is_shown = !is_ours_yet(tracee, registers->orig_eax) && is_wanted(registers->orig_eax);
    tracee->began_ns = now_ns();
    if (tracee->is_shown && !counts_only) print_entry(tracee);
}

static void leave_call(struct tracee* tracee, const struct user_regs_struct* registers)
{
    tracee->in_call = 0;
    tracee->state.result = registers->eax;
    if (!tracee->is_shown) return;
    tracee->is_shown = 0;
    if (!counts_only) return print_exit(tracee);
    if (tracee->state.number < 0 || tracee->state.number >= kLinuxCalls) return;
    totals[tracee->state.number].calls++;
    totals[tracee->state.number].errors += registers->eax < 0 && registers->eax >= -4095;
    totals[tracee->state.number].ns += now_ns() - tracee->began_ns;
}

static void call_stop(struct tracee* tracee)
{
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, tracee->pid, 0L, (long)&registers) < 0) return;
    if (tracee->in_call)
        leave_call(tracee, &registers);
    else
        enter_call(tracee, &registers);
}

// A call that never returns: exit, or that of a task that was killed.
static void end_open_call(struct tracee* tracee)
{
    if (!tracee->in_call || !tracee->is_shown || counts_only) return;
    struct line rest = {.size = 0};
    close_open_line(tracee);
    if (tracee->is_held) {
        print_prefix(tracee);
        say(&rest, "<... %s resumed>", call_name(tracee->state.number));
        tracee->line.size = 0;
    }
    say(&rest, ") ");
    while (tracee->line.size + rest.size < kResultColumn)
        say(&rest, " ");
    say(&rest, "= ?");
    fprintf(output, "%.*s\n", (int)rest.size, rest.text);
    open_line = NULL;
    tracee->in_call = 0;
}

// ---- Stops ----

static void resume(const struct tracee* tracee, long signal)
{
    ptrace(PTRACE_SYSCALL, tracee->pid, 0L, signal);
}

static void signal_stop(struct tracee* tracee, int signal)
{
    char info[128];
    struct line note = {.size = 0};
    const int is_group_stop = ptrace(PTRACE_GETSIGINFO, tracee->pid, 0L, (long)info) < 0;
    say(&note, "--- ");
    if (is_group_stop) {
        say(&note, "stopped by ");
        say_signal(&note, signal);
    } else {
        say_signal(&note, signal);
        say(&note, " ");
        say_siginfo(&note, info);
    }
    say(&note, " ---");
    if (tracee->is_started && !counts_only) print_note(tracee, &note);
    if (is_group_stop)
        ptrace(PTRACE_LISTEN, tracee->pid, 0L, 0L);
    else
        resume(tracee, signal);
}

// The first stop of a child that is traced from its beginning.
static void child_begins(struct tracee* tracee)
{
    tracee->is_new = 0;
    tracee->is_started = 1;
    resume(tracee, 0);
}

static void event_stop(struct tracee* tracee, int status)
{
    const int event = status >> 16, signal = WSTOPSIG(status);
    if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {  // stopped with its group
        struct line note = {.size = 0};
        say(&note, "--- stopped by ");
        say_signal(&note, signal);
        say(&note, " ---");
        if (tracee->is_started && !counts_only) print_note(tracee, &note);
        ptrace(PTRACE_LISTEN, tracee->pid, 0L, 0L);
        return;
    }
    if (event >= PTRACE_EVENT_FORK && event <= PTRACE_EVENT_CLONE) {
        unsigned long child = 0;
        ptrace(PTRACE_GETEVENTMSG, tracee->pid, 0L, (long)&child);
        if (!find_tracee((pid_t)child)) add_tracee((pid_t)child)->is_new = 1;
        if (!counts_only) {
            close_open_line(NULL);
            fflush(output);
            fprintf(stderr, "strace: Process %lu attached\n", child);
        }
    }
    resume(tracee, 0);
}

static void task_ended(struct tracee* tracee, int status)
{
    struct line note = {.size = 0};
    end_open_call(tracee);
    if (WIFEXITED(status)) {
        say(&note, "+++ exited with %d +++", WEXITSTATUS(status));
    } else {
        say(&note, "+++ killed by ");
        say_signal(&note, WTERMSIG(status));
        say(&note, WCOREDUMP(status) ? " (core dumped) +++" : " +++");
    }
    if (!counts_only) print_note(tracee, &note);
    tracee->pid = 0;
    tracee_count--;
}

static void handle(pid_t pid, int status)
{
    struct tracee* tracee = find_tracee(pid);
    if (!tracee) {  // a child may stop before its parent tells of it
        tracee = add_tracee(pid);
        tracee->is_new = 1;
        if (!counts_only) {
            close_open_line(NULL);
            fflush(output);
            fprintf(stderr, "strace: Process %d attached\n", pid);
        }
    }
    if (!WIFSTOPPED(status)) return task_ended(tracee, status);
    if (tracee->is_new) return child_begins(tracee);
    if (status >> 16 != 0) return event_stop(tracee, status);
    if (WSTOPSIG(status) == (SIGTRAP | kCallMark)) {
        call_stop(tracee);
        return resume(tracee, 0);
    }
    signal_stop(tracee, WSTOPSIG(status));
}

// ---- Beginning ----

static long trace_options(void)
{
    const long forks = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
    return PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | (follows ? forks : 0);
}

// The child stops itself, we seize it, and it goes on to exec.
static pid_t start_command(char** command)
{
    const pid_t pid = fork();
    if (pid < 0) tool_die("fork");
    if (pid == 0) {
        raise(SIGSTOP);
        execvp(command[0], command);
        fprintf(stderr, "strace: exec: %s: %s\n", command[0], strerror(errno));
        _exit(errno == ENOENT ? 127 : 126);
    }
    int status;
    if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status)) tool_die("the command did not start");
    if (ptrace(PTRACE_SEIZE, pid, 0L, trace_options() | PTRACE_O_EXITKILL) < 0) tool_die("ptrace");
    kill(pid, SIGCONT);
    add_tracee(pid);
    return pid;
}

static void attach(pid_t pid)
{
    if (ptrace(PTRACE_SEIZE, pid, 0L, trace_options()) < 0) tool_die("attach to %d", (int)pid);
    if (ptrace(PTRACE_INTERRUPT, pid, 0L, 0L) < 0) tool_die("stop %d", (int)pid);
    fprintf(stderr, "strace: Process %d attached\n", (int)pid);
    add_tracee(pid)->is_started = 1;
}

static int compare_totals(const void* a, const void* b)
{
    const long long x = totals[*(const int*)a].ns, y = totals[*(const int*)b].ns;
    return x < y ? 1 : x > y ? -1 : 0;
}

static void print_totals(void)
{
    int order[kLinuxCalls], used = 0;
    long calls = 0, errors = 0;
    long long ns = 0;
    for (int i = 0; i < kLinuxCalls; i++) {
        if (totals[i].calls == 0) continue;
        order[used++] = i;
        calls += totals[i].calls;
        errors += totals[i].errors;
        ns += totals[i].ns;
    }
    qsort(order, (size_t)used, sizeof *order, compare_totals);
    static const char rule[] = "------ ----------- ----------- --------- --------- ----------------\n";
    fprintf(output, "%% time     seconds  usecs/call     calls    errors syscall\n%s", rule);
    for (int i = 0; i < used; i++) {
        const long long each = totals[order[i]].ns, share = ns != 0 ? each * 10000 / ns : 0;
        char failed[12] = "";
        if (totals[order[i]].errors != 0) snprintf(failed, sizeof failed, "%ld", totals[order[i]].errors);
        fprintf(output, "%3lld.%02lld %4lld.%06lld %11lld %9ld %9s %s\n", share / 100, share % 100,
                each / 1000000000, each / 1000 % 1000000, each / 1000 / totals[order[i]].calls,
                totals[order[i]].calls, failed, call_name(order[i]));
    }
    char failed[12] = "";
    if (errors != 0) snprintf(failed, sizeof failed, "%ld", errors);
    fprintf(output, "%s100.00 %4lld.%06lld %11lld %9ld %9s total\n", rule, ns / 1000000000,
            ns / 1000 % 1000000, calls != 0 ? ns / 1000 / calls : 0, calls, failed);
}

static void want(char* list)
{
    if (strncmp(list, "trace=", 6) == 0) list += 6;
    if (*list == '!') {
        is_complement = 1;
        list++;
    }
    for (char* word = strtok(list, ","); word; word = strtok(NULL, ",")) {
        if (strcmp(word, "all") == 0) continue;
        if (wanted_count == kMostWanted) tool_die("too many calls");
        wanted[wanted_count++] = word;
    }
}

int main(int argc, char** argv)
{
    pid_t pid = 0;
    int status, command_status = 0;
    tool_begin(argc, argv, kHelp);
    output = stderr;
    for (int letter; (letter = tool_option("+fco:e:s:p:", NULL)) != -1;) {
        if (letter == 'f') follows = 1;
        if (letter == 'c') counts_only = 1;
        if (letter == 'e') want(tool_argument);
        if (letter == 's') string_limit = (unsigned)tool_parse_number(tool_argument);
        if (letter == 'p') pid = (pid_t)tool_parse_number(tool_argument);
        if (letter != 'o') continue;
        output = fopen(tool_argument, "we");
        if (!output) tool_die("%s", tool_argument);
    }
    if ((pid != 0) == (tool_operand_count != 0)) tool_usage_error("a command or -p PID is wanted");
    const pid_t first = pid != 0 ? pid : start_command(tool_operands);
    if (pid != 0) attach(pid);
    while (tracee_count > 0) {
        const pid_t stopped = waitpid(-1, &status, kWaitAll);
        if (stopped < 0 && errno == EINTR) continue;
        if (stopped < 0) break;
        if (stopped == first && !WIFSTOPPED(status)) command_status = status;
        handle(stopped, status);
    }
    if (counts_only) print_totals();
    fflush(output);
    if (pid != 0) return 0;
    return WIFEXITED(command_status) ? WEXITSTATUS(command_status) : 128 + WTERMSIG(command_status);
}
