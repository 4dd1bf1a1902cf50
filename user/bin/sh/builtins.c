// The table of builtins, and those that tell what a name means.
#include "builtins.h"

#include "aliases.h"
#include "execute.h"
#include "history.h"
#include "output.h"
#include "shell.h"
#include "traps.h"
#include "variables.h"

#include <stdlib.h>
#include <string.h>

// Sorted by name: builtin_find searches by halves.
static const struct builtin builtins[] = {
    {".", builtin_dot, true, "FILE [ARGUMENT...]", "run the commands of FILE in this shell"},
    {":", builtin_true, true, "[ARGUMENT...]", "do nothing, successfully"},
    {"[", builtin_test, false, "EXPRESSION ]", "test files, strings and numbers"},
    {"alias", builtin_alias, false, "[NAME[=TEXT]...]", "define or print aliases"},
    {"bg", builtin_bg, false, "[JOB...]", "let stopped jobs go on in the background"},
    {"break", builtin_break, true, "[LEVELS]", "leave a loop"},
    {"cd", builtin_cd, false, "[-L|-P] [DIRECTORY|-]", "change the working directory"},
    {"command", builtin_command, false, "[-pvV] NAME [ARGUMENT...]", "run NAME even if a function hides it"},
    {"continue", builtin_continue, true, "[LEVELS]", "start the next round of a loop"},
    {"echo", builtin_echo, false, "[-neE] [ARGUMENT...]", "print the arguments"},
    {"eval", builtin_eval, true, "[ARGUMENT...]", "run the arguments as a command"},
    {"exec", builtin_exec, true, "[COMMAND [ARGUMENT...]]", "become COMMAND, or keep redirections"},
    {"exit", builtin_exit, true, "[STATUS]", "leave the shell"},
    {"export", builtin_export, true, "[-np] [NAME[=VALUE]...]", "put variables into the environment"},
    {"false", builtin_false, false, "", "do nothing, unsuccessfully"},
    {"fg", builtin_fg, false, "[JOB]", "bring a job to the foreground"},
    {"getopts", builtin_getopts, false, "LETTERS NAME [ARGUMENT...]", "parse options, one a call"},
    {"hash", builtin_true, false, "", "does nothing: locations are not remembered"},
    {"help", builtin_help, false, "[NAME...]", "tell about builtin commands"},
    {"history", builtin_history, false, "[-c]", "print (or clear) the lines typed so far"},
    {"jobs", builtin_jobs, false, "[-lp] [JOB...]", "list jobs"},
    {"kill", builtin_kill, false, "[-SIGNAL|-s SIGNAL|-l] PID|JOB...", "send a signal"},
    {"local", builtin_local, false, "NAME[=VALUE]...", "make variables local to a function"},
    {"printf", builtin_printf, false, "FORMAT [ARGUMENT...]", "print with a format"},
    {"pwd", builtin_pwd, false, "[-L|-P]", "print the working directory"},
    {"read", builtin_read, false, "[-r] [-p PROMPT] NAME...", "read a line into variables"},
    {"readonly", builtin_readonly, true, "[-p] [NAME[=VALUE]...]", "protect variables"},
    {"return", builtin_return, true, "[STATUS]", "leave a function or a sourced file"},
    {"set", builtin_set, true, "[-abCefmnuvx] [-o NAME] [ARGUMENT...]", "set options and arguments"},
    {"shift", builtin_shift, true, "[COUNT]", "drop the first arguments"},
    {"source", builtin_dot, true, "FILE [ARGUMENT...]", "same as ."},
    {"test", builtin_test, false, "EXPRESSION", "test files, strings and numbers"},
    {"times", builtin_times, true, "", "print the time used so far"},
    {"trap", builtin_trap, true, "[ACTION SIGNAL...]", "run ACTION when a signal comes"},
    {"true", builtin_true, false, "", "do nothing, successfully"},
    {"type", builtin_type, false, "NAME...", "tell what names stand for"},
    {"ulimit", builtin_ulimit, false, "[-HS] [-acdfmnstuv] [LIMIT]", "print or set limits"},
    {"umask", builtin_umask, false, "[-S] [MODE]", "print or set the mask of new files"},
    {"unalias", builtin_unalias, false, "-a|NAME...", "remove aliases"},
    {"unset", builtin_unset, true, "[-fv] NAME...", "remove variables or functions"},
    {"wait", builtin_wait, false, "[PID|JOB...]", "wait for background jobs"},
};
enum { COUNT = sizeof builtins / sizeof builtins[0] };

static int compare(const void* name, const void* builtin)
{
    return strcmp(name, ((const struct builtin*)builtin)->name);
}

const struct builtin* builtin_find(const char* name)
{
    return bsearch(name, builtins, COUNT, sizeof builtins[0], compare);
}

void builtins_each(const char* start, void (*visit)(const char*, void*), void* context)
{
    for (int i = 0; i < COUNT; i++) {
        if (strncmp(builtins[i].name, start, strlen(start)) == 0) visit(builtins[i].name, context);
    }
}

int builtin_help(int argc, char** argv)
{
    int status = 0;
    if (argc == 1) {
        out_string("Builtin commands (`help NAME` tells more, other commands have --help):\n");
        for (int i = 0; i < COUNT; i++)
            out_format("  %-9s %s\n", builtins[i].name, builtins[i].help);
        out_string("Lists: a | b  a && b  a || b  a; b  a &  ! a  ( a )  { a; }\n"
                   "Redirections: <file >file >>file 2>file 2>&1 &>file <<END\n"
                   "Compound: if while until for case NAME() { }\n"
                   "Keys: Tab completes, arrows edit and recall, ^R searches, ^C drops the line\n");
    }
    for (int i = 1; i < argc; i++) {
        const struct builtin* builtin = builtin_find(argv[i]);
        if (builtin) {
            out_format("%s %s\n    %s\n", builtin->name, builtin->usage, builtin->help);
        } else {
            warn("help: %s: no builtin (try %s --help)", argv[i], argv[i]);
            status = 1;
        }
    }
    return status;
}

// ---- What a name means ----

static bool is_reserved(const char* name)
{
    static const char* const words[] = {"!",    "{",  "}",   "case", "do", "done", "elif",  "else",
                                        "esac", "fi", "for", "if",   "in", "then", "until", "while"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], name) == 0) return true;
    }
    return false;
}

static int describe(const char* name)
{
    const struct builtin* builtin = builtin_find(name);
    const struct alias* alias = alias_find(name);
    const char* path;
    if (is_reserved(name)) {
        out_format("%s is a shell keyword\n", name);
    } else if (alias) {
        out_format("%s is an alias for %s\n", name, alias_text(alias));
    } else if (builtin && builtin->special) {
        out_format("%s is a special shell builtin\n", name);
    } else if (function_find(name)) {
        out_format("%s is a shell function\n", name);
    } else if (builtin) {
        out_format("%s is a shell builtin\n", name);
    } else if ((path = find_program(name))) {
        out_format("%s is %s\n", name, path);
    } else {
        out_format("%s: not found\n", name);
        return 127;
    }
    return 0;
}

static int print_meaning(const char* name)
{
    const struct alias* alias = alias_find(name);
    const bool inside = is_reserved(name) || builtin_find(name) || function_find(name);
    const char* path = alias || inside ? name : find_program(name);
    if (!path) return 127;
    if (alias) {
        out_format("alias %s=", name);
        out_quoted(alias_text(alias));
        out_char('\n');
    } else {
        out_format("%s\n", path);
    }
    return 0;
}

int builtin_type(int argc, char** argv)
{
    int status = 0;
    for (int i = 1; i < argc; i++) {
        const int one = describe(argv[i]);
        if (one) status = one;
    }
    return status;
}

int builtin_command(int argc, char** argv)
{
    char what = 0;
    int first = 1;
    for (; first < argc && argv[first][0] == '-' && argv[first][1]; first++) {
        if (strcmp(argv[first], "--") == 0) {
            first++;
            break;
        }
        if (strchr("vV", argv[first][1])) what = argv[first][1];
    }
    if (first == argc) return 0;
    if (!what) return run_arguments(argc - first, argv + first);
    int status = 0;
    for (int i = first; i < argc; i++) {
        const int one = what == 'v' ? print_meaning(argv[i]) : describe(argv[i]);
        if (one) status = one;
    }
    return status;
}
