// The program of a pattern is run on a text: all of its threads take one byte at a time.
#include "user/lib/pattern_code.h"

#include <string.h>

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
