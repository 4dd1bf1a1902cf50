// Matching a name with a shell pattern.
#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

static int fold(int c, int flags)
{
    return flags & FNM_CASEFOLD ? tolower(c) : c;
}

static int in_class(const char* name, size_t length, int c)
{
    static const struct {
        const char* name;
        int (*test)(int);
    } classes[] = {{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
                   {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
                   {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit}};
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strlen(classes[i].name) == length && strncmp(classes[i].name, name, length) == 0)
            return classes[i].test(c);
    return 0;
}

// `pattern` is behind '['. Sets *matched; returns what is behind ']', or null where the bracket is not closed.
static const char* match_bracket(const char* pattern, int c, int flags, int* matched)
{
    const int negated = *pattern == '!' || *pattern == '^';
    int found = 0;
    pattern += negated;
    for (const char* start = pattern; *pattern != ']' || pattern == start; pattern++) {
        if (pattern[0] == '[' && pattern[1] == ':' && strstr(pattern + 2, ":]")) {
            const char* end = strstr(pattern + 2, ":]");
            found |= in_class(pattern + 2, (size_t)(end - pattern - 2), c) != 0;
            pattern = end + 1;
            continue;
        }
        if (*pattern == '\\' && !(flags & FNM_NOESCAPE)) pattern++;
        if (!*pattern) return NULL;
        int first = fold((unsigned char)*pattern, flags), last = first;
        if (pattern[1] == '-' && pattern[2] && pattern[2] != ']') {
            pattern += 2;
            if (*pattern == '\\' && !(flags & FNM_NOESCAPE) && pattern[1]) pattern++;
            last = fold((unsigned char)*pattern, flags);
        }
        found |= first <= fold(c, flags) && fold(c, flags) <= last;
    }
    *matched = found != negated;
    return pattern + 1;
}

// A '.' at the start of a name is hidden from wildcards; so is the one behind a '/' in paths.
static int is_hidden(const char* text, const char* start, int flags)
{
    return *text == '.' && flags & FNM_PERIOD && (text == start || (flags & FNM_PATHNAME && text[-1] == '/'));
}

// One character of the text with one element of the pattern that is not '*'. Returns the pattern's rest, or null.
static const char* match_one(const char* pattern, const char* text, const char* start, int flags)
{
    const int is_slash = *text == '/' && flags & FNM_PATHNAME;
    if (*pattern == '?') return is_slash || is_hidden(text, start, flags) ? NULL : pattern + 1;
    if (*pattern == '[') {
        int matched;
        const char* rest = match_bracket(pattern + 1, (unsigned char)*text, flags, &matched);
        if (rest) return matched && !is_slash && !is_hidden(text, start, flags) ? rest : NULL;
    }
    if (*pattern == '\\' && !(flags & FNM_NOESCAPE) && pattern[1]) pattern++;
    return fold((unsigned char)*pattern, flags) == fold((unsigned char)*text, flags) ? pattern + 1 : NULL;
}

// When something behind a '*' fails, the last '*' takes one character more; earlier ones need not be asked again,
// except that with FNM_PATHNAME no '*' may take a '/'.
int fnmatch(const char* pattern, const char* text, int flags)
{
    const char *start = text, *star_pattern = NULL, *star_text = NULL;
    for (;;) {
        if (*pattern == '*' && !is_hidden(text, start, flags)) {
            while (*pattern == '*')
                pattern++;
            star_pattern = pattern;
            star_text = text;
            continue;
        }
        if (!*text && !*pattern) return 0;
        if (!*pattern && *text == '/' && flags & FNM_LEADING_DIR) return 0;
        const char* rest =
            *text && *pattern && *pattern != '*' ? match_one(pattern, text, start, flags) : NULL;
        if (rest) {
            pattern = rest;
            text++;
            continue;
        }
        if (!star_pattern || !*star_text || (*star_text == '/' && flags & FNM_PATHNAME)) return FNM_NOMATCH;
        text = ++star_text;
        pattern = star_pattern;
    }
}
