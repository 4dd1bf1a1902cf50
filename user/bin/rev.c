// rev: each line back to front.
#include "user/lib/lines.h"
#include "user/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] = "Usage: rev [FILE]...\nPrint each line back to front.\n";

int main(int argc, char** argv)
{
    static char* input[] = {"-", NULL};
    char* line = NULL;
    size_t room = 0;
    tool_begin(argc, argv, help);
    while (tool_option("", NULL) != -1) {
    }
    for (char** operand = tool_operand_count ? tool_operands : input; *operand; operand++) {
        FILE* stream = open_input(*operand);
        if (!stream) continue;
        for (ssize_t length; (length = getline(&line, &room, stream)) > 0;) {
            const int newline = line[length - 1] == '\n';
            for (length -= newline; length-- > 0;)
                putchar(line[length]);
            if (newline) putchar('\n');
        }
        close_input(stream);
    }
    return tool_end();
}
