// The grammar, by recursive descent: lists of pipelines of commands. Functions return null after
// a syntax error; parser->failed says so and ends every loop.
#include "parser.h"

#include "output.h"
#include "shell.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void* parser_allocate(struct parser* parser, size_t size)
{
    return memset(arena_allocate(parser->arena, size), 0, size);
}

void syntax_error(struct parser* parser, const char* format, ...)
{
    if (parser->failed) return;
    parser->failed = true;
    if (parser->input->interrupted) return;
    char message[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    shell.line = parser->input->line;
    warn("syntax error: %s", message);
}

void enter_nesting(struct parser* parser)
{
    if (++parser->depth > MAX_NESTING) syntax_error(parser, "nested too deeply");
}

void* unexpected(struct parser* parser)
{
    const char* name = token_name(parser);
    syntax_error(parser, "unexpected %s", name);
    return NULL;
}

struct node* new_node(struct parser* parser, enum node_kind kind)
{
    struct node* node = parser_allocate(parser, sizeof *node);
    node->kind = kind;
    node->line = parser->input->line;
    return node;
}

// What the user wrote from `start` up to the last token.
static const char* captured_text(struct parser* parser, size_t start)
{
    peek_token(parser);
    const size_t end = parser->previous_end > start ? parser->previous_end : start;
    return arena_copy(parser->arena, buffer_string(&parser->input->captured) + start, end - start);
}

void skip_newlines(struct parser* parser)
{
    while (peek_token(parser) == TOKEN_NEWLINE)
        advance(parser);
}

void expect(struct parser* parser, enum token token)
{
    if (peek_command_token(parser) == token) {
        advance(parser);
    } else {
        unexpected(parser);
    }
}

// ---- Redirections ----

static bool is_redirection(enum token token)
{
    return token == TOKEN_NUMBER || (token >= TOKEN_LESS && token <= TOKEN_BOTH_APPEND);
}

// The text of a here-document's delimiter; *quoted says whether any of it was.
static const char* delimiter_text(struct parser* parser, const struct word_part* part, bool* quoted)
{
    struct buffer text = {.arena = parser->arena};
    for (; part; part = part->next) {
        if (part->kind == PART_PARAMETER) buffer_append_char(&text, '$');
        if (part->text) buffer_append_string(&text, part->text);
        *quoted |= part->quoted;
    }
    return buffer_string(&text);
}

static void add_here_document(struct parser* parser, struct redirect* redirect, bool strip_tabs)
{
    struct here_document* here = parser_allocate(parser, sizeof *here);
    here->redirect = redirect;
    here->strip_tabs = strip_tabs;
    here->delimiter = delimiter_text(parser, parser->word, &here->literal);
    struct here_document** end = &parser->here_documents;
    while (*end)
        end = &(*end)->next;
    *end = here;
}

static enum redirect_kind redirect_kind(enum token token)
{
    switch (token) {
    case TOKEN_LESS:
        return REDIRECT_INPUT;
    case TOKEN_GREATER:
        return REDIRECT_OUTPUT;
    case TOKEN_APPEND:
        return REDIRECT_APPEND;
    case TOKEN_CLOBBER:
        return REDIRECT_CLOBBER;
    case TOKEN_READ_WRITE:
        return REDIRECT_READ_WRITE;
    case TOKEN_BOTH:
        return REDIRECT_BOTH;
    case TOKEN_BOTH_APPEND:
        return REDIRECT_BOTH_APPEND;
    case TOKEN_HERE:
    case TOKEN_HERE_TABS:
        return REDIRECT_HERE;
    default:
        return REDIRECT_DUPLICATE;
    }
}

static struct redirect* parse_redirection(struct parser* parser)
{
    struct redirect* redirect = parser_allocate(parser, sizeof *redirect);
    redirect->fd = -1;
    if (peek_token(parser) == TOKEN_NUMBER) {
        redirect->fd = atoi(plain_text(parser->word));
        advance(parser);
    }
    const enum token token = peek_token(parser);
    const bool input = token == TOKEN_LESS || token == TOKEN_READ_WRITE || token == TOKEN_HERE ||
                       token == TOKEN_HERE_TABS || token == TOKEN_DUPLICATE_IN;
    redirect->kind = redirect_kind(token);
    if (redirect->fd < 0) redirect->fd = input ? 0 : 1;
    advance(parser);
    if (peek_token(parser) != TOKEN_WORD) return unexpected(parser);
    if (redirect->kind == REDIRECT_HERE) {
        add_here_document(parser, redirect, token == TOKEN_HERE_TABS);
    } else {
        redirect->target = parser->word;
    }
    advance(parser);
    return redirect;
}

static void parse_redirections(struct parser* parser, struct node* node)
{
    struct redirect** end = &node->redirects;
    while (*end)
        end = &(*end)->next;
    while (is_redirection(peek_token(parser))) {
        *end = parse_redirection(parser);
        if (!*end) return;
        end = &(*end)->next;
    }
}

// ---- Simple commands and functions ----

// If the word is NAME=VALUE without quotes in its name: that assignment.
static struct assignment* as_assignment(struct parser* parser, struct word_part* part)
{
    if (!part || part->kind != PART_TEXT || part->quoted) return NULL;
    const char* equals = strchr(part->text, '=');
    if (!equals) return NULL;
    const char* name = arena_copy(parser->arena, part->text, (size_t)(equals - part->text));
    if (!is_name(name)) return NULL;
    struct assignment* assignment = parser_allocate(parser, sizeof *assignment);
    assignment->name = name;
    assignment->value = part->next;
    if (equals[1]) {
        part->text = equals + 1;
        assignment->value = part;
    }
    return assignment;
}

static struct node* parse_function(struct parser* parser, const char* name)
{
    advance(parser);
    expect(parser, TOKEN_RIGHT);
    skip_newlines(parser);
    struct node* node = new_node(parser, NODE_FUNCTION);
    node->function.name = name;
    node->function.arena = parser->arena;
    if (!is_name(name)) syntax_error(parser, "%s: bad function name", name);
    node->function.body = parse_command(parser);
    return node;
}

static struct node* parse_simple(struct parser* parser)
{
    struct node* node = new_node(parser, NODE_SIMPLE);
    struct word** words = &node->simple.words;
    struct assignment** assignments = &node->simple.assignments;
    for (;;) {
        const enum token token = peek_token(parser);
        if (is_redirection(token)) {
            parse_redirections(parser, node);
            continue;
        }
        if (token != TOKEN_WORD) break;
        struct assignment* assignment = node->simple.words ? NULL : as_assignment(parser, parser->word);
        if (assignment) {
            *assignments = assignment;
            assignments = &assignment->next;
        } else {
            struct word* word = parser_allocate(parser, sizeof *word);
            word->parts = parser->word;
            *words = word;
            words = &word->next;
        }
        const struct word_part* parts = parser->word;
        advance(parser);
        const bool alone = node->simple.words && !node->simple.words->next && !node->simple.assignments;
        if (peek_token(parser) == TOKEN_LEFT && alone && !node->redirects && plain_text(parts)) {
            return parse_function(parser, plain_text(parts));
        }
        if (parser->after_blank_alias || (assignment && !node->simple.words)) expand_alias(parser);
    }
    const bool empty = !node->simple.words && !node->simple.assignments && !node->redirects;
    return empty ? unexpected(parser) : node;
}

struct node* parse_command(struct parser* parser)
{
    enter_nesting(parser);
    struct node* node = parser->failed ? NULL : parse_compound(parser);
    if (!node && !parser->failed) {
        node = parse_simple(parser);
    } else if (!parser->failed) {
        parse_redirections(parser, node);
    }
    parser->depth--;
    return node;
}

// ---- Pipelines and lists ----

static struct node* parse_pipeline(struct parser* parser)
{
    bool negated = false;
    while (peek_command_token(parser) == TOKEN_BANG) {
        advance(parser);
        negated = !negated;
    }
    const size_t start = (peek_token(parser), parser->token_start);
    struct node* node = parse_command(parser);
    if (!parser->failed && peek_token(parser) == TOKEN_PIPE) {
        struct node* pipeline = new_node(parser, NODE_PIPELINE);
        struct node** end = &pipeline->children;
        *end = node;
        while (!parser->failed && peek_token(parser) == TOKEN_PIPE) {
            advance(parser);
            skip_newlines(parser);
            end = &(*end)->next;
            *end = parse_command(parser);
        }
        node = pipeline;
    }
    if (parser->failed) return NULL;
    if (shell.interactive) node->text = captured_text(parser, start);
    if (!negated) return node;
    struct node* negation = new_node(parser, NODE_NOT);
    negation->first = node;
    return negation;
}

static struct node* parse_and_or(struct parser* parser)
{
    struct node* left = parse_pipeline(parser);
    for (;;) {
        const enum token token = peek_token(parser);
        if (parser->failed || (token != TOKEN_AND && token != TOKEN_OR)) return left;
        advance(parser);
        skip_newlines(parser);
        struct node* node = new_node(parser, token == TOKEN_AND ? NODE_AND : NODE_OR);
        node->first = left;
        node->second = parse_pipeline(parser);
        left = node;
    }
}

static bool starts_command(enum token token)
{
    switch (token) {
    case TOKEN_WORD:
    case TOKEN_LEFT:
    case TOKEN_IF:
    case TOKEN_WHILE:
    case TOKEN_UNTIL:
    case TOKEN_FOR:
    case TOKEN_IN:
    case TOKEN_CASE:
    case TOKEN_OPEN_BRACE:
    case TOKEN_BANG:
        return true;
    default:
        return is_redirection(token);
    }
}

static struct node* parse_list_item(struct parser* parser)
{
    const size_t start = parser->token_start;
    struct node* node = parse_and_or(parser);
    if (parser->failed || peek_token(parser) != TOKEN_AMPERSAND) return node;
    struct node* background = new_node(parser, NODE_BACKGROUND);
    background->first = node;
    background->text = captured_text(parser, start);
    return background;
}

// Commands up to something that cannot start one; a line's ends at the first newline.
struct node* parse_list(struct parser* parser, enum list_extent extent)
{
    struct node *first = NULL, **end = &first;
    int count = 0;
    if (extent == MANY_LINES) skip_newlines(parser);
    while (starts_command(peek_command_token(parser))) {
        *end = parse_list_item(parser);
        if (parser->failed) return NULL;
        end = &(*end)->next;
        count++;
        const enum token token = peek_token(parser);
        if (token == TOKEN_SEMICOLON || token == TOKEN_AMPERSAND) {
            advance(parser);
        } else if (token != TOKEN_NEWLINE || extent == ONE_LINE) {
            break;
        }
        if (extent == MANY_LINES) skip_newlines(parser);
    }
    if (count < 2) return first;
    struct node* sequence = new_node(parser, NODE_SEQUENCE);
    sequence->children = first;
    return sequence;
}

// ---- Whole commands ----

static enum parse_result parse_line(struct parser* parser, struct node** node)
{
    *node = parse_list(parser, ONE_LINE);
    const enum token token = peek_command_token(parser);
    if (!parser->failed && token != TOKEN_NEWLINE && token != TOKEN_END) unexpected(parser);
    if (!parser->failed && token == TOKEN_END && parser->here_documents) read_here_documents(parser);
    if (parser->failed) return PARSE_FAILED;
    if (*node) return PARSE_COMMAND;
    return token == TOKEN_END ? PARSE_END : PARSE_EMPTY;
}

enum parse_result parse_command_line(struct input* input, struct arena* arena, struct node** node)
{
    struct parser parser = {.input = input, .arena = arena};
    buffer_clear(&input->captured);
    input->continued = input->interrupted = false;
    const enum parse_result result = parse_line(&parser, node);
    return input->interrupted ? PARSE_FAILED : result;
}

struct node* parse_substitution(struct parser* parser)
{
    const struct parser outer = *parser;
    parser->token = TOKEN_NONE;
    struct node* list = parse_list(parser, MANY_LINES);
    expect(parser, TOKEN_RIGHT);
    parser->token = outer.token;
    parser->word = outer.word;
    parser->token_start = outer.token_start;
    parser->previous_end = outer.previous_end;
    return list;
}

struct node* parse_backquoted(struct parser* parser, const char* text, size_t length)
{
    struct input input;
    input_open_string(&input, text, length);
    input.line = parser->input->line;
    struct parser inner = {.input = &input, .arena = parser->arena, .depth = parser->depth};
    struct node* list = parse_list(&inner, MANY_LINES);
    if (peek_token(&inner) != TOKEN_END) unexpected(&inner);
    if (inner.here_documents) read_here_documents(&inner);
    input_close(&input);
    parser->failed |= inner.failed;
    return list;
}
