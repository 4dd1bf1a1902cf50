// cat: copies files to standard output, by whole buffers; with -n through a line counter.
#include "user/lib/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] = "Usage: cat [-nbsE] [FILE]...\n"
                           "Print files one after the other; standard input for - or no FILE.\n"
                           "  -n  number the lines\n"
                           "  -b  number the lines that are not empty\n"
                           "  -s  squeeze several empty lines into one\n"
                           "  -E  show a $ at the end of each line\n"
                           "  -A  show control characters as ^X, line ends as $\n";

enum { kBufferSize = 64 * 1024 };

static char buffer[kBufferSize];
static int number_all, number_full, squeeze, show_ends, show_controls;

static void write_all(const char* bytes, size_t length)
{
    while (length > 0) {
        const ssize_t count = write(1, bytes, length);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) tool_die("write error: %s", strerror(errno));
        bytes += count;
        length -= (size_t)count;
    }
}

static void show_byte(int byte)
{
    if (byte == '\n' || byte == EOF || !show_controls) {
        if (byte == '\n' && show_ends) putchar('$');
        putchar(byte);
        return;
    }
    if (byte >= 128) {
        fputs("M-", stdout);
        byte -= 128;
    }
    if (byte < 32 || byte == 127)
        printf("^%c", byte ^ 64);
    else
        putchar(byte);
}

// Line state lives on from file to file, as the lines do.
static void show_bytes(const char* bytes, size_t length)
{
    static unsigned line;
    static int at_start = 1, empty_before;
    for (size_t i = 0; i < length; i++) {
        const int byte = (unsigned char)bytes[i];
        const int empty = at_start && byte == '\n';
        if (empty && squeeze && empty_before) continue;
        if (at_start) empty_before = empty;
        if (at_start && (number_full ? !empty : number_all)) printf("%6u\t", ++line);
        show_byte(byte);
        at_start = byte == '\n';
    }
}

static void copy_out(int descriptor, const char* name)
{
    const int plain = !(number_all | number_full | squeeze | show_ends | show_controls);
    for (;;) {
        const ssize_t count = read(descriptor, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) tool_warn("%s", name);
        if (count <= 0) return;
        if (plain) {
            write_all(buffer, (size_t)count);
        } else {
            show_bytes(buffer, (size_t)count);
            fflush(stdout);
        }
    }
}

static void copy_file(const char* name)
{
    if (strcmp(name, "-") == 0) {
        copy_out(0, "standard input");
        return;
    }
    const int descriptor = open(name, O_RDONLY);
    if (descriptor < 0) {
        tool_warn("%s", name);
        return;
    }
    copy_out(descriptor, name);
    close(descriptor);
}

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {
        {"number", 'n'}, {"show-all", 'A'}, {"squeeze-blank", 's'}, {0, 0}};
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("nbsEAu", longs)) != -1;) {
        if (letter == 'n') number_all = 1;
        if (letter == 'b') number_full = 1;
        if (letter == 's') squeeze = 1;
        if (letter == 'E' || letter == 'A') show_ends = 1;
        if (letter == 'A') show_controls = 1;
    }
    if (tool_operand_count == 0) copy_file("-");
    for (char** operand = tool_operands; *operand; operand++)
        copy_file(*operand);
    return tool_end();
}
