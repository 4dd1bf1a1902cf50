// sh: the command interpreter. Options, startup files, and where the commands come from.
#include "builtins.h"
#include "directory.h"
#include "editor.h"
#include "input.h"
#include "jobs.h"
#include "output.h"
#include "shell.h"
#include "traps.h"
#include "variables.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char** environ;

static const char usage[] = "usage: sh [-abCefilmnsuvx] [-o OPTION] [FILE [ARGUMENT...]]\n"
                            "       sh -c COMMANDS [NAME [ARGUMENT...]]\n"
                            "Runs commands from a FILE, from the text after -c, or from standard input.\n"
                            "  -c  run COMMANDS; NAME is $0, the ARGUMENTs are $1 and following\n"
                            "  -i  interactive, even if standard input is no terminal\n"
                            "  -l  login shell: read /etc/profile and ~/.profile first\n"
                            "  -s  read commands from standard input, with ARGUMENTs\n"
                            "  -e  exit when a command fails     -u  unset variables are errors\n"
                            "  -x  print commands as they run    -n  check the syntax, run nothing\n"
                            "  -v  print input as it is read     -f  no file name patterns\n"
                            "  -C  > keeps files that exist      -a  export all variables\n"
                            "  -m  job control                   +X  switches option X off\n"
                            "At the prompt, `help` lists the builtin commands.\n";

struct invocation {
    bool login;
    const char* commands;  // -c
    bool wants_commands;
};

static void bad_option(const char* option)
{
    error_format("sh: unknown option %s\n%s", option, usage);
    _exit(2);
}

static void read_option_letters(struct invocation* invocation, const char* argument)
{
    const bool on = argument[0] == '-';
    for (const char* letter = argument + 1; *letter; letter++) {
        const int option = option_by_letter(*letter);
        if (*letter == 'c') {
            invocation->wants_commands = true;
        } else if (*letter == 'l') {
            invocation->login = true;
        } else if (option >= 0) {
            shell.option[option] = on;
        } else {
            bad_option(argument);
        }
    }
}

static void read_option_name(const char* argument, const char* name)
{
    const int option = name ? option_by_name(name) : -1;
    if (option < 0) bad_option(name ? name : argument);
    shell.option[option] = argument[0] == '-';
}

// Returns the first argument that is no option.
static char** read_options(struct invocation* invocation, char** argument)
{
    for (; *argument && (argument[0][0] == '-' || argument[0][0] == '+') && argument[0][1]; argument++) {
        const char* text = *argument;
        if (strcmp(text, "--") == 0) return argument + 1;
        if (strcmp(text, "--help") == 0) {
            out_string(usage);
            _exit(out_flush() ? 1 : 0);
        }
        if (strcmp(text, "--login") == 0) {
            invocation->login = true;
        } else if (strcmp(text + 1, "o") == 0) {
            read_option_name(text, *++argument);
        } else if (text[1] == '-') {
            bad_option(text);
        } else {
            read_option_letters(invocation, text);
        }
    }
    if (*argument && strcmp(*argument, "-") == 0) argument++;
    return argument;
}

static void set_arguments(char** arguments)
{
    shell.arguments = arguments;
    while (arguments[shell.argument_count])
        shell.argument_count++;
}

static void default_variable(const char* name, const char* value)
{
    if (!variable_get(name)) variable_set(name, value);
}

static void start_variables(void)
{
    char text[12];
    variables_start(environ);
    variable_set("IFS", " \t\n");
    default_variable("PATH", "/bin:/usr/bin");
    default_variable("PS1", "\\w \\$ ");
    default_variable("PS2", "> ");
    default_variable("PS4", "+ ");
    variable_set("OPTIND", "1");
    snprintf(text, sizeof text, "%d", (int)getppid());
    variable_set("PPID", text);
    directory_start();
}

static void run_if_there(const char* path)
{
    if (access(path, R_OK) == 0) run_file(path);
    shell.unwind = UNWIND_NONE;
}

static void run_startup_files(bool login)
{
    const char* home = variable_get("HOME");
    const char* environment_file = variable_get("ENV");
    if (login) {
        run_if_there("/etc/profile");
        if (home) {
            char path[PATH_MAX];
            snprintf(path, sizeof path, "%s/.profile", home);
            run_if_there(path);
        }
    }
    if (shell.interactive && environment_file) run_if_there(environment_file);
}

static void start_interactive(void)
{
    const bool asked = shell.option[OPTION_MONITOR];
    shell.interactive = shell.option[OPTION_INTERACTIVE] = true;
    signals_start();
    // Without a terminal of our own there is no job control, and that is no reason to complain.
    if (!job_control_start() && asked) warn("no job control: no terminal of our own");
    editor_start();
}

static void run_terminal(void)
{
    struct input input;
    input_open_terminal(&input);
    do {
        input.at_end = false;
        run_input(&input);
    } while (jobs_refuse_exit());
    input_close(&input);
}

static void run_standard_input(void)
{
    struct input input;
    input_open_file(&input, 0);
    run_input(&input);
    input_close(&input);
}

static void run_script(const char* path)
{
    if (run_file(path)) return;
    shell.name = "sh";
    const int error = errno;
    error_format("sh: %s: %s\n", path, strerror(error));
    exit_shell(error == ENOENT ? 127 : 126);
}

int main(int argc, char** argv)
{
    struct invocation invocation = {.login = argc > 0 && argv[0][0] == '-'};
    shell.name = argc > 0 ? argv[0] : "sh";
    shell.pid = getpid();
    char** rest = read_options(&invocation, argv + (argc > 0));
    if (invocation.wants_commands) {
        if (!*rest) bad_option("-c without COMMANDS");
        invocation.commands = *rest++;
    }
    const bool from_input = !invocation.commands && (!*rest || shell.option[OPTION_STDIN]);
    if (*rest && !shell.option[OPTION_STDIN]) shell.name = *rest++;
    set_arguments(rest);
    start_variables();
    if (shell.option[OPTION_INTERACTIVE] || (from_input && isatty(0) && isatty(2)))
        start_interactive();
    else if (shell.option[OPTION_MONITOR])
        shell.option[OPTION_MONITOR] = job_control_start();
    run_startup_files(invocation.login);

    if (invocation.commands)
        run_string(invocation.commands, SHELL_ENDS);
    else if (!from_input)
        run_script(shell.name);
    else if (shell.interactive)
        run_terminal();
    else
        run_standard_input();
    exit_shell(shell.status);
}
