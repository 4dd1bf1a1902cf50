// From the words of the syntax tree to the strings that commands get. All results live in
// shell.scratch. Trouble (an unset variable under -u, a bad expression) has been told to the user
// and set shell.unwind, or ended the shell, by the time these return.
#pragma once

#include "syntax.h"

#include <stdbool.h>

struct fields {
    char** items;
    int count;
    int capacity;
};

void fields_add(struct fields* fields, char* item);

char** expand_words(const struct word* words, int* count);  // split, globbed; null-terminated
char* expand_string(const struct word_part* parts);         // one string
char* expand_assignment(const struct word_part* parts);     // the same, with ~ after each colon
char* expand_pattern(const struct word_part* parts);        // quoted characters get a backslash

// pattern.c: * ? [a-z] [!a-z] [[:alpha:]]; a backslash makes the next character ordinary.
bool pattern_matches(const char* pattern, const char* text);
char* pattern_unescape(char* pattern);  // in place
bool has_pattern(const char* text);     // unescaped * ? or [...]

// glob.c: adds the files that match, sorted; false where there are none.
bool glob_expand(const char* pattern, struct fields* fields);

// arithmetic.c
long long arithmetic_evaluate(const char* expression);
bool parse_number(const char* text, long long* value);  // whole text; decimal, 0x and 0 octal
