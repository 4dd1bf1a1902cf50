// Builtins that steer what runs next.
#include "builtins.h"

#include "execute.h"
#include "expand.h"
#include "jobs.h"
#include "parameters.h"
#include "shell.h"
#include "traps.h"
#include "variables.h"

#include <errno.h>
#include <string.h>

int builtin_true(int argc, char** argv)
{
    (void)argc, (void)argv;
    return 0;
}

int builtin_false(int argc, char** argv)
{
    (void)argc, (void)argv;
    return 1;
}

// The optional number of break, return and their like; false after a message.
static bool read_number(int argc, char** argv, int* number)
{
    long long value;
    if (argc < 2) return true;
    if (!parse_number(argv[1], &value) || value < 0) {
        fail(2, "%s: illegal number: %s", argv[0], argv[1]);
        return false;
    }
    *number = (int)value;
    return true;
}

static int leave_loops(int argc, char** argv, enum unwind unwind)
{
    int levels = 1;
    if (!read_number(argc, argv, &levels)) return 2;
    if (shell.loop_depth == 0) return 0;
    shell.unwind = unwind;
    shell.unwind_levels = levels < 1 ? 1 : levels > shell.loop_depth ? shell.loop_depth : levels;
    return 0;
}

int builtin_break(int argc, char** argv)
{
    return leave_loops(argc, argv, UNWIND_BREAK);
}

int builtin_continue(int argc, char** argv)
{
    return leave_loops(argc, argv, UNWIND_CONTINUE);
}

int builtin_return(int argc, char** argv)
{
    int status = shell.status;
    if (!read_number(argc, argv, &status)) return 2;
    if (shell.function_depth > 0) {
        shell.unwind = UNWIND_RETURN;
    } else if (!shell.interactive) {
        exit_shell(status);
    } else {
        warn("return: not in a function");
    }
    return status;
}

int builtin_exit(int argc, char** argv)
{
    int status = shell.status;
    if (!read_number(argc, argv, &status)) return 2;
    if (jobs_refuse_exit()) return 1;
    exit_shell(status);
}

int builtin_eval(int argc, char** argv)
{
    struct buffer text = {.arena = &shell.scratch};
    for (int i = 1; i < argc; i++) {
        if (i > 1) buffer_append_char(&text, ' ');
        buffer_append_string(&text, argv[i]);
    }
    run_string(buffer_string(&text), SHELL_GOES_ON);
    return shell.status;
}

// A name without a slash is looked for in PATH; there it need not be executable.
static bool run_sourced(const char* name)
{
    if (strchr(name, '/')) return run_file(name);
    const char* list = variable_get("PATH");
    while (list && *list) {
        const size_t length = strcspn(list, ":");
        struct buffer path = {.arena = &shell.scratch};
        buffer_append(&path, list, length);
        if (length) buffer_append_char(&path, '/');
        buffer_append_string(&path, name);
        if (run_file(path.data)) return true;
        list += length + (list[length] == ':');
    }
    return run_file(name);
}

int builtin_dot(int argc, char** argv)
{
    if (argc < 2) {
        fail(2, "%s: which file?", argv[0]);
        return 2;
    }
    struct saved_parameters saved = {0};
    const int outer_line = shell.line;
    if (argc > 2) saved = parameters_push(argc - 2, argv + 2);
    shell.function_depth++;
    const bool opened = run_sourced(argv[1]);
    const int error = errno;
    if (shell.unwind == UNWIND_RETURN) shell.unwind = UNWIND_NONE;
    shell.function_depth--;
    shell.line = outer_line;
    if (argc > 2) parameters_pop(saved);
    if (opened) return shell.status;
    fail(2, "%s: cannot open %s: %s", argv[0], argv[1], strerror(error));
    return 2;
}

int builtin_exec(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "--") == 0) argc--, argv++;
    if (argc < 2) return 0;
    signals_before_exec();
    const int status = exec_program(argv + 1, environment_build());
    if (!shell.interactive) exit_shell(status);
    signals_after_failed_exec();
    return status;
}
