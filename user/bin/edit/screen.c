// What is on the screen: the lines from `top` on, and below them one of state, messages and questions.
#include "edit.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

char message[256];
static size_t top, left;  // the text's first line and screen column that are shown

void say(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
}

size_t width_at(const struct line* line, size_t at)
{
    size_t width = 0;
    for (size_t i = 0; i < at && i < line->length; i++)
        width = line->text[i] == '\t' ? (width / kTabWidth + 1) * kTabWidth : width + 1;
    return width;
}

size_t byte_at(const struct line* line, size_t width)
{
    size_t at = 0;
    while (at < line->length && width_at(line, at + 1) <= width)
        at++;
    return at;
}

static void draw_line(const struct line* line)
{
    size_t width = 0;
    const size_t end = left + (size_t)screen_columns - 1;
    for (size_t i = 0; i < line->length && width < end; i++) {
        const unsigned char byte = (unsigned char)line->text[i];
        size_t next = width + 1;
        if (byte == '\t') next = (width / kTabWidth + 1) * kTabWidth;
        for (; width < next && width < end; width++) {
            if (width < left) continue;
            putchar(byte == '\t' ? ' ' : iscntrl(byte) ? '?' : byte);
        }
    }
    fputs("\033[K", stdout);
}

static void scroll_to_cursor(void)
{
    const size_t text_rows = (size_t)screen_rows - 1;
    const size_t width = width_at(&lines[row], column);
    if (row < top) top = row;
    if (row >= top + text_rows) top = row - text_rows + 1;
    if (width < left) left = width < 8 ? 0 : width - 8;
    if (width >= left + (size_t)screen_columns - 1) left = width - (size_t)screen_columns + 9;
}

static void draw_status(void)
{
    char status[512];
    int length = snprintf(status, sizeof status, " %s%s  %zu/%zu  %s", file_name ? file_name : "(no name)",
                          modified ? " *" : "", row + 1, line_count,
                          message[0] ? message : "^S save  ^X quit  ^F find  ^K cut  ^U paste");
    if (length > screen_columns - 1) length = screen_columns - 1;
    printf("\033[%d;1H\033[7m%.*s%*s\033[0m", screen_rows, length, status, screen_columns - 1 - length, "");
}

void draw(void)
{
    scroll_to_cursor();
    fputs("\033[?25l\033[H", stdout);
    for (size_t i = 0; i + 1 < (size_t)screen_rows; i++) {
        if (top + i < line_count)
            draw_line(&lines[top + i]);
        else
            fputs("~\033[K", stdout);
        fputs("\r\n", stdout);
    }
    draw_status();
    const size_t width = width_at(&lines[row], column);
    printf("\033[%zu;%zuH\033[?25h", row - top + 1, width - left + 1);
    fflush(stdout);
}

int prompt(const char* question, char text[kPromptSize])
{
    size_t length = strlen(text);
    for (;;) {
        printf("\033[%d;1H\033[7m%s\033[0m %s\033[K", screen_rows, question, text);
        fflush(stdout);
        const int key = read_key();
        if (key == '\r' || key == '\n') return 1;
        if (key == 27 || key == CONTROL('C') || key == CONTROL('X')) return 0;
        if ((key == 127 || key == 8) && length > 0) text[--length] = 0;
        if (key == CONTROL('U')) text[length = 0] = 0;
        if (key < 32 || key > 255 || key == 127 || length + 1 >= kPromptSize) continue;
        text[length++] = (char)key;
        text[length] = 0;
    }
}
