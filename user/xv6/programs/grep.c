// grep PATTERN [FILE...]: prints the lines in which the pattern occurs. ^ and $ stand for a line's ends, . for any
// character, x* for any number of x.
#include "stat.h"
#include "types.h"
#include "user.h"

static char buffer[1024];

static int match_here(char* pattern, char* text);

static int match_repeated(char wanted, char* pattern, char* text)
{
    for (;; text++) {
        if (match_here(pattern, text)) return 1;
        if (*text == 0 || (wanted != '.' && *text != wanted)) return 0;
    }
}

static int match_here(char* pattern, char* text)
{
    for (; *pattern; pattern++, text++) {
        if (pattern[1] == '*') return match_repeated(*pattern, pattern + 2, text);
        if (*pattern == '$' && pattern[1] == 0) return *text == 0;
        if (*text == 0 || (*pattern != '.' && *pattern != *text)) return 0;
    }
    return 1;
}

static int match(char* pattern, char* text)
{
    if (*pattern == '^') return match_here(pattern + 1, text);
    do {
        if (match_here(pattern, text)) return 1;
    } while (*text++);
    return 0;
}

// Prints what matches among the whole lines at the buffer's beginning; the bytes of the last, unfinished one move there.
static int search_lines(char* pattern, int filled)
{
    char* line = buffer;
    char* newline;
    while ((newline = strchr(line, '\n')) != 0) {
        *newline = 0;
        if (match(pattern, line)) printf(1, "%s\n", line);
        line = newline + 1;
    }
    const int rest = filled - (line - buffer);
    memmove(buffer, line, rest);
    return rest == sizeof(buffer) - 1 ? 0 : rest;  // a line too long for the buffer is given up
}

static void search(char* pattern, int fd)
{
    int filled = 0, got;
    while ((got = read(fd, buffer + filled, sizeof(buffer) - 1 - filled)) > 0) {
        filled += got;
        buffer[filled] = 0;
        filled = search_lines(pattern, filled);
    }
    buffer[filled] = 0;
    if (filled > 0 && match(pattern, buffer)) printf(1, "%s\n", buffer);
}

int main(int argc, char** argv)
{
    if (argc < 2) {
        printf(2, "usage: grep PATTERN [FILE...]\n");
        exit();
    }
    if (argc == 2) search(argv[1], 0);
    for (int i = 2; i < argc; i++) {
        int fd = open(argv[i], 0);
        if (fd < 0) {
            printf(2, "grep: cannot open %s\n", argv[i]);
            exit();
        }
        search(argv[1], fd);
        close(fd);
    }
    exit();
}
