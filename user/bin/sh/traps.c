// What the shell does on signals. Handlers only take notes; actions run between commands.
#include "traps.h"

#include "output.h"
#include "shell.h"

#include <ctype.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum disposition { UNKNOWN, LEFT_ALONE, DEFAULT, IGNORED, CAUGHT };

static char* actions[SIGNAL_LIMIT];  // null: default; empty: ignore
static enum disposition dispositions[SIGNAL_LIMIT];
static volatile sig_atomic_t due[SIGNAL_LIMIT];
static volatile sig_atomic_t any_due;
static volatile sig_atomic_t last_signal;

static const char* const names[] = {
    "EXIT", "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
    "SEGV", "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
    "TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS",
};
enum { NAME_COUNT = sizeof names / sizeof names[0] };

const char* signal_name(int number)
{
    return number >= 0 && number < NAME_COUNT ? names[number] : NULL;
}

int signal_number(const char* name)
{
    if (isdigit((unsigned char)*name)) {
        const int number = atoi(name);
        return number < SIGNAL_LIMIT && !name[strspn(name, "0123456789")] ? number : -1;
    }
    if (strncasecmp(name, "SIG", 3) == 0) name += 3;
    for (int i = 0; i < NAME_COUNT; i++) {
        if (strcasecmp(name, names[i]) == 0) return i;
    }
    return -1;
}

static void take_note(int number)
{
    if (number == SIGINT && !actions[number]) {
        shell.interrupted = 1;
        return;
    }
    due[number] = 1;
    any_due = 1;
    last_signal = number;
}

// ---- Dispositions ----

static bool ignored_when_interactive(int number)
{
    const bool job_signal = number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
    return job_signal ? shell.option[OPTION_MONITOR] : number == SIGQUIT || number == SIGTERM;
}

static enum disposition wanted(int number)
{
    if (actions[number]) return actions[number][0] ? CAUGHT : IGNORED;
    if (!shell.interactive) return DEFAULT;
    if (number == SIGINT) return CAUGHT;
    return ignored_when_interactive(number) ? IGNORED : DEFAULT;
}

static void install(int number, enum disposition disposition)
{
    struct sigaction action = {0};
    action.sa_handler = disposition == CAUGHT ? take_note : disposition == IGNORED ? SIG_IGN : SIG_DFL;
    sigaction(number, &action, NULL);
}

static void update(int number)
{
    enum disposition* current = &dispositions[number];
    const enum disposition disposition = wanted(number);
    if (*current == UNKNOWN) {
        // A script cannot trap or reset what its caller chose to ignore.
        struct sigaction old;
        *current = DEFAULT;
        if (sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
            *current = shell.interactive ? IGNORED : LEFT_ALONE;
    }
    if (*current == LEFT_ALONE || *current == disposition) return;
    install(number, disposition);
    *current = disposition;
}

void signals_start(void)
{
    static const int ours[] = {SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        update(ours[i]);
}

static sigset_t outer_mask;
static bool holding;

void signals_hold(void)
{
    sigset_t all;
    holding = shell.interactive || traps_set();
    if (!holding) return;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &outer_mask);
}

// Changes nothing in memory: the child may have been made by vfork.
void signals_release(void)
{
    if (holding) sigprocmask(SIG_SETMASK, &outer_mask, NULL);
}

// No bookkeeping: this may be a child made by vfork, and handlers must not run in it.
void signals_before_exec(void)
{
    for (int i = 1; i < SIGNAL_LIMIT; i++) {
        const bool ours = dispositions[i] == CAUGHT || (dispositions[i] == IGNORED && !actions[i]);
        if (ours) install(i, DEFAULT);
    }
}

void signals_after_failed_exec(void)
{
    for (int i = 1; i < SIGNAL_LIMIT; i++) {
        if (dispositions[i] == CAUGHT || dispositions[i] == IGNORED) install(i, dispositions[i]);
    }
}

void traps_reset_in_child(void)
{
    for (int i = 0; i < SIGNAL_LIMIT; i++) {
        due[i] = 0;
        if (actions[i] && actions[i][0]) {
            free(actions[i]);
            actions[i] = NULL;
        }
        if (i > 0 && dispositions[i] != UNKNOWN) update(i);
    }
    any_due = 0;
    shell.interrupted = 0;
}

// ---- Running actions ----

bool traps_set(void)
{
    for (int i = 0; i < SIGNAL_LIMIT; i++) {
        if (actions[i] && actions[i][0]) return true;
    }
    return false;
}

bool trap_is_due(void)
{
    return any_due;
}

int last_trapped_signal(void)
{
    return last_signal;
}

static void run_action(int number)
{
    char* action = copy_string(actions[number]);  // it may be changed while it runs
    const int status = shell.status;
    run_string(action, SHELL_GOES_ON);
    free(action);
    if (!shell.unwind) shell.status = status;
}

void run_traps(void)
{
    if (shell.interrupted && shell.interactive) {
        shell.interrupted = 0;
        abort_command(128 + SIGINT);
    }
    if (!any_due) return;
    any_due = 0;
    for (int i = 1; i < SIGNAL_LIMIT && !shell.unwind; i++) {
        if (!due[i]) continue;
        due[i] = 0;
        if (actions[i] && actions[i][0]) run_action(i);
    }
}

void run_exit_trap(void)
{
    char* action = actions[TRAP_EXIT];
    actions[TRAP_EXIT] = NULL;
    if (!action || !action[0]) return;
    shell.unwind = UNWIND_NONE;
    run_string(action, SHELL_GOES_ON);
}

// ---- trap ----

static void print_traps(void)
{
    for (int i = 0; i < NAME_COUNT; i++) {
        if (!actions[i]) continue;
        out_string("trap -- ");
        out_quoted(actions[i]);
        out_format(" %s\n", names[i]);
    }
}

static void set_action(int number, const char* action)
{
    free(actions[number]);
    actions[number] = action ? copy_string(action) : NULL;
    if (number != TRAP_EXIT && number != SIGKILL && number != SIGSTOP) update(number);
}

int builtin_trap(int argc, char** argv)
{
    int first = 1, status = 0;
    if (first < argc && strcmp(argv[first], "--") == 0) first++;
    if (first == argc) {
        print_traps();
        return 0;
    }
    // `trap - INT`, `trap INT` and `trap 2` give the default back.
    const char* action = argv[first];
    if (first + 1 == argc || isdigit((unsigned char)action[0])) {
        action = NULL;
    } else {
        first++;
        if (strcmp(action, "-") == 0) action = NULL;
    }
    for (int i = first; i < argc; i++) {
        const int number = signal_number(argv[i]);
        if (number < 0) {
            warn("trap: %s: bad trap", argv[i]);
            status = 1;
        } else {
            set_action(number, action);
        }
    }
    return status;
}
