// The syntax tree: what the parser makes and execute.c and expand.c walk. It is read-only once
// made, and lives in the arena of its parser.
#pragma once

#include "arena.h"

#include <stdbool.h>

// ---- Words: a chain of parts, each kept apart so that expansion knows what was quoted ----

enum part_kind { PART_TEXT, PART_PARAMETER, PART_COMMAND, PART_ARITHMETIC };

enum parameter_operator {
    PARAMETER_PLAIN,
    PARAMETER_LENGTH,       // ${#x}
    PARAMETER_DEFAULT,      // ${x-word}
    PARAMETER_ASSIGN,       // ${x=word}
    PARAMETER_ERROR,        // ${x?word}
    PARAMETER_ALTERNATIVE,  // ${x+word}
    PARAMETER_CUT_SUFFIX,   // ${x%pattern}
    PARAMETER_CUT_LONG_SUFFIX,
    PARAMETER_CUT_PREFIX,  // ${x#pattern}
    PARAMETER_CUT_LONG_PREFIX
};

struct word_part {
    struct word_part* next;
    enum part_kind kind;
    bool quoted;
    const char* text;  // TEXT: the characters. PARAMETER: its name
    // PARAMETER
    enum parameter_operator operation;
    bool null_too;  // with a colon: empty counts as unset
    // PARAMETER: the operand; ARITHMETIC: the expression
    struct word_part* operand;
    // COMMAND
    struct node* command;
};

struct word {
    struct word* next;
    struct word_part* parts;
};

struct assignment {
    struct assignment* next;
    const char* name;
    struct word_part* value;
};

enum redirect_kind {
    REDIRECT_INPUT,        // <
    REDIRECT_OUTPUT,       // >
    REDIRECT_CLOBBER,      // >|
    REDIRECT_APPEND,       // >>
    REDIRECT_READ_WRITE,   // <>
    REDIRECT_DUPLICATE,    // >& and <&
    REDIRECT_HERE,         // << and <<-
    REDIRECT_BOTH,         // &>
    REDIRECT_BOTH_APPEND,  // &>>
};

struct redirect {
    struct redirect* next;
    enum redirect_kind kind;
    int fd;
    struct word_part* target;  // file name, descriptor, or the here-document's text
};

// ---- Commands ----

enum node_kind {
    NODE_SIMPLE,
    NODE_PIPELINE,    // children are the stages
    NODE_NOT,         // first
    NODE_AND,         // first && second
    NODE_OR,          // first || second
    NODE_SEQUENCE,    // children, one after the other
    NODE_BACKGROUND,  // first &
    NODE_SUBSHELL,    // ( first )
    NODE_GROUP,       // { first }
    NODE_IF,          // if first; then second; else third
    NODE_WHILE,       // while first; do second
    NODE_UNTIL,
    NODE_FOR,       // for name in words; do first
    NODE_CASE,      // case words in cases
    NODE_FUNCTION,  // name() first
};

struct case_item {
    struct case_item* next;
    struct word* patterns;
    struct node* body;
};

struct node {
    struct node* next;  // among its parent's children
    enum node_kind kind;
    int line;
    const char* text;  // as the user wrote it, for `jobs`; null where nobody asks
    struct redirect* redirects;
    union {
        struct {
            struct assignment* assignments;
            struct word* words;
        } simple;
        struct node* children;
        struct {
            struct node* first;
            struct node* second;
            struct node* third;
        };
        struct {
            const char* name;
            struct word* words;  // null with in_given: no words; without: "$@"
            struct node* body;
            bool in_given;
        } loop;
        struct {
            struct word* subject;
            struct case_item* items;
        } choice;
        struct {
            const char* name;
            struct node* body;
            struct arena* arena;
        } function;
    };
};

// ---- Parsing ----

struct input;

enum parse_result {
    PARSE_COMMAND,  // *node is it
    PARSE_EMPTY,    // a blank line
    PARSE_END,
    PARSE_FAILED,  // told the user already
};

// Reads one complete command: a line, or as many as its quotes and compound commands take.
enum parse_result parse_command_line(struct input* input, struct arena* arena, struct node** node);

bool is_name(const char* text);
bool is_name_start(int c);
bool is_name_char(int c);
