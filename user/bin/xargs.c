// xargs: makes arguments of the words on its standard input and runs a command with them.
#include "user/lib/tool.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char help[] = "Usage: xargs [-0rt] [-n COUNT] [-I TEXT] [COMMAND [ARGUMENT]...]\n"
                           "Run COMMAND (echo) with the words of standard input as further arguments.\n"
                           "  -0        words end with a null byte, and nothing is special in them\n"
                           "  -n COUNT  at most so many words a command\n"
                           "  -I TEXT   one command a line, the line in the place of TEXT\n"
                           "  -L LINES  at most so many lines a command\n"
                           "  -r        no words, no command; -t print each command first\n";

enum { kMostBytes = 96 * 1024, kMostWords = 4096 };

static int null_ends, skip_empty, trace;
static long most_words = kMostWords, most_lines;
static const char* replaced;

static char** fixed;
static size_t fixed_count;

static void run(char** arguments)
{
    int status;
    if (trace) {
        for (char** argument = arguments; *argument; argument++)
            fprintf(stderr, "%s%s", *argument, argument[1] ? " " : "\n");
    }
    fflush(stdout);
    const pid_t child = fork();
    if (child < 0) tool_die("fork: %s", strerror(errno));
    if (child == 0) {
        const int null = open("/dev/null", O_RDONLY);  // the words are ours, not the command's
        dup2(null, 0);
        execvp(arguments[0], arguments);
        fprintf(stderr, "xargs: %s: %s\n", arguments[0], strerror(errno));
        _exit(errno == ENOENT ? 127 : 126);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) exit(125);
    if (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127) exit(WEXITSTATUS(status));
    if (WEXITSTATUS(status) == 255) exit(124);
    if (WEXITSTATUS(status)) tool_status = 123;
}

static void run_with(char** words, size_t count)
{
    char** arguments = tool_allocate((fixed_count + count + 1) * sizeof *arguments);
    memcpy(arguments, fixed, fixed_count * sizeof *arguments);
    if (count) memcpy(arguments + fixed_count, words, count * sizeof *arguments);
    arguments[fixed_count + count] = NULL;
    run(arguments);
    free(arguments);
}

static char* replace(const char* text, const char* with)
{
    const size_t length = strlen(replaced);
    size_t size = strlen(text) + 1;
    for (const char* at = text; (at = strstr(at, replaced)); at += length)
        size += strlen(with);
    char *result = tool_allocate(size), *to = result;
    while (*text) {
        if (strncmp(text, replaced, length) == 0) {
            to = stpcpy(to, with);
            text += length;
        } else {
            *to++ = *text++;
        }
    }
    *to = 0;
    return result;
}

static void run_replaced(const char* line)
{
    char** arguments = tool_allocate((fixed_count + 1) * sizeof *arguments);
    for (size_t i = 0; i < fixed_count; i++)
        arguments[i] = replace(fixed[i], line);
    arguments[fixed_count] = NULL;
    run(arguments);
    for (size_t i = 0; i < fixed_count; i++)
        free(arguments[i]);
    free(arguments);
}

// ---- reading words ----

struct word {
    char* text;
    size_t length, room;
};

static void append(struct word* word, int c)
{
    if (word->length + 1 >= word->room) {
        word->room = word->room ? 2 * word->room : 64;
        word->text = tool_reallocate(word->text, word->room);
    }
    word->text[word->length++] = (char)c;
}

static void append_quoted(struct word* word, int quote)
{
    for (int c; (c = getchar()) != quote;) {
        if (c == EOF || c == '\n') tool_die("unmatched quote");
        append(word, c);
    }
}

// The next word, to be freed; null at the end. *line_ended: a newline came right after it.
static char* read_word(int* line_ended)
{
    struct word word = {NULL, 0, 0};
    const int whole_lines = replaced != NULL;
    int begun = 0;
    *line_ended = 0;
    for (int c; (c = getchar()) != EOF;) {
        const int ends = null_ends ? c == 0 : c == '\n' || (!whole_lines && isspace(c));
        if (!begun && (ends || (whole_lines && isblank(c))) && !null_ends) continue;
        if (ends) {
            *line_ended = c == '\n';
            append(&word, 0);
            return word.text;
        }
        begun = 1;
        if (!null_ends && (c == '"' || c == '\''))
            append_quoted(&word, c);
        else if (!null_ends && c == '\\')
            append(&word, getchar());
        else
            append(&word, c);
    }
    if (begun) append(&word, 0);
    return word.text;
}

static void run_all(void)
{
    char** words = tool_allocate(kMostWords * sizeof *words);
    size_t count = 0, bytes = 0;
    long lines = 0;
    int runs = 0, line_ended;
    for (char* word; (word = read_word(&line_ended));) {
        words[count++] = word;
        bytes += strlen(word) + 1;
        lines += line_ended;
        const int full = count == kMostWords || (long)count == most_words || bytes > kMostBytes ||
                         (most_lines && lines == most_lines);
        if (!full) continue;
        run_with(words, count);
        runs++;
        while (count)
            free(words[--count]);
        bytes = 0;
        lines = 0;
    }
    if (count || (runs == 0 && !skip_empty)) run_with(words, count);
    while (count)
        free(words[--count]);
    free(words);
}

int main(int argc, char** argv)
{
    static char* echo[] = {"echo", NULL};
    int line_ended;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("+0rtn:I:L:", NULL)) != -1;) {
        if (letter == '0') null_ends = 1;
        if (letter == 'r') skip_empty = 1;
        if (letter == 't') trace = 1;
        if (letter == 'n') most_words = tool_parse_number(tool_argument);
        if (letter == 'L') most_lines = tool_parse_number(tool_argument);
        if (letter == 'I') replaced = tool_argument;
    }
    if (most_words < 1 || most_lines < 0 || (replaced && !*replaced))
        tool_usage_error("wrong argument of an option");
    fixed = tool_operand_count ? tool_operands : echo;
    fixed_count = tool_operand_count ? (size_t)tool_operand_count : 1;
    if (!replaced) run_all();
    for (char* line; replaced && (line = read_word(&line_ended));) {
        run_replaced(line);
        free(line);
    }
    return tool_end();
}
