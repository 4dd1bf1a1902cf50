// Shell patterns: * ? [a-z] [!...] and backslash.
#pragma once

#include <sys/cdefs.h>

#define FNM_NOMATCH 1
#define FNM_PATHNAME 1  // no wildcard matches '/'
#define FNM_NOESCAPE 2
#define FNM_PERIOD 4  // a leading '.' must be matched by a '.'
#define FNM_LEADING_DIR 8
#define FNM_CASEFOLD 16
#define FNM_FILE_NAME FNM_PATHNAME

__BEGIN_DECLS
int fnmatch(const char* pattern, const char* text, int flags);
__END_DECLS
