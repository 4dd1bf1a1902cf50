// Memory and strings.
#pragma once

#include <stddef.h>
#include <strings.h>
#include <sys/cdefs.h>

__BEGIN_DECLS
void* memccpy(void* to, const void* from, int c, size_t size);
void* memchr(const void* memory, int c, size_t size);
int memcmp(const void* a, const void* b, size_t size);
void* memcpy(void* to, const void* from, size_t size);
void* memmem(const void* haystack, size_t haystack_size, const void* needle, size_t needle_size);
void* memmove(void* to, const void* from, size_t size);
void* mempcpy(void* to, const void* from, size_t size);
void* memrchr(const void* memory, int c, size_t size);
void* memset(void* memory, int c, size_t size);

char* stpcpy(char* to, const char* from);
char* stpncpy(char* to, const char* from, size_t count);
char* strcasestr(const char* haystack, const char* needle);
char* strcat(char* to, const char* from);
char* strchr(const char* text, int c);
char* strchrnul(const char* text, int c);
int strcmp(const char* a, const char* b);
int strcoll(const char* a, const char* b);
char* strcpy(char* to, const char* from);
size_t strcspn(const char* text, const char* reject);
char* strdup(const char* text);
char* strerror(int error);
int strerror_r(int error, char* buffer, size_t size);
size_t strlcat(char* to, const char* from, size_t size);
size_t strlcpy(char* to, const char* from, size_t size);
size_t strlen(const char* text);
char* strncat(char* to, const char* from, size_t count);
int strncmp(const char* a, const char* b, size_t count);
char* strncpy(char* to, const char* from, size_t count);
char* strndup(const char* text, size_t count);
size_t strnlen(const char* text, size_t limit);
char* strpbrk(const char* text, const char* accept);
char* strrchr(const char* text, int c);
char* strsep(char** text, const char* separators);
char* strsignal(int signal);
size_t strspn(const char* text, const char* accept);
char* strstr(const char* haystack, const char* needle);
char* strtok(char* text, const char* separators);
char* strtok_r(char* text, const char* separators, char** rest);
int strverscmp(const char* a, const char* b);
size_t strxfrm(char* to, const char* from, size_t count);
#ifndef basename
char* basename(const char* path);  // the GNU one, which changes nothing; libgen.h has POSIX's
#endif
__END_DECLS
