// expr: arithmetic, comparison and strings for scripts. Precedence by recursive descent, lowest first:
// |   &   = != < <= > >=   + -   * / %   :
#include "user/lib/pattern.h"
#include "user/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: expr EXPRESSION\n"
    "Print the value of EXPRESSION; each part is an argument of its own.\n"
    "  A | B  A, or B where A is empty or 0     A & B  A, or 0 where one is empty or 0\n"
    "  A = B  != < <= > >=                      A + B  - * / %\n"
    "  TEXT : PATTERN   how much of TEXT's begin matches, or what \\( \\) matched\n"
    "  match TEXT PATTERN   substr TEXT AT LENGTH   index TEXT BYTES   length TEXT   ( A )\n"
    "Status 0, but 1 where the value is empty or 0, 2 at an error.\n";

static char** word;

static char* parse_or(void);

static char* from_number(long long number)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", number);
    return tool_copy_string(text);
}

static int is_number(const char* text, long long* number)
{
    char* end;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return end != text && !*end && !errno;
}

static long long need_number(const char* text)
{
    long long number;
    if (!is_number(text, &number)) tool_die("non-integer argument");
    return number;
}

static int is_false(const char* text)
{
    const char* digits = text + (*text == '-');
    return !*text || (*digits && strspn(digits, "0") == strlen(digits));
}

static int take(const char* text)
{
    if (!*word || strcmp(*word, text) != 0) return 0;
    word++;
    return 1;
}

static const char* need_word(void)
{
    if (!*word) tool_die("syntax error: missing argument");
    return *word++;
}

static char* match(const char* text, const char* expression)
{
    struct span groups[kPatternGroups];
    const char* error;
    char* anchored = tool_allocate(strlen(expression) + 2);  // a match must begin where the text does
    sprintf(anchored, "%s%s", *expression == '^' ? "" : "^", expression);
    struct pattern* pattern = pattern_compile(&anchored, 1, 0, &error);
    if (!pattern) tool_die("%s", error);
    const int found = pattern_search(pattern, text, strlen(text), 0, groups);
    const int has_group = strstr(expression, "\\(") != NULL;
    pattern_free(pattern);
    free(anchored);
    if (!has_group) return from_number(found ? groups[0].end : 0);
    if (!found || groups[1].start < 0) return tool_copy_string("");
    char* part = tool_copy_string(text + groups[1].start);
    part[groups[1].end - groups[1].start] = 0;
    return part;
}

static char* substring(const char* text, long long at, long long length)
{
    const long long size = (long long)strlen(text);
    if (at < 1 || at > size || length < 1) return tool_copy_string("");
    char* part = tool_copy_string(text + at - 1);
    if (length < size - at + 1) part[length] = 0;
    return part;
}

static char* parse_primary(void)
{
    if (take("(")) {
        char* value = parse_or();
        if (!take(")")) tool_die("syntax error: expecting ')'");
        return value;
    }
    if (take("+")) return tool_copy_string(need_word());
    if (take("length")) return from_number((long long)strlen(need_word()));
    if (take("match")) {
        const char* text = need_word();
        return match(text, need_word());
    }
    if (take("index")) {
        const char* text = need_word();
        const size_t at = strcspn(text, need_word());
        return from_number(text[at] ? (long long)at + 1 : 0);
    }
    if (take("substr")) {
        const char* text = need_word();
        const long long at = need_number(need_word());
        return substring(text, at, need_number(need_word()));
    }
    return tool_copy_string(need_word());
}

static char* parse_match(void)
{
    char* value = parse_primary();
    while (take(":")) {
        char* expression = parse_primary();
        char* result = match(value, expression);
        free(value);
        free(expression);
        value = result;
    }
    return value;
}

static char* calculate(char* a_text, char operation, char* b_text)
{
    const long long a = need_number(a_text), b = need_number(b_text);
    long long result = 0;
    int overflow = 0;
    free(a_text);
    free(b_text);
    if ((operation == '/' || operation == '%') && b == 0) tool_die("division by zero");
    switch (operation) {
    case '+':
        overflow = __builtin_add_overflow(a, b, &result);
        break;
    case '-':
        overflow = __builtin_sub_overflow(a, b, &result);
        break;
    case '*':
        overflow = __builtin_mul_overflow(a, b, &result);
        break;
    case '/':
        overflow = b == -1 && __builtin_sub_overflow(0, a, &result);
        if (b != -1) result = a / b;
        break;
    default:
        result = b == -1 ? 0 : a % b;
        break;
    }
    if (overflow) tool_die("the result is too big");
    return from_number(result);
}

static char* parse_product(void)
{
    char* value = parse_match();
    while (*word && strlen(*word) == 1 && strchr("*/%", **word)) {
        const char operation = **word++;
        value = calculate(value, operation, parse_match());
    }
    return value;
}

static char* parse_sum(void)
{
    char* value = parse_product();
    while (*word && strlen(*word) == 1 && strchr("+-", **word)) {
        const char operation = **word++;
        value = calculate(value, operation, parse_product());
    }
    return value;
}

static int compare(const char* a, const char* b)
{
    long long left, right;
    if (is_number(a, &left) && is_number(b, &right)) return (left > right) - (left < right);
    return strcmp(a, b);
}

static int comparison_holds(const char* operation, int order)
{
    if (strcmp(operation, "!=") == 0) return order != 0;
    if (strcmp(operation, "<") == 0) return order < 0;
    if (strcmp(operation, "<=") == 0) return order <= 0;
    if (strcmp(operation, ">") == 0) return order > 0;
    if (strcmp(operation, ">=") == 0) return order >= 0;
    return order == 0;
}

static char* parse_comparison(void)
{
    static const char* const operations[] = {"=", "==", "!=", "<", "<=", ">", ">=", NULL};
    char* value = parse_sum();
    for (const char* const* operation = operations; *operation;) {
        if (!take(*operation)) {
            operation++;
            continue;
        }
        char* other = parse_sum();
        char* result = from_number(comparison_holds(*operation, compare(value, other)));
        free(value);
        free(other);
        value = result;
        operation = operations;
    }
    return value;
}

static char* parse_and(void)
{
    char* value = parse_comparison();
    while (take("&")) {
        char* other = parse_comparison();
        if (is_false(value) || is_false(other)) {
            free(value);
            value = tool_copy_string("0");
        }
        free(other);
    }
    return value;
}

static char* parse_or(void)
{
    char* value = parse_and();
    while (take("|")) {
        char* other = parse_and();
        if (is_false(value)) {
            char* const swap = value;
            value = is_false(other) ? tool_copy_string("0") : tool_copy_string(other);
            free(swap);
        }
        free(other);
    }
    return value;
}

int main(int argc, char** argv)
{
    tool_usage_status = 2;
    tool_begin(argc, argv, help);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return tool_end();
    }
    word = argv + 1;
    if (*word && strcmp(*word, "--") == 0) word++;
    if (!*word) tool_usage_error("missing operand");
    const char* value = parse_or();
    if (*word) tool_die("syntax error: unexpected argument '%s'", *word);
    puts(value);
    return tool_end() ? 3 : is_false(value);
}
