// Where the parser's characters come from: a string, a file, or the user at the terminal.
// Texts of aliases are pushed in front of the rest.
#pragma once

#include "arena.h"

#include <stdbool.h>

enum { INPUT_END = -1 };

enum input_kind { INPUT_STRING, INPUT_FILE, INPUT_TERMINAL };

struct alias;

struct pushed_text {
    struct pushed_text* below;
    struct alias* alias;  // not expanded again inside its own text
    const char* next;
    bool ends_in_blank;
    char text[];
};

struct input {
    enum input_kind kind;
    const char* next;  // the rest of the string, block or line at hand
    const char* end;
    int fd;
    char* block;  // FILE: what was read; TERMINAL: the line
    struct pushed_text* pushed;
    int unread[4];
    int unread_count;
    int line;
    bool at_end;
    bool continued;          // prompt with PS2: the command is not complete yet
    bool interrupted;        // ^C at the prompt: drop what was typed so far
    bool blank_alias_end;    // the text of an alias that ends in a blank was just used up
    struct buffer captured;  // characters of the command so far
};

void input_open_string(struct input* input, const char* text, size_t length);
void input_open_file(struct input* input, int fd);  // closes fd at the end, unless it is 0
void input_open_terminal(struct input* input);
void input_close(struct input* input);

int input_next(struct input* input);  // a character, or INPUT_END
void input_unread(struct input* input, int c);
void input_push_alias(struct input* input, struct alias* alias, const char* text);
void input_forget_line(struct input* input);          // what was typed, and that the terminal's input ended
bool input_rest_is_blank(const struct input* input);  // nothing but white space follows (strings only)
