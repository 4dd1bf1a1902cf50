// getopt and getopt_long. Arguments that are no options are moved behind the options, so that afterwards argv[optind]
// and on are the operands ("--" ends the options).
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char* optarg;
int optind = 1, opterr = 1, optopt;

static const char* rest;  // of a group of short options like -abc
static int scanned;       // argv[optind, scanned) are operands that were passed over

static int is_option(const char* argument)
{
    return argument[0] == '-' && argument[1];
}

// Moves argv[from, to) in front of the operands argv[optind, from); optind then is behind what was moved.
static void move_before_operands(char** argv, int from, int to)
{
    for (int i = from; i < to; i++) {
        char* moved = argv[i];
        memmove(argv + optind + 1, argv + optind, (size_t)(i - optind) * sizeof(*argv));
        argv[optind++] = moved;
    }
}

static void complain(char* const* argv, const char* options, const char* format, const char* what)
{
    if (!opterr || *options == ':') return;
    fprintf(stderr, "%s: ", argv[0]);
    fprintf(stderr, format, what);
    fputc('\n', stderr);
}

static int missing_argument(const char* options)
{
    return *options == ':' ? ':' : '?';
}

// One letter of a group. `at` is the index of the group's argument; returns the answer and sets *used to how many
// arguments it and its own argument took (0 while letters of the group are left).
static int short_option(int argc, char** argv, const char* options, int at, int* used)
{
    const char letter = *rest++;
    const char* found = letter == ':' || letter == ';' ? NULL : strchr(options, letter);
    const char text[2] = {letter, 0};
    *used = *rest ? 0 : 1;
    optopt = (unsigned char)letter;
    if (!found) {
        complain(argv, options, "invalid option -- '%s'", text);
        return '?';
    }
    if (found[1] != ':') return letter;
    if (*rest || found[2] == ':') {
        optarg = *rest ? (char*)rest : NULL;
        *used = 1;
    } else if (at + 1 < argc) {
        optarg = argv[at + 1];
        *used = 2;
    } else {
        complain(argv, options, "option requires an argument -- '%s'", text);
        return missing_argument(options);
    }
    rest = NULL;
    return letter;
}

// The option that the name stands for, in full or abbreviated beyond doubt: its index, -1 for none, -2 for several.
static int find_long(const char* name, size_t length, const struct option* long_options)
{
    int found = -1;
    for (int i = 0; long_options[i].name; i++) {
        if (strncmp(long_options[i].name, name, length) != 0) continue;
        if (strlen(long_options[i].name) == length) return i;
        found = found == -1 ? i : -2;
    }
    return found;
}

static int long_option(int argc, char** argv, const char* options, const struct option* long_options,
                       int* index, int at, int* used)
{
    const char* name = argv[at] + (argv[at][1] == '-' ? 2 : 1);
    const size_t length = strcspn(name, "=");
    const int found = find_long(name, length, long_options);
    *used = 1;
    optopt = 0;
    if (found < 0) {
        complain(argv, options, found == -1 ? "unrecognized option '%s'" : "option '%s' is ambiguous",
                 argv[at]);
        return '?';
    }
    const struct option* option = &long_options[found];
    optopt = option->val;
    if (name[length] == '=') {
        optarg = (char*)name + length + 1;
        if (option->has_arg == no_argument) {
            complain(argv, options, "option '--%s' doesn't allow an argument", option->name);
            return '?';
        }
    } else if (option->has_arg == required_argument) {
        if (at + 1 >= argc) {
            complain(argv, options, "option '--%s' requires an argument", option->name);
            return missing_argument(options);
        }
        optarg = argv[at + 1];
        *used = 2;
    }
    if (index) *index = found;
    if (!option->flag) return option->val;
    *option->flag = option->val;
    return 0;
}

static int parse(int argc, char* const* const_argv, const char* options, const struct option* long_options,
                 int* index, int single_dash)
{
    char** argv = (char**)const_argv;
    const int in_order = *options == '+' || getenv("POSIXLY_CORRECT") != NULL;
    if (*options == '+' || *options == '-') options++;
    optarg = NULL;
    if (optind == 0) {  // GNU's way to start anew
        optind = 1;
        rest = NULL;
    }
    int at = optind;
    if (rest && *rest) {
        at = scanned;
    } else {
        while (at < argc && !is_option(argv[at])) {
            if (in_order) return -1;
            at++;
        }
        if (at >= argc) return -1;
        if (strcmp(argv[at], "--") == 0) {
            move_before_operands(argv, at, at + 1);
            return -1;
        }
        rest = NULL;
    }

    int used, answer;
    const int is_group = rest != NULL;
    const int is_long = !is_group && long_options && (argv[at][1] == '-' || (single_dash && argv[at][2]));
    if (is_long) {
        answer = long_option(argc, argv, options, long_options, index, at, &used);
    } else {
        if (!is_group) rest = argv[at] + 1;
        answer = short_option(argc, argv, options, at, &used);
    }
    scanned = at;
    move_before_operands(argv, at, at + used);
    return answer;
}

int getopt(int argc, char* const argv[], const char* options)
{
    return parse(argc, argv, options, NULL, NULL, 0);
}

int getopt_long(int argc, char* const argv[], const char* options, const struct option* long_options,
                int* index)
{
    return parse(argc, argv, options, long_options, index, 0);
}

int getopt_long_only(int argc, char* const argv[], const char* options, const struct option* long_options,
                     int* index)
{
    return parse(argc, argv, options, long_options, index, 1);
}
