// edit: a small screen editor for any VT100 terminal. The text is an array of lines; the screen is drawn anew after
// each key. Tabs are kept in the text and shown as blanks up to the next multiple of 8.
//
//   main.c      keys and what they do
//   text.c      the lines; the file they come from and go to
//   change.c    moving, finding, changing
//   screen.c    drawing; the question at the bottom
//   terminal.c  its modes, its size, its keys
#pragma once

#include "user/lib/tool.h"

#include <stddef.h>

enum { kTabWidth = 8, kPromptSize = 128 };

enum key { kUp = 1000, kDown, kLeft, kRight, kHome, kEnd, kPageUp, kPageDown, kDelete, kNothing };

#define CONTROL(letter) ((letter)&31)

struct line {
    char* text;  // not null-terminated
    size_t length, room;
};

// text.c
extern struct line* lines;  // never fewer than one
extern size_t line_count;
extern int modified;
extern const char* file_name;  // null: none yet
void load(const char* name);
int write_file(const char* name);  // 0: errno says why not
struct line* insert_line(size_t at);
void remove_line(size_t at);  // its memory is the caller's
void insert_bytes(struct line* line, size_t at, const char* bytes, size_t count);
void delete_bytes(struct line* line, size_t at, size_t count);

// change.c
extern size_t row, column;  // the cursor, in the text
extern int cutting;         // the last key was ^K: the next adds to what was cut
void move_rows(long by);
void move_left(void);
void move_right(void);
void go_to_line(void);
void find(void);
void find_again(void);
void insert_byte(int byte);
void break_line(void);
void delete_forward(void);
void delete_backward(void);
void cut_line(void);
void paste(void);

// screen.c
extern char message[256];  // in the bottom line, until the next key
void say(const char* format, ...) __attribute__((format(printf, 1, 2)));
void draw(void);
size_t width_at(const struct line* line, size_t at);       // the screen column of a byte of the line
size_t byte_at(const struct line* line, size_t width);     // and back
int prompt(const char* question, char text[kPromptSize]);  // 0 when the user gave it up

// terminal.c
extern int screen_rows, screen_columns;
void prepare_terminal(void);
void restore_terminal(void);
void find_size(void);
int read_key(void);
