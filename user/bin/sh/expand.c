// Expansion of words: tilde, parameters, commands, arithmetic, field splitting, quote removal.
//
// While a field grows, its quoted special characters carry a backslash, so that the pathname
// matcher can tell "*" from *. The backslashes go when the field is finished.
#include "expand.h"

#include "execute.h"
#include "parameters.h"
#include "shell.h"
#include "tilde.h"
#include "variables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum mode {
    MODE_FIELDS,   // arguments: split and glob
    MODE_STRING,   // one string, as is
    MODE_PATTERN,  // one string, quoted characters escaped
};

enum tilde { TILDE_NONE, TILDE_START, TILDE_ASSIGNMENT };

struct expansion {
    enum mode mode;
    enum tilde tilde;
    struct buffer text;
    struct fields* fields;
    bool present;      // the field exists, even if it is empty so far
    bool escaped;      // it contains backslashes of ours
    bool glob;         // it contains an active * ? or [
    bool after_space;  // the last thing seen was IFS white space that ended a field
    bool in_operand;   // inside ${x-...}: unquoted text is split too
};

static void expand_parts(struct expansion* expansion, const struct word_part* part);

static const char* separators(void)
{
    const char* ifs = variable_get("IFS");
    return ifs ? ifs : " \t\n";
}

// ---- Fields ----

void fields_add(struct fields* fields, char* item)
{
    if (fields->count == fields->capacity) {
        const int capacity = fields->capacity ? fields->capacity * 2 : 8;
        char** items = arena_allocate(&shell.scratch, (size_t)capacity * sizeof *items);
        if (fields->count) memcpy(items, fields->items, (size_t)fields->count * sizeof *items);
        fields->items = items;
        fields->capacity = capacity;
    }
    fields->items[fields->count++] = item;
}

static void finish_field(struct expansion* expansion)
{
    if (!expansion->present) return;
    char* text = arena_copy(&shell.scratch, buffer_string(&expansion->text), expansion->text.length);
    const bool glob = expansion->glob && !shell.option[OPTION_NOGLOB] && has_pattern(text);
    if (!glob || !glob_expand(text, expansion->fields)) {
        if (expansion->escaped) pattern_unescape(text);
        fields_add(expansion->fields, text);
    }
    buffer_clear(&expansion->text);
    expansion->present = expansion->escaped = expansion->glob = false;
}

// ---- Appending characters, by where they come from ----

static void append_quoted(struct expansion* expansion, const char* text)
{
    expansion->present = true;
    expansion->after_space = false;
    if (expansion->mode == MODE_STRING) {
        buffer_append_string(&expansion->text, text);
        return;
    }
    for (; *text; text++) {
        if (strchr("*?[]\\-!^", *text)) {
            buffer_append_char(&expansion->text, '\\');
            expansion->escaped = true;
        }
        buffer_append_char(&expansion->text, *text);
    }
}

static void append_active_char(struct expansion* expansion, char c)
{
    expansion->present = true;
    expansion->after_space = false;
    if (c == '*' || c == '?' || c == '[') expansion->glob = true;
    if (c == '\\' && expansion->mode == MODE_FIELDS) {
        buffer_append_char(&expansion->text, '\\');
        expansion->escaped = true;
    }
    buffer_append_char(&expansion->text, c);
}

static void append_literal(struct expansion* expansion, const char* text)
{
    for (; *text; text++)
        append_active_char(expansion, *text);
}

// White space of IFS ends a field that exists; any other separator ends one even if it is empty,
// and takes the white space around it along.
static void append_split(struct expansion* expansion, const char* text)
{
    const char* ifs = separators();
    for (; *text; text++) {
        if (!strchr(ifs, *text)) {
            append_active_char(expansion, *text);
        } else if (strchr(" \t\n", *text)) {
            if (expansion->present) expansion->after_space = true;
            finish_field(expansion);
        } else {
            if (!expansion->after_space) expansion->present = true;
            expansion->after_space = false;
            finish_field(expansion);
        }
    }
}

static void append_value(struct expansion* expansion, const char* value, bool quoted)
{
    if (quoted) {
        append_quoted(expansion, value);
    } else if (expansion->mode == MODE_FIELDS) {
        append_split(expansion, value);
    } else {
        append_literal(expansion, value);
    }
}

// ---- Parts ----

static void append_tilde_text(struct expansion* expansion, const char* text, bool at_start, bool last)
{
    bool here = at_start;
    while (*text) {
        size_t length = 0;
        if (here && *text == '~') {
            const char* home = tilde_directory(text, expansion->tilde == TILDE_ASSIGNMENT, last, &length);
            if (home) append_quoted(expansion, home);
        }
        if (length) {
            text += length;
            here = false;
            continue;
        }
        append_active_char(expansion, *text);
        here = expansion->tilde == TILDE_ASSIGNMENT && *text == ':';
        text++;
    }
}

static void expand_text(struct expansion* expansion, const struct word_part* part, bool first)
{
    if (part->quoted) {
        append_quoted(expansion, part->text);
    } else if (expansion->tilde != TILDE_NONE && strchr(part->text, '~')) {
        append_tilde_text(expansion, part->text, first, !part->next);
    } else if (expansion->in_operand) {
        append_value(expansion, part->text, false);
    } else {
        append_literal(expansion, part->text);
    }
}

static void expand_all_arguments(struct expansion* expansion, const struct word_part* part)
{
    const bool star = part->text[0] == '*';
    const bool join = expansion->mode != MODE_FIELDS || (star && part->quoted);
    const char* ifs = separators();
    const char separator[2] = {star ? ifs[0] : ' ', '\0'};
    if (star && part->quoted) expansion->present = true;
    for (int i = 0; i < shell.argument_count; i++) {
        if (i > 0 && join) append_value(expansion, separator, true);
        if (i > 0 && !join) finish_field(expansion);
        append_value(expansion, shell.arguments[i], part->quoted);
    }
}

static void expand_operand(struct expansion* expansion, const struct word_part* part)
{
    const bool outer_operand = expansion->in_operand;
    const enum tilde outer_tilde = expansion->tilde;
    expansion->in_operand = true;
    expansion->tilde = part->quoted ? TILDE_NONE : TILDE_START;
    if (part->quoted) expansion->present = true;
    expand_parts(expansion, part->operand);
    expansion->in_operand = outer_operand;
    expansion->tilde = outer_tilde;
}

static void report_unset(const struct word_part* part)
{
    const char* message = part->operand    ? expand_string(part->operand)
                          : part->null_too ? "parameter not set or null"
                                           : "parameter not set";
    fail(2, "%s: %s", part->text, message);
}

// What ${x%pattern} and its like leave of a value.
static const char* cut(const struct word_part* part, const char* value)
{
    const char* pattern = expand_pattern(part->operand);
    const size_t length = strlen(value);
    const bool prefix =
        part->operation == PARAMETER_CUT_PREFIX || part->operation == PARAMETER_CUT_LONG_PREFIX;
    const bool longest =
        part->operation == PARAMETER_CUT_LONG_PREFIX || part->operation == PARAMETER_CUT_LONG_SUFFIX;
    char* copy = arena_copy(&shell.scratch, value, length);
    for (size_t i = 0; i <= length; i++) {
        const size_t size = longest ? length - i : i;  // of the piece to cut
        const size_t start = prefix ? 0 : length - size;
        const char saved = copy[start + size];
        copy[start + size] = '\0';
        const bool matches = pattern_matches(pattern, copy + start);
        copy[start + size] = saved;
        if (!matches) continue;
        if (!prefix) copy[start] = '\0';
        return prefix ? copy + size : copy;
    }
    return value;
}

static void expand_plain_parameter(struct expansion* expansion, const struct word_part* part,
                                   const char* value)
{
    if (strcmp(part->text, "@") == 0 || strcmp(part->text, "*") == 0) {
        expand_all_arguments(expansion, part);
    } else if (value) {
        append_value(expansion, value, part->quoted);
    } else if (part->quoted) {
        expansion->present = true;
    }
}

static void expand_length(struct expansion* expansion, const struct word_part* part, const char* value)
{
    char digits[12];
    const bool all = strcmp(part->text, "@") == 0 || strcmp(part->text, "*") == 0;
    snprintf(digits, sizeof digits, "%d", all ? shell.argument_count : (int)strlen(value ? value : ""));
    append_value(expansion, digits, part->quoted);
}

static void assign_default(struct expansion* expansion, const struct word_part* part)
{
    if (!is_name(part->text)) {
        fail(2, "%s: bad variable name", part->text);
        return;
    }
    const char* value = expand_string(part->operand);
    if (!variable_set(part->text, value)) {
        abort_command(2);
        return;
    }
    append_value(expansion, value, part->quoted);
}

static void expand_parameter(struct expansion* expansion, const struct word_part* part)
{
    const char* value = parameter_value(part->text);
    const bool set = value && !(part->null_too && !*value);
    const bool needs_value = part->operation <= PARAMETER_LENGTH || part->operation >= PARAMETER_CUT_SUFFIX;
    if (!value && needs_value && shell.option[OPTION_NOUNSET] && !strchr("@*", part->text[0])) {
        fail(2, "%s: parameter not set", part->text);
        return;
    }
    switch (part->operation) {
    case PARAMETER_PLAIN:
        expand_plain_parameter(expansion, part, value);
        break;
    case PARAMETER_LENGTH:
        expand_length(expansion, part, value);
        break;
    case PARAMETER_DEFAULT:
        if (set) {
            expand_plain_parameter(expansion, part, value);
        } else {
            expand_operand(expansion, part);
        }
        break;
    case PARAMETER_ASSIGN:
        if (set) {
            expand_plain_parameter(expansion, part, value);
        } else {
            assign_default(expansion, part);
        }
        break;
    case PARAMETER_ERROR:
        if (set) {
            expand_plain_parameter(expansion, part, value);
        } else {
            report_unset(part);
        }
        break;
    case PARAMETER_ALTERNATIVE:
        if (set) expand_operand(expansion, part);
        if (part->quoted) expansion->present = true;
        break;
    default:
        append_value(expansion, cut(part, value ? value : ""), part->quoted);
        break;
    }
}

static void expand_command(struct expansion* expansion, const struct word_part* part)
{
    struct buffer output = {.arena = NULL};
    substitute_command(part->command, &output);
    while (output.length > 0 && output.data[output.length - 1] == '\n')
        output.data[--output.length] = '\0';
    append_value(expansion, buffer_string(&output), part->quoted);
    buffer_free(&output);
}

static void expand_arithmetic(struct expansion* expansion, const struct word_part* part)
{
    char digits[24];
    const long long value = arithmetic_evaluate(expand_string(part->operand));
    snprintf(digits, sizeof digits, "%lld", value);
    append_value(expansion, digits, part->quoted);
}

static void expand_parts(struct expansion* expansion, const struct word_part* part)
{
    for (bool first = true; part && !shell.unwind; part = part->next, first = false) {
        switch (part->kind) {
        case PART_TEXT:
            expand_text(expansion, part, first);
            break;
        case PART_PARAMETER:
            expand_parameter(expansion, part);
            break;
        case PART_COMMAND:
            expand_command(expansion, part);
            break;
        case PART_ARITHMETIC:
            expand_arithmetic(expansion, part);
            break;
        }
    }
}

// ---- Whole words ----

static char* expand_single(const struct word_part* parts, enum mode mode, enum tilde tilde)
{
    struct expansion expansion = {.mode = mode, .tilde = tilde, .text = {.arena = &shell.scratch}};
    expand_parts(&expansion, parts);
    return expansion.text.data ? expansion.text.data : arena_copy(&shell.scratch, "", 0);
}

char* expand_string(const struct word_part* parts)
{
    return expand_single(parts, MODE_STRING, TILDE_START);
}

char* expand_assignment(const struct word_part* parts)
{
    return expand_single(parts, MODE_STRING, TILDE_ASSIGNMENT);
}

char* expand_pattern(const struct word_part* parts)
{
    return expand_single(parts, MODE_PATTERN, TILDE_START);
}

// export, readonly and local take assignments: x=$y is not split after them.
static bool takes_assignments(const struct fields* fields)
{
    if (fields->count == 0) return false;
    const char* name = fields->items[0];
    return strcmp(name, "export") == 0 || strcmp(name, "readonly") == 0 || strcmp(name, "local") == 0;
}

static bool looks_like_assignment(const struct word_part* part)
{
    if (!part || part->kind != PART_TEXT || part->quoted || !is_name_start((unsigned char)part->text[0]))
        return false;
    const char* c = part->text;
    while (is_name_char((unsigned char)*c))
        c++;
    return *c == '=';
}

// The commonest word by far: unquoted, nothing to expand, nothing to match.
static bool is_plain(const struct word_part* part)
{
    return part && !part->next && part->kind == PART_TEXT && !part->quoted && part->text[0] != '~' &&
           !has_pattern(part->text);
}

char** expand_words(const struct word* words, int* count)
{
    struct fields fields = {NULL, 0, 0};
    for (; words && !shell.unwind; words = words->next) {
        if (is_plain(words->parts)) {
            fields_add(&fields, arena_copy(&shell.scratch, words->parts->text, strlen(words->parts->text)));
        } else if (looks_like_assignment(words->parts) && takes_assignments(&fields)) {
            fields_add(&fields, expand_assignment(words->parts));
        } else {
            struct expansion expansion = {.mode = MODE_FIELDS,
                                          .tilde = TILDE_START,
                                          .text = {.arena = &shell.scratch},
                                          .fields = &fields};
            expand_parts(&expansion, words->parts);
            finish_field(&expansion);
        }
    }
    *count = fields.count;
    fields_add(&fields, NULL);
    return fields.items;
}
