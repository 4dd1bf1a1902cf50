// What the parser's files share: lexer.c (tokens), words.c (quotes and `$`), parser.c and
// compound.c (grammar).
#pragma once

#include "arena.h"
#include "input.h"
#include "syntax.h"

#include <stdbool.h>

enum token {
    TOKEN_NONE,  // nothing read ahead
    TOKEN_END,
    TOKEN_NEWLINE,
    TOKEN_WORD,
    TOKEN_NUMBER,  // digits right before < or >
    TOKEN_SEMICOLON,
    TOKEN_AMPERSAND,
    TOKEN_PIPE,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_CASE_END,  // ;;
    TOKEN_LEFT,      // (
    TOKEN_RIGHT,     // )
    TOKEN_LESS,
    TOKEN_GREATER,
    TOKEN_APPEND,
    TOKEN_CLOBBER,
    TOKEN_READ_WRITE,
    TOKEN_HERE,
    TOKEN_HERE_TABS,
    TOKEN_DUPLICATE_IN,
    TOKEN_DUPLICATE_OUT,
    TOKEN_BOTH,
    TOKEN_BOTH_APPEND,
    // Reserved words: a TOKEN_WORD at the place of a command's name may be one of them.
    TOKEN_IF,
    TOKEN_THEN,
    TOKEN_ELIF,
    TOKEN_ELSE,
    TOKEN_FI,
    TOKEN_WHILE,
    TOKEN_UNTIL,
    TOKEN_FOR,
    TOKEN_IN,
    TOKEN_DO,
    TOKEN_DONE,
    TOKEN_CASE,
    TOKEN_ESAC,
    TOKEN_OPEN_BRACE,
    TOKEN_CLOSE_BRACE,
    TOKEN_BANG
};

// A here-document whose text starts after the next newline.
struct here_document {
    struct here_document* next;
    struct redirect* redirect;
    const char* delimiter;
    bool literal;     // the delimiter was quoted: expand nothing
    bool strip_tabs;  // <<-
};

struct parser {
    struct input* input;
    struct arena* arena;
    enum token token;        // read ahead; TOKEN_NONE: not yet
    struct word_part* word;  // of TOKEN_WORD and TOKEN_NUMBER
    size_t token_start;      // in input->captured
    size_t previous_end;     // where the token before it ended
    bool after_blank_alias;  // the word follows an alias whose text ends in a blank
    int depth;               // of what is nested; limited, for it is the depth of our stack
    bool failed;
    struct here_document* here_documents;
};

void* parser_allocate(struct parser* parser, size_t size);  // zeroed, in the tree's arena
void syntax_error(struct parser* parser, const char* format, ...) __attribute__((format(printf, 2, 3)));

enum { MAX_NESTING = 500 };
void enter_nesting(struct parser* parser);  // undone by depth--

// lexer.c
int next_char(struct parser* parser);  // joins lines that end in a backslash
enum token peek_token(struct parser* parser);
enum token peek_command_token(struct parser* parser);  // recognizes reserved words and aliases
void advance(struct parser* parser);
void expand_alias(struct parser* parser);              // if the word at hand is one
const char* plain_text(const struct word_part* part);  // of an unquoted word without `$`, else null
const char* token_name(struct parser* parser);
void read_here_documents(struct parser* parser);

// words.c
struct word_part* read_word(struct parser* parser);
struct word_part* parse_here_text(struct parser* parser, const char* text, size_t length);

// parser.c: lists, pipelines, simple commands
enum list_extent { ONE_LINE, MANY_LINES };
struct node* parse_list(struct parser* parser, enum list_extent extent);
struct node* parse_command(struct parser* parser);
struct node* new_node(struct parser* parser, enum node_kind kind);
void* unexpected(struct parser* parser);  // always null
void expect(struct parser* parser, enum token token);
void skip_newlines(struct parser* parser);

// compound.c: null where no compound command starts here, or after a syntax error
struct node* parse_compound(struct parser* parser);

// For $(...), up to the closing parenthesis; for `...`, the whole text
struct node* parse_substitution(struct parser* parser);
struct node* parse_backquoted(struct parser* parser, const char* text, size_t length);
