// A pattern's text becomes a tree. Nothing is matched here.
#include "user/lib/pattern_code.h"

#include "user/lib/tool.h"

#include <stdlib.h>
#include <string.h>

enum { kMostRepeats = 1000 };

// ---- nodes ----

struct node* pattern_node(enum node_kind kind, struct node* left, struct node* right)
{
    struct node* node = tool_allocate(sizeof *node);
    memset(node, 0, sizeof *node);
    node->kind = kind;
    node->left = left;
    node->right = right;
    return node;
}

void pattern_free_tree(struct node* node)
{
    if (!node) return;
    pattern_free_tree(node->left);
    pattern_free_tree(node->right);
    free(node);
}

static struct node* make_check(enum check check)
{
    struct node* node = pattern_node(kCheck, NULL, NULL);
    node->first = (int)check;
    return node;
}

static struct node* make_byte(int byte)
{
    struct node* node = pattern_node(kByte, NULL, NULL);
    node->first = byte & 255;
    return node;
}

static struct node* make_class(int (*member)(int), int wanted)
{
    struct node* node = pattern_node(kSet, NULL, NULL);
    for (int c = 0; c < 256; c++)
        if (!member(c) == !wanted) set_add(&node->set, c);
    return node;
}

static struct node* cat(struct node* left, struct node* right)
{
    if (left->kind != kEmpty) return pattern_node(kCat, left, right);
    pattern_free_tree(left);
    return right;
}

// ---- parsing: bracket expressions ----

static int (*find_class(const char* name, size_t length))(int)
{
    static const struct {
        const char* name;
        int (*member)(int);
    } classes[] = {{"alpha", isalpha}, {"digit", isdigit}, {"alnum", isalnum}, {"space", isspace},
                   {"upper", isupper}, {"lower", islower}, {"punct", ispunct}, {"print", isprint},
                   {"graph", isgraph}, {"cntrl", iscntrl}, {"blank", isblank}, {"xdigit", isxdigit}};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strlen(classes[i].name) == length && strncmp(classes[i].name, name, length) == 0)
            return classes[i].member;
    return NULL;
}

static int parse_class(struct parser* parser, struct set* set)  // at "[:alpha:]"; 0 when there is none
{
    const char* end = strstr(parser->at + 2, ":]");
    if (!end) return 0;
    int (*member)(int) = find_class(parser->at + 2, (size_t)(end - parser->at - 2));
    if (!member) {
        parser->error = "unknown character class";
        return 0;
    }
    for (int c = 0; c < 256; c++)
        if (member(c)) set_add(set, c);
    parser->at = end + 2;
    return 1;
}

static void parse_range(struct parser* parser, struct set* set)
{
    const int first = (unsigned char)*parser->at++;
    int last = first;
    if (parser->at[0] == '-' && parser->at[1] && parser->at[1] != ']') {
        last = (unsigned char)parser->at[1];
        parser->at += 2;
        if (last < first) parser->error = "a range that ends before it begins";
    }
    for (int c = first; c <= last; c++)
        set_add(set, c);
}

static struct node* parse_bracket(struct parser* parser)  // after the [
{
    struct node* node = pattern_node(kSet, NULL, NULL);
    const int negated = *parser->at == '^';
    parser->at += negated;
    for (const char* begin = parser->at; *parser->at != ']' || parser->at == begin;) {
        if (!*parser->at || parser->error) {
            if (!parser->error) parser->error = "unmatched [";
            return node;
        }
        if (parser->at[0] == '[' && parser->at[1] == ':' && parse_class(parser, &node->set)) continue;
        if (!parser->error) parse_range(parser, &node->set);
    }
    parser->at++;
    if (parser->flags & kPatternIgnoreCase)
        for (int c = 0; c < 256; c++)
            if (isalpha(c) && set_has(&node->set, c)) {
                set_add(&node->set, tolower(c));
                set_add(&node->set, toupper(c));
            }
    for (size_t i = 0; negated && i < sizeof node->set.bits; i++)
        node->set.bits[i] ^= 255;
    return node;
}

// ---- parsing: the rest. In a BRE the operators ( ) { } | + ? need a backslash, in an ERE they must not have one ----

static int is_operator(const struct parser* parser, char letter)
{
    const char* at = parser->at;
    if (parser->flags & kPatternExtended) return at[0] == letter;
    return at[0] == '\\' && at[1] == letter;
}

static int take_operator(struct parser* parser, char letter)
{
    if (!is_operator(parser, letter)) return 0;
    parser->at += parser->flags & kPatternExtended ? 1 : 2;
    return 1;
}

static struct node* parse_alternatives(struct parser* parser);

static struct node* parse_group(struct parser* parser)
{
    struct node* group = pattern_node(kGroup, NULL, NULL);
    group->first = ++parser->groups;
    parser->depth++;
    group->left = parse_alternatives(parser);
    parser->depth--;
    if (!take_operator(parser, ')') && !parser->error) parser->error = "unmatched (";
    return group;
}

static struct node* parse_escape(struct parser* parser)  // after the backslash
{
    const char letter = *parser->at;
    if (!letter) {
        parser->error = "a backslash at the end";
        return pattern_node(kEmpty, NULL, NULL);
    }
    parser->at++;
    switch (letter) {
    case '<':
        return make_check(kWordBegin);
    case '>':
        return make_check(kWordEnd);
    case 'b':
        return make_check(kWordEdge);
    case 'B':
        return make_check(kNoWordEdge);
    case 'w':
        return make_class(is_word, 1);
    case 'W':
        return make_class(is_word, 0);
    case 's':
        return make_class(isspace, 1);
    case 'S':
        return make_class(isspace, 0);
    default:
        break;
    }
    if (letter == ')' && !(parser->flags & kPatternExtended)) parser->error = "unmatched )";
    if (isdigit((unsigned char)letter) && letter != '0') parser->error = "back-references are not supported";
    return make_byte(letter);
}

static int ends_here(const struct parser* parser)
{
    return !*parser->at || is_operator(parser, '|') || (parser->depth && is_operator(parser, ')'));
}

static struct node* parse_atom(struct parser* parser, int at_begin)
{
    const int extended = parser->flags & kPatternExtended;
    if (take_operator(parser, '(')) return parse_group(parser);
    const char letter = *parser->at++;
    if (letter == '.') return pattern_node(kAny, NULL, NULL);
    if (letter == '[') return parse_bracket(parser);
    if (letter == '\\') return parse_escape(parser);
    if (letter == '^' && (extended || at_begin)) return make_check(kLineBegin);
    if (letter == '$' && (extended || ends_here(parser))) return make_check(kLineEnd);
    return make_byte(letter);
}

static int parse_bounds(struct parser* parser, int* least,
                        int* most)  // "m}", "m,}" or "m,n}"; 0 when it is none
{
    const char* at = parser->at;
    char* end;
    if (!isdigit((unsigned char)*at) && *at != ',') return 0;
    *least = *at == ',' ? 0 : (int)strtol(at, &end, 10);
    if (*at != ',') at = end;
    *most = *least;
    if (*at == ',') {
        at++;
        *most = isdigit((unsigned char)*at) ? (int)strtol(at, &end, 10) : kNoLimit;
        if (*most != kNoLimit) at = end;
    }
    parser->at = at;
    if (!take_operator(parser, '}')) return 0;
    if (*least > kMostRepeats || *most > kMostRepeats || (*most != kNoLimit && *most < *least))
        parser->error = "wrong numbers in {}";
    return 1;
}

static int parse_repeat(struct parser* parser, int* least, int* most)
{
    const char* before = parser->at;
    *least = 0;
    *most = kNoLimit;
    if (*parser->at == '*') {
        parser->at++;
        return 1;
    }
    if (take_operator(parser, '+')) {
        *least = 1;
        return 1;
    }
    if (take_operator(parser, '?')) {
        *most = 1;
        return 1;
    }
    if (take_operator(parser, '{') && parse_bounds(parser, least, most)) return 1;
    if (parser->at != before && !(parser->flags & kPatternExtended)) parser->error = "unmatched {";
    parser->at = before;  // in an ERE a brace that begins no bounds is itself
    return 0;
}

// A repetition with nothing before it: in a BRE the star is itself, in an ERE it repeats the empty text.
static struct node* parse_operand(struct parser* parser, int at_begin, int nothing_yet)
{
    const int extended = parser->flags & kPatternExtended;
    const char* at = parser->at;
    if (nothing_yet && !extended && *at == '*') {
        parser->at++;
        return make_byte('*');
    }
    const int bounds = at[0] == '{' && isdigit((unsigned char)at[1]);
    if (at_begin && extended && (strchr("*+?", *at) || bounds)) return pattern_node(kEmpty, NULL, NULL);
    return parse_atom(parser, at_begin);
}

static struct node* parse_sequence(struct parser* parser)
{
    struct node* sequence = pattern_node(kEmpty, NULL, NULL);
    const int extended = parser->flags & kPatternExtended;
    int nothing_yet = 1;  // for a star to repeat
    for (int at_begin = 1; !ends_here(parser) && !parser->error; at_begin = 0) {
        struct node* atom = parse_operand(parser, at_begin, nothing_yet);
        int least, most;
        nothing_yet = !extended && atom->kind == kCheck && atom->first == kLineBegin;
        while (!nothing_yet && !parser->error && parse_repeat(parser, &least, &most)) {
            atom = pattern_node(kRepeat, atom, NULL);
            atom->first = least;
            atom->second = most;
        }
        sequence = cat(sequence, atom);
    }
    return sequence;
}

static struct node* parse_alternatives(struct parser* parser)
{
    struct node* tree = parse_sequence(parser);
    while (!parser->error && take_operator(parser, '|'))
        tree = pattern_node(kAlt, tree, parse_sequence(parser));
    return tree;
}

static struct node* parse_fixed(const char* text)
{
    struct node* tree = pattern_node(kEmpty, NULL, NULL);
    for (; *text; text++)
        tree = cat(tree, make_byte(*text));
    return tree;
}

struct node* pattern_parse(struct parser* parser, const char* text)
{
    if (parser->flags & kPatternFixed) return parse_fixed(text);
    parser->at = parser->start = text;
    struct node* tree = parse_alternatives(parser);
    if (!parser->error && *parser->at) parser->error = "unmatched )";
    return tree;
}
