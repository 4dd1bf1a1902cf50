// Regular expressions in three steps: parse the text into a tree, write the tree as a program for a tiny machine,
// and run that program on all its paths at once (Thompson; Pike added the groups). A "thread" is one path: where in
// the program it stands, and the groups that it has seen. Two threads at the same instruction would do the same for
// ever, so the older one alone goes on: hence the linear time.
#include "user/lib/pattern_code.h"

#include "user/lib/tool.h"

#include <stdlib.h>
#include <string.h>

enum { kMostInstructions = 50000 };

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
        struct node* one = pattern_parse(&parser, texts[i]);
        tree = tree ? pattern_node(kAlt, tree, one) : one;
    }
    if (tree && !parser.error) emit_whole(pattern, tree);
    pattern_free_tree(tree);
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
