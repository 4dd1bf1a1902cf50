// Positional and special parameters.
#include "parameters.h"

#include "shell.h"
#include "syntax.h"
#include "variables.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char digits[16];

static const char* number(long value)
{
    snprintf(digits, sizeof digits, "%ld", value);
    return digits;
}

static const char* option_letters(void)
{
    char* end = digits;
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (shell.option[i]) *end++ = option_names[i].letter;
    }
    *end = '\0';
    return digits;
}

static const char* argument(int index)
{
    if (index == 0) return shell.name;
    return index <= shell.argument_count ? shell.arguments[index - 1] : NULL;
}

const char* parameter_value(const char* name)
{
    if (is_name_start((unsigned char)name[0])) return variable_get(name);
    if (isdigit((unsigned char)name[0])) return argument(atoi(name));
    switch (name[0]) {
    case '?':
        return number(shell.status);
    case '#':
        return number(shell.argument_count);
    case '$':
        return number(shell.pid);
    case '!':
        return shell.last_background ? number(shell.last_background) : NULL;
    case '-':
        return option_letters();
    default:
        return shell.argument_count ? shell.arguments[0] : NULL;  // @ and *: set or not
    }
}

static void free_arguments(void)
{
    if (!shell.arguments_owned) return;
    for (int i = 0; i < shell.argument_count; i++)
        free(shell.arguments[i]);
    free(shell.arguments);
}

void parameters_set(char** values)
{
    int count = 0;
    while (values[count])
        count++;
    char** copies = allocate(((size_t)count + 1) * sizeof *copies);
    for (int i = 0; i < count; i++)
        copies[i] = copy_string(values[i]);
    copies[count] = NULL;
    free_arguments();
    shell.arguments = copies;
    shell.argument_count = count;
    shell.arguments_owned = true;
}

void parameters_shift(int count)
{
    if (!shell.arguments_owned) {
        parameters_set(shell.arguments + count);
        return;
    }
    for (int i = 0; i < count; i++)
        free(shell.arguments[i]);
    shell.argument_count -= count;
    memmove(shell.arguments, shell.arguments + count,
            ((size_t)shell.argument_count + 1) * sizeof *shell.arguments);
}

struct saved_parameters parameters_push(int count, char** values)
{
    const struct saved_parameters saved = {shell.arguments, shell.argument_count, shell.arguments_owned};
    shell.arguments = values;
    shell.argument_count = count;
    shell.arguments_owned = false;
    return saved;
}

void parameters_pop(struct saved_parameters saved)
{
    free_arguments();
    shell.arguments = saved.arguments;
    shell.argument_count = saved.argument_count;
    shell.arguments_owned = saved.owned;
}
