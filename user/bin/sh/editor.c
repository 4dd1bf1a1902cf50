// Editing one line: what each key does. Drawing is in screen.c, key decoding in keys.c.
#include "editor.h"

#include "arena.h"
#include "complete.h"
#include "history.h"
#include "keys.h"
#include "output.h"
#include "screen.h"
#include "shell.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct editor {
    const char* prompt;
    struct buffer line;
    size_t cursor;
    size_t changed;    // the first character that the screen does not show yet
    int history_at;    // the line shown; history_count(): a new one
    char* draft;       // the new line, while an old one is shown
    bool tab_pressed;  // the key before was a Tab: the next one lists
};

static char* killed;  // by ^K, ^U, ^W; ^Y brings it back

void editor_start(void)
{
    history_load();
}

// ---- Changing the line ----

static const char* text_of(const struct editor* e)
{
    return buffer_string(&e->line);
}

static void changed_from(struct editor* e, size_t index)
{
    if (index < e->changed) e->changed = index;
}

static void insert(struct editor* e, const char* text, size_t length)
{
    struct buffer* line = &e->line;
    const size_t behind = line->length - e->cursor;
    buffer_append(line, text, length);  // makes room
    memmove(line->data + e->cursor + length, line->data + e->cursor, behind);
    memcpy(line->data + e->cursor, text, length);
    changed_from(e, e->cursor);
    e->cursor += length;
}

static void erase(struct editor* e, size_t start, size_t end)
{
    if (start == end) return;
    memmove(e->line.data + start, e->line.data + end, e->line.length - end + 1);
    e->line.length -= end - start;
    e->cursor = start;
    changed_from(e, start);
}

static void kill_text(struct editor* e, size_t start, size_t end)
{
    if (start == end) return;
    free(killed);
    killed = allocate(end - start + 1);
    memcpy(killed, e->line.data + start, end - start);
    killed[end - start] = '\0';
    erase(e, start, end);
}

static void replace_line(struct editor* e, const char* text)
{
    buffer_clear(&e->line);
    buffer_append_string(&e->line, text);
    e->cursor = e->line.length;
    changed_from(e, 0);
}

// ---- Places in the line ----

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t before(const struct editor* e, size_t index)
{
    if (index > 0) index--;
    while (index > 0 && is_continuation(e->line.data[index]))
        index--;
    return index;
}

static size_t behind(const struct editor* e, size_t index)
{
    if (index < e->line.length) index++;
    while (index < e->line.length && is_continuation(e->line.data[index]))
        index++;
    return index;
}

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 128;
}

static size_t word_start(const struct editor* e)
{
    size_t i = e->cursor;
    while (i > 0 && !is_word_char(e->line.data[i - 1]))
        i--;
    while (i > 0 && is_word_char(e->line.data[i - 1]))
        i--;
    return i;
}

static size_t word_end(const struct editor* e)
{
    size_t i = e->cursor;
    while (i < e->line.length && !is_word_char(e->line.data[i]))
        i++;
    while (i < e->line.length && is_word_char(e->line.data[i]))
        i++;
    return i;
}

// ^W takes whatever stands between blanks.
static size_t blank_word_start(const struct editor* e)
{
    size_t i = e->cursor;
    while (i > 0 && e->line.data[i - 1] == ' ')
        i--;
    while (i > 0 && e->line.data[i - 1] != ' ')
        i--;
    return i;
}

// ---- History ----

static void show_history(struct editor* e, int index)
{
    if (index < 0 || index > history_count() || index == e->history_at) return;
    if (e->history_at == history_count()) {
        free(e->draft);
        e->draft = copy_string(text_of(e));
    }
    e->history_at = index;
    replace_line(e, index == history_count() ? e->draft : history_line(index));
}

static void show_search(struct editor* e, const struct buffer* query, int found)
{
    char prompt[80];
    snprintf(prompt, sizeof prompt, "%s `%.40s': ", found < 0 ? "(no match)" : "(search)",
             buffer_string(query));
    if (found >= 0) replace_line(e, history_line(found));
    screen_replace_prompt(prompt);
    screen_update(text_of(e), e->line.length, 0, e->cursor);
}

// ^R: each key narrows the search, ^R looks further back. Any other key ends it, and is returned.
static int search_history(struct editor* e)
{
    struct buffer query = {.arena = NULL};
    char* original = copy_string(text_of(e));
    int found = history_count(), key;
    for (;;) {
        show_search(e, &query, found == history_count() ? -1 : found);
        key = read_key();
        int from = found + 1;
        if (key == CONTROL('R')) {
            from = found;
        } else if (key == KEY_BACKSPACE && query.length > 0) {
            query.data[--query.length] = '\0';
            from = history_count();
        } else if (key >= ' ' && key < KEY_BACKSPACE) {
            buffer_append_char(&query, (char)key);
        } else {
            break;
        }
        if (from > history_count()) from = history_count();
        const int next = query.length ? history_search(query.data, from) : -1;
        if (next >= 0) found = next;
    }
    const bool cancelled = key == CONTROL('G') || key == CONTROL('C');
    if (cancelled) replace_line(e, original);
    if (!cancelled && found < history_count()) e->history_at = found;
    free(original);
    buffer_free(&query);
    screen_replace_prompt(e->prompt);
    e->changed = 0;
    return cancelled ? KEY_UNKNOWN : key;
}

// ---- Completion ----

static void list_names(struct editor* e, const struct completion* completion)
{
    size_t longest = 0;
    for (int i = 0; i < completion->count; i++) {
        if (strlen(completion->names[i]) > longest) longest = strlen(completion->names[i]);
    }
    const int cell = (int)longest + 2, fit = screen_columns() / cell;
    const int columns = fit > 1 ? fit : 1, rows = (completion->count + columns - 1) / columns;
    screen_finish("");
    for (int row = 0; row < rows; row++) {
        for (int i = row; i < completion->count; i += rows) {
            const bool last = i + rows >= completion->count;
            error_format("%-*s", last ? 0 : cell, completion->names[i]);
        }
        error_format("\n");
    }
    screen_start(e->prompt);
    e->changed = 0;
}

static void complete_word(struct editor* e, bool list)
{
    const struct arena_mark mark = arena_mark(&shell.scratch);
    struct completion completion;
    complete(text_of(e), e->cursor, &completion);
    if (*completion.insertion) {
        insert(e, completion.insertion, strlen(completion.insertion));
    } else if (list && completion.count > 1) {
        list_names(e, &completion);
    } else {
        error_format("\a");
    }
    arena_release(&shell.scratch, mark);
}

// ---- Keys ----

static void clear_screen(struct editor* e)
{
    screen_clear();
    e->changed = 0;
}

static void swap_characters(struct editor* e)
{
    if (e->line.length < 2 || e->cursor == 0) return;
    if (e->cursor == e->line.length) e->cursor--;
    char* text = e->line.data + e->cursor;
    const char c = text[0];
    text[0] = text[-1];
    text[-1] = c;
    changed_from(e, e->cursor - 1);
    e->cursor++;
}

// Each of these three does what the key asks for; false where the key is not of its kind.
static bool move_cursor(struct editor* e, int key)
{
    switch (key) {
    case CONTROL('A'):
    case KEY_HOME:
        e->cursor = 0;
        return true;
    case CONTROL('E'):
    case KEY_END:
        e->cursor = e->line.length;
        return true;
    case CONTROL('B'):
    case KEY_LEFT:
        e->cursor = before(e, e->cursor);
        return true;
    case CONTROL('F'):
    case KEY_RIGHT:
        e->cursor = behind(e, e->cursor);
        return true;
    case KEY_WORD_LEFT:
        e->cursor = word_start(e);
        return true;
    case KEY_WORD_RIGHT:
        e->cursor = word_end(e);
        return true;
    default:
        return false;
    }
}

static bool delete_text(struct editor* e, int key)
{
    switch (key) {
    case KEY_BACKSPACE:
        erase(e, before(e, e->cursor), e->cursor);
        return true;
    case CONTROL('D'):
    case KEY_DELETE:
        erase(e, e->cursor, behind(e, e->cursor));
        return true;
    case CONTROL('K'):
        kill_text(e, e->cursor, e->line.length);
        return true;
    case CONTROL('U'):
        kill_text(e, 0, e->cursor);
        return true;
    case CONTROL('W'):
        kill_text(e, blank_word_start(e), e->cursor);
        return true;
    case KEY_KILL_WORD_BACKWARD:
        kill_text(e, word_start(e), e->cursor);
        return true;
    case KEY_KILL_WORD:
        kill_text(e, e->cursor, word_end(e));
        return true;
    default:
        return false;
    }
}

static bool recall_text(struct editor* e, int key)
{
    switch (key) {
    case CONTROL('P'):
    case KEY_UP:
        show_history(e, e->history_at - 1);
        return true;
    case CONTROL('N'):
    case KEY_DOWN:
        show_history(e, e->history_at + 1);
        return true;
    case CONTROL('Y'):
        if (killed) insert(e, killed, strlen(killed));
        return true;
    default:
        return false;
    }
}

static void edit(struct editor* e, int key)
{
    const bool list = e->tab_pressed;
    const char c = (char)key;
    e->tab_pressed = key == '\t';
    if (move_cursor(e, key) || delete_text(e, key) || recall_text(e, key)) return;
    switch (key) {
    case CONTROL('T'):
        swap_characters(e);
        break;
    case CONTROL('L'):
        clear_screen(e);
        break;
    case '\t':
        complete_word(e, list);
        break;
    default:
        if (key >= ' ' && key <= 255) insert(e, &c, 1);
        break;
    }
}

static enum edit_result edit_until_done(struct editor* e)
{
    for (;;) {
        e->changed = e->line.length;
        int key = read_key();
        if (key == CONTROL('R')) key = search_history(e);
        if (key == KEY_INTERRUPT || key == CONTROL('C')) {
            screen_update(text_of(e), e->line.length, e->changed, e->cursor);
            screen_finish("^C");
            shell.interrupted = 0;
            return EDIT_INTERRUPTED;
        }
        if (key == KEY_END_OF_INPUT || (key == CONTROL('D') && e->line.length == 0)) {
            screen_finish("");
            return EDIT_END;
        }
        if (key == KEY_ENTER) {
            screen_update(text_of(e), e->line.length, e->changed, e->line.length);
            screen_finish("");
            return EDIT_LINE;
        }
        edit(e, key);
        screen_update(text_of(e), e->line.length, e->changed, e->cursor);
    }
}

// Standard input is no terminal, though the shell is interactive.
static enum edit_result read_plain_line(const char* prompt, char** line)
{
    struct buffer text = {.arena = NULL};
    char c = 0;
    error_format("%s", prompt);
    while (c != '\n' && read(0, &c, 1) == 1)
        buffer_append_char(&text, c);
    *line = text.data;
    return text.data ? EDIT_LINE : EDIT_END;
}

enum edit_result edit_line(const char* prompt, char** line)
{
    struct editor e = {.prompt = prompt, .history_at = history_count()};
    if (!keyboard_open()) return read_plain_line(prompt, line);
    screen_start(prompt);
    const enum edit_result result = edit_until_done(&e);
    keyboard_close();
    if (result == EDIT_LINE) {
        history_add(text_of(&e));
        buffer_append_char(&e.line, '\n');
        *line = e.line.data;
    } else {
        buffer_free(&e.line);
    }
    free(e.draft);
    return result;
}
