// tac: the lines of files, last first.
#include "user/lib/lines.h"
#include "user/lib/tool.h"

#include <stdio.h>

static const char help[] = "Usage: tac [FILE]...\nPrint each file's lines, the last one first.\n";

int main(int argc, char** argv)
{
    static char* input[] = {"-", NULL};
    tool_begin(argc, argv, help);
    while (tool_option("", NULL) != -1) {
    }
    for (char** operand = tool_operand_count ? tool_operands : input; *operand; operand++) {
        struct lines lines = {0, 0, 0};
        FILE* stream = open_input(*operand);
        if (!stream) continue;
        read_lines(stream, &lines);
        close_input(stream);
        for (size_t i = lines.count; i-- > 0;) {
            fwrite(lines.lines[i].text, 1, lines.lines[i].length, stdout);
            putchar('\n');
        }
        free_lines(&lines);
    }
    return tool_end();
}
