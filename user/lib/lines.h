// Reading whole files as lines, for the tools that sort, turn round or compare them.
#pragma once

#include <stddef.h>
#include <stdio.h>

struct text_line {
    char* text;  // ends with a null instead of the newline
    size_t length;
};

struct lines {
    struct text_line* lines;
    size_t count, room;
};

// The named file, "-" for standard input. 0 (after a message) when it cannot be opened.
FILE* open_input(const char* name);
void close_input(FILE* stream);

void read_lines(FILE* stream, struct lines* lines);  // adds to what is there
void free_lines(struct lines* lines);
