// Where the cursor goes, and what changes there.
#include "edit.h"

#include <stdlib.h>
#include <string.h>

size_t row, column;
int cutting;

static char last_search[kPromptSize];
static struct line* cut;  // what ^K has taken
static size_t cut_count;

// ---- moving ----

void move_rows(long by)
{
    const size_t width = width_at(&lines[row], column);
    if (by < 0 && (size_t)-by > row)
        row = 0;
    else if (by > 0 && row + (size_t)by >= line_count)
        row = line_count - 1;
    else
        row = (size_t)((long)row + by);
    column = byte_at(&lines[row], width);
}

void move_left(void)
{
    if (column > 0) {
        column--;
    } else if (row > 0) {
        row--;
        column = lines[row].length;
    }
}

void move_right(void)
{
    if (column < lines[row].length) {
        column++;
    } else if (row + 1 < line_count) {
        row++;
        column = 0;
    }
}

void go_to_line(void)
{
    char text[kPromptSize] = "";
    if (!prompt("Line:", text) || !*text) return;
    const long number = atol(text);
    row = number < 1 ? 0 : (size_t)number > line_count ? line_count - 1 : (size_t)number - 1;
    column = 0;
}

static int find_in_line(size_t in, size_t from, const char* text)
{
    const size_t length = strlen(text);
    const struct line* line = &lines[in];
    for (size_t at = from; at + length <= line->length; at++) {
        if (memcmp(line->text + at, text, length) != 0) continue;
        row = in;
        column = at;
        return 1;
    }
    return 0;
}

void find_again(void)
{
    if (!*last_search) return;
    const size_t start = row;
    if (find_in_line(start, column + 1, last_search)) return;
    for (size_t i = 1; i <= line_count; i++) {
        if (!find_in_line((start + i) % line_count, 0, last_search)) continue;
        if (start + i >= line_count) say("found from the beginning again");
        return;
    }
    say("'%s' not found", last_search);
}

void find(void)
{
    if (prompt("Find:", last_search)) find_again();
}

// ---- changing ----

void insert_byte(int byte)
{
    const char text = (char)byte;
    insert_bytes(&lines[row], column++, &text, 1);
    modified = 1;
}

void break_line(void)
{
    insert_line(row + 1);
    struct line* line = &lines[row];
    insert_bytes(&lines[row + 1], 0, line->text + column, line->length - column);
    line->length = column;
    row++;
    column = 0;
    modified = 1;
}

void delete_forward(void)
{
    struct line* line = &lines[row];
    if (column < line->length) {
        delete_bytes(line, column, 1);
    } else if (row + 1 < line_count) {
        struct line next = lines[row + 1];
        insert_bytes(line, line->length, next.text, next.length);
        free(next.text);
        remove_line(row + 1);
    } else {
        return;
    }
    modified = 1;
}

void delete_backward(void)
{
    if (row == 0 && column == 0) return;
    move_left();
    delete_forward();
}

void cut_line(void)
{
    if (!cutting) {
        while (cut_count)
            free(cut[--cut_count].text);
    }
    cut = tool_reallocate(cut, (cut_count + 1) * sizeof *cut);
    cut[cut_count++] = lines[row];
    remove_line(row);
    if (line_count == 0) insert_line(0);
    if (row == line_count) row--;
    column = 0;
    modified = 1;
}

void paste(void)
{
    for (size_t i = 0; i < cut_count; i++) {
        struct line* line = insert_line(row++);
        insert_bytes(line, 0, cut[i].text, cut[i].length);
        modified = 1;
    }
    column = 0;
}
