// Simple commands: assignments, then a function, a builtin or a program.
#include "execute.h"

#include "builtins.h"
#include "expand.h"
#include "jobs.h"
#include "output.h"
#include "parameters.h"
#include "redirect.h"
#include "traps.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

// Variables that `local` hid in the innermost function; null outside of functions.
static struct saved_variable** locals;

// ---- set -x ----

static void trace(const struct assignment* assignments, int argc, char** argv)
{
    struct buffer line = {.arena = &shell.scratch};
    const char* prefix = variable_get("PS4");
    buffer_append_string(&line, prefix ? prefix : "+ ");
    for (; assignments; assignments = assignments->next) {
        const char* value = variable_get(assignments->name);
        buffer_append_string(&line, assignments->name);
        buffer_append_char(&line, '=');
        buffer_append_string(&line, value ? value : "");
        if (assignments->next || argc) buffer_append_char(&line, ' ');
    }
    for (int i = 0; i < argc; i++) {
        if (i > 0) buffer_append_char(&line, ' ');
        buffer_append_string(&line, argv[i]);
    }
    error_format("%s\n", buffer_string(&line));
}

// ---- Assignments ----

static bool assign(const struct assignment* assignment)
{
    const char* value = expand_assignment(assignment->value);
    if (shell.unwind) return false;
    if (variable_set(assignment->name, value)) return true;
    abort_command(2);
    return false;
}

// With saved: for the length of one command.
static bool assign_all(const struct assignment* assignments, struct saved_variable** saved, unsigned flags)
{
    for (; assignments; assignments = assignments->next) {
        if (saved) variable_save(saved, assignments->name);
        if (!assign(assignments)) return false;
        if (flags) variable_set_flags(assignments->name, flags);
    }
    return true;
}

// ---- Functions and builtins ----

bool local_variable(const char* argument)
{
    if (!locals) return false;
    char* name = arena_copy(&shell.scratch, argument, strcspn(argument, "="));
    variable_save(locals, name);
    return strchr(argument, '=') ? variable_assign_argument(argument, 0) : true;
}

enum { MAX_CALLS = 1000 };  // of functions in functions: better a message than a stack overflow

static void run_function(const struct function* function, int argc, char** argv)
{
    if (shell.function_depth >= MAX_CALLS) {
        fail(2, "%s: functions call each other too deeply", argv[0]);
        return;
    }
    struct arena* arena = function->arena;  // the function may be redefined while it runs
    struct saved_variable* hidden = NULL;
    struct saved_variable** outer_locals = locals;
    const int outer_loops = shell.loop_depth;
    const struct saved_parameters parameters = parameters_push(argc - 1, argv + 1);
    arena_reference(arena);
    locals = &hidden;
    shell.loop_depth = 0;
    shell.function_depth++;
    execute(function->body, SHELL_GOES_ON);
    if (shell.unwind == UNWIND_RETURN) shell.unwind = UNWIND_NONE;
    shell.function_depth--;
    shell.loop_depth = outer_loops;
    locals = outer_locals;
    variables_restore(&hidden);
    parameters_pop(parameters);
    arena_unreference(arena);
}

static int run_builtin(const struct builtin* builtin, int argc, char** argv)
{
    const int status = builtin->run(argc, argv);
    const int error = out_flush();
    if (!error) return status;
    if (error != EPIPE) warn("%s: write error: %s", argv[0], strerror(error));
    return status ? status : 1;
}

int run_arguments(int argc, char** argv)
{
    const struct builtin* builtin = builtin_find(argv[0]);
    return builtin ? run_builtin(builtin, argc, argv) : run_program(argv, NULL, NULL);
}

// ---- The pieces together ----

struct command {
    const struct node* node;
    int argc;
    char** argv;
    const struct function* function;
    const struct builtin* builtin;
    struct prepared_redirect* redirects;
};

static bool is_special(const struct command* command)
{
    return command->builtin && command->builtin->special;
}

static void find_target(struct command* command)
{
    command->builtin = builtin_find(command->argv[0]);
    if (!is_special(command)) command->function = function_find(command->argv[0]);
    if (command->function) command->builtin = NULL;
}

// A builtin or function, in this process: its redirections and assignments are undone afterwards.
static void run_inside(const struct command* command)
{
    struct saved_descriptor* descriptors = NULL;
    struct saved_variable* variables = NULL;
    const struct assignment* assignments = command->node->simple.assignments;
    // `exec >file` is for good, and assignments before a special builtin are too.
    const bool exec = command->builtin && command->builtin->run == builtin_exec;
    const bool keep = exec && command->argc == 1;
    const bool special = is_special(command);
    if (!redirects_apply(command->redirects, keep ? NULL : &descriptors)) {
        shell.status = 1;
        if (special) abort_command(2);
    } else if (assign_all(assignments, special ? NULL : &variables,
                          special && !exec ? 0 : VARIABLE_EXPORTED)) {
        if (shell.option[OPTION_XTRACE]) trace(assignments, command->argc, command->argv);
        if (command->function) {
            run_function(command->function, command->argc, command->argv);
        } else {
            shell.status = run_builtin(command->builtin, command->argc, command->argv);
        }
    }
    variables_restore(&variables);
    redirects_restore(descriptors);
}

// Instead of the shell, which has nothing else to do.
static void become_program(const struct command* command)
{
    if (!redirects_apply(command->redirects, NULL)) exit_shell(1);
    signals_before_exec();
    exit_shell(exec_program(command->argv, environment_build()));
}

static void run_outside(const struct command* command, enum afterwards afterwards)
{
    struct saved_variable* variables = NULL;
    const struct assignment* assignments = command->node->simple.assignments;
    if (assign_all(assignments, &variables, VARIABLE_EXPORTED)) {
        if (shell.option[OPTION_XTRACE]) trace(assignments, command->argc, command->argv);
        if (afterwards == SHELL_ENDS && !traps_set()) become_program(command);
        shell.status = run_program(command->argv, command->redirects, command->node->text);
    }
    variables_restore(&variables);
}

// No command name: redirections are opened and undone, assignments stay.
static void run_without_name(const struct command* command)
{
    struct saved_descriptor* descriptors = NULL;
    if (redirects_apply(command->redirects, &descriptors)) {
        const bool good = assign_all(command->node->simple.assignments, NULL, 0);
        if (good && shell.option[OPTION_XTRACE]) trace(command->node->simple.assignments, 0, NULL);
        if (good) shell.status = shell.substitution_status;
    } else {
        shell.status = 1;
    }
    redirects_restore(descriptors);
}

static void run_command(struct command* command, enum afterwards afterwards)
{
    if (command->argc == 0) {
        run_without_name(command);
        return;
    }
    find_target(command);
    if (command->function || command->builtin) {
        run_inside(command);
    } else {
        run_outside(command, afterwards);
    }
}

void execute_simple(const struct node* node, enum afterwards afterwards)
{
    const struct arena_mark mark = arena_mark(&shell.scratch);
    struct command command = {.node = node};
    shell.substitution_status = 0;
    command.argv = expand_words(node->simple.words, &command.argc);
    if (!shell.unwind) {
        if (redirects_prepare(node->redirects, &command.redirects)) {
            run_command(&command, afterwards);
        } else if (!shell.unwind) {
            shell.status = 1;
        }
    }
    arena_release(&shell.scratch, mark);
}
