// printf: formats its arguments as C's printf does; the format is used again while arguments are left.
#include "user/lib/escapes.h"
#include "user/lib/tool.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: printf FORMAT [ARGUMENT]...\n"
    "Print the arguments as FORMAT says: %s %d %i %u %o %x %X %c %e %f %g %b %%, with flags, width\n"
    "and precision as in C, and \\n \\t \\\\ \\0NNN \\xHH. %b heeds backslashes in its argument.\n"
    "FORMAT is used again until no arguments are left.\n";

static char** arguments;

static const char* next_argument(void)
{
    return *arguments ? *arguments++ : NULL;
}

static void check_number(const char* text, const char* end)
{
    if (!text) return;
    if (end == text || *end)
        tool_error("'%s': expected a number", text);
    else if (errno)
        tool_warn("'%s'", text);
}

static long long next_number(void)  // 'A is the letter's code
{
    const char* text = next_argument();
    char* end = NULL;
    if (!text || !*text) return 0;
    if (*text == '\'' || *text == '"') return (unsigned char)text[1];
    errno = 0;
    long long number = strtoll(text, &end, 0);
    if (errno == ERANGE && *text != '-') {
        errno = 0;
        number = (long long)strtoull(text, &end, 0);
    }
    check_number(text, end);
    return number;
}

static double next_fraction(void)
{
    const char* text = next_argument();
    char* end = NULL;
    if (!text || !*text) return 0;
    errno = 0;
    const double number = strtod(text, &end);
    check_number(text, end);
    return number;
}

static void finish(void)
{
    exit(tool_end());
}

static void put_escape(const char** at)
{
    const int byte = read_escape(at);
    if (byte == -1) finish();
    putchar(byte);
}

static char* expand_escapes(const char* text)
{
    char *result = tool_allocate(strlen(text) + 1), *to = result;
    while (*text) {
        int byte = (unsigned char)*text++;
        if (byte == '\\') byte = read_escape(&text);
        if (byte == -1) {
            *to = 0;
            fputs(result, stdout);
            finish();
        }
        *to++ = (char)byte;
    }
    *to = 0;
    return result;
}

// The flags, width and precision of one directive, as text for C's printf, with * replaced by its argument.
struct directive {
    char text[96];
    size_t length;
};

static void add(struct directive* directive, const char* text)
{
    for (; *text && directive->length + 8 < sizeof directive->text; text++)
        directive->text[directive->length++] = *text;
    directive->text[directive->length] = 0;
}

static void add_number(struct directive* directive, const char** at)
{
    char number[24];
    if (**at == '*') {
        (*at)++;
        snprintf(number, sizeof number, "%lld", next_number());
        add(directive, number);
        return;
    }
    while (isdigit((unsigned char)**at)) {
        const char digit[2] = {*(*at)++, 0};
        add(directive, digit);
    }
}

static void print_text(struct directive* directive, const char* text)
{
    add(directive, "s");
    printf(directive->text, text ? text : "");
}

static void print_directive(struct directive* directive, char letter)
{
    const char conversion[2] = {letter, 0};
    if (letter == 's') {
        print_text(directive, next_argument());
    } else if (letter == 'b') {
        const char* text = next_argument();
        char* expanded = expand_escapes(text ? text : "");
        print_text(directive, expanded);
        free(expanded);
    } else if (letter == 'c') {
        const char* text = next_argument();
        add(directive, "c");
        if (text && *text) printf(directive->text, *text);
    } else if (letter && strchr("diouxX", letter)) {
        add(directive, "ll");
        add(directive, conversion);
        printf(directive->text, next_number());
    } else if (letter && strchr("eEfFgG", letter)) {
        add(directive, conversion);
        printf(directive->text, next_fraction());
    } else {
        tool_die("'%%%c': unknown conversion", letter);
    }
}

static const char* print_conversion(const char* at)  // after the %
{
    struct directive directive = {"%", 1};
    if (*at == '%') {
        putchar('%');
        return at + 1;
    }
    while (*at && strchr("-+ #0'", *at)) {
        const char flag[2] = {*at++, 0};
        add(&directive, flag);
    }
    add_number(&directive, &at);
    if (*at == '.') {
        at++;
        add(&directive, ".");
        add_number(&directive, &at);
    }
    while (*at && strchr("hlLjzt", *at))
        at++;  // all numbers are long enough already
    print_directive(&directive, *at);
    return *at ? at + 1 : at;
}

static int print_format(const char* format)  // whether it took arguments
{
    char** const before = arguments;
    while (*format) {
        const char byte = *format++;
        if (byte == '%')
            format = print_conversion(format);
        else if (byte == '\\')
            put_escape(&format);
        else
            putchar(byte);
    }
    return arguments != before;
}

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    if (argc < 2) tool_usage_error("missing format");
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return tool_end();
    }
    arguments = argv + 1;
    if (strcmp(*arguments, "--") == 0 && argc > 2) arguments++;
    const char* format = *arguments++;
    while (print_format(format) && *arguments) {
    }
    return tool_end();
}
