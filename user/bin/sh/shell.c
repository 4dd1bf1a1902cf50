// The shell's state, its options, its messages, and the loop that reads and runs commands.
#include "shell.h"

#include "execute.h"
#include "input.h"
#include "jobs.h"
#include "output.h"
#include "redirect.h"
#include "syntax.h"
#include "traps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct shell shell;

// ---- Options ----

const struct option_name option_names[OPTION_COUNT] = {
    [OPTION_ALLEXPORT] = {'a', "allexport"}, [OPTION_NOTIFY] = {'b', "notify"},
    [OPTION_NOCLOBBER] = {'C', "noclobber"}, [OPTION_ERREXIT] = {'e', "errexit"},
    [OPTION_NOGLOB] = {'f', "noglob"},       [OPTION_INTERACTIVE] = {'i', "interactive"},
    [OPTION_MONITOR] = {'m', "monitor"},     [OPTION_NOEXEC] = {'n', "noexec"},
    [OPTION_STDIN] = {'s', "stdin"},         [OPTION_NOUNSET] = {'u', "nounset"},
    [OPTION_VERBOSE] = {'v', "verbose"},     [OPTION_XTRACE] = {'x', "xtrace"},
};

int option_by_letter(char letter)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (option_names[i].letter == letter) return i;
    }
    return -1;
}

int option_by_name(const char* name)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(option_names[i].name, name) == 0) return i;
    }
    return -1;
}

void option_change(int option, bool on)
{
    if (option == OPTION_MONITOR && on) {
        if (!job_control_start() && shell.interactive) warn("no job control: no terminal of our own");
    } else if (option == OPTION_MONITOR) {
        job_control_stop();
    } else if (option != OPTION_NOEXEC || !shell.interactive) {
        shell.option[option] = on;
    }
}

// ---- Messages ----

static void print_message(const char* format, va_list arguments)
{
    char message[512];
    vsnprintf(message, sizeof message, format, arguments);
    if (shell.interactive) {
        error_format("sh: %s\n", message);
    } else {
        error_format("%s: line %d: %s\n", shell.name, shell.line, message);
    }
}

void warn(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_message(format, arguments);
    va_end(arguments);
}

void abort_command(int status)
{
    shell.status = status;
    if (!shell.interactive) exit_shell(status);
    shell.unwind = UNWIND_ABORT;
}

void fail(int status, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_message(format, arguments);
    va_end(arguments);
    abort_command(status);
}

void exit_shell(int status)
{
    shell.status = status;
    run_exit_trap();
    out_flush();
    if (!shell.subshell) job_control_stop();
    _exit(status & 0xff);
}

// ---- Reading and running ----

// A line could not be parsed.
static void recover(struct input* input)
{
    shell.status = input->interrupted ? 128 + SIGINT : 2;
    if (!shell.interactive) exit_shell(2);
    if (input->kind == INPUT_TERMINAL) {
        input_forget_line(input);
    } else {
        shell.unwind = UNWIND_ABORT;
    }
}

static enum parse_result run_one(struct input* input, enum afterwards afterwards)
{
    struct node* node = NULL;
    struct arena* arena = arena_create();
    const enum parse_result result = parse_command_line(input, arena, &node);
    if (result == PARSE_COMMAND) {
        const bool last = afterwards == SHELL_ENDS && input_rest_is_blank(input);
        execute(node, last ? SHELL_ENDS : SHELL_GOES_ON);
    } else if (result == PARSE_FAILED) {
        recover(input);
    }
    arena_unreference(arena);
    return result;
}

static void run_commands(struct input* input, enum afterwards afterwards)
{
    bool ran = false;
    for (;;) {
        if (input->kind == INPUT_TERMINAL) jobs_report_changes();
        const enum parse_result result = run_one(input, afterwards);
        if (result == PARSE_COMMAND) ran = true;
        if (shell.unwind && input->kind == INPUT_TERMINAL) {
            shell.unwind = UNWIND_NONE;
            input_forget_line(input);
        }
        if (result == PARSE_END || shell.unwind) break;
    }
    // An empty text succeeds; ^D at the prompt keeps the last status.
    if (!ran && !shell.unwind && input->kind != INPUT_TERMINAL) shell.status = 0;
}

void run_input(struct input* input)
{
    run_commands(input, SHELL_GOES_ON);
}

void run_string(const char* text, enum afterwards afterwards)
{
    struct input input;
    const int line = shell.line;
    input_open_string(&input, text, strlen(text));
    if (shell.line > 0) input.line = shell.line;
    run_commands(&input, afterwards);
    input_close(&input);
    shell.line = line;
}

bool run_file(const char* path)
{
    const int fd = move_to_private_descriptor(open(path, O_RDONLY));
    if (fd < 0) return false;
    struct input input;
    input_open_file(&input, fd);
    run_input(&input);
    input_close(&input);
    return true;
}
