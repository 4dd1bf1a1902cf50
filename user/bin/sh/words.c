// Words: text, quotes, and what `$` and backquotes introduce. A word becomes a chain of parts that
// say what was quoted; nothing is expanded here.
#include "parser.h"

#include "shell.h"

#include <ctype.h>
#include <string.h>

enum context {
    IN_WORD,           // up to a blank or an operator
    IN_QUOTES,         // up to "
    IN_BRACES,         // the operand of ${...}, up to }
    IN_QUOTED_BRACES,  // the same inside double quotes
    IN_HERE_TEXT,      // up to the end
    IN_ARITHMETIC      // up to ))
};

struct builder {
    struct parser* parser;
    struct word_part* first;
    struct word_part** end;
    struct buffer text;  // not yet a part
    bool text_quoted;
};

static void read_parts(struct builder* builder, enum context context);

bool is_name_start(int c)
{
    return c == '_' || isalpha(c);
}

bool is_name_char(int c)
{
    return c == '_' || isalnum(c);
}

bool is_name(const char* text)
{
    if (!is_name_start((unsigned char)*text)) return false;
    while (is_name_char((unsigned char)*text))
        text++;
    return !*text;
}

// ---- Building the chain ----

static void builder_start(struct builder* builder, struct parser* parser)
{
    *builder = (struct builder){.parser = parser};
    builder->end = &builder->first;
}

static struct word_part* add_part(struct builder* builder, enum part_kind kind, bool quoted)
{
    struct word_part* part = parser_allocate(builder->parser, sizeof *part);
    part->kind = kind;
    part->quoted = quoted;
    *builder->end = part;
    builder->end = &part->next;
    return part;
}

static void add_text(struct builder* builder, const char* text, size_t length, bool quoted)
{
    struct word_part* part = add_part(builder, PART_TEXT, quoted);
    part->text = arena_copy(builder->parser->arena, text, length);
}

static void flush_text(struct builder* builder)
{
    if (builder->text.length == 0) return;
    add_text(builder, builder->text.data, builder->text.length, builder->text_quoted);
    buffer_clear(&builder->text);
}

static void add_char(struct builder* builder, int c, bool quoted)
{
    if (builder->text_quoted != quoted) flush_text(builder);
    builder->text_quoted = quoted;
    buffer_append_char(&builder->text, (char)c);
}

static struct word_part* builder_finish(struct builder* builder)
{
    flush_text(builder);
    buffer_free(&builder->text);
    return builder->first;
}

static bool is_quoted(enum context context)
{
    return context != IN_WORD && context != IN_BRACES;
}

static struct word_part* read_nested(struct parser* parser, enum context context)
{
    struct builder builder;
    builder_start(&builder, parser);
    enter_nesting(parser);
    read_parts(&builder, context);
    parser->depth--;
    return builder_finish(&builder);
}

// ---- What `$` introduces ----

static const char* read_name(struct parser* parser, int first)
{
    struct buffer name = {.arena = NULL};
    int c = first;
    if (is_name_start(c)) {
        for (; is_name_char(c); c = next_char(parser))
            buffer_append_char(&name, (char)c);
    } else if (isdigit(c)) {
        for (; isdigit(c); c = next_char(parser))
            buffer_append_char(&name, (char)c);
    } else if (c != INPUT_END && strchr("@*#?-$!", c)) {
        buffer_append_char(&name, (char)c);
        c = next_char(parser);
    }
    input_unread(parser->input, c);
    const char* copy = arena_copy(parser->arena, buffer_string(&name), name.length);
    buffer_free(&name);
    return copy;
}

static bool next_is(struct parser* parser, int wanted)
{
    const int c = next_char(parser);
    if (c == wanted) return true;
    input_unread(parser->input, c);
    return false;
}

static enum parameter_operator read_operator(struct parser* parser, struct word_part* part)
{
    part->null_too = next_is(parser, ':');
    const int c = next_char(parser);
    switch (c) {
    case '-':
        return PARAMETER_DEFAULT;
    case '=':
        return PARAMETER_ASSIGN;
    case '?':
        return PARAMETER_ERROR;
    case '+':
        return PARAMETER_ALTERNATIVE;
    case '%':
        if (part->null_too) break;
        return next_is(parser, '%') ? PARAMETER_CUT_LONG_SUFFIX : PARAMETER_CUT_SUFFIX;
    case '#':
        if (part->null_too) break;
        return next_is(parser, '#') ? PARAMETER_CUT_LONG_PREFIX : PARAMETER_CUT_PREFIX;
    default:
        break;
    }
    syntax_error(parser, "bad substitution");
    return PARAMETER_PLAIN;
}

// After "${#": true where the # asks for a length, false where it is the parameter $#.
static bool is_length_operator(struct parser* parser)
{
    const int c = next_char(parser);
    input_unread(parser->input, c);
    return is_name_char(c) || (c != INPUT_END && strchr("@*#?-$!", c));
}

static void read_braces(struct builder* builder, bool quoted)
{
    struct parser* parser = builder->parser;
    struct word_part* part = add_part(builder, PART_PARAMETER, quoted);
    int c = next_char(parser);
    if (c == '#' && is_length_operator(parser)) {
        part->operation = PARAMETER_LENGTH;
        c = next_char(parser);
    }
    part->text = read_name(parser, c);
    if (!*part->text) {
        syntax_error(parser, "bad substitution");
        return;
    }
    if (next_is(parser, '}')) return;
    if (part->operation == PARAMETER_LENGTH) {
        syntax_error(parser, "bad substitution");
        return;
    }
    part->operation = read_operator(parser, part);
    const bool pattern = part->operation >= PARAMETER_CUT_SUFFIX;
    part->operand = read_nested(parser, quoted && !pattern ? IN_QUOTED_BRACES : IN_BRACES);
}

static void read_parenthesis(struct builder* builder, bool quoted)
{
    struct parser* parser = builder->parser;
    if (next_is(parser, '(')) {
        struct word_part* part = add_part(builder, PART_ARITHMETIC, quoted);
        part->operand = read_nested(parser, IN_ARITHMETIC);
    } else {
        struct word_part* part = add_part(builder, PART_COMMAND, quoted);
        part->command = parse_substitution(parser);
    }
}

static void read_dollar(struct builder* builder, bool quoted)
{
    struct parser* parser = builder->parser;
    const int c = next_char(parser);
    if (c == '(' || c == '{') {
        flush_text(builder);
        if (c == '(') {
            read_parenthesis(builder, quoted);
        } else {
            read_braces(builder, quoted);
        }
    } else if (isdigit(c)) {
        flush_text(builder);
        const char digit = (char)c;
        add_part(builder, PART_PARAMETER, quoted)->text = arena_copy(parser->arena, &digit, 1);
    } else if (is_name_start(c) || (c != INPUT_END && strchr("@*#?-$!", c))) {
        flush_text(builder);
        add_part(builder, PART_PARAMETER, quoted)->text = read_name(parser, c);
    } else {
        input_unread(parser->input, c);
        add_char(builder, '$', quoted);
    }
}

static void read_backquotes(struct builder* builder, bool quoted)
{
    struct parser* parser = builder->parser;
    struct buffer text = {.arena = NULL};
    flush_text(builder);
    for (int c = input_next(parser->input); c != '`'; c = input_next(parser->input)) {
        if (c == '\\') {
            c = input_next(parser->input);
            const bool escaped = c == '$' || c == '`' || c == '\\' || (quoted && c == '"');
            if (!escaped) buffer_append_char(&text, '\\');
        }
        if (c == INPUT_END) {
            syntax_error(parser, "unterminated `");
            break;
        }
        buffer_append_char(&text, (char)c);
    }
    struct word_part* part = add_part(builder, PART_COMMAND, quoted);
    if (!parser->failed) part->command = parse_backquoted(parser, buffer_string(&text), text.length);
    buffer_free(&text);
}

// ---- Quotes ----

static void read_single_quotes(struct builder* builder)
{
    flush_text(builder);
    for (int c = input_next(builder->parser->input); c != '\''; c = input_next(builder->parser->input)) {
        if (c == INPUT_END) {
            syntax_error(builder->parser, "unterminated '");
            return;
        }
        add_char(builder, c, true);
    }
    if (builder->text.length == 0) add_text(builder, "", 0, true);
}

static void read_double_quotes(struct builder* builder)
{
    flush_text(builder);
    struct word_part** start = builder->end;
    read_parts(builder, IN_QUOTES);
    flush_text(builder);
    if (!*start) add_text(builder, "", 0, true);
}

// next_char has joined lines already: what follows the backslash is no newline.
static void read_backslash(struct builder* builder, enum context context)
{
    const int c = input_next(builder->parser->input);
    if (c == INPUT_END) {
        add_char(builder, '\\', true);
        return;
    }
    const char* special = context == IN_QUOTES          ? "$`\"\\"
                          : context == IN_QUOTED_BRACES ? "$`\"\\}"
                          : context == IN_WORD          ? NULL
                          : context == IN_BRACES        ? NULL
                                                        : "$`\\";
    if (special && !strchr(special, c)) add_char(builder, '\\', true);
    add_char(builder, c, true);
}

// ---- The loop ----

// Does c end what we are in? An end that belongs to somebody else is put back.
static bool ends(struct parser* parser, enum context context, int c, int* depth)
{
    if (parser->failed) return true;
    switch (context) {
    case IN_WORD:
        if (c != INPUT_END && !strchr(" \t\n;&|<>()", c)) return false;
        input_unread(parser->input, c);
        return true;
    case IN_QUOTES:
        if (c == INPUT_END) syntax_error(parser, "unterminated \"");
        return c == '"' || c == INPUT_END;
    case IN_BRACES:
    case IN_QUOTED_BRACES:
        if (c == INPUT_END) syntax_error(parser, "missing }");
        return c == '}' || c == INPUT_END;
    case IN_HERE_TEXT:
        return c == INPUT_END;
    case IN_ARITHMETIC:
        if (c == '(') ++*depth;
        if (c == ')' && --*depth < 0) {
            if (!next_is(parser, ')')) syntax_error(parser, "missing ))");
            return true;
        }
        if (c == INPUT_END) syntax_error(parser, "missing ))");
        return c == INPUT_END;
    }
    return true;
}

static void read_parts(struct builder* builder, enum context context)
{
    const bool quoted = is_quoted(context);
    int depth = 0;
    for (;;) {
        const int c = next_char(builder->parser);
        if (ends(builder->parser, context, c, &depth)) return;
        if (c == '\\') {
            read_backslash(builder, context);
        } else if (c == '$') {
            read_dollar(builder, quoted);
        } else if (c == '`') {
            read_backquotes(builder, quoted);
        } else if (c == '\'' && !quoted) {
            read_single_quotes(builder);
        } else if (c == '"' && (!quoted || context == IN_QUOTED_BRACES)) {
            read_double_quotes(builder);
        } else {
            add_char(builder, c, quoted);
        }
    }
}

struct word_part* read_word(struct parser* parser)
{
    return read_nested(parser, IN_WORD);
}

struct word_part* parse_here_text(struct parser* parser, const char* text, size_t length)
{
    struct input input;
    input_open_string(&input, text, length);
    struct parser inner = {.input = &input, .arena = parser->arena, .depth = parser->depth};
    struct word_part* parts = read_nested(&inner, IN_HERE_TEXT);
    input_close(&input);
    parser->failed |= inner.failed;
    return parts;
}
