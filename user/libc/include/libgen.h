// Parts of a path. Both may change the text they are given; basename here is POSIX's, not string.h's.
#pragma once

#include <sys/cdefs.h>

__BEGIN_DECLS
char* dirname(char* path);
char* __xpg_basename(char* path);
__END_DECLS

#define basename __xpg_basename
