// printf, and the backslash escapes that echo -e shares with it.
#include "builtins.h"

#include "arena.h"
#include "escapes.h"
#include "expand.h"
#include "output.h"
#include "shell.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

// ---- Escapes ----

static int digit_value(char c)
{
    if (isdigit((unsigned char)c)) return c - '0';
    return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : 99;
}

static struct escape read_digits(const char* text, int base, int most)
{
    int value = 0;
    for (int i = 0; i < most && digit_value(*text) < base; i++)
        value = value * base + digit_value(*text++);
    return (struct escape){value & 0xff, text};
}

struct escape read_escape(const char* text, enum escape_style style)
{
    static const char letters[] = "abfnrtve\\\"'";
    static const char values[] = "\a\b\f\n\r\t\v\033\\\"'";
    const char* letter = *text ? strchr(letters, *text) : NULL;
    if (letter) return (struct escape){values[letter - letters], text + 1};
    if (*text == 'c') return (struct escape){-1, text + 1};
    if (*text == 'x' && isxdigit((unsigned char)text[1])) return read_digits(text + 1, 16, 2);
    if (*text == '0' && style == ESCAPE_ARGUMENT) return read_digits(text + 1, 8, 3);
    if (*text >= '0' && *text <= '7') return read_digits(text, 8, 3);
    return (struct escape){-2, text};
}

bool out_escaped(const char* text)
{
    while (*text) {
        if (*text != '\\') {
            out_char(*text++);
            continue;
        }
        const struct escape escape = read_escape(text + 1, ESCAPE_ARGUMENT);
        if (escape.character == -1) return false;
        out_char(escape.character == -2 ? '\\' : (char)escape.character);
        text = escape.next;
    }
    return true;
}

// ---- printf ----

struct printer {
    char** arguments;  // what is left of them
    int count;
    int status;
    bool ended;  // by \c in %b
};

static const char* next_argument(struct printer* printer)
{
    if (printer->count == 0) return NULL;
    printer->count--;
    return *printer->arguments++;
}

static long long next_number(struct printer* printer)
{
    long long value = 0;
    const char* text = next_argument(printer);
    if (!text || !*text) return 0;
    if (*text == '\'' || *text == '"') return (unsigned char)text[1];
    if (!parse_number(text, &value)) {
        warn("printf: %s: expected numeric value", text);
        printer->status = 1;
    }
    return value;
}

// One conversion's flags, width and precision, with a letter that C's printf knows.
struct conversion {
    char format[64];
    int width;
    int precision;  // -1: none
    bool left;
};

static const char* read_count(struct printer* printer, const char* text, int* count)
{
    if (*text == '*') {
        *count = (int)next_number(printer);
        return text + 1;
    }
    *count = 0;
    for (; isdigit((unsigned char)*text); text++) {
        if (*count < 100000) *count = *count * 10 + (*text - '0');
    }
    return text;
}

static const char* read_conversion(struct printer* printer, const char* text, struct conversion* conversion)
{
    char flags[8] = "";
    for (; *text && strchr("-+ #0", *text); text++) {
        const size_t length = strlen(flags);
        if (!strchr(flags, *text)) flags[length] = *text;
    }
    text = read_count(printer, text, &conversion->width);
    conversion->precision = -1;
    if (*text == '.') text = read_count(printer, text + 1, &conversion->precision);
    if (conversion->width < 0) {
        conversion->width = -conversion->width;
        strcat(flags, "-");
    }
    conversion->left = strchr(flags, '-') != NULL;
    snprintf(conversion->format, sizeof conversion->format, "%%%s*.*ll", flags);
    return text;
}

static void print_number(struct printer* printer, struct conversion* conversion, char letter)
{
    const size_t length = strlen(conversion->format);
    conversion->format[length] = letter;
    conversion->format[length + 1] = '\0';
    const long long value = next_number(printer);
    char text[256];
    const int size =
        snprintf(text, sizeof text, conversion->format, conversion->width, conversion->precision, value);
    // A width beyond the array: blanks for what did not fit.
    if (size >= (int)sizeof text) {
        for (int i = (int)sizeof text - 1; i < size; i++)
            out_char(' ');
    }
    out_string(text);
}

static void print_string(const struct conversion* conversion, const char* text, size_t length)
{
    if (conversion->precision >= 0 && (size_t)conversion->precision < length)
        length = (size_t)conversion->precision;
    const int padding = conversion->width > (int)length ? conversion->width - (int)length : 0;
    for (int i = 0; i < padding && !conversion->left; i++)
        out_char(' ');
    out_bytes(text, length);
    for (int i = 0; i < padding && conversion->left; i++)
        out_char(' ');
}

// %b: escapes in the argument count.
static void print_escaped(struct printer* printer, const struct conversion* conversion, const char* text)
{
    struct buffer result = {.arena = &shell.scratch};
    while (*text && !printer->ended) {
        if (*text != '\\') {
            buffer_append_char(&result, *text++);
            continue;
        }
        const struct escape escape = read_escape(text + 1, ESCAPE_ARGUMENT);
        printer->ended = escape.character == -1;
        if (!printer->ended)
            buffer_append_char(&result, escape.character == -2 ? '\\' : (char)escape.character);
        text = escape.next;
    }
    print_string(conversion, buffer_string(&result), result.length);
}

static const char* print_conversion(struct printer* printer, const char* text)
{
    struct conversion conversion;
    if (*text == '%') {
        out_char('%');
        return text + 1;
    }
    text = read_conversion(printer, text, &conversion);
    const char* argument;
    switch (*text) {
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
        print_number(printer, &conversion, *text);
        break;
    case 'c':
        argument = next_argument(printer);
        print_string(&conversion, argument ? argument : "", argument && *argument ? 1 : 0);
        break;
    case 's':
        argument = next_argument(printer);
        print_string(&conversion, argument ? argument : "", argument ? strlen(argument) : 0);
        break;
    case 'b':
        argument = next_argument(printer);
        print_escaped(printer, &conversion, argument ? argument : "");
        break;
    default:
        warn("printf: %%%.1s: invalid directive", text);
        printer->status = 1;
        printer->ended = true;
        return text;
    }
    return text + 1;
}

static void print_once(struct printer* printer, const char* format)
{
    while (*format && !printer->ended) {
        if (*format == '%') {
            format = print_conversion(printer, format + 1);
        } else if (*format == '\\') {
            const struct escape escape = read_escape(format + 1, ESCAPE_FORMAT);
            printer->ended = escape.character == -1;
            if (!printer->ended) out_char(escape.character == -2 ? '\\' : (char)escape.character);
            format = escape.next;
        } else {
            out_char(*format++);
        }
    }
}

int builtin_printf(int argc, char** argv)
{
    int first = 1;
    if (first < argc && strcmp(argv[first], "--") == 0) first++;
    if (first == argc) {
        warn("usage: printf FORMAT [ARGUMENT...]");
        return 2;
    }
    struct printer printer = {.arguments = argv + first + 1, .count = argc - first - 1};
    int before;
    do {  // the format is used again as long as it uses up arguments
        before = printer.count;
        print_once(&printer, argv[first]);
    } while (printer.count > 0 && printer.count < before && !printer.ended);
    return printer.status;
}
