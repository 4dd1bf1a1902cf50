// Drawing the edited line with a minimum of bytes, for serial lines are slow.
//
// Rows are one column shorter than the terminal and are ended by us: what a terminal does when its
// last column is filled differs from one to the next. So the cell number n of prompt and text is
// always at row n / width, column n % width.
#include "screen.h"

#include "arena.h"
#include "variables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static struct buffer output;  // collected for one write
static const char* prompt_line;
static size_t prompt_cells;
static size_t width;
static size_t position;      // the cell where the cursor stands
static size_t end_cell;      // behind the text
static struct buffer shown;  // the text as drawn

static void flush(void)
{
    const char* bytes = buffer_string(&output);
    size_t length = output.length;
    while (length > 0) {
        const ssize_t written = write(2, bytes, length);
        if (written < 0 && errno != EINTR) break;
        if (written < 0) continue;
        bytes += written;
        length -= (size_t)written;
    }
    buffer_clear(&output);
}

int screen_columns(void)
{
    struct winsize size;
    if (ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 1) return size.ws_col;
    const char* columns = variable_get("COLUMNS");
    const int number = columns ? atoi(columns) : 0;
    return number > 1 ? number : 80;
}

// A control character shows as ^X; the later bytes of a UTF-8 character take no cell.
static size_t cells_of(unsigned char c)
{
    if (c < ' ' || c == 127) return 2;
    return (c & 0xc0) != 0x80;
}

static size_t cell_at(const char* text, size_t index)
{
    size_t cell = prompt_cells;
    for (size_t i = 0; i < index; i++)
        cell += cells_of((unsigned char)text[i]);
    return cell;
}

static void put_cell(char c)
{
    buffer_append_char(&output, c);
    if (++position % width == 0) buffer_append_string(&output, "\n");
}

static void put_char(unsigned char c)
{
    if (c < ' ' || c == 127) {
        put_cell('^');
        put_cell((char)(c ^ 64));
    } else if ((c & 0xc0) == 0x80) {
        buffer_append_char(&output, (char)c);
    } else {
        put_cell((char)c);
    }
}

static void move_by(size_t count, char direction)
{
    char sequence[24];
    if (count == 0) return;
    if (direction == 'D' && count <= 3) {
        buffer_append(&output, "\b\b\b", count);
        return;
    }
    snprintf(sequence, sizeof sequence, "\033[%u%c", (unsigned)count, direction);
    buffer_append_string(&output, sequence);
}

static void move_to(size_t cell)
{
    const size_t row = position / width, new_row = cell / width;
    size_t column = position % width;
    const size_t new_column = cell % width;
    if (new_row < row) move_by(row - new_row, 'A');
    if (new_row > row) move_by(new_row - row, 'B');
    if (new_column == 0 && column > 0) {
        buffer_append_char(&output, '\r');
        column = 0;
    }
    if (new_column < column) move_by(column - new_column, 'D');
    if (new_column > column) move_by(new_column - column, 'C');
    position = cell;
}

// Prints the prompt's last line and remembers how many cells it takes.
static void draw_prompt(void)
{
    position = 0;
    for (const char* c = prompt_line; *c; c++) {
        if (*c != '\033') {
            put_char((unsigned char)*c);
            continue;
        }
        // Colours and the like take no cells.
        do {
            buffer_append_char(&output, *c);
        } while (c[1] && *c != 'm' && c++);
    }
    prompt_cells = end_cell = position;
    buffer_clear(&shown);
}

void screen_start(const char* prompt)
{
    const char* newline = strrchr(prompt, '\n');
    width = (size_t)screen_columns() - 1;
    prompt_line = newline ? newline + 1 : prompt;
    buffer_append(&output, prompt, (size_t)(prompt_line - prompt));
    draw_prompt();
    flush();
}

static void erase_behind(size_t old_end)
{
    if (old_end <= end_cell) return;
    const bool more_rows = old_end / width > end_cell / width;
    buffer_append_string(&output, more_rows ? "\033[J" : "\033[K");
}

void screen_update(const char* text, size_t length, size_t changed, size_t cursor)
{
    const size_t old_end = end_cell;
    if (changed > shown.length) changed = shown.length;
    if (changed < length || changed < shown.length) {
        move_to(cell_at(text, changed));
        for (size_t i = changed; i < length; i++)
            put_char((unsigned char)text[i]);
        end_cell = position;
        erase_behind(old_end);
        buffer_clear(&shown);
        buffer_append(&shown, text, length);
    }
    move_to(cell_at(text, cursor));
    flush();
}

void screen_finish(const char* after)
{
    move_to(end_cell);
    buffer_append_string(&output, after);
    if (position == 0 || position % width || *after) buffer_append_string(&output, "\n");
    flush();
}

void screen_replace_prompt(const char* prompt)
{
    move_to(0);
    buffer_append_string(&output, "\033[J");
    screen_start(prompt);
}

void screen_clear(void)
{
    buffer_append_string(&output, "\033[H\033[2J");
    draw_prompt();
    flush();
}
