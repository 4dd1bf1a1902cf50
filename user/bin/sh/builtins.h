// Commands that the shell runs itself. Each gets argc and argv as main does and returns its exit
// status; special ones (POSIX) end a script when they are misused.
#pragma once

#include <stdbool.h>

struct builtin {
    const char* name;
    int (*run)(int argc, char** argv);
    bool special;
    const char* usage;  // its arguments
    const char* help;
};

const struct builtin* builtin_find(const char* name);
void builtins_each(const char* start, void (*visit)(const char* name, void* context), void* context);

// builtins.c
int builtin_command(int argc, char** argv);
int builtin_type(int argc, char** argv);
int builtin_help(int argc, char** argv);
// builtin_flow.c
int builtin_true(int argc, char** argv);
int builtin_false(int argc, char** argv);
int builtin_break(int argc, char** argv);
int builtin_continue(int argc, char** argv);
int builtin_return(int argc, char** argv);
int builtin_exit(int argc, char** argv);
int builtin_eval(int argc, char** argv);
int builtin_dot(int argc, char** argv);
int builtin_exec(int argc, char** argv);
// builtin_variables.c
int builtin_export(int argc, char** argv);
int builtin_readonly(int argc, char** argv);
int builtin_local(int argc, char** argv);
int builtin_unset(int argc, char** argv);
int builtin_set(int argc, char** argv);
int builtin_shift(int argc, char** argv);
int builtin_getopts(int argc, char** argv);
// builtin_io.c, builtin_printf.c, builtin_test.c
int builtin_echo(int argc, char** argv);
int builtin_read(int argc, char** argv);
int builtin_printf(int argc, char** argv);
int builtin_test(int argc, char** argv);
// builtin_jobs.c
int builtin_jobs(int argc, char** argv);
int builtin_fg(int argc, char** argv);
int builtin_bg(int argc, char** argv);
int builtin_wait(int argc, char** argv);
int builtin_kill(int argc, char** argv);
// builtin_process.c
int builtin_umask(int argc, char** argv);
int builtin_ulimit(int argc, char** argv);
int builtin_times(int argc, char** argv);
// directory.c
int builtin_cd(int argc, char** argv);
int builtin_pwd(int argc, char** argv);
