// hexdump: bytes as hexadecimal numbers, as they stand (-C) or as 16-bit words.
#include "user/lib/lines.h"
#include "user/lib/tool.h"

#include <stdio.h>
#include <string.h>

static const char help[] = "Usage: hexdump [-Cv] [-n BYTES] [-s OFFSET] [FILE]...\n"
                           "Print files as 16-bit words in hexadecimal; several are one after the other.\n"
                           "  -C         byte by byte, with the characters beside them\n"
                           "  -n BYTES   only so many\n"
                           "  -s OFFSET  leave out so many at the start\n"
                           "  -v         rows that are like the one before too, not a * for them\n";

enum { kRow = 16 };

static int characters, every_row;
static long long left = -1, skip;
static unsigned char row[kRow], last_row[kRow];
static int filled;
static unsigned long long offset;

static void print_words(void)
{
    for (int i = 0; i < filled; i += 2)
        printf(" %02x%02x", i + 1 < filled ? row[i + 1] : 0, row[i]);
    for (int i = (filled + 1) / 2; i < kRow / 2; i++)
        fputs("     ", stdout);
    putchar('\n');
}

static void print_characters(void)
{
    for (int i = 0; i < kRow; i++) {
        fputs(i == 0 || i == 8 ? "  " : " ", stdout);
        if (i < filled)
            printf("%02x", row[i]);
        else
            fputs("  ", stdout);
    }
    fputs("  |", stdout);
    for (int i = 0; i < filled; i++)
        putchar(row[i] >= 32 && row[i] < 127 ? row[i] : '.');
    puts("|");
}

static void print_row(void)
{
    static int rows, starred;
    if (!every_row && filled == kRow && rows++ && memcmp(row, last_row, kRow) == 0) {
        if (!starred) puts("*");
        starred = 1;
    } else {
        starred = 0;
        printf(characters ? "%08llx" : "%07llx", offset);
        if (characters)
            print_characters();
        else
            print_words();
    }
    memcpy(last_row, row, kRow);
    offset += (unsigned)filled;
    filled = 0;
}

static void dump(FILE* stream)
{
    for (int c; left != 0 && (c = getc(stream)) != EOF;) {
        if (skip > 0) {
            skip--;
            offset++;
            continue;
        }
        row[filled++] = (unsigned char)c;
        if (left > 0) left--;
        if (filled == kRow) print_row();
    }
}

static long long parse_offset(const char* text)  // 0x for hexadecimal
{
    unsigned long long number;
    if (strncmp(text, "0x", 2) == 0 && sscanf(text + 2, "%llx", &number) == 1) return (long long)number;
    return tool_parse_size(text);
}

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("Cvxn:s:", NULL)) != -1;) {
        if (letter == 'C') characters = 1;
        if (letter == 'v') every_row = 1;
        if (letter == 'n') left = parse_offset(tool_argument);
        if (letter == 's') skip = parse_offset(tool_argument);
    }
    if (tool_operand_count == 0) dump(stdin);
    for (char** operand = tool_operands; *operand; operand++) {
        FILE* stream = open_input(*operand);
        if (!stream) continue;
        dump(stream);
        close_input(stream);
    }
    if (filled) print_row();
    if (offset) printf(characters ? "%08llx\n" : "%07llx\n", offset);
    return tool_end();
}
