// What the parts of printf share: where the text goes, and one conversion as it was parsed.
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

// Either memory of a given size, or a stream. `count` is what the whole text would take.
struct sink {
    FILE* stream;
    char *next, *end;
    size_t count;
};

void __sink_write(struct sink* sink, const char* bytes, size_t size);
void __sink_fill(struct sink* sink, char c, size_t count);

enum { kMinus = 1, kPlus = 2, kSpace = 4, kAlternate = 8, kZero = 16 };

struct conversion {
    unsigned flags;
    int width;
    int precision;  // negative: none was given
    char letter;
};

// Writes the format to the sink; returns what printf does.
int __format(struct sink* sink, const char* format, va_list arguments);
void __format_double(struct sink* sink, const struct conversion* conversion, double value);
// Prefix (a sign, 0x), zeros and body, padded to the width as the flags say.
void __format_padded(struct sink* sink, const struct conversion* conversion, const char* prefix, size_t zeros,
                     const char* body, size_t body_size);
