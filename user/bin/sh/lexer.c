// Tokens: operators, words, newlines; aliases; the text of here-documents.
#include "parser.h"

#include "aliases.h"
#include "shell.h"

#include <ctype.h>
#include <string.h>

struct spelling {
    const char* text;
    enum token token;
};

static const struct spelling reserved_words[] = {
    {"if", TOKEN_IF},     {"then", TOKEN_THEN},    {"elif", TOKEN_ELIF},     {"else", TOKEN_ELSE},
    {"fi", TOKEN_FI},     {"while", TOKEN_WHILE},  {"until", TOKEN_UNTIL},   {"for", TOKEN_FOR},
    {"in", TOKEN_IN},     {"do", TOKEN_DO},        {"done", TOKEN_DONE},     {"case", TOKEN_CASE},
    {"esac", TOKEN_ESAC}, {"{", TOKEN_OPEN_BRACE}, {"}", TOKEN_CLOSE_BRACE}, {"!", TOKEN_BANG},
};

// Longest first where one is the beginning of another.
static const struct spelling operators[] = {
    {"&>>", TOKEN_BOTH_APPEND}, {"<<-", TOKEN_HERE_TABS}, {"&&", TOKEN_AND},
    {"&>", TOKEN_BOTH},         {"&", TOKEN_AMPERSAND},   {"||", TOKEN_OR},
    {"|", TOKEN_PIPE},          {";;", TOKEN_CASE_END},   {";", TOKEN_SEMICOLON},
    {"(", TOKEN_LEFT},          {")", TOKEN_RIGHT},       {"<<", TOKEN_HERE},
    {"<&", TOKEN_DUPLICATE_IN}, {"<>", TOKEN_READ_WRITE}, {"<", TOKEN_LESS},
    {">>", TOKEN_APPEND},       {">|", TOKEN_CLOBBER},    {">&", TOKEN_DUPLICATE_OUT},
    {">", TOKEN_GREATER},
};

int next_char(struct parser* parser)
{
    for (;;) {
        const int c = input_next(parser->input);
        if (c != '\\') return c;
        const int after = input_next(parser->input);
        if (after != '\n') {
            input_unread(parser->input, after);
            return c;
        }
    }
}

// The first character of the next token; blanks and comments are behind us.
static int skip_blanks(struct parser* parser)
{
    int c = next_char(parser);
    while (c == ' ' || c == '\t')
        c = next_char(parser);
    if (c != '#') return c;
    do {
        c = input_next(parser->input);
    } while (c != '\n' && c != INPUT_END);
    return c;
}

// Takes characters as long as they still spell the beginning of an operator.
static enum token read_operator(struct parser* parser, int first)
{
    char text[4] = {(char)first};
    size_t length = 1;
    enum token token = TOKEN_NONE;
    for (;;) {
        bool longer = false;
        for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
            if (strcmp(operators[i].text, text) == 0) token = operators[i].token;
            if (strlen(operators[i].text) > length && strncmp(operators[i].text, text, length) == 0)
                longer = true;
        }
        if (!longer) return token;
        const int c = next_char(parser);
        text[length] = c == INPUT_END ? '\n' : (char)c;
        bool matches = false;
        for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
            if (strncmp(operators[i].text, text, length + 1) == 0) matches = true;
        }
        if (!matches) {
            input_unread(parser->input, c);
            return token;
        }
        text[++length] = '\0';
    }
}

static bool before_redirection(struct parser* parser)
{
    const int c = next_char(parser);
    input_unread(parser->input, c);
    return c == '<' || c == '>';
}

static bool all_digits(const char* text)
{
    if (!*text) return false;
    while (isdigit((unsigned char)*text))
        text++;
    return !*text;
}

static enum token read_token(struct parser* parser)
{
    struct input* input = parser->input;
    parser->previous_end = input->captured.length;
    input->blank_alias_end = false;
    const int c = skip_blanks(parser);
    parser->after_blank_alias = input->blank_alias_end;
    parser->token_start = input->captured.length - (c != INPUT_END);
    if (c == INPUT_END) return TOKEN_END;
    if (c == '\n') {
        if (parser->here_documents) read_here_documents(parser);
        return TOKEN_NEWLINE;
    }
    input->continued = true;
    if (strchr("&|;()<>", c)) return read_operator(parser, c);

    input_unread(input, c);
    parser->word = read_word(parser);
    const char* text = plain_text(parser->word);
    return text && all_digits(text) && before_redirection(parser) ? TOKEN_NUMBER : TOKEN_WORD;
}

enum token peek_token(struct parser* parser)
{
    if (parser->failed) return TOKEN_END;
    if (parser->token == TOKEN_NONE) parser->token = read_token(parser);
    return parser->failed ? TOKEN_END : parser->token;
}

void advance(struct parser* parser)
{
    parser->token = TOKEN_NONE;
}

const char* plain_text(const struct word_part* part)
{
    return part && !part->next && part->kind == PART_TEXT && !part->quoted ? part->text : NULL;
}

void expand_alias(struct parser* parser)
{
    while (peek_token(parser) == TOKEN_WORD) {
        const char* text = plain_text(parser->word);
        struct alias* alias = text ? alias_find(text) : NULL;
        if (!alias) return;
        struct buffer* captured = &parser->input->captured;
        captured->length = parser->token_start;
        captured->data[captured->length] = '\0';
        input_push_alias(parser->input, alias, alias_text(alias));
        advance(parser);
    }
}

enum token peek_command_token(struct parser* parser)
{
    if (peek_token(parser) != TOKEN_WORD) return peek_token(parser);
    expand_alias(parser);
    const enum token token = peek_token(parser);
    const char* text = token == TOKEN_WORD ? plain_text(parser->word) : NULL;
    if (!text) return token;
    for (size_t i = 0; i < sizeof reserved_words / sizeof reserved_words[0]; i++) {
        if (strcmp(text, reserved_words[i].text) == 0) return reserved_words[i].token;
    }
    return token;
}

const char* token_name(struct parser* parser)
{
    const enum token token = peek_token(parser);
    if (token == TOKEN_END) return "end of file";
    if (token == TOKEN_NEWLINE) return "newline";
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (operators[i].token == token) return operators[i].text;
    }
    const char* text = plain_text(parser->word);
    return text ? text : "word";
}

// ---- Here-documents ----

// One line without its newline; false at the end of the input.
static bool read_line(struct input* input, bool strip_tabs, struct buffer* line)
{
    buffer_clear(line);
    int c = input_next(input);
    while (strip_tabs && c == '\t')
        c = input_next(input);
    if (c == INPUT_END) return false;
    for (; c != '\n' && c != INPUT_END; c = input_next(input))
        buffer_append_char(line, (char)c);
    return true;
}

static void read_here_document(struct parser* parser, const struct here_document* here)
{
    struct buffer text = {.arena = NULL}, line = {.arena = NULL};
    while (read_line(parser->input, here->strip_tabs, &line)) {
        if (strcmp(buffer_string(&line), here->delimiter) == 0) break;
        buffer_append(&text, buffer_string(&line), line.length);
        buffer_append_char(&text, '\n');
    }
    if (here->literal) {
        struct word_part* part = parser_allocate(parser, sizeof *part);
        part->text = arena_copy(parser->arena, buffer_string(&text), text.length);
        part->quoted = true;
        here->redirect->target = part;
    } else {
        here->redirect->target = parse_here_text(parser, buffer_string(&text), text.length);
    }
    buffer_free(&text);
    buffer_free(&line);
}

void read_here_documents(struct parser* parser)
{
    struct here_document* here = parser->here_documents;
    parser->here_documents = NULL;
    for (; here && !parser->failed; here = here->next)
        read_here_document(parser, here);
}
