// Reading whole files as lines (see lines.h).
#include "user/lib/lines.h"

#include "user/lib/tool.h"

#include <stdlib.h>
#include <string.h>

FILE* open_input(const char* name)
{
    if (strcmp(name, "-") == 0) return stdin;
    FILE* stream = fopen(name, "r");
    if (!stream) tool_warn("%s", name);
    return stream;
}

void close_input(FILE* stream)
{
    if (ferror(stream)) tool_warn("read error");
    if (stream != stdin) fclose(stream);
}

void read_lines(FILE* stream, struct lines* lines)
{
    char* text = NULL;
    size_t room = 0;
    for (ssize_t length; (length = getline(&text, &room, stream)) > 0;) {
        length -= text[length - 1] == '\n';
        if (lines->count == lines->room) {
            lines->room = lines->room ? 2 * lines->room : 256;
            lines->lines = tool_reallocate(lines->lines, lines->room * sizeof *lines->lines);
        }
        struct text_line* line = &lines->lines[lines->count++];
        line->length = (size_t)length;
        line->text = tool_allocate(line->length + 1);
        memcpy(line->text, text, line->length);
        line->text[length] = 0;
    }
    free(text);
}

void free_lines(struct lines* lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->lines[i].text);
    free(lines->lines);
    memset(lines, 0, sizeof *lines);
}
