// seq: numbers in a row.
#include "user/lib/tool.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: seq [-w] [-s TEXT] [FIRST [STEP]] LAST\n"
    "Print the numbers from FIRST (1) to LAST in steps of STEP (1). Fractions may be given.\n"
    "  -w       all equally wide, with zeros in front\n"
    "  -s TEXT  between the numbers, instead of a newline\n";

// A number is an integer of units of 10^-decimals: 0.1 is added exactly.
static int decimals_of(const char* text)
{
    const char* dot = strchr(text, '.');
    return dot ? (int)strlen(dot + 1) : 0;
}

static long long parse(const char* text, int decimals)
{
    const char* at = text;
    const int negative = *at == '-';
    long long value = 0;
    int after_dot = -1, digits = 0;
    at += *at == '-' || *at == '+';
    for (; isdigit((unsigned char)*at) || (*at == '.' && after_dot < 0); at++) {
        if (*at == '.') {
            after_dot = 0;
            continue;
        }
        value = value * 10 + *at - '0';
        digits++;
        after_dot += after_dot >= 0;
    }
    if (!digits || *at || digits > 18) tool_usage_error("invalid number: '%s'", text);
    for (int i = after_dot < 0 ? 0 : after_dot; i < decimals; i++)
        value *= 10;
    return negative ? -value : value;
}

static int format(long long value, int decimals, int width, char* text, size_t size)
{
    long long unit = 1;
    for (int i = 0; i < decimals; i++)
        unit *= 10;
    const int negative = value < 0;
    const unsigned long long magnitude = negative ? -(unsigned long long)value : (unsigned long long)value;
    const int whole_width = width - negative - (decimals ? decimals + 1 : 0);
    int length = snprintf(text, size, "%s%0*llu", negative ? "-" : "", whole_width > 0 ? whole_width : 1,
                          magnitude / (unsigned long long)unit);
    if (decimals)
        length += snprintf(text + length, size - (size_t)length, ".%0*llu", decimals,
                           magnitude % (unsigned long long)unit);
    return length;
}

static int is_number(const char* text)
{
    return text[0] == '-' && (isdigit((unsigned char)text[1]) || text[1] == '.');
}

// Options end where a negative number stands: it would look like one.
static char** end_options(int* argc, char** argv)
{
    int at = 1;
    while (at < *argc && !is_number(argv[at]))
        at++;
    if (at == *argc) return argv;
    char** longer = tool_allocate((size_t)(*argc + 2) * sizeof *longer);
    memcpy(longer, argv, (size_t)at * sizeof *argv);
    longer[at] = "--";
    memcpy(longer + at + 1, argv + at, (size_t)(*argc - at + 1) * sizeof *argv);
    (*argc)++;
    return longer;
}

// `hidden` of the decimals are LAST's own: they count in the comparison and are not shown.
static void print_numbers(long long first, long long step, long long last, int decimals, int hidden,
                          int width, const char* separator)
{
    char text[64];
    int printed = 0;
    long long unit = 1;
    for (int i = 0; i < hidden; i++)
        unit *= 10;
    for (long long value = first; step > 0 ? value <= last : value >= last; value += step) {
        if (printed++) fputs(separator, stdout);
        format(value / unit, decimals - hidden, width, text, sizeof text);
        fputs(text, stdout);
    }
    if (printed) putchar('\n');
}

int main(int argc, char** argv)
{
    const char* separator = "\n";
    int equal = 0, decimals = 0, width = 0;
    char text[64];
    argv = end_options(&argc, argv);
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("ws:", NULL)) != -1;) {
        if (letter == 'w') equal = 1;
        if (letter == 's') separator = tool_argument;
    }
    tool_need_operands(1, 3);
    const int count = tool_operand_count;
    const char* first = count > 1 ? tool_operands[0] : "1";
    const char* step = count > 2 ? tool_operands[1] : "1";
    const char* last = tool_operands[count - 1];
    if (decimals_of(first) > decimals) decimals = decimals_of(first);
    if (decimals_of(step) > decimals) decimals = decimals_of(step);
    const int shown = decimals;
    if (decimals_of(last) > decimals) decimals = decimals_of(last);
    if (parse(step, decimals) == 0) tool_usage_error("the step is zero");
    const long long from = parse(first, decimals), to = parse(last, decimals);
    if (equal) {
        const int from_width = format(from, decimals, 0, text, sizeof text);
        const int to_width = format(to, decimals, 0, text, sizeof text);
        width = from_width > to_width ? from_width : to_width;
    }
    print_numbers(from, parse(step, decimals), to, decimals, decimals - shown, width, separator);
    return tool_end();
}
