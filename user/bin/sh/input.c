// Character sources of the parser (see input.h).
#include "input.h"

#include "aliases.h"
#include "editor.h"
#include "output.h"
#include "prompt.h"
#include "shell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_SIZE = 4096 };

void input_open_string(struct input* input, const char* text, size_t length)
{
    *input = (struct input){.kind = INPUT_STRING, .next = text, .end = text + length, .fd = -1, .line = 1};
}

void input_open_file(struct input* input, int fd)
{
    *input = (struct input){.kind = INPUT_FILE, .fd = fd, .line = 1};
    input->block = allocate(BLOCK_SIZE);
}

void input_open_terminal(struct input* input)
{
    *input = (struct input){.kind = INPUT_TERMINAL, .fd = 0, .line = 1};
}

static void drop_pushed(struct input* input)
{
    struct pushed_text* text = input->pushed;
    input->pushed = text->below;
    alias_unlock(text->alias);
    free(text);
}

void input_forget_line(struct input* input)
{
    while (input->pushed)
        drop_pushed(input);
    input->next = input->end;
    input->unread_count = 0;
    input->at_end = false;
}

void input_close(struct input* input)
{
    while (input->pushed)
        drop_pushed(input);
    if (input->fd > 0) close(input->fd);
    if (input->kind != INPUT_STRING) free(input->block);
    buffer_free(&input->captured);
}

// Standard input is read byte by byte: what follows the command belongs to the command.
static bool read_block(struct input* input)
{
    const size_t size = input->fd == 0 ? 1 : BLOCK_SIZE;
    ssize_t length;
    do {
        length = read(input->fd, input->block, size);
    } while (length < 0 && errno == EINTR);
    if (length <= 0) return false;
    input->next = input->block;
    input->end = input->block + length;
    return true;
}

static bool read_terminal_line(struct input* input)
{
    free(input->block);
    input->block = NULL;
    char* line = NULL;
    const enum edit_result result = edit_line(prompt_text(input->continued ? "PS2" : "PS1"), &line);
    input->interrupted = result == EDIT_INTERRUPTED;
    if (result != EDIT_LINE) return false;
    input->block = line;
    input->next = line;
    input->end = line + strlen(line);
    return true;
}

static bool refill(struct input* input)
{
    if (input->at_end) return false;
    const bool more = input->kind == INPUT_FILE       ? read_block(input)
                      : input->kind == INPUT_TERMINAL ? read_terminal_line(input)
                                                      : false;
    if (!more) {
        input->at_end = true;
        return false;
    }
    if (shell.option[OPTION_VERBOSE]) error_format("%.*s", (int)(input->end - input->next), input->next);
    return true;
}

static int next_pushed(struct input* input)
{
    struct pushed_text* text = input->pushed;
    if (*text->next) return (unsigned char)*text->next++;
    input->blank_alias_end = text->ends_in_blank;
    drop_pushed(input);
    return 0;
}

static int next_fresh(struct input* input)
{
    while (input->pushed) {
        const int c = next_pushed(input);
        if (c) return c;
    }
    for (;;) {
        if (input->next == input->end && !refill(input)) return INPUT_END;
        const int c = (unsigned char)*input->next++;
        if (c) return c;  // a NUL has no place in a command: skip it
    }
}

int input_next(struct input* input)
{
    const int c = input->unread_count ? input->unread[--input->unread_count] : next_fresh(input);
    if (c == '\n') input->line++;
    if (c != INPUT_END) buffer_append_char(&input->captured, (char)c);
    return c;
}

void input_unread(struct input* input, int c)
{
    input->unread[input->unread_count++] = c;
    if (c == '\n') input->line--;
    if (c != INPUT_END) input->captured.data[--input->captured.length] = '\0';
}

void input_push_alias(struct input* input, struct alias* alias, const char* text)
{
    const size_t length = strlen(text);
    struct pushed_text* pushed = allocate(sizeof *pushed + length + 2 + sizeof input->unread);
    // The blank ends the text's last word while the alias still counts as being expanded.
    // Characters that were read too far come after the text.
    memcpy(pushed->text, text, length);
    char* end = pushed->text + length;
    *end++ = ' ';
    while (input->unread_count) {
        const int c = input->unread[--input->unread_count];
        if (c != INPUT_END) *end++ = (char)c;
    }
    *end = '\0';
    pushed->next = pushed->text;
    pushed->alias = alias;
    pushed->ends_in_blank = length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t');
    pushed->below = input->pushed;
    input->pushed = pushed;
    alias_lock(alias);
}

bool input_rest_is_blank(const struct input* input)
{
    if (input->kind != INPUT_STRING || input->pushed || input->unread_count) return false;
    for (const char* c = input->next; c < input->end; c++) {
        if (!strchr(" \t\n", *c)) return false;
    }
    return true;
}
