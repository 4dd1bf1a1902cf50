// What a pattern is on its way: a tree (pattern_parse.c makes it), then a program (pattern.c), which pattern_search.c runs.
#pragma once

#include "user/lib/pattern.h"

#include <ctype.h>

// ---- the tree ----

enum node_kind {
    kEmpty,
    kByte,  // first: the byte
    kAny,
    kSet,    // set
    kCheck,  // first: an enum check
    kGroup,  // left; first: its number
    kCat,    // left, right
    kAlt,    // left, right
    kRepeat  // left; first: least, second: most, kNoLimit for any
};

enum check {
    kLineBegin,
    kLineEnd,
    kWordBegin,
    kWordEnd,
    kWordEdge,
    kNoWordEdge,
    kNoWordBefore,
    kNoWordAfter
};

enum { kNoLimit = -1 };

struct set {
    unsigned char bits[32];
};

struct node {
    enum node_kind kind;
    int first, second;
    struct node *left, *right;
    struct set set;
};

static inline void set_add(struct set* set, int byte)
{
    set->bits[byte >> 3] |= (unsigned char)(1 << (byte & 7));
}
static inline int set_has(const struct set* set, int byte)
{
    return set->bits[byte >> 3] >> (byte & 7) & 1;
}

static inline int is_word(int c)
{
    return isalnum(c) || c == '_';
}

// Where parsing stands: one for all texts of a pattern, whose groups are numbered through.
struct parser {
    const char *at, *start;
    int flags, groups, depth;
    const char* error;
};

struct node* pattern_node(enum node_kind kind, struct node* left, struct node* right);
struct node* pattern_parse(struct parser* parser, const char* text);  // parser->error: what is wrong
void pattern_free_tree(struct node* node);

// ---- the program ----

enum operation { kOpByte, kOpAny, kOpSet, kOpCheck, kOpSave, kOpSplit, kOpJump, kOpMatch };

struct instruction {
    enum operation operation;
    int first, second;  // byte, check or slot; where to go (Split prefers the first)
    struct set* set;
};

struct thread {
    int at;
    long slots[2 * kPatternGroups];
};

struct thread_list {
    struct thread* threads;
    int count;
    unsigned* seen;  // the step number at which an instruction was put into the list last
};

struct pattern {
    struct instruction* code;
    int length, room, too_long;
    int flags, slots;
    struct set starts;  // bytes that a match can begin with
    int anywhere;       // a match may be empty or begin with a check: `starts` says nothing
    struct thread_list now, next;
    unsigned step;
};
