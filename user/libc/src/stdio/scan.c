// scanf. Input comes from a stream or from a string; either way one character at a time with one that can be put back.
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/libc/src/stdio/stream.h"

struct source {
    FILE* stream;
    const char* text;
    int count;  // characters taken so far, for %n
};

static int take(struct source* source)
{
    const int c = source->stream  ? fgetc(source->stream)
                  : *source->text ? (unsigned char)*source->text++
                                  : EOF;
    if (c != EOF) source->count++;
    return c;
}

static void put_back(struct source* source, int c)
{
    if (c == EOF) return;
    source->count--;
    if (source->stream)
        ungetc(c, source->stream);
    else
        source->text--;
}

static int skip_space(struct source* source)
{
    int c;
    do
        c = take(source);
    while (isspace(c));
    put_back(source, c);
    return c;
}

enum length { kChar, kShort, kInt, kLong, kLongLong };

struct directive {
    int suppressed;  // '*': read but not stored
    size_t width;    // 0: none was given
    enum length length;
    char letter;
};

enum outcome { kMatched, kMismatch, kInputEnded };

static const char* parse(const char* format, struct directive* directive)
{
    *directive = (struct directive){.length = kInt};
    if (*format == '*') directive->suppressed = 1, format++;
    for (; isdigit((unsigned char)*format); format++)
        directive->width = directive->width * 10 + (size_t)(*format - '0');
    switch (*format) {
    case 'h':
        directive->length = *++format == 'h' ? kChar : kShort;
        if (directive->length == kChar) format++;
        break;
    case 'l':
        directive->length = *++format == 'l' ? kLongLong : kLong;
        if (directive->length == kLongLong) format++;
        break;
    case 'j':
    case 'q':
    case 'L':
        directive->length = kLongLong, format++;
        break;
    case 'z':
    case 't':
        directive->length = kLong, format++;
        break;
    }
    directive->letter = *format ? *format++ : 0;
    return format;
}

// Targets are taken through a pointer, so that all functions advance the same list.
struct targets {
    va_list list;
};

static void store(struct targets* targets, const struct directive* directive, unsigned long long value)
{
    if (directive->suppressed) return;
    void* target = va_arg(targets->list, void*);
    switch (directive->length) {
    case kChar:
        *(char*)target = (char)value;
        break;
    case kShort:
        *(short*)target = (short)value;
        break;
    case kInt:
        *(int*)target = (int)value;
        break;
    case kLong:
        *(long*)target = (long)value;
        break;
    case kLongLong:
        *(long long*)target = (long long)value;
        break;
    }
}

// The text of a number as it comes in, as far as it can be one.
struct token {
    char text[512];
    size_t length, limit;
};

static int accept(struct source* source, struct token* token, const char* set)
{
    if (token->length == token->limit) return 0;
    const int c = take(source);
    if (c != EOF && strchr(set, c) && c) {
        token->text[token->length++] = (char)c;
        return 1;
    }
    put_back(source, c);
    return 0;
}

static int accept_all(struct source* source, struct token* token, const char* set)
{
    int count = 0;
    while (accept(source, token, set))
        count++;
    return count;
}

static struct token new_token(const struct directive* directive)
{
    struct token token;
    token.length = 0;
    token.limit =
        directive->width && directive->width < sizeof(token.text) ? directive->width : sizeof(token.text) - 1;
    return token;
}

// Reads digits of the base; for 0 and 16 a prefix too. Sets *base to what the prefix says.
static int accept_integer(struct source* source, struct token* token, int* base)
{
    accept(source, token, "+-");
    int digits = 0;
    if ((*base == 0 || *base == 16) && accept(source, token, "0")) {
        digits = 1;
        if (accept(source, token, "xX")) {
            *base = 16;
            digits = 0;
        } else if (*base == 0) {
            *base = 8;
        }
    }
    if (*base == 0) *base = 10;
    const char* set = *base == 8 ? "01234567" : *base == 10 ? "0123456789" : "0123456789abcdefABCDEF";
    return digits + accept_all(source, token, set);
}

static enum outcome scan_integer(struct source* source, struct directive* directive, struct targets* targets)
{
    struct token token = new_token(directive);
    int base = 10;
    switch (directive->letter) {
    case 'i':
        base = 0;
        break;
    case 'o':
        base = 8;
        break;
    case 'x':
    case 'X':
        base = 16;
        break;
    case 'p':
        base = 16, directive->length = kLong;
        break;
    }
    const int is_signed = directive->letter == 'd' || directive->letter == 'i';
    if (!accept_integer(source, &token, &base)) return kMismatch;
    token.text[token.length] = 0;
    unsigned long long value;
    if (directive->length == kLongLong)
        value = is_signed ? (unsigned long long)strtoll(token.text, NULL, base)
                          : strtoull(token.text, NULL, base);
    else
        value =
            is_signed ? (unsigned long long)strtol(token.text, NULL, base) : strtoul(token.text, NULL, base);
    store(targets, directive, value);
    return kMatched;
}

static enum outcome scan_double(struct source* source, const struct directive* directive,
                                struct targets* targets)
{
    struct token token = new_token(directive);
    static const char digits[] = "0123456789";
    accept(source, &token, "+-");
    int count = accept_all(source, &token, digits);
    if (accept(source, &token, ".")) count += accept_all(source, &token, digits);
    if (count == 0) return kMismatch;
    if (accept(source, &token, "eE")) {
        accept(source, &token, "+-");
        accept_all(source, &token, digits);
    }
    token.text[token.length] = 0;
    const double value = strtod(token.text, NULL);
    if (directive->suppressed) return kMatched;
    switch (directive->length) {
    case kLong:
        *va_arg(targets->list, double*) = value;
        break;
    case kLongLong:
        *va_arg(targets->list, long double*) = value;
        break;
    default:
        *va_arg(targets->list, float*) = (float)value;
    }
    return kMatched;
}

struct byte_set {
    unsigned char has[256];
};

// After "%[": fills the set and returns where the format goes on.
static const char* parse_set(const char* format, struct byte_set* set)
{
    const int negated = *format == '^';
    format += negated;
    memset(set->has, negated, sizeof(set->has));
    for (const char* start = format; *format && (*format != ']' || format == start); format++) {
        unsigned char first = (unsigned char)*format, last = first;
        if (format[1] == '-' && format[2] && format[2] != ']') {
            last = (unsigned char)format[2];
            format += 2;
        }
        for (unsigned c = first; c <= last; c++)
            set->has[c] = !negated;
    }
    return *format ? format + 1 : format;
}

static enum outcome scan_characters(struct source* source, const struct directive* directive,
                                    struct targets* targets, const struct byte_set* set)
{
    char* to = directive->suppressed ? NULL : va_arg(targets->list, char*);
    const int is_c = directive->letter == 'c';
    const size_t limit = directive->width ? directive->width : is_c ? 1 : SIZE_MAX;
    size_t length = 0;
    for (int c; length < limit; length++) {
        c = take(source);
        if (c == EOF) break;
        const int belongs = is_c || (set ? set->has[c] : !isspace(c));
        if (!belongs) {
            put_back(source, c);
            break;
        }
        if (to) to[length] = (char)c;
    }
    if (length == 0 || (is_c && length < limit)) return kMismatch;
    if (to && !is_c) to[length] = 0;
    return kMatched;
}

static enum outcome scan_directive(struct source* source, struct directive* directive,
                                   struct targets* targets, const char** format)
{
    struct byte_set set;
    const char letter = directive->letter;
    if (letter == '[') *format = parse_set(*format, &set);
    if (letter != 'c' && letter != '[') skip_space(source);
    const int c = take(source);
    if (c == EOF) return kInputEnded;
    put_back(source, c);
    switch (letter) {
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
    case 'p':
        return scan_integer(source, directive, targets);
    case 'e':
    case 'f':
    case 'g':
    case 'E':
    case 'G':
        return scan_double(source, directive, targets);
    case 's':
    case 'c':
        return scan_characters(source, directive, targets, NULL);
    case '[':
        return scan_characters(source, directive, targets, &set);
    case '%':
        return take(source) == '%' ? kMatched : kMismatch;
    }
    return kMismatch;
}

static int scan(struct source* source, const char* format, struct targets* targets)
{
    int stored = 0;
    enum outcome outcome = kMatched;
    while (*format && outcome == kMatched) {
        if (isspace((unsigned char)*format)) {
            skip_space(source);
            format++;
        } else if (*format != '%') {
            const int c = take(source);
            if (c != (unsigned char)*format) {
                put_back(source, c);
                outcome = c == EOF ? kInputEnded : kMismatch;
            }
            format++;
        } else {
            struct directive directive;
            format = parse(format + 1, &directive);
            if (directive.letter == 'n') {
                store(targets, &directive, (unsigned long long)source->count);
                continue;
            }
            outcome = scan_directive(source, &directive, targets, &format);
            stored += outcome == kMatched && !directive.suppressed && directive.letter != '%';
        }
    }
    return outcome == kInputEnded && stored == 0 ? EOF : stored;
}

int vfscanf(FILE* stream, const char* format, va_list arguments)
{
    struct source source = {.stream = stream};
    struct targets targets;
    va_copy(targets.list, arguments);
    const int stored = scan(&source, format, &targets);
    va_end(targets.list);
    return stored;
}

int vsscanf(const char* text, const char* format, va_list arguments)
{
    struct source source = {.text = text};
    struct targets targets;
    va_copy(targets.list, arguments);
    const int stored = scan(&source, format, &targets);
    va_end(targets.list);
    return stored;
}

int vscanf(const char* format, va_list arguments)
{
    return vfscanf(stdin, format, arguments);
}

int fscanf(FILE* stream, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int stored = vfscanf(stream, format, arguments);
    va_end(arguments);
    return stored;
}

int sscanf(const char* text, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int stored = vsscanf(text, format, arguments);
    va_end(arguments);
    return stored;
}

int scanf(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int stored = vscanf(format, arguments);
    va_end(arguments);
    return stored;
}
