// sort: reads all lines, sorts them by keys, prints them. A merge sort of its own: it is stable, whatever qsort is.
#include "user/lib/lines.h"
#include "user/lib/tool.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: sort [OPTION]... [FILE]...\n"
    "Print the lines of all files, sorted.\n"
    "  -n, -h   numbers by value; sizes like 2K and 1G too\n"
    "  -r       the other way round\n"
    "  -f, -b, -d   fold case; skip leading blanks; only letters, digits and blanks count\n"
    "  -u       of equal lines only the first\n"
    "  -s       equal lines stay in their order\n"
    "  -k KEY   F[.C][OPTIONS][,F[.C][OPTIONS]]: from field F, its byte C, to the second; several -k in "
    "turn\n"
    "  -t BYTE  fields are separated by BYTE, not by blanks\n"
    "  -c       sort nothing: complain about the first line out of order\n"
    "  -o FILE  write to FILE, which may be one of the inputs\n";

struct key {
    int field, byte;          // from 1
    int end_field, end_byte;  // 0: to the end of the line; end_byte 0: to the end of the field
    int numeric, human, reverse, fold, blanks, end_blanks, dictionary;
};

enum { kMostKeys = 16 };

static struct key keys[kMostKeys];
static int key_count;
static struct key global;
static int separator = -1, unique, stable;

// ---- finding a key in a line ----

static const char* skip_field(const char* at, const char* end)
{
    if (separator >= 0) {
        while (at < end && *at != (char)separator)
            at++;
        return at;
    }
    while (at < end && isblank((unsigned char)*at))
        at++;
    while (at < end && !isblank((unsigned char)*at))
        at++;
    return at;
}

static const char* find_start(const struct key* key, const char* at, const char* end)
{
    for (int field = 1; field < key->field && at < end; field++) {
        at = skip_field(at, end);
        if (separator >= 0 && at < end) at++;
    }
    if (key->blanks)
        while (at < end && isblank((unsigned char)*at))
            at++;
    return key->byte - 1 < end - at ? at + key->byte - 1 : end;
}

static const char* find_end(const struct key* key, const char* at, const char* end)
{
    if (!key->end_field) return end;
    const int whole_field = key->end_byte == 0;
    for (int field = 1; field < key->end_field + whole_field && at < end; field++) {
        at = skip_field(at, end);
        const int more = field < key->end_field;
        if (separator >= 0 && at < end && more) at++;
    }
    if (whole_field) return at;
    if (key->end_blanks)
        while (at < end && isblank((unsigned char)*at))
            at++;
    return key->end_byte < end - at ? at + key->end_byte : end;
}

// ---- comparing ----

struct number {
    int negative, digits;  // of the integral part, which begins at `integral` without leading zeros
    const char *integral, *fraction, *end;
    int unit;  // of -h: 0 none, 1 K, 2 M, ...
};

static struct number read_number(const char* at, const char* end, int human)
{
    struct number number = {0, 0, NULL, NULL, NULL, 0};
    while (at < end && isblank((unsigned char)*at))
        at++;
    if (at < end && *at == '-') {
        number.negative = 1;
        at++;
    }
    while (at < end && *at == '0')
        at++;
    number.integral = at;
    while (at < end && isdigit((unsigned char)*at))
        at++;
    number.digits = (int)(at - number.integral);
    number.fraction = at < end && *at == '.' ? ++at : at;
    while (at < end && number.fraction != number.integral + number.digits && isdigit((unsigned char)*at))
        at++;
    number.end = at;
    const char* unit = human && at < end && *at ? strchr("KMGTPE", toupper((unsigned char)*at)) : NULL;
    if (unit) number.unit = (int)(unit - "KMGTPE") + 1;
    return number;
}

static int is_zero(const struct number* number)
{
    if (number->digits) return 0;
    for (const char* at = number->fraction; at < number->end; at++)
        if (*at != '0') return 0;
    return 1;
}

static int compare_magnitudes(const struct number* a, const struct number* b)
{
    if (a->unit != b->unit) return a->unit - b->unit;
    if (a->digits != b->digits) return a->digits - b->digits;
    const int order = memcmp(a->integral, b->integral, (size_t)a->digits);
    if (order) return order;
    for (const char *left = a->fraction, *right = b->fraction; left < a->end || right < b->end;
         left++, right++) {
        const int l = left < a->end ? *left : '0', r = right < b->end ? *right : '0';
        if (l != r) return l - r;
    }
    return 0;
}

// Digit by digit: no number is too long and none is rounded.
static int compare_numbers(const char* a, const char* a_end, const char* b, const char* b_end, int human)
{
    const struct number left = read_number(a, a_end, human), right = read_number(b, b_end, human);
    const int left_sign = is_zero(&left) ? 0 : left.negative ? -1 : 1;
    const int right_sign = is_zero(&right) ? 0 : right.negative ? -1 : 1;
    if (left_sign != right_sign) return left_sign - right_sign;
    if (left_sign == 0) return 0;
    return left_sign * compare_magnitudes(&left, &right);
}

static int counts_in_dictionary(int c)
{
    return isalnum(c) || isblank(c);
}

static int compare_text(const struct key* key, const char* a, const char* a_end, const char* b,
                        const char* b_end)
{
    for (;; a++, b++) {
        while (key->dictionary && a < a_end && !counts_in_dictionary((unsigned char)*a))
            a++;
        while (key->dictionary && b < b_end && !counts_in_dictionary((unsigned char)*b))
            b++;
        if (a >= a_end || b >= b_end) return (a < a_end) - (b < b_end);
        int left = (unsigned char)*a, right = (unsigned char)*b;
        if (key->fold) {
            left = toupper(left);
            right = toupper(right);
        }
        if (left != right) return left - right;
    }
}

static int compare_by_key(const struct key* key, const struct text_line* a, const struct text_line* b)
{
    const char *a_line_end = a->text + a->length, *b_line_end = b->text + b->length;
    const char* a_start = find_start(key, a->text, a_line_end);
    const char* b_start = find_start(key, b->text, b_line_end);
    const char* a_end = find_end(key, a->text, a_line_end);
    const char* b_end = find_end(key, b->text, b_line_end);
    if (a_end < a_start) a_end = a_start;
    if (b_end < b_start) b_end = b_start;
    const int order = key->numeric || key->human ? compare_numbers(a_start, a_end, b_start, b_end, key->human)
                                                 : compare_text(key, a_start, a_end, b_start, b_end);
    return key->reverse ? -order : order;
}

static int compare_keys(const struct text_line* a, const struct text_line* b)
{
    int order = 0;
    for (int i = 0; i < key_count && order == 0; i++)
        order = compare_by_key(&keys[i], a, b);
    return order;
}

static int compare_lines(const struct text_line* a, const struct text_line* b)
{
    static const struct key whole = {.field = 1, .byte = 1};
    int order = compare_keys(a, b);
    if (order || stable || unique) return order;
    order = compare_by_key(&whole, a, b);  // the last resort: every byte
    return global.reverse ? -order : order;
}

// ---- sorting ----

static void merge(struct text_line* lines, size_t middle, size_t count, struct text_line* spare)
{
    memcpy(spare, lines, middle * sizeof *lines);
    size_t left = 0, right = middle, to = 0;
    while (left < middle) {
        if (right < count && compare_lines(&lines[right], &spare[left]) < 0)
            lines[to++] = lines[right++];
        else
            lines[to++] = spare[left++];
    }
}

static void sort_lines(struct text_line* lines, size_t count, struct text_line* spare)
{
    if (count < 2) return;
    const size_t middle = count / 2;
    sort_lines(lines, middle, spare);
    sort_lines(lines + middle, count - middle, spare);
    if (compare_lines(&lines[middle], &lines[middle - 1]) < 0) merge(lines, middle, count, spare);
}

static void check_order(const struct lines* lines)
{
    for (size_t i = 1; i < lines->count; i++) {
        const int order = compare_lines(&lines->lines[i - 1], &lines->lines[i]);
        if (order < 0 || (order == 0 && !unique)) continue;
        tool_error("line %zu is out of order: %s", i + 1, lines->lines[i].text);
        return;
    }
}

static void print_lines(const struct lines* lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        if (unique && i > 0 && compare_keys(&lines->lines[i - 1], &lines->lines[i]) == 0) continue;
        fwrite(lines->lines[i].text, 1, lines->lines[i].length, stdout);
        putchar('\n');
    }
}

// ---- options ----

static int set_ordering(struct key* key, int letter, int at_end)
{
    switch (letter) {
    case 'n':
        key->numeric = 1;
        return 1;
    case 'h':
        key->human = 1;
        return 1;
    case 'r':
        key->reverse = 1;
        return 1;
    case 'f':
        key->fold = 1;
        return 1;
    case 'd':
        key->dictionary = 1;
        return 1;
    case 'b':
        if (at_end)
            key->end_blanks = 1;
        else
            key->blanks = 1;
        return 1;
    default:
        return 0;
    }
}

static const char* parse_position(const char* text, int* field, int* byte, struct key* key, int at_end)
{
    char* end;
    *field = (int)strtol(text, &end, 10);
    if (end == text || *field < 1) return NULL;
    if (*end == '.') {
        text = end + 1;
        *byte = (int)strtol(text, &end, 10);
        if (end == text || *byte < !at_end) return NULL;
    }
    while (set_ordering(key, *end, at_end))
        end++;
    return end;
}

static void add_key(const char* text)
{
    struct key key = {.byte = 1};
    const char* at = parse_position(text, &key.field, &key.byte, &key, 0);
    if (at && *at == ',') at = parse_position(at + 1, &key.end_field, &key.end_byte, &key, 1);
    if (!at || *at) tool_usage_error("wrong key '%s'", text);
    if (key_count == kMostKeys) tool_usage_error("too many keys");
    keys[key_count++] = key;
}

static int has_ordering(const struct key* key)
{
    return key->numeric || key->human || key->reverse || key->fold || key->blanks || key->end_blanks ||
           key->dictionary;
}

// A key without options of its own has the global ones; no key at all is the whole line.
static void finish_keys(void)
{
    if (key_count == 0) keys[key_count++] = (struct key){.field = 1, .byte = 1};
    for (int i = 0; i < key_count; i++) {
        struct key* key = &keys[i];
        if (has_ordering(key)) continue;
        const struct key place = *key;
        *key = global;
        key->field = place.field;
        key->byte = place.byte;
        key->end_field = place.end_field;
        key->end_byte = place.end_byte;
        key->end_blanks = global.blanks;
    }
}

static void set_separator(const char* text)
{
    if (strcmp(text, "\\0") == 0)
        separator = 0;
    else if (!text[0] || text[1])
        tool_usage_error("the separator is not one byte: '%s'", text);
    else
        separator = (unsigned char)text[0];
}

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {{"numeric-sort", 'n'}, {"reverse", 'r'}, {"unique", 'u'},
                                                    {"key", 'k'},          {"output", 'o'},  {0, 0}};
    struct lines lines = {0, 0, 0};
    const char* output = NULL;
    int check = 0;
    tool_usage_status = 2;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("nhrfbduscCk:t:o:", longs)) != -1;) {
        if (set_ordering(&global, letter, 0)) continue;
        if (letter == 'u') unique = 1;
        if (letter == 's') stable = 1;
        if (letter == 'c' || letter == 'C') check = 1;
        if (letter == 'k') add_key(tool_argument);
        if (letter == 't') set_separator(tool_argument);
        if (letter == 'o') output = tool_argument;
    }
    finish_keys();
    if (tool_operand_count == 0) read_lines(stdin, &lines);
    for (char** operand = tool_operands; *operand; operand++) {
        FILE* stream = open_input(*operand);
        if (!stream) return 2;
        read_lines(stream, &lines);
        close_input(stream);
    }
    if (check) {
        check_order(&lines);
        return tool_end();
    }
    struct text_line* spare = tool_allocate(lines.count * sizeof *spare);
    sort_lines(lines.lines, lines.count, spare);
    free(spare);
    if (output && !freopen(output, "w", stdout)) tool_die("cannot open '%s'", output);
    print_lines(&lines);
    free_lines(&lines);
    return tool_end();
}
