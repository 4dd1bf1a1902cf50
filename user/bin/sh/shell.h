// The state of one shell process, and how trouble travels through it.
//
// Nothing here longjmps. `break`, `return`, ^C and errors set shell.unwind; every executing
// function returns as soon as it sees it set, up to the one that it is meant for.
#pragma once

#include "arena.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

enum option {
    OPTION_ALLEXPORT,
    OPTION_NOTIFY,
    OPTION_NOCLOBBER,
    OPTION_ERREXIT,
    OPTION_NOGLOB,
    OPTION_INTERACTIVE,
    OPTION_MONITOR,
    OPTION_NOEXEC,
    OPTION_STDIN,
    OPTION_NOUNSET,
    OPTION_VERBOSE,
    OPTION_XTRACE,
    OPTION_COUNT
};

struct option_name {
    char letter;
    const char* name;
};

extern const struct option_name option_names[OPTION_COUNT];
int option_by_letter(char letter);        // -1: there is none
int option_by_name(const char* name);     // -1: there is none
void option_change(int option, bool on);  // with its side effects (-m)

enum unwind {
    UNWIND_NONE,
    UNWIND_BREAK,     // leave unwind_levels loops
    UNWIND_CONTINUE,  // leave unwind_levels - 1 loops and go on with the next round of one
    UNWIND_RETURN,    // leave a function or a sourced file
    UNWIND_ABORT      // back to the prompt (an interactive shell's error, or ^C)
};

// What happens when a command is done: the last one of a script may take over the process.
enum afterwards { SHELL_GOES_ON, SHELL_ENDS };

struct shell {
    const char* name;       // $0
    char** arguments;       // $1..., null-terminated
    int argument_count;     // $#
    bool arguments_owned;   // set by `set --` or shift, so ours to free
    int status;             // $?
    pid_t pid;              // $$, the same in subshells
    pid_t last_background;  // $!, 0 where there was none
    bool option[OPTION_COUNT];
    bool interactive;  // prompts, and survives errors; never true in a subshell
    bool subshell;     // a forked child of the shell that the user started
    enum unwind unwind;
    int unwind_levels;
    int loop_depth;
    int function_depth;                 // functions and sourced files that `return` may leave
    int errexit_ignored;                // > 0: in a condition, where -e does not count
    int substitution_status;            // of the last $(...), for commands that are only assignments
    int line;                           // of the command that runs, for messages and $LINENO
    volatile sig_atomic_t interrupted;  // ^C reached the interactive shell itself
    struct arena scratch;               // expanded words of the commands that run now
};

extern struct shell shell;

// Tells the user; the shell goes on.
void warn(const char* format, ...) __attribute__((format(printf, 1, 2)));
// Tells the user and gives up what runs: a script ends with `status`, an interactive shell prompts.
void fail(int status, const char* format, ...) __attribute__((format(printf, 2, 3)));
void abort_command(int status);  // as fail(), silently

void exit_shell(int status) __attribute__((noreturn));  // runs the EXIT trap

// Reads and runs commands until the input ends; what was parsed is freed command by command.
struct input;
void run_input(struct input* input);
void run_string(const char* text, enum afterwards afterwards);
bool run_file(const char* path);  // false: could not be opened (errno says why)
