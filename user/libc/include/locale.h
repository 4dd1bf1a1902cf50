// There is one locale, "C".
#pragma once

#include <sys/cdefs.h>

#define LC_CTYPE 0
#define LC_NUMERIC 1
#define LC_TIME 2
#define LC_COLLATE 3
#define LC_MONETARY 4
#define LC_MESSAGES 5
#define LC_ALL 6

__BEGIN_DECLS
char* setlocale(int category, const char* locale);
__END_DECLS
