// Linux's signal numbers on i386.
#include "user/lib/signal_names.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

static const char* const names[] = {"EXIT",   "HUP",  "INT",    "QUIT", "ILL",   "TRAP", "ABRT", "BUS",
                                    "FPE",    "KILL", "USR1",   "SEGV", "USR2",  "PIPE", "ALRM", "TERM",
                                    "STKFLT", "CHLD", "CONT",   "STOP", "TSTP",  "TTIN", "TTOU", "URG",
                                    "XCPU",   "XFSZ", "VTALRM", "PROF", "WINCH", "IO",   "PWR",  "SYS"};
enum { kNames = sizeof names / sizeof names[0], kSignals = 65 };

const char* signal_name(int number)
{
    return number >= 0 && number < kNames ? names[number] : 0;
}

int find_signal(const char* name)
{
    if (isdigit((unsigned char)*name)) {
        char* end;
        const long number = strtol(name, &end, 10);
        return *end || number >= kSignals ? -1 : (int)number;
    }
    if (strncasecmp(name, "SIG", 3) == 0) name += 3;
    for (int number = 0; number < kNames; number++)
        if (strcasecmp(name, names[number]) == 0) return number;
    return -1;
}
