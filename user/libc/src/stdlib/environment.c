// The environment: a null-terminated array of "NAME=value". It starts as the kernel's array on the stack and is copied
// to the heap when it first has to grow. Replaced values are not freed: a program may still hold what getenv gave.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char** heap_array;  // our own copy of environ, if there is one

static int is_for(const char* assignment, const char* name, size_t length)
{
    return strncmp(assignment, name, length) == 0 && assignment[length] == '=';
}

static char** find_entry(const char* name, size_t length)
{
    for (char** entry = environ; entry && *entry; entry++)
        if (is_for(*entry, name, length)) return entry;
    return NULL;
}

char* getenv(const char* name)
{
    const size_t length = strlen(name);
    char** entry = find_entry(name, length);
    return entry ? *entry + length + 1 : NULL;
}

static int append(char* assignment)
{
    size_t count = 0;
    while (environ && environ[count])
        count++;
    char** bigger = realloc(environ == heap_array ? heap_array : NULL, (count + 2) * sizeof(char*));
    if (!bigger) return -1;
    if (environ != heap_array) memcpy(bigger, environ, count * sizeof(char*));
    bigger[count] = assignment;
    bigger[count + 1] = NULL;
    environ = heap_array = bigger;
    return 0;
}

static int replace_or_append(char* assignment, size_t name_length)
{
    char** entry = find_entry(assignment, name_length);
    if (!entry) return append(assignment);
    *entry = assignment;
    return 0;
}

static int is_bad_name(const char* name)
{
    if (name && *name && !strchr(name, '=')) return 0;
    errno = EINVAL;
    return 1;
}

int setenv(const char* name, const char* value, int overwrite)
{
    if (is_bad_name(name)) return -1;
    const size_t name_length = strlen(name);
    if (!overwrite && find_entry(name, name_length)) return 0;
    char* assignment = malloc(name_length + strlen(value) + 2);
    if (!assignment) return -1;
    stpcpy(stpcpy(stpcpy(assignment, name), "="), value);
    return replace_or_append(assignment, name_length);
}

int unsetenv(const char* name)
{
    if (is_bad_name(name)) return -1;
    const size_t length = strlen(name);
    char** kept = environ;
    for (char** entry = environ; entry && *entry; entry++)
        if (!is_for(*entry, name, length)) *kept++ = *entry;
    if (kept) *kept = NULL;
    return 0;
}

int putenv(char* assignment)
{
    const char* equals = strchr(assignment, '=');
    if (!equals) return unsetenv(assignment);
    return replace_or_append(assignment, (size_t)(equals - assignment));
}

int clearenv(void)
{
    if (environ) *environ = NULL;
    return 0;
}
