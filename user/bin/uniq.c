// uniq: of equal lines in a row keeps one.
#include "user/lib/lines.h"
#include "user/lib/tool.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char help[] =
    "Usage: uniq [OPTION]... [INPUT [OUTPUT]]\n"
    "Print lines, but of equal ones in a row only the first.\n"
    "  -c    with the number of each before it\n"
    "  -d    only lines that are repeated; -u only lines that are not\n"
    "  -i    upper and lower case are the same\n"
    "  -f N  do not compare the first N fields; -s N the first N bytes; -w N compare N bytes\n";

static int counts, repeated, single, ignore_case;
static long skip_fields, skip_bytes, compare_bytes = -1;

static const char* compared_part(const char* line)
{
    for (long i = 0; i < skip_fields; i++) {
        while (isblank((unsigned char)*line))
            line++;
        while (*line && !isblank((unsigned char)*line))
            line++;
    }
    for (long i = 0; i < skip_bytes && *line; i++)
        line++;
    return line;
}

static int same(const char* a, const char* b)
{
    a = compared_part(a);
    b = compared_part(b);
    if (compare_bytes >= 0) return (ignore_case ? strncasecmp : strncmp)(a, b, (size_t)compare_bytes) == 0;
    return (ignore_case ? strcasecmp : strcmp)(a, b) == 0;
}

static void print_run(const char* line, long count)
{
    if (count == 0 || (repeated && count == 1) || (single && count > 1)) return;
    if (counts) printf("%7ld ", count);
    puts(line);
}

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {
        {"count", 'c'}, {"repeated", 'd'}, {"unique", 'u'}, {0, 0}};
    char *line = NULL, *first = NULL;
    size_t line_room = 0, first_room = 0;
    long count = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("cduif:s:w:", longs)) != -1;) {
        if (letter == 'c') counts = 1;
        if (letter == 'd') repeated = 1;
        if (letter == 'u') single = 1;
        if (letter == 'i') ignore_case = 1;
        if (letter == 'f') skip_fields = tool_parse_number(tool_argument);
        if (letter == 's') skip_bytes = tool_parse_number(tool_argument);
        if (letter == 'w') compare_bytes = tool_parse_number(tool_argument);
    }
    tool_need_operands(0, 2);
    FILE* stream = open_input(tool_operand_count ? tool_operands[0] : "-");
    if (!stream) return tool_end();
    if (tool_operand_count == 2 && !freopen(tool_operands[1], "w", stdout))
        tool_die("cannot open '%s'", tool_operands[1]);
    for (ssize_t length; (length = getline(&line, &line_room, stream)) > 0;) {
        if (line[length - 1] == '\n') line[length - 1] = 0;
        if (count && same(first, line)) {
            count++;
            continue;
        }
        print_run(first, count);
        char* const swap = first;
        first = line;
        line = swap;
        const size_t swap_room = first_room;
        first_room = line_room;
        line_room = swap_room;
        count = 1;
    }
    print_run(first, count);
    close_input(stream);
    return tool_end();
}
