// head: the first lines or bytes of files.
#include "user/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "Usage: head [-n LINES | -c BYTES] [-qv] [FILE]...\n"
                           "Print the first 10 lines of each file; standard input for - or no FILE.\n"
                           "  -n LINES  so many lines, as -LINES; -n -LINES all but the last LINES\n"
                           "  -c BYTES  so many bytes; -c -BYTES all but the last BYTES\n"
                           "  -q, -v    never, always print the file's name first\n";

static long long wanted = 10;
static int by_bytes, all_but;

static void copy_first(FILE* stream)
{
    long long left = wanted;
    for (int c; left > 0 && (c = getc(stream)) != EOF;) {
        putchar(c);
        if (by_bytes || c == '\n') left--;
    }
}

// All but the last lines or bytes: a piece is held back until `wanted` more have been read.
static void copy_all_but_last(FILE* stream)
{
    const size_t ring_size = (size_t)wanted + 1;
    char** ring = tool_allocate(ring_size * sizeof *ring);
    size_t* lengths = tool_allocate(ring_size * sizeof *lengths);
    size_t* rooms = tool_allocate(ring_size * sizeof *rooms);
    memset(ring, 0, ring_size * sizeof *ring);
    memset(rooms, 0, ring_size * sizeof *rooms);
    for (size_t count = 0;; count++) {
        const size_t slot = count % ring_size;
        if (by_bytes) {
            const int c = getc(stream);
            if (c == EOF) break;
            if (!ring[slot]) ring[slot] = tool_allocate(1);
            ring[slot][0] = (char)c;
            lengths[slot] = 1;
        } else {
            const ssize_t length = getline(&ring[slot], &rooms[slot], stream);
            if (length <= 0) break;
            lengths[slot] = (size_t)length;
        }
        const size_t oldest = (count + 1) % ring_size;
        if (count + 1 >= ring_size) fwrite(ring[oldest], 1, lengths[oldest], stdout);
    }
    for (size_t i = 0; i < ring_size; i++)
        free(ring[i]);
    free(ring);
    free(lengths);
    free(rooms);
}

static void copy_file(const char* name, int with_title)
{
    static int titles;
    const int is_input = strcmp(name, "-") == 0;
    FILE* stream = is_input ? stdin : fopen(name, "r");
    if (!stream) {
        tool_warn("cannot open '%s' for reading", name);
        return;
    }
    if (with_title) printf("%s==> %s <==\n", titles++ ? "\n" : "", is_input ? "standard input" : name);
    if (all_but)
        copy_all_but_last(stream);
    else
        copy_first(stream);
    if (ferror(stream)) tool_warn("error reading '%s'", name);
    if (!is_input) fclose(stream);
}

static void set_wanted(const char* text, int bytes)
{
    by_bytes = bytes;
    all_but = text[0] == '-';
    wanted = tool_parse_size(text + all_but);
}

int main(int argc, char** argv)
{
    int titles = -1, old_style = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("n:c:qv0123456789", NULL)) != -1;) {
        if (letter == 'n' || letter == 'c') set_wanted(tool_argument, letter == 'c');
        if (letter == 'q') titles = 0;
        if (letter == 'v') titles = 1;
        if (letter < '0' || letter > '9') continue;
        wanted = (old_style ? wanted * 10 : 0) + letter - '0';
        old_style = 1;
    }
    if (titles < 0) titles = tool_operand_count > 1;
    if (tool_operand_count == 0) copy_file("-", titles);
    for (char** operand = tool_operands; *operand; operand++)
        copy_file(*operand, titles);
    return tool_end();
}
