// $((...)): C's integer expressions on 64 bits, by precedence climbing. Overflow wraps around.
#include "expand.h"

#include "shell.h"
#include "variables.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DEPTH = 64 };  // of parentheses, and of variables that name variables

struct evaluator {
    const char* text;  // whole, for messages
    const char* next;
    int depth;
    int unevaluated;  // > 0: in the branch of && || ?: that is only parsed
    bool failed;
};

static long long evaluate_text(const char* text, int depth, bool* failed);
static long long assignment(struct evaluator* e);

static void* trouble(struct evaluator* e, const char* message)
{
    if (!e->failed) fail(2, "arithmetic expression: %s: \"%s\"", message, e->text);
    e->failed = true;
    return NULL;
}

static void skip_space(struct evaluator* e)
{
    while (isspace((unsigned char)*e->next))
        e->next++;
}

static bool take(struct evaluator* e, const char* operation)
{
    skip_space(e);
    const size_t length = strlen(operation);
    if (strncmp(e->next, operation, length) != 0) return false;
    e->next += length;
    return true;
}

// ---- Numbers and variables ----

static int digit_value(char c)
{
    if (isdigit((unsigned char)c)) return c - '0';
    if (isalpha((unsigned char)c)) return tolower((unsigned char)c) - 'a' + 10;
    return 99;
}

static const char* scan_number(const char* text, long long* value)
{
    int base = 10;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    } else if (text[0] == '0') {
        base = 8;
    }
    unsigned long long result = 0;
    for (; digit_value(*text) < base; text++)
        result = result * (unsigned)base + (unsigned)digit_value(*text);
    *value = (long long)result;
    return text;
}

bool parse_number(const char* text, long long* value)
{
    while (isspace((unsigned char)*text))
        text++;
    const bool negative = *text == '-';
    if (*text == '-' || *text == '+') text++;
    if (!isdigit((unsigned char)*text)) return false;
    text = scan_number(text, value);
    if (negative) *value = (long long)(0 - (unsigned long long)*value);
    while (isspace((unsigned char)*text))
        text++;
    return !*text;
}

static size_t name_length(const char* text)
{
    size_t length = 0;
    if (is_name_start((unsigned char)*text)) {
        while (is_name_char((unsigned char)text[length]))
            length++;
    }
    return length;
}

static long long variable_value(struct evaluator* e, const char* name)
{
    const char* text = variable_get(name);
    long long value = 0;
    if (!text && shell.option[OPTION_NOUNSET] && !e->unevaluated) trouble(e, "parameter not set");
    if (!text || !*text || parse_number(text, &value)) return value;
    if (e->depth >= MAX_DEPTH) {
        trouble(e, "too deep");
        return 0;
    }
    return evaluate_text(text, e->depth + 1, &e->failed);
}

static void store(struct evaluator* e, const char* name, long long value)
{
    char digits[24];
    if (e->unevaluated || e->failed) return;
    snprintf(digits, sizeof digits, "%lld", value);
    if (!variable_set(name, digits)) {
        e->failed = true;
        abort_command(2);
    }
}

// ---- Operators ----

static long long divide(struct evaluator* e, long long left, long long right, bool remainder)
{
    if (right == 0) {
        if (!e->unevaluated) trouble(e, "division by zero");
        return 0;
    }
    if (right == -1) return remainder ? 0 : (long long)(0 - (unsigned long long)left);
    return remainder ? left % right : left / right;
}

struct binary {
    const char* text;
    int precedence;
};

// Longest first where one is the beginning of another.
static const struct binary binaries[] = {
    {"||", 1}, {"&&", 2}, {"<<", 8}, {">>", 8}, {"<=", 7}, {">=", 7}, {"==", 6}, {"!=", 6}, {"|", 3},
    {"^", 4},  {"&", 5},  {"<", 7},  {">", 7},  {"+", 9},  {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10},
};

static long long apply(struct evaluator* e, const char* operation, long long left, long long right)
{
    const unsigned long long a = (unsigned long long)left, b = (unsigned long long)right;
    const bool doubled = operation[1] == operation[0];
    switch (operation[0]) {
    case '|':
        return doubled ? left || right : (long long)(a | b);
    case '&':
        return doubled ? left && right : (long long)(a & b);
    case '^':
        return (long long)(a ^ b);
    case '=':
        return left == right;
    case '!':
        return left != right;
    case '<':
        return doubled ? (long long)(a << (b & 63)) : operation[1] == '=' ? left <= right : left < right;
    case '>':
        return doubled ? left >> (b & 63) : operation[1] == '=' ? left >= right : left > right;
    case '+':
        return (long long)(a + b);
    case '-':
        return (long long)(a - b);
    case '*':
        return (long long)(a * b);
    default:
        return divide(e, left, right, operation[0] == '%');
    }
}

static const struct binary* peek_binary(struct evaluator* e)
{
    skip_space(e);
    for (size_t i = 0; i < sizeof binaries / sizeof binaries[0]; i++) {
        if (strncmp(e->next, binaries[i].text, strlen(binaries[i].text)) == 0) return &binaries[i];
    }
    return NULL;
}

// ++x, --x, x++, x--, x
static long long variable_operand(struct evaluator* e, int before)
{
    const size_t length = name_length(e->next);
    if (!length) {
        trouble(e, "expecting a name");
        return 0;
    }
    const char* name = arena_copy(&shell.scratch, e->next, length);
    e->next += length;
    const long long value = variable_value(e, name);
    const int after = before ? 0 : take(e, "++") ? 1 : take(e, "--") ? -1 : 0;
    if (before || after) store(e, name, value + before + after);
    return value + before;
}

static long long primary(struct evaluator* e)
{
    long long value = 0;
    skip_space(e);
    if (e->failed || ++e->depth > MAX_DEPTH) {
        trouble(e, "too deep");
    } else if (take(e, "(")) {
        value = assignment(e);
        if (!take(e, ")")) trouble(e, "missing )");
    } else if (take(e, "++")) {
        skip_space(e);
        value = variable_operand(e, 1);
    } else if (take(e, "--")) {
        skip_space(e);
        value = variable_operand(e, -1);
    } else if (take(e, "!")) {
        value = !primary(e);
    } else if (take(e, "~")) {
        value = ~primary(e);
    } else if (take(e, "-")) {
        value = (long long)(0 - (unsigned long long)primary(e));
    } else if (take(e, "+")) {
        value = primary(e);
    } else if (isdigit((unsigned char)*e->next)) {
        e->next = scan_number(e->next, &value);
    } else if (name_length(e->next)) {
        value = variable_operand(e, 0);
    } else {
        trouble(e, *e->next ? "unexpected character" : "unexpected end");
    }
    e->depth--;
    return value;
}

static long long binary(struct evaluator* e, int lowest)
{
    long long left = primary(e);
    for (;;) {
        const struct binary* operation = peek_binary(e);
        if (e->failed || !operation || operation->precedence < lowest) return left;
        e->next += strlen(operation->text);
        const bool decided = operation->precedence == 1   ? left != 0
                             : operation->precedence == 2 ? left == 0
                                                          : false;
        e->unevaluated += decided;
        const long long right = binary(e, operation->precedence + 1);
        e->unevaluated -= decided;
        if (!e->failed) left = apply(e, operation->text, left, right);
    }
}

static long long conditional(struct evaluator* e)
{
    const long long condition = binary(e, 1);
    if (!take(e, "?")) return condition;
    e->unevaluated += !condition;
    const long long yes = assignment(e);
    e->unevaluated -= !condition;
    if (!take(e, ":")) trouble(e, "missing :");
    e->unevaluated += condition != 0;
    const long long no = conditional(e);
    e->unevaluated -= condition != 0;
    return condition ? yes : no;
}

static long long assignment(struct evaluator* e)
{
    static const char* const operators[] = {
        "=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=", "|="};
    skip_space(e);
    const char* start = e->next;
    const size_t length = name_length(start);
    e->next += length;
    skip_space(e);
    for (size_t i = 0; length && i < sizeof operators / sizeof operators[0]; i++) {
        if (strncmp(e->next, "==", 2) == 0 || !take(e, operators[i])) continue;
        const char* name = arena_copy(&shell.scratch, start, length);
        long long value = assignment(e);
        if (i > 0) value = apply(e, operators[i], variable_value(e, name), value);
        store(e, name, value);
        return value;
    }
    e->next = start;
    return conditional(e);
}

static long long evaluate_text(const char* text, int depth, bool* failed)
{
    struct evaluator e = {.text = text, .next = text, .depth = depth};
    const long long value = assignment(&e);
    skip_space(&e);
    if (*e.next) trouble(&e, "unexpected character");
    *failed |= e.failed;
    return e.failed ? 0 : value;
}

long long arithmetic_evaluate(const char* expression)
{
    bool failed = false;
    return expression[strspn(expression, " \t\n")] ? evaluate_text(expression, 0, &failed) : 0;
}
