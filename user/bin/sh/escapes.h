// Backslash escapes of echo -e and printf.
#pragma once

#include <stdbool.h>

struct escape {
    int character;     // -1: \c, which ends all output; -2: no escape
    const char* next;  // what follows it in the text
};

enum escape_style {
    ESCAPE_FORMAT,   // printf's format: octal is \nnn
    ESCAPE_ARGUMENT  // echo -e and %b: octal is \0nnn
};

struct escape read_escape(const char* text, enum escape_style style);  // text: behind the backslash
bool out_escaped(const char* text);                                    // false: \c was met
