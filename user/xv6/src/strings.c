// Bytes and texts.
#include "user/xv6/user.h"

uint strlen(const char* text)
{
    const char* end = text;
    while (*end)
        end++;
    return (uint)(end - text);
}

char* strcpy(char* to, const char* from)
{
    char* at = to;
    while ((*at++ = *from++) != 0) {
    }
    return to;
}

int strcmp(const char* a, const char* b)
{
    for (; *a && *a == *b; a++, b++) {
    }
    return (uchar)*a - (uchar)*b;
}

// Unlike C's it does not find the NUL at the end.
char* strchr(const char* text, char wanted)
{
    for (; *text; text++)
        if (*text == wanted) return (char*)text;
    return 0;
}

int atoi(const char* text)
{
    const int negative = *text == '-';
    int value = 0;
    for (text += negative; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (*text - '0');
    return negative ? -value : value;
}

void* memset(void* to, int byte, uint count)
{
    void* at = to;
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(count) : "a"(byte) : "memory");
    return to;
}

// The pieces may overlap: upwards when the target lies below, downwards when it lies above.
void* memmove(void* to, const void* from, int count)
{
    char* target = to;
    const char* source = from;
    if (count <= 0) return to;
    if (target < source) {
        __asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(count) : : "memory");
        return to;
    }
    target += count - 1;
    source += count - 1;
    __asm__ volatile("std; rep movsb; cld" : "+D"(target), "+S"(source), "+c"(count) : : "memory");
    return to;
}

char* gets(char* line, int size)
{
    int length = 0;
    while (length + 1 < size) {
        char byte;
        if (read(0, &byte, 1) != 1) break;
        line[length++] = byte;
        if (byte == '\n' || byte == '\r') break;
    }
    line[length] = 0;
    return line;
}
