// cut: parts of each line, by bytes or by fields.
#include "user/lib/lines.h"
#include "user/lib/tool.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: cut -b LIST | -c LIST | -f LIST [-d BYTE] [-s] [FILE]...\n"
    "Print parts of each line. LIST: N, N-, N-M, -M, several with commas; the first is 1.\n"
    "  -b, -c  bytes\n"
    "  -f      fields, separated by a tab or by the BYTE of -d\n"
    "  -s      leave out lines without separators\n"
    "  --complement   the other parts; --output-delimiter=TEXT between fields\n";

struct range {
    long first, last;
};

enum { kMostRanges = 64 };

static struct range ranges[kMostRanges];
static int range_count, complement, only_separated;
static char separator = '\t';
static const char* output_separator;

static void add_range(const char* text)
{
    char* end = (char*)text;
    struct range range = {1, LONG_MAX};
    if (isdigit((unsigned char)*text)) range.first = strtol(text, &end, 10);
    if (*end == '-') {
        const char* last = end + 1;
        if (isdigit((unsigned char)*last))
            range.last = strtol(last, &end, 10);
        else
            end++;
    } else {
        range.last = range.first;
    }
    if (end == text || *end || range.first < 1 || range.last < range.first || strcmp(text, "-") == 0)
        tool_usage_error("wrong list: '%s'", text);
    if (range_count == kMostRanges) tool_usage_error("the list is too long");
    ranges[range_count++] = range;
}

static void parse_list(char* list)
{
    for (char* text = strtok(list, ", "); text; text = strtok(NULL, ", "))
        add_range(text);
    if (range_count == 0) tool_usage_error("the list is empty");
}

static int is_wanted(long number)
{
    for (int i = 0; i < range_count; i++)
        if (ranges[i].first <= number && number <= ranges[i].last) return !complement;
    return complement;
}

static void print_bytes(const char* line, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (is_wanted((long)i + 1)) putchar(line[i]);
    putchar('\n');
}

static void print_fields(const char* line, size_t length)
{
    const char* end = line + length;
    int printed = 0;
    if (!memchr(line, separator, length)) {
        if (!only_separated) printf("%.*s\n", (int)length, line);
        return;
    }
    for (long number = 1; line <= end; number++) {
        const char* stop = memchr(line, separator, (size_t)(end - line));
        if (!stop) stop = end;
        if (is_wanted(number)) {
            if (printed++) {
                if (output_separator)
                    fputs(output_separator, stdout);
                else
                    putchar(separator);
            }
            fwrite(line, 1, (size_t)(stop - line), stdout);
        }
        line = stop + 1;
    }
    putchar('\n');
}

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {
        {"complement", 'C'}, {"output-delimiter", 'O'}, {"delimiter", 'd'}, {"fields", 'f'}, {0, 0}};
    static char* input[] = {"-", NULL};
    int fields = 0;
    char* line = NULL;
    size_t room = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("b:c:f:d:snCO:", longs)) != -1;) {
        if (letter == 'b' || letter == 'c' || letter == 'f') parse_list(tool_argument);
        if (letter == 'f') fields = 1;
        if (letter == 's') only_separated = 1;
        if (letter == 'C') complement = 1;
        if (letter == 'O') output_separator = tool_argument;
        if (letter != 'd') continue;
        if (strlen(tool_argument) != 1) tool_usage_error("the separator is one byte");
        separator = tool_argument[0];
    }
    if (range_count == 0) tool_usage_error("a list is needed: -b, -c or -f");
    for (char** operand = tool_operand_count ? tool_operands : input; *operand; operand++) {
        FILE* stream = open_input(*operand);
        if (!stream) continue;
        for (ssize_t length; (length = getline(&line, &room, stream)) > 0;) {
            length -= line[length - 1] == '\n';
            (fields ? print_fields : print_bytes)(line, (size_t)length);
        }
        close_input(stream);
    }
    return tool_end();
}
