// Cutting strings into words, in place.
#include <string.h>

char* strtok_r(char* text, const char* separators, char** rest)
{
    if (!text) text = *rest;
    if (!text) return NULL;
    text += strspn(text, separators);
    if (!*text) {
        *rest = NULL;
        return NULL;
    }
    char* end = text + strcspn(text, separators);
    *rest = *end ? end + 1 : NULL;
    *end = 0;
    return text;
}

char* strtok(char* text, const char* separators)
{
    static char* rest;
    return strtok_r(text, separators, &rest);
}

char* strsep(char** text, const char* separators)
{
    char* token = *text;
    if (!token) return NULL;
    char* end = token + strcspn(token, separators);
    *text = *end ? end + 1 : NULL;
    *end = 0;
    return token;
}
