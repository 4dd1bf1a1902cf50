// The BSD corner of the string functions.
#pragma once

#include <stddef.h>
#include <sys/cdefs.h>

__BEGIN_DECLS
int bcmp(const void* a, const void* b, size_t size);
void bcopy(const void* from, void* to, size_t size);
void bzero(void* memory, size_t size);
void explicit_bzero(void* memory, size_t size);
int ffs(int bits);
int ffsl(long bits);
int ffsll(long long bits);
char* index(const char* text, int c);
char* rindex(const char* text, int c);
int strcasecmp(const char* a, const char* b);
int strncasecmp(const char* a, const char* b, size_t count);
__END_DECLS
