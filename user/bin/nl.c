// nl: numbers lines.
#include "user/lib/lines.h"
#include "user/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "Usage: nl [-b a|t|n] [-v FIRST] [-i STEP] [-w WIDTH] [-s TEXT] [FILE]...\n"
                           "Print files with numbered lines.\n"
                           "  -b a|t|n  number all lines, those that are not empty, none\n"
                           "  -s TEXT   between number and line, instead of a tab\n";

int main(int argc, char** argv)
{
    static char* input[] = {"-", NULL};
    const char *which = "t", *separator = "\t";
    long number = 1, step = 1, width = 6;
    char* line = NULL;
    size_t room = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("b:v:i:w:s:", NULL)) != -1;) {
        if (letter == 'b') which = tool_argument;
        if (letter == 's') separator = tool_argument;
        if (letter == 'v') number = tool_parse_number(tool_argument);
        if (letter == 'i') step = tool_parse_number(tool_argument);
        if (letter == 'w') width = tool_parse_number(tool_argument);
    }
    for (char** operand = tool_operand_count ? tool_operands : input; *operand; operand++) {
        FILE* stream = open_input(*operand);
        if (!stream) continue;
        for (ssize_t length; (length = getline(&line, &room, stream)) > 0;) {
            length -= line[length - 1] == '\n';
            if (which[0] == 'a' || (which[0] == 't' && length > 0)) {
                printf("%*ld%s", (int)width, number, separator);
                number += step;
            } else {
                printf("%*s", (int)width + (int)strlen(separator), "");
            }
            fwrite(line, 1, (size_t)length, stdout);
            putchar('\n');
        }
        close_input(stream);
    }
    return tool_end();
}
