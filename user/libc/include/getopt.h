// Options of a command line, short and long. Arguments that are no options are moved behind them (GNU's order),
// unless the options start with '+' or POSIXLY_CORRECT is set.
#pragma once

#include <sys/cdefs.h>

#define no_argument 0
#define required_argument 1
#define optional_argument 2

struct option {
    const char* name;
    int has_arg;
    int* flag;
    int val;
};

__BEGIN_DECLS
extern char* optarg;
extern int optind, opterr, optopt;

int getopt(int argc, char* const argv[], const char* options);
int getopt_long(int argc, char* const argv[], const char* options, const struct option* long_options,
                int* long_index);
int getopt_long_only(int argc, char* const argv[], const char* options, const struct option* long_options,
                     int* long_index);
__END_DECLS
