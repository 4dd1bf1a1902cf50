// Shell variables and functions by name.
#pragma once

#include "arena.h"

#include <stdbool.h>

enum { VARIABLE_EXPORTED = 1, VARIABLE_READONLY = 2 };

// What a name was before a `VAR=x command` or a `local` hid it.
struct saved_variable {
    struct saved_variable* next;
    char* name;
    char* value;  // null: it was not set
    unsigned flags;
};

void variables_start(char** environment);
const char* variable_get(const char* name);                 // null: not set
bool variable_set(const char* name, const char* value);     // false: read-only (the user was told)
bool variable_set_flags(const char* name, unsigned flags);  // the variable need not have a value yet
bool variable_unset(const char* name);
void variable_clear_export(const char* name);
bool variable_is_readonly(const char* name);
char** environment_build(void);  // for execve; ours, valid until a variable changes

void variable_save(struct saved_variable** list, const char* name);
void variables_restore(struct saved_variable** list);  // empties the list

// "NAME=VALUE" or "NAME" for export and its like; false after a message.
bool variable_assign_argument(const char* argument, unsigned flags);
// In alphabetical order, as commands that set them again: `prefix NAME='VALUE'`.
void variables_print(const char* prefix, unsigned flags);
// Calls back with each name that starts with `start`.
void variables_each(const char* start, void (*visit)(const char* name, void* context), void* context);

struct function {
    struct function* next;
    char* name;
    struct node* body;
    struct arena* arena;
};

struct function* function_find(const char* name);
void function_define(const char* name, struct node* body, struct arena* arena);
bool function_unset(const char* name);
void functions_each(const char* start, void (*visit)(const char* name, void* context), void* context);
