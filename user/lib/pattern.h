// Regular expressions of our own: POSIX basic and extended, and fixed strings. Matching takes time linear in the
// text whatever the pattern is. Not there: back-references.
#pragma once

#include <stddef.h>

enum pattern_flags {
    kPatternExtended = 1,  // ERE instead of BRE
    kPatternFixed = 2,     // no operators at all
    kPatternIgnoreCase = 4,
    kPatternWord = 8,   // no word character before or after a match
    kPatternLine = 16,  // a match is the whole line
};

enum { kPatternGroups = 10 };  // group 0 is the whole match

struct span {
    long start, end;  // offsets in the text; -1 where a group took no part
};

struct pattern;

// Several texts mean: any of them. Null with *error set when one is wrong.
struct pattern* pattern_compile(char** texts, size_t count, int flags, const char** error);
void pattern_free(struct pattern* pattern);

// The leftmost, and of those the longest, match at or after `from`. `groups` has room for kPatternGroups. 0: none.
int pattern_search(struct pattern* pattern, const char* text, size_t length, size_t from,
                   struct span* groups);
