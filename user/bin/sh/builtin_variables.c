// Builtins about variables, options and arguments.
#include "builtins.h"

#include "execute.h"
#include "expand.h"
#include "output.h"
#include "parameters.h"
#include "shell.h"
#include "syntax.h"
#include "variables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// export and readonly: the same but for the flag.
static int mark(int argc, char** argv, unsigned flag)
{
    bool remove = false, print = argc == 1;
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (strchr(argv[i], 'n')) remove = true;
        if (strchr(argv[i], 'p')) print = true;
    }
    if (print && i == argc) {
        variables_print(flag == VARIABLE_EXPORTED ? "export " : "readonly ", flag);
        return 0;
    }
    for (; i < argc; i++) {
        if (remove && flag == VARIABLE_EXPORTED) {
            variable_clear_export(argv[i]);
        } else if (!variable_assign_argument(argv[i], flag)) {
            abort_command(2);
            return 2;
        }
    }
    return 0;
}

int builtin_export(int argc, char** argv)
{
    return mark(argc, argv, VARIABLE_EXPORTED);
}

int builtin_readonly(int argc, char** argv)
{
    return mark(argc, argv, VARIABLE_READONLY);
}

int builtin_local(int argc, char** argv)
{
    if (shell.function_depth == 0) {
        warn("local: not in a function");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        if (!local_variable(argv[i])) return 2;
    }
    return 0;
}

int builtin_unset(int argc, char** argv)
{
    bool functions = false;
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++)
        functions = argv[i][1] == 'f';
    for (; i < argc; i++) {
        if (functions) {
            function_unset(argv[i]);
        } else if (!variable_unset(argv[i])) {
            abort_command(2);
            return 2;
        }
    }
    return 0;
}

// ---- set ----

static void print_options(bool as_commands)
{
    if (!as_commands) out_string("Current option settings\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        const char* name = option_names[i].name;
        if (as_commands) {
            out_format("set %co %s\n", shell.option[i] ? '-' : '+', name);
        } else {
            out_format("%-16s%s\n", name, shell.option[i] ? "on" : "off");
        }
    }
}

static int bad_option(const char* option)
{
    fail(2, "set: illegal option %s", option);
    return 2;
}

static int set_named(const char* sign, const char* name)
{
    if (!name) {
        print_options(*sign == '+');
        return 0;
    }
    const int option = option_by_name(name);
    if (option < 0) return bad_option(name);
    option_change(option, *sign == '-');
    return 0;
}

static int set_letters(const char* argument)
{
    for (const char* letter = argument + 1; *letter; letter++) {
        const int option = option_by_letter(*letter);
        if (option < 0 || option == OPTION_INTERACTIVE || option == OPTION_STDIN) return bad_option(argument);
        option_change(option, argument[0] == '-');
    }
    return 0;
}

int builtin_set(int argc, char** argv)
{
    if (argc == 1) {
        variables_print("", 0);
        return 0;
    }
    int i = 1;
    for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+'); i++) {
        if (strcmp(argv[i], "--") == 0 || strcmp(argv[i], "-") == 0) {
            parameters_set(argv + i + 1);
            return 0;
        }
        const bool named = strcmp(argv[i] + 1, "o") == 0;
        const int status = named ? set_named(argv[i], argv[i + 1]) : set_letters(argv[i]);
        if (status) return status;
        if (named && ++i == argc) return 0;
    }
    if (i < argc) parameters_set(argv + i);
    return 0;
}

int builtin_shift(int argc, char** argv)
{
    long long count = 1;
    if (argc > 1 && (!parse_number(argv[1], &count) || count < 0)) {
        fail(2, "shift: illegal number: %s", argv[1]);
        return 2;
    }
    if (count > shell.argument_count) {
        fail(2, "shift: can't shift that many");
        return 2;
    }
    parameters_shift((int)count);
    return 0;
}

// ---- getopts ----

static int option_offset;  // of the next letter in a cluster like -ab; 0: at the next argument
static int option_index;   // the OPTIND that option_offset belongs to

static void set_number(const char* name, int value)
{
    char digits[12];
    snprintf(digits, sizeof digits, "%d", value);
    variable_set(name, digits);
}

// Something is wrong with an option: tell the user, or with a leading ':' the script.
static const char* option_trouble(bool silent, char letter, const char* message, const char* result)
{
    const char text[2] = {letter, '\0'};
    if (silent) {
        variable_set("OPTARG", text);
        return result;
    }
    error_format("%s: %s -%c\n", shell.name, message, letter);
    variable_unset("OPTARG");
    return "?";
}

int builtin_getopts(int argc, char** argv)
{
    if (argc < 3) {
        warn("usage: getopts LETTERS NAME [ARGUMENT...]");
        return 2;
    }
    const bool silent = argv[1][0] == ':';
    char** arguments = argc > 3 ? argv + 3 : shell.arguments;
    const int count = argc > 3 ? argc - 3 : shell.argument_count;
    const char* text = variable_get("OPTIND");
    int index = text ? atoi(text) : 1;
    if (index < 1) index = 1;
    if (index != option_index) option_offset = 0;

    const char* argument = index <= count ? arguments[index - 1] : NULL;
    if (option_offset == 0) {
        const bool end = argument && strcmp(argument, "--") == 0;
        if (!argument || argument[0] != '-' || !argument[1] || end) {
            set_number("OPTIND", index + end);
            variable_set(argv[2], "?");
            return 1;
        }
        option_offset = 1;
    }
    const char letter = argument[option_offset++];
    const char* known = letter == ':' ? NULL : strchr(argv[1] + silent, letter);
    const bool last = !argument[option_offset];
    const char found[2] = {letter, '\0'};
    const char* result = found;
    if (!known) {
        result = option_trouble(silent, letter, "illegal option", "?");
    } else if (known[1] != ':') {
        variable_unset("OPTARG");
    } else if (!last || index < count) {
        variable_set("OPTARG", last ? arguments[index] : argument + option_offset);
        index += last;
    } else {
        result = option_trouble(silent, letter, "no argument for", ":");
    }
    if (last || (known && known[1] == ':')) {
        index++;
        option_offset = 0;
    }
    option_index = index;
    set_number("OPTIND", index);
    return variable_set(argv[2], result) ? 0 : 2;
}
