// Compound commands: ( ) { } if while until for case. What is inside them are lists again.
#include "parser.h"

// A list that must not be empty, and the word that ends it.
static struct node* parse_body(struct parser* parser, enum token end)
{
    struct node* list = parse_list(parser, MANY_LINES);
    if (!list) return unexpected(parser);
    if (end != TOKEN_NONE) expect(parser, end);
    return list;
}

static struct node* parse_enclosed(struct parser* parser, enum node_kind kind, enum token end)
{
    struct node* node = new_node(parser, kind);
    advance(parser);
    node->first = parse_body(parser, end);
    return node;
}

// From `if` or `elif` on; the `fi` belongs to the outermost.
static struct node* parse_if(struct parser* parser)
{
    struct node* node = new_node(parser, NODE_IF);
    advance(parser);
    node->first = parse_body(parser, TOKEN_THEN);
    node->second = parse_body(parser, TOKEN_NONE);
    const enum token token = peek_command_token(parser);
    if (token == TOKEN_ELIF) {
        node->third = parse_if(parser);
        return node;
    }
    if (token == TOKEN_ELSE) {
        advance(parser);
        node->third = parse_body(parser, TOKEN_NONE);
    }
    expect(parser, TOKEN_FI);
    return node;
}

static struct node* parse_while(struct parser* parser, enum node_kind kind)
{
    struct node* node = new_node(parser, kind);
    advance(parser);
    node->first = parse_body(parser, TOKEN_DO);
    node->second = parse_body(parser, TOKEN_DONE);
    return node;
}

// Words up to something that is none.
static struct word* parse_words(struct parser* parser)
{
    struct word *first = NULL, **end = &first;
    while (peek_token(parser) == TOKEN_WORD) {
        *end = parser_allocate(parser, sizeof **end);
        (*end)->parts = parser->word;
        end = &(*end)->next;
        advance(parser);
    }
    return first;
}

static struct node* parse_for(struct parser* parser)
{
    struct node* node = new_node(parser, NODE_FOR);
    advance(parser);
    const char* name = peek_token(parser) == TOKEN_WORD ? plain_text(parser->word) : NULL;
    if (!name || !is_name(name)) return unexpected(parser);
    node->loop.name = name;
    advance(parser);
    skip_newlines(parser);
    if (peek_command_token(parser) == TOKEN_IN) {
        advance(parser);
        node->loop.in_given = true;
        node->loop.words = parse_words(parser);
        if (peek_token(parser) != TOKEN_SEMICOLON && peek_token(parser) != TOKEN_NEWLINE)
            return unexpected(parser);
    }
    if (peek_token(parser) == TOKEN_SEMICOLON) advance(parser);
    skip_newlines(parser);
    expect(parser, TOKEN_DO);
    node->loop.body = parse_body(parser, TOKEN_DONE);
    return node;
}

static struct case_item* parse_case_item(struct parser* parser)
{
    struct case_item* item = parser_allocate(parser, sizeof *item);
    struct word** end = &item->patterns;
    if (peek_token(parser) == TOKEN_LEFT) advance(parser);
    for (;;) {
        if (peek_token(parser) != TOKEN_WORD && peek_token(parser) != TOKEN_NUMBER) return unexpected(parser);
        *end = parser_allocate(parser, sizeof **end);
        (*end)->parts = parser->word;
        end = &(*end)->next;
        advance(parser);
        if (peek_token(parser) != TOKEN_PIPE) break;
        advance(parser);
    }
    expect(parser, TOKEN_RIGHT);
    item->body = parse_list(parser, MANY_LINES);
    return item;
}

static struct node* parse_case(struct parser* parser)
{
    struct node* node = new_node(parser, NODE_CASE);
    advance(parser);
    if (peek_token(parser) != TOKEN_WORD) return unexpected(parser);
    node->choice.subject = parser_allocate(parser, sizeof *node->choice.subject);
    node->choice.subject->parts = parser->word;
    advance(parser);
    skip_newlines(parser);
    expect(parser, TOKEN_IN);
    skip_newlines(parser);
    struct case_item** end = &node->choice.items;
    while (!parser->failed && peek_command_token(parser) != TOKEN_ESAC) {
        *end = parse_case_item(parser);
        if (!*end) return NULL;
        end = &(*end)->next;
        if (peek_command_token(parser) == TOKEN_ESAC) break;
        expect(parser, TOKEN_CASE_END);
        skip_newlines(parser);
    }
    expect(parser, TOKEN_ESAC);
    return node;
}

struct node* parse_compound(struct parser* parser)
{
    switch (peek_command_token(parser)) {
    case TOKEN_LEFT:
        return parse_enclosed(parser, NODE_SUBSHELL, TOKEN_RIGHT);
    case TOKEN_OPEN_BRACE:
        return parse_enclosed(parser, NODE_GROUP, TOKEN_CLOSE_BRACE);
    case TOKEN_IF:
        return parse_if(parser);
    case TOKEN_WHILE:
        return parse_while(parser, NODE_WHILE);
    case TOKEN_UNTIL:
        return parse_while(parser, NODE_UNTIL);
    case TOKEN_FOR:
        return parse_for(parser);
    case TOKEN_CASE:
        return parse_case(parser);
    default:
        return NULL;
    }
}
