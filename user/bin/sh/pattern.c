// Matching of shell patterns, for pathnames, `case` and ${x#pattern}.
#include "expand.h"

#include <ctype.h>
#include <string.h>

static bool in_class(const char* name, size_t length, int c)
{
    static const struct {
        const char* name;
        int (*test)(int);
    } classes[] = {
        {"alpha", isalpha}, {"digit", isdigit}, {"alnum", isalnum},   {"upper", isupper},
        {"lower", islower}, {"space", isspace}, {"punct", ispunct},   {"print", isprint},
        {"graph", isgraph}, {"cntrl", iscntrl}, {"xdigit", isxdigit}, {"blank", isblank},
    };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strlen(classes[i].name) == length && memcmp(classes[i].name, name, length) == 0)
            return classes[i].test(c) != 0;
    }
    return false;
}

// The bracket expression that starts behind '['. Returns what follows its ']', or null if it has
// no end and '[' is an ordinary character.
static const char* match_bracket(const char* p, unsigned char c, bool* matches)
{
    const bool negated = *p == '!' || *p == '^';
    bool found = false;
    if (negated) p++;
    for (bool first = true; first || *p != ']'; first = false) {
        if (!*p) return NULL;
        const char* class_end = p[0] == '[' && p[1] == ':' ? strstr(p + 2, ":]") : NULL;
        if (class_end) {
            if (in_class(p + 2, (size_t)(class_end - p - 2), c)) found = true;
            p = class_end + 2;
            continue;
        }
        if (*p == '\\' && p[1]) p++;
        const unsigned char low = (unsigned char)*p++;
        unsigned char high = low;
        if (*p == '-' && p[1] && p[1] != ']') {
            p++;
            if (*p == '\\' && p[1]) p++;
            high = (unsigned char)*p++;
        }
        if (low <= c && c <= high) found = true;
    }
    *matches = found != negated;
    return p + 1;
}

// Matches one element that is not '*' against *text; moves both on.
static bool match_one(const char** pattern, const char** text)
{
    const char* p = *pattern;
    bool matches = false;
    const char* after = *p == '[' ? match_bracket(p + 1, (unsigned char)**text, &matches) : NULL;
    if (!after) {
        if (*p == '\\' && p[1]) {
            p++;
            matches = *p == **text;
        } else {
            matches = *p == '?' || *p == **text;
        }
        after = p + 1;
    }
    *pattern = after;
    ++*text;
    return matches;
}

// On a mismatch only the last '*' needs to try again, one character further.
bool pattern_matches(const char* pattern, const char* text)
{
    const char *star = NULL, *star_text = NULL;
    while (*text || *pattern) {
        if (*pattern == '*') {
            star = ++pattern;
            star_text = text;
            continue;
        }
        if (*text && *pattern && match_one(&pattern, &text)) continue;
        if (!star || !*star_text) return false;
        pattern = star;
        text = ++star_text;
    }
    return true;
}

char* pattern_unescape(char* pattern)
{
    char* to = pattern;
    for (const char* from = pattern; *from; from++) {
        if (*from == '\\' && from[1]) from++;
        *to++ = *from;
    }
    *to = '\0';
    return pattern;
}

bool has_pattern(const char* text)
{
    for (; *text; text++) {
        if (*text == '\\' && text[1]) {
            text++;
        } else if (*text == '*' || *text == '?' || (*text == '[' && strchr(text, ']'))) {
            return true;
        }
    }
    return false;
}
