// cmp: where two files differ.
#include "user/lib/lines.h"
#include "user/lib/tool.h"

#include <stdio.h>
#include <string.h>

static const char help[] = "Usage: cmp [-ls] [-n BYTES] FILE1 [FILE2]\n"
                           "Compare two files byte by byte. Status 0 the same, 1 different, 2 an error.\n"
                           "  -l  every difference: its place, and both bytes in octal\n"
                           "  -s  say nothing\n"
                           "  -n  at most so many bytes\n";

static int all, silent;

static int compare(FILE* a, FILE* b, const char* a_name, const char* b_name, long long most)
{
    unsigned long long line = 1;
    int different = 0;
    for (long long at = 1; most < 0 || at <= most; at++) {
        const int left = getc(a), right = getc(b);
        if (left == EOF && right == EOF) break;
        if (left == EOF || right == EOF) {
            if (!silent)
                fprintf(stderr, "cmp: EOF on %s after byte %lld\n", left == EOF ? a_name : b_name, at - 1);
            return 1;
        }
        if (left != right) {
            different = 1;
            if (silent) return 1;
            if (!all) {
                printf("%s %s differ: char %lld, line %llu\n", a_name, b_name, at, line);
                return 1;
            }
            printf("%lld %3o %3o\n", at, (unsigned)left, (unsigned)right);
        }
        line += left == '\n';
    }
    return different;
}

int main(int argc, char** argv)
{
    long long most = -1;
    tool_usage_status = 2;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("lsn:", NULL)) != -1;) {
        if (letter == 'l') all = 1;
        if (letter == 's') silent = 1;
        if (letter == 'n') most = tool_parse_size(tool_argument);
    }
    tool_need_operands(1, 2);
    const char *a_name = tool_operands[0], *b_name = tool_operand_count == 2 ? tool_operands[1] : "-";
    FILE* a = open_input(a_name);
    FILE* b = open_input(b_name);
    if (!a || !b) return 2;
    const int different = compare(a, b, a_name, b_name, most);
    return tool_end() ? 2 : different;
}
