// The list of aliases and its builtins.
#include "aliases.h"

#include "arena.h"
#include "output.h"
#include "shell.h"

#include <stdlib.h>
#include <string.h>

struct alias {
    struct alias* next;
    char* name;
    char* text;  // null: removed; it stays in the list, for an input may still name it
    int locks;
};

static struct alias* aliases;

static struct alias* lookup(const char* name, size_t length)
{
    for (struct alias* alias = aliases; alias; alias = alias->next) {
        if (strlen(alias->name) == length && memcmp(alias->name, name, length) == 0) return alias;
    }
    return NULL;
}

struct alias* alias_find(const char* name)
{
    if (!aliases) return NULL;
    struct alias* alias = lookup(name, strlen(name));
    return alias && alias->text && !alias->locks ? alias : NULL;
}

const char* alias_text(const struct alias* alias)
{
    return alias->text;
}

void alias_lock(struct alias* alias)
{
    alias->locks++;
}

void alias_unlock(struct alias* alias)
{
    alias->locks--;
}

static void print_alias(const struct alias* alias)
{
    out_string(alias->name);
    out_char('=');
    out_quoted(alias->text);
    out_char('\n');
}

static void define(const char* definition, size_t name_length)
{
    struct alias* alias = lookup(definition, name_length);
    if (!alias) {
        struct alias** end = &aliases;
        while (*end)
            end = &(*end)->next;
        alias = allocate(sizeof *alias);
        *alias = (struct alias){.name = copy_string(definition)};
        alias->name[name_length] = '\0';
        *end = alias;
    }
    free(alias->text);
    alias->text = copy_string(definition + name_length + 1);
}

int builtin_alias(int argc, char** argv)
{
    int status = 0;
    if (argc == 1) {
        for (struct alias* alias = aliases; alias; alias = alias->next) {
            if (alias->text) print_alias(alias);
        }
    }
    for (int i = 1; i < argc; i++) {
        const char* equals = strchr(argv[i], '=');
        if (equals && equals != argv[i]) {
            define(argv[i], (size_t)(equals - argv[i]));
            continue;
        }
        const struct alias* alias = lookup(argv[i], strlen(argv[i]));
        if (alias && alias->text) {
            print_alias(alias);
        } else {
            warn("alias: %s: not found", argv[i]);
            status = 1;
        }
    }
    return status;
}

static void forget(struct alias* alias)
{
    free(alias->text);
    alias->text = NULL;
}

int builtin_unalias(int argc, char** argv)
{
    int status = 0;
    for (int i = 1; i < argc; i++) {
        struct alias* alias = lookup(argv[i], strlen(argv[i]));
        if (strcmp(argv[i], "-a") == 0) {
            for (alias = aliases; alias; alias = alias->next)
                forget(alias);
        } else if (alias && alias->text) {
            forget(alias);
        } else {
            warn("unalias: %s: not found", argv[i]);
            status = 1;
        }
    }
    return status;
}
