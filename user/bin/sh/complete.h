// Completion of the word before the cursor.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct completion {
    char** names;  // sorted, each once; directories end in a slash. In the scratch arena
    int count;
    char* insertion;  // what all have in common beyond what was typed, quoted as needed
};

void complete(const char* line, size_t cursor, struct completion* completion);
