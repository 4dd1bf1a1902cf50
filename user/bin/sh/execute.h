// Running the syntax tree. Results are in shell.status.
#pragma once

#include "arena.h"
#include "shell.h"
#include "syntax.h"
#include "variables.h"

void execute(const struct node* node, enum afterwards afterwards);
void check_errexit(void);  // after a command that failed: does -e end the shell?

// pipeline.c: whatever forks a copy of the shell
void execute_pipeline(const struct node* node);
void execute_subshell(const struct node* node, enum afterwards afterwards);
void execute_background(const struct node* node);
void substitute_command(const struct node* node, struct buffer* output);

// command.c
void execute_simple(const struct node* node, enum afterwards afterwards);
int run_arguments(int argc, char** argv);   // a builtin or a program, never a function
bool local_variable(const char* argument);  // NAME or NAME=VALUE; false outside of functions

// program.c
struct prepared_redirect;
int run_program(char** argv, const struct prepared_redirect* redirects, const char* text);
int exec_program(char** argv, char** environment);  // returns only on failure, with 126 or 127
const char* find_program(const char* name);         // where PATH leads; null: nowhere. Static memory
