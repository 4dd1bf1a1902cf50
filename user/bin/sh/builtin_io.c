// echo and read.
#include "builtins.h"

#include "arena.h"
#include "escapes.h"
#include "output.h"
#include "shell.h"
#include "syntax.h"
#include "traps.h"
#include "variables.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int builtin_echo(int argc, char** argv)
{
    bool newline = true, escapes = false;
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1] && !argv[i][1 + strspn(argv[i] + 1, "neE")]; i++) {
        for (const char* letter = argv[i] + 1; *letter; letter++) {
            if (*letter == 'n') newline = false;
            if (*letter != 'n') escapes = *letter == 'e';
        }
    }
    for (const int first = i; i < argc; i++) {
        if (i > first) out_char(' ');
        if (!escapes) {
            out_string(argv[i]);
        } else if (!out_escaped(argv[i])) {
            return 0;
        }
    }
    if (newline) out_char('\n');
    return 0;
}

// ---- read ----

// A line; escaped[i] tells that a backslash stood before line[i].
struct read_line {
    struct buffer text;
    struct buffer escaped;
};

static void add(struct read_line* line, char c, bool escaped)
{
    buffer_append_char(&line->text, c);
    buffer_append_char(&line->escaped, escaped ? 'e' : '-');
}

enum read_result { READ_LINE, READ_END, READ_INTERRUPTED, READ_ERROR };

// Byte by byte: what follows the line belongs to the next reader.
static enum read_result read_byte(char* c)
{
    for (;;) {
        const ssize_t length = read(0, c, 1);
        if (length > 0) return READ_LINE;
        if (length == 0) return READ_END;
        if (errno != EINTR) return READ_ERROR;
        if (shell.interrupted || trap_is_due()) return READ_INTERRUPTED;
    }
}

static enum read_result read_line(struct read_line* line, bool raw)
{
    char c;
    for (;;) {
        enum read_result result = read_byte(&c);
        if (result != READ_LINE || c == '\n') return result;
        const bool escape = c == '\\' && !raw;
        if (escape) {
            result = read_byte(&c);
            if (result != READ_LINE) return result;
            if (c == '\n') continue;
        }
        if (c) add(line, c, escape);
    }
}

// Splits like field splitting, but the last variable gets all that is left.
struct splitter {
    const struct read_line* line;
    const char* ifs;
    size_t at;
};

static bool is_separator(const struct splitter* splitter, size_t i)
{
    return i < splitter->line->text.length && splitter->line->escaped.data[i] != 'e' &&
           strchr(splitter->ifs, splitter->line->text.data[i]);
}

static bool is_space(const struct splitter* splitter, size_t i)
{
    return is_separator(splitter, i) && strchr(" \t\n", splitter->line->text.data[i]);
}

static void skip_spaces(struct splitter* splitter)
{
    while (is_space(splitter, splitter->at))
        splitter->at++;
}

static char* piece(const struct splitter* splitter, size_t start, size_t end)
{
    return arena_copy(&shell.scratch, buffer_string(&splitter->line->text) + start, end - start);
}

static char* next_field(struct splitter* splitter)
{
    const size_t start = splitter->at, length = splitter->line->text.length;
    while (splitter->at < length && !is_separator(splitter, splitter->at))
        splitter->at++;
    char* field = piece(splitter, start, splitter->at);
    skip_spaces(splitter);
    if (is_separator(splitter, splitter->at)) {
        splitter->at++;
        skip_spaces(splitter);
    }
    return field;
}

static char* rest_of_line(struct splitter* splitter)
{
    // If only one field is left, a separator behind it goes away as usual.
    const size_t start = splitter->at;
    char* field = next_field(splitter);
    size_t end = splitter->line->text.length;
    if (splitter->at == end) return field;
    while (end > start && is_space(splitter, end - 1))
        end--;
    return piece(splitter, start, end);
}

static int assign_fields(const struct read_line* line, int count, char** names)
{
    const char* ifs = variable_get("IFS");
    struct splitter splitter = {.line = line, .ifs = ifs ? ifs : " \t\n"};
    skip_spaces(&splitter);
    for (int i = 0; i < count; i++) {
        if (!is_name(names[i])) {
            warn("read: %s: bad variable name", names[i]);
            return 2;
        }
        const char* value = i + 1 < count ? next_field(&splitter) : rest_of_line(&splitter);
        if (!variable_set(names[i], value)) return 2;
    }
    return 0;
}

int builtin_read(int argc, char** argv)
{
    bool raw = false;
    const char* prompt = NULL;
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (strchr(argv[i], 'r')) raw = true;
        if (strchr(argv[i], 'p') && i + 1 < argc) prompt = argv[++i];
    }
    if (i == argc) {
        warn("read: which variable?");
        return 2;
    }
    if (prompt && isatty(0)) error_format("%s", prompt);
    struct read_line line = {{.arena = &shell.scratch}, {.arena = &shell.scratch}};
    const enum read_result result = read_line(&line, raw);
    if (result == READ_INTERRUPTED) return 128 + (shell.interrupted ? SIGINT : last_trapped_signal());
    if (result == READ_ERROR) {
        warn("read: %s", strerror(errno));
        return 2;
    }
    const int status = assign_fields(&line, argc - i, argv + i);
    return status ? status : result == READ_END;
}
