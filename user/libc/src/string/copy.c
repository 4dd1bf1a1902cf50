// Measuring, copying and joining strings.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/libc/src/string/word.h"

size_t strlen(const char* text)
{
    const char* end = text;
    while (*end)
        end++;
    return (size_t)(end - text);
}

size_t strnlen(const char* text, size_t limit)
{
    size_t length = 0;
    while (length < limit && text[length])
        length++;
    return length;
}

char* stpcpy(char* to, const char* from)
{
    while ((*to = *from))
        to++, from++;
    return to;
}

char* stpncpy(char* to, const char* from, size_t count)
{
    const size_t length = strnlen(from, count);
    memcpy(to, from, length);
    memset(to + length, 0, count - length);
    return to + length;
}

char* strcpy(char* to, const char* from)
{
    stpcpy(to, from);
    return to;
}

char* strncpy(char* to, const char* from, size_t count)
{
    stpncpy(to, from, count);
    return to;
}

char* strcat(char* to, const char* from)
{
    strcpy(to + strlen(to), from);
    return to;
}

char* strncat(char* to, const char* from, size_t count)
{
    char* end = to + strlen(to);
    const size_t length = strnlen(from, count);
    memcpy(end, from, length);
    end[length] = 0;
    return to;
}

size_t strlcpy(char* to, const char* from, size_t size)
{
    const size_t length = strlen(from);
    if (size > 0) {
        const size_t fits = length < size ? length : size - 1;
        memcpy(to, from, fits);
        to[fits] = 0;
    }
    return length;
}

size_t strlcat(char* to, const char* from, size_t size)
{
    const size_t used = strnlen(to, size);
    if (used == size) return size + strlen(from);
    return used + strlcpy(to + used, from, size - used);
}

char* strndup(const char* text, size_t count)
{
    const size_t length = strnlen(text, count);
    char* copy = malloc(length + 1);
    if (!copy) return NULL;
    memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

char* strdup(const char* text)
{
    return strndup(text, strlen(text));
}

size_t strxfrm(char* to, const char* from, size_t count)
{
    return strlcpy(to, from, count);
}
