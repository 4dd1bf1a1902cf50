// Regular expressions in three steps: parse the text into a tree, write the tree as a program for a tiny machine,
// and run that program on all its paths at once (Thompson; Pike added the groups). A "thread" is one path: where in
// the program it stands, and the groups that it has seen. Two threads at the same instruction would do the same for
// ever, so the older one alone goes on: hence the linear time.
#include "user/lib/pattern.h"

#include "user/lib/tool.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// ---- the tree ----

enum kind {
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

enum { kNoLimit = -1, kMostRepeats = 1000, kMostInstructions = 50000 };

struct set {
    unsigned char bits[32];
};

struct node {
    enum kind kind;
    int first, second;
    struct node *left, *right;
    struct set set;
};

struct parser {
    const char *at, *start;
    int flags, groups, depth;
    const char* error;
};

static void set_add(struct set* set, int byte)
{
    set->bits[byte >> 3] |= (unsigned char)(1 << (byte & 7));
}
static int set_has(const struct set* set, int byte)
{
    return set->bits[byte >> 3] >> (byte & 7) & 1;
}

static int is_word(int c)
{
    return isalnum(c) || c == '_';
}

static struct node* make(enum kind kind, struct node* left, struct node* right)
{
    struct node* node = tool_allocate(sizeof *node);
    memset(node, 0, sizeof *node);
    node->kind = kind;
    node->left = left;
    node->right = right;
    return node;
}

static void free_tree(struct node* node)
{
    if (!node) return;
    free_tree(node->left);
    free_tree(node->right);
    free(node);
}

static struct node* make_check(enum check check)
{
    struct node* node = make(kCheck, NULL, NULL);
    node->first = (int)check;
    return node;
}

static struct node* make_byte(int byte)
{
    struct node* node = make(kByte, NULL, NULL);
    node->first = byte & 255;
    return node;
}

static struct node* make_class(int (*member)(int), int wanted)
{
    struct node* node = make(kSet, NULL, NULL);
    for (int c = 0; c < 256; c++)
        if (!member(c) == !wanted) set_add(&node->set, c);
    return node;
}

static struct node* cat(struct node* left, struct node* right)
{
    if (left->kind != kEmpty) return make(kCat, left, right);
    free_tree(left);
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
    struct node* node = make(kSet, NULL, NULL);
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
    struct node* group = make(kGroup, NULL, NULL);
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
        return make(kEmpty, NULL, NULL);
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
    if (letter == '.') return make(kAny, NULL, NULL);
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
    if (at_begin && extended && (strchr("*+?", *at) || bounds)) return make(kEmpty, NULL, NULL);
    return parse_atom(parser, at_begin);
}

static struct node* parse_sequence(struct parser* parser)
{
    struct node* sequence = make(kEmpty, NULL, NULL);
    const int extended = parser->flags & kPatternExtended;
    int nothing_yet = 1;  // for a star to repeat
    for (int at_begin = 1; !ends_here(parser) && !parser->error; at_begin = 0) {
        struct node* atom = parse_operand(parser, at_begin, nothing_yet);
        int least, most;
        nothing_yet = !extended && atom->kind == kCheck && atom->first == kLineBegin;
        while (!nothing_yet && !parser->error && parse_repeat(parser, &least, &most)) {
            atom = make(kRepeat, atom, NULL);
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
        tree = make(kAlt, tree, parse_sequence(parser));
    return tree;
}

static struct node* parse_fixed(const char* text)
{
    struct node* tree = make(kEmpty, NULL, NULL);
    for (; *text; text++)
        tree = cat(tree, make_byte(*text));
    return tree;
}

static struct node* parse(struct parser* parser, const char* text)
{
    if (parser->flags & kPatternFixed) return parse_fixed(text);
    parser->at = parser->start = text;
    struct node* tree = parse_alternatives(parser);
    if (!parser->error && *parser->at) parser->error = "unmatched )";
    return tree;
}

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

static int emit(struct pattern* pattern, enum operation operation, int first, int second)
{
    if (pattern->length >= kMostInstructions) {
        pattern->too_long = 1;
        return 0;
    }
    if (pattern->length == pattern->room) {
        pattern->room = pattern->room ? 2 * pattern->room : 64;
        pattern->code = tool_reallocate(pattern->code, (size_t)pattern->room * sizeof *pattern->code);
    }
    pattern->code[pattern->length] = (struct instruction){operation, first, second, NULL};
    return pattern->length++;
}

static void emit_tree(struct pattern* pattern, const struct node* node);

static void emit_set(struct pattern* pattern, const struct node* node)
{
    const int at = emit(pattern, kOpSet, 0, 0);
    struct set* set = tool_allocate(sizeof *set);
    *set = node->set;
    if (pattern->too_long)
        free(set);
    else
        pattern->code[at].set = set;
}

//     split A, B;  A: left; jump END;  B: right;  END:
static void emit_alternatives(struct pattern* pattern, const struct node* node)
{
    const int split = emit(pattern, kOpSplit, 0, 0);
    pattern->code[split].first = pattern->length;
    emit_tree(pattern, node->left);
    const int jump = emit(pattern, kOpJump, 0, 0);
    pattern->code[split].second = pattern->length;
    emit_tree(pattern, node->right);
    pattern->code[jump].first = pattern->length;
}

// The least number of copies in a row; then a loop, or copies that may each be left out.
static void emit_repeat(struct pattern* pattern, const struct node* node)
{
    for (int i = 0; i < node->first && !pattern->too_long; i++)
        emit_tree(pattern, node->left);
    if (node->second == kNoLimit) {
        const int split = emit(pattern, kOpSplit, 0, 0);
        pattern->code[split].first = pattern->length;
        emit_tree(pattern, node->left);
        emit(pattern, kOpJump, split, 0);
        pattern->code[split].second = pattern->length;
        return;
    }
    for (int i = node->first; i < node->second && !pattern->too_long; i++) {
        const int split = emit(pattern, kOpSplit, 0, 0);
        pattern->code[split].first = pattern->length;
        emit_tree(pattern, node->left);
        pattern->code[split].second = pattern->length;
    }
}

static void emit_group(struct pattern* pattern, const struct node* node)
{
    const int kept = node->first < kPatternGroups;
    if (kept) emit(pattern, kOpSave, 2 * node->first, 0);
    emit_tree(pattern, node->left);
    if (kept) emit(pattern, kOpSave, 2 * node->first + 1, 0);
}

static void emit_tree(struct pattern* pattern, const struct node* node)
{
    switch (node->kind) {
    case kEmpty:
        break;
    case kByte: {
        const int byte = pattern->flags & kPatternIgnoreCase ? tolower(node->first) : node->first;
        emit(pattern, kOpByte, byte, 0);
        break;
    }
    case kAny:
        emit(pattern, kOpAny, 0, 0);
        break;
    case kSet:
        emit_set(pattern, node);
        break;
    case kCheck:
        emit(pattern, kOpCheck, node->first, 0);
        break;
    case kGroup:
        emit_group(pattern, node);
        break;
    case kCat:
        emit_tree(pattern, node->left);
        emit_tree(pattern, node->right);
        break;
    case kAlt:
        emit_alternatives(pattern, node);
        break;
    case kRepeat:
        emit_repeat(pattern, node);
        break;
    }
}

static void emit_whole(struct pattern* pattern, const struct node* tree)
{
    emit(pattern, kOpSave, 0, 0);
    if (pattern->flags & kPatternLine) emit(pattern, kOpCheck, kLineBegin, 0);
    if (pattern->flags & kPatternWord) emit(pattern, kOpCheck, kNoWordBefore, 0);
    emit_tree(pattern, tree);
    if (pattern->flags & kPatternWord) emit(pattern, kOpCheck, kNoWordAfter, 0);
    if (pattern->flags & kPatternLine) emit(pattern, kOpCheck, kLineEnd, 0);
    emit(pattern, kOpSave, 1, 0);
    emit(pattern, kOpMatch, 0, 0);
}

// ---- what a match can begin with, so that the search can skip the rest quickly ----

static void find_starts(struct pattern* pattern, int at, char* visited)
{
    while (!visited[at]) {
        const struct instruction* instruction = &pattern->code[at];
        visited[at] = 1;
        switch (instruction->operation) {
        case kOpByte:
            set_add(&pattern->starts, instruction->first);
            if (pattern->flags & kPatternIgnoreCase) set_add(&pattern->starts, toupper(instruction->first));
            return;
        case kOpSet:
            for (int i = 0; i < 32; i++)
                pattern->starts.bits[i] |= instruction->set->bits[i];
            return;
        case kOpAny:
        case kOpMatch:
            pattern->anywhere = 1;
            return;
        case kOpCheck:  // it only makes the set smaller
        case kOpSave:
            at++;
            break;
        case kOpJump:
            at = instruction->first;
            break;
        case kOpSplit:
            find_starts(pattern, instruction->second, visited);
            at = instruction->first;
            break;
        }
    }
}

static void prepare_lists(struct pattern* pattern)
{
    const size_t length = (size_t)pattern->length;
    char* visited = tool_allocate(length);
    memset(visited, 0, length);
    find_starts(pattern, 0, visited);
    free(visited);
    struct thread_list* lists[] = {&pattern->now, &pattern->next};
    for (int i = 0; i < 2; i++) {
        lists[i]->threads = tool_allocate(length * sizeof(struct thread));
        lists[i]->seen = tool_allocate(length * sizeof(unsigned));
        memset(lists[i]->seen, 0, length * sizeof(unsigned));
    }
}

struct pattern* pattern_compile(char** texts, size_t count, int flags, const char** error)
{
    struct parser parser = {NULL, NULL, flags, 0, 0, NULL};
    struct pattern* pattern = tool_allocate(sizeof *pattern);
    struct node* tree = NULL;
    memset(pattern, 0, sizeof *pattern);
    pattern->flags = flags;
    for (size_t i = 0; i < count && !parser.error; i++) {
        struct node* one = parse(&parser, texts[i]);
        tree = tree ? make(kAlt, tree, one) : one;
    }
    if (tree && !parser.error) emit_whole(pattern, tree);
    free_tree(tree);
    *error = pattern->too_long ? "pattern too big" : parser.error;
    if (*error || !pattern->length) {
        pattern_free(pattern);
        return NULL;
    }
    pattern->slots = 2 * (parser.groups < kPatternGroups ? parser.groups + 1 : kPatternGroups);
    prepare_lists(pattern);
    return pattern;
}

void pattern_free(struct pattern* pattern)
{
    if (!pattern) return;
    for (int i = 0; i < pattern->length; i++)
        free(pattern->code[i].set);
    free(pattern->code);
    free(pattern->now.threads);
    free(pattern->now.seen);
    free(pattern->next.threads);
    free(pattern->next.seen);
    free(pattern);
}

// ---- running it ----

struct search {
    struct pattern* pattern;
    const char* text;
    size_t length, at;
    struct span* groups;
    int matched;
};

static int check_holds(const struct search* search, enum check check)
{
    const size_t at = search->at;
    const int before = at > 0 && is_word((unsigned char)search->text[at - 1]);
    const int after = at < search->length && is_word((unsigned char)search->text[at]);
    switch (check) {
    case kLineBegin:
        return at == 0;
    case kLineEnd:
        return at == search->length;
    case kWordBegin:
        return !before && after;
    case kWordEnd:
        return before && !after;
    case kWordEdge:
        return before != after;
    case kNoWordEdge:
        return before == after;
    case kNoWordBefore:
        return !before;
    case kNoWordAfter:
        return !after;
    }
    return 0;
}

// Puts a thread into the list at every instruction that reads a byte (or matches) and can be reached from `at`
// without reading. `slots` is the caller's and is as before when this returns.
static void add_thread(struct search* search, struct thread_list* list, int at, long* slots)
{
    struct pattern* pattern = search->pattern;
    while (list->seen[at] != pattern->step) {
        const struct instruction* instruction = &pattern->code[at];
        list->seen[at] = pattern->step;
        switch (instruction->operation) {
        case kOpJump:
            at = instruction->first;
            continue;
        case kOpSplit:
            add_thread(search, list, instruction->first, slots);
            at = instruction->second;
            continue;
        case kOpCheck:
            if (!check_holds(search, (enum check)instruction->first)) return;
            at++;
            continue;
        case kOpSave: {
            const long old = slots[instruction->first];
            slots[instruction->first] = (long)search->at;
            add_thread(search, list, at + 1, slots);
            slots[instruction->first] = old;
            return;
        }
        default: {
            struct thread* thread = &list->threads[list->count++];
            thread->at = at;
            memcpy(thread->slots, slots, (size_t)pattern->slots * sizeof(long));
            return;
        }
        }
    }
}

static void start_thread(struct search* search, struct thread_list* list)
{
    long slots[2 * kPatternGroups];
    for (int i = 0; i < 2 * kPatternGroups; i++)
        slots[i] = -1;
    add_thread(search, list, 0, slots);
}

static int accepts(const struct pattern* pattern, const struct instruction* instruction, int byte)
{
    switch (instruction->operation) {
    case kOpByte:
        return (pattern->flags & kPatternIgnoreCase ? tolower(byte) : byte) == instruction->first;
    case kOpAny:
        return 1;
    case kOpSet:
        return set_has(instruction->set, byte);
    default:
        return 0;
    }
}

static void keep_match(struct search* search, const struct thread* thread)  // leftmost first, then longest
{
    struct span* groups = search->groups;
    const long start = thread->slots[0], end = thread->slots[1];
    if (search->matched && (start > groups[0].start || (start == groups[0].start && end <= groups[0].end)))
        return;
    search->matched = 1;
    for (int i = 0; i < kPatternGroups; i++) {
        const int known = 2 * i < search->pattern->slots;
        groups[i].start = known ? thread->slots[2 * i] : -1;
        groups[i].end = known ? thread->slots[2 * i + 1] : -1;
    }
}

// Every thread reads the byte at search->at (-1 after the end); what survives is in `next`, one byte further.
static void step(struct search* search, int byte)
{
    struct pattern* pattern = search->pattern;
    pattern->next.count = 0;
    pattern->step++;
    search->at++;
    for (int i = 0; i < pattern->now.count; i++) {
        struct thread* thread = &pattern->now.threads[i];
        const struct instruction* instruction = &pattern->code[thread->at];
        if (search->matched && thread->slots[0] > search->groups[0].start) continue;
        if (instruction->operation == kOpMatch)
            keep_match(search, thread);
        else if (byte >= 0 && accepts(pattern, instruction, byte))
            add_thread(search, &pattern->next, thread->at + 1, thread->slots);
    }
    const struct thread_list swap = pattern->now;
    pattern->now = pattern->next;
    pattern->next = swap;
}

static void skip_to_start(struct search* search)  // no thread lives: nothing can begin before one of `starts`
{
    const struct pattern* pattern = search->pattern;
    if (pattern->anywhere) return;
    while (search->at < search->length && !set_has(&pattern->starts, (unsigned char)search->text[search->at]))
        search->at++;
}

int pattern_search(struct pattern* pattern, const char* text, size_t length, size_t from, struct span* groups)
{
    struct search search = {pattern, text, length, from, groups, 0};
    pattern->now.count = 0;
    pattern->step++;
    while (search.at <= length) {
        if (pattern->now.count == 0) {
            if (search.matched) break;
            skip_to_start(&search);
            pattern->step++;  // the position may have moved: what was seen before it counts no more
        }
        if (!search.matched) start_thread(&search, &pattern->now);
        step(&search, search.at < length ? (unsigned char)text[search.at] : -1);
    }
    return search.matched;
}
