// The hash table of variables, what they were before, the environment; the list of functions.
#include "variables.h"

#include "output.h"
#include "shell.h"
#include "syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct variable {
    struct variable* next;
    char* value;  // null: exported or read-only, but not set
    unsigned flags;
    char name[];
};

enum { BUCKETS = 64 };

static struct variable* buckets[BUCKETS];
static char** environment;  // built when asked for; null when a variable changed since
static struct function* functions;

static struct variable** bucket_of(const char* name)
{
    unsigned hash = 0;
    for (; *name; name++)
        hash = hash * 31 + (unsigned char)*name;
    return &buckets[hash % BUCKETS];
}

static struct variable* find(const char* name)
{
    struct variable* variable = *bucket_of(name);
    while (variable && strcmp(variable->name, name) != 0)
        variable = variable->next;
    return variable;
}

static struct variable* find_or_create(const char* name)
{
    struct variable* variable = find(name);
    if (variable) return variable;
    const size_t size = strlen(name) + 1;
    variable = allocate(sizeof *variable + size);
    variable->value = NULL;
    variable->flags = 0;
    memcpy(variable->name, name, size);
    struct variable** bucket = bucket_of(name);
    variable->next = *bucket;
    *bucket = variable;
    return variable;
}

static void changed(const struct variable* variable)
{
    if (!(variable->flags & VARIABLE_EXPORTED)) return;
    free(environment);
    environment = NULL;
}

const char* variable_get(const char* name)
{
    if (name[0] == 'L' && strcmp(name, "LINENO") == 0) {
        static char digits[12];
        snprintf(digits, sizeof digits, "%d", shell.line);
        return digits;
    }
    const struct variable* variable = find(name);
    return variable ? variable->value : NULL;
}

static bool refuse_readonly(const struct variable* variable)
{
    if (!(variable->flags & VARIABLE_READONLY)) return false;
    warn("%s: is read only", variable->name);
    return true;
}

static void replace(struct variable* variable, char* value, unsigned flags)
{
    changed(variable);
    free(variable->value);
    variable->value = value;
    variable->flags = flags;
    changed(variable);
}

bool variable_set(const char* name, const char* value)
{
    struct variable* variable = find_or_create(name);
    if (refuse_readonly(variable)) return false;
    const unsigned exported = shell.option[OPTION_ALLEXPORT] ? VARIABLE_EXPORTED : 0;
    replace(variable, copy_string(value), variable->flags | exported);
    return true;
}

bool variable_set_flags(const char* name, unsigned flags)
{
    struct variable* variable = find_or_create(name);
    variable->flags |= flags;
    changed(variable);
    return true;
}

void variable_clear_export(const char* name)
{
    struct variable* variable = find(name);
    if (!variable) return;
    changed(variable);
    variable->flags &= ~(unsigned)VARIABLE_EXPORTED;
}

bool variable_is_readonly(const char* name)
{
    const struct variable* variable = find(name);
    return variable && (variable->flags & VARIABLE_READONLY);
}

bool variable_unset(const char* name)
{
    struct variable* variable = find(name);
    if (!variable) return true;
    if (refuse_readonly(variable)) return false;
    replace(variable, NULL, 0);
    return true;
}

// ---- The environment ----

void variables_start(char** initial)
{
    for (; *initial; initial++) {
        const char* equals = strchr(*initial, '=');
        if (!equals) continue;
        char* name = copy_string(*initial);
        name[equals - *initial] = '\0';
        if (is_name(name)) replace(find_or_create(name), copy_string(equals + 1), VARIABLE_EXPORTED);
        free(name);
    }
}

char** environment_build(void)
{
    if (environment) return environment;
    size_t count = 0, characters = 0;
    for (int i = 0; i < BUCKETS; i++) {
        for (const struct variable* v = buckets[i]; v; v = v->next) {
            if (!(v->flags & VARIABLE_EXPORTED) || !v->value) continue;
            count++;
            characters += strlen(v->name) + strlen(v->value) + 2;
        }
    }
    // One piece of memory: the pointers, then the strings.
    environment = allocate((count + 1) * sizeof(char*) + characters);
    char* text = (char*)(environment + count + 1);
    size_t index = 0;
    for (int i = 0; i < BUCKETS; i++) {
        for (const struct variable* v = buckets[i]; v; v = v->next) {
            if (!(v->flags & VARIABLE_EXPORTED) || !v->value) continue;
            environment[index++] = text;
            text = stpcpy(stpcpy(stpcpy(text, v->name), "="), v->value) + 1;
        }
    }
    environment[index] = NULL;
    return environment;
}

// ---- What names were before ----

void variable_save(struct saved_variable** list, const char* name)
{
    const struct variable* variable = find(name);
    struct saved_variable* saved = allocate(sizeof *saved);
    saved->name = copy_string(name);
    saved->value = variable && variable->value ? copy_string(variable->value) : NULL;
    saved->flags = variable ? variable->flags : 0;
    saved->next = *list;
    *list = saved;
}

void variables_restore(struct saved_variable** list)
{
    while (*list) {
        struct saved_variable* saved = *list;
        *list = saved->next;
        replace(find_or_create(saved->name), saved->value, saved->flags);
        free(saved->name);
        free(saved);
    }
}

// ---- Listing ----

bool variable_assign_argument(const char* argument, unsigned flags)
{
    const char* equals = strchr(argument, '=');
    char* name = copy_string(argument);
    if (equals) name[equals - argument] = '\0';
    bool good = is_name(name);
    if (!good) {
        warn("%s: bad variable name", name);
    } else {
        good = (!equals || variable_set(name, equals + 1)) && variable_set_flags(name, flags);
    }
    free(name);
    return good;
}

static int compare_names(const void* a, const void* b)
{
    return strcmp((*(struct variable* const*)a)->name, (*(struct variable* const*)b)->name);
}

void variables_print(const char* prefix, unsigned flags)
{
    const struct variable** sorted = NULL;
    size_t count = 0;
    for (int i = 0; i < BUCKETS; i++) {
        for (const struct variable* v = buckets[i]; v; v = v->next) {
            if ((v->flags & flags) != flags || (!v->value && !v->flags)) continue;
            sorted = reallocate(sorted, (count + 1) * sizeof *sorted);
            sorted[count++] = v;
        }
    }
    if (count) qsort(sorted, count, sizeof *sorted, compare_names);
    for (size_t i = 0; i < count; i++) {
        if (!sorted[i]->value && !*prefix) continue;
        out_format("%s%s", prefix, sorted[i]->name);
        if (sorted[i]->value) {
            out_char('=');
            out_quoted(sorted[i]->value);
        }
        out_char('\n');
    }
    free(sorted);
}

void variables_each(const char* start, void (*visit)(const char*, void*), void* context)
{
    for (int i = 0; i < BUCKETS; i++) {
        for (const struct variable* v = buckets[i]; v; v = v->next) {
            if (v->value && strncmp(v->name, start, strlen(start)) == 0) visit(v->name, context);
        }
    }
}

// ---- Functions ----

struct function* function_find(const char* name)
{
    struct function* function = functions;
    while (function && strcmp(function->name, name) != 0)
        function = function->next;
    return function;
}

void function_define(const char* name, struct node* body, struct arena* arena)
{
    arena_reference(arena);
    struct function* function = function_find(name);
    if (function) {
        arena_unreference(function->arena);
    } else {
        function = allocate(sizeof *function);
        function->name = copy_string(name);
        function->next = functions;
        functions = function;
    }
    function->body = body;
    function->arena = arena;
}

bool function_unset(const char* name)
{
    for (struct function** link = &functions; *link; link = &(*link)->next) {
        struct function* function = *link;
        if (strcmp(function->name, name) != 0) continue;
        *link = function->next;
        arena_unreference(function->arena);
        free(function->name);
        free(function);
        return true;
    }
    return false;
}

void functions_each(const char* start, void (*visit)(const char*, void*), void* context)
{
    for (const struct function* function = functions; function; function = function->next) {
        if (strncmp(function->name, start, strlen(start)) == 0) visit(function->name, context);
    }
}
