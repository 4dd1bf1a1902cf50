// echo: prints its arguments. Its options are few and odd: what does not look wholly like one is text.
#include "user/lib/escapes.h"
#include "user/lib/tool.h"

#include <stdio.h>
#include <string.h>

static const char help[] = "Usage: echo [-neE] [TEXT]...\n"
                           "Print the arguments with single blanks between them, and a newline.\n"
                           "  -n  no newline\n"
                           "  -e  heed \\n \\t \\\\ \\a \\b \\c \\e \\f \\r \\v \\0NNN \\xHH\n";

static int newline = 1, escapes;

static int is_option(const char* word)
{
    return word[0] == '-' && word[1] && strspn(word + 1, "neE") == strlen(word + 1);
}

static void set_options(const char* word)
{
    while (*++word) {
        if (*word == 'n') newline = 0;
        if (*word == 'e') escapes = 1;
        if (*word == 'E') escapes = 0;
    }
}

static int print_escaped(const char* text)  // 0 after \c
{
    while (*text) {
        int byte = (unsigned char)*text++;
        if (byte == '\\') byte = read_escape(&text);
        if (byte == -1) return 0;
        putchar(byte);
    }
    return 1;
}

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return tool_end();
    }
    for (argv++; *argv && is_option(*argv); argv++)
        set_options(*argv);
    for (; *argv; argv++) {
        if (!escapes)
            fputs(*argv, stdout);
        else if (!print_escaped(*argv))
            return tool_end();
        if (argv[1]) putchar(' ');
    }
    if (newline) putchar('\n');
    return tool_end();
}
