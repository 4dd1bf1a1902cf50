// Options, messages and exit status for the tools (see tool.h). One global state: a tool is one thread.
#include "user/lib/tool.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char* tool_name = "tool";
int tool_status;
int tool_usage_status = 1;
char* tool_argument;
char** tool_operands;
int tool_operand_count;

static const char* help_text;
static char** next_word;   // the first argument not looked at yet
static char* next_letter;  // inside "-abc": what follows the letter returned last
static int only_operands;  // after "--", or after the first operand when letters begin with '+'

void tool_begin(int argc, char** argv, const char* help)
{
    if (argc > 0) {
        const char* slash = strrchr(argv[0], '/');
        tool_name = slash ? slash + 1 : argv[0];
    }
    help_text = help;
    next_word = argv + (argc > 0);
    tool_operands = tool_allocate(sizeof(char*) * (size_t)(argc + 1));
    tool_operands[0] = NULL;
}

static void add_operand(char* word)
{
    tool_operands[tool_operand_count++] = word;
    tool_operands[tool_operand_count] = NULL;
}

static int argument_kind(const char* letters, int letter)  // 0 none, 1 needed, 2 optional (attached only)
{
    const char* at = letter == ':' ? NULL : strchr(letters, letter);
    if (!at || at[1] != ':') return 0;
    return at[2] == ':' ? 2 : 1;
}

static int long_option(const char* letters, const struct tool_long_option* table, char* word)
{
    char* equals = strchr(word, '=');
    const size_t length = equals ? (size_t)(equals - word) : strlen(word);
    if (length == 4 && strncmp(word, "help", 4) == 0) {
        fputs(help_text, stdout);
        exit(tool_end());
    }
    for (; table && table->name; table++) {
        if (strlen(table->name) != length || strncmp(table->name, word, length) != 0) continue;
        const int kind = argument_kind(letters, table->letter);
        tool_argument = equals ? equals + 1 : NULL;
        if (kind == 0 && equals) tool_usage_error("option '--%s' takes no argument", table->name);
        if (kind == 1 && !equals) {
            if (!*next_word) tool_usage_error("option '--%s' needs an argument", table->name);
            tool_argument = *next_word++;
        }
        return table->letter;
    }
    tool_usage_error("unknown option '--%s'", word);
}

static int short_option(const char* letters)
{
    const int letter = (unsigned char)*next_letter++;
    if (letter == ':' || !strchr(letters, letter)) tool_usage_error("unknown option '-%c'", letter);
    const int kind = argument_kind(letters, letter);
    tool_argument = NULL;
    if (kind == 0) return letter;
    if (*next_letter) {
        tool_argument = next_letter;
    } else if (kind == 1) {
        if (!*next_word) tool_usage_error("option '-%c' needs an argument", letter);
        tool_argument = *next_word++;
    }
    next_letter = NULL;
    return letter;
}

int tool_option(const char* letters, const struct tool_long_option* table)
{
    const int in_order = letters[0] == '+';
    letters += in_order;
    if (next_letter && *next_letter) return short_option(letters);
    while (*next_word) {
        char* word = *next_word++;
        if (only_operands || word[0] != '-' || !word[1]) {
            add_operand(word);
            only_operands |= in_order;
        } else if (strcmp(word, "--") == 0) {
            only_operands = 1;
        } else if (word[1] == '-') {
            return long_option(letters, table, word + 2);
        } else {
            next_letter = word + 1;
            return short_option(letters);
        }
    }
    return -1;
}

static void message(const char* reason, const char* format, va_list arguments)
{
    fflush(stdout);
    fprintf(stderr, "%s: ", tool_name);
    vfprintf(stderr, format, arguments);
    if (reason) fprintf(stderr, ": %s", reason);
    fputc('\n', stderr);
    if (!tool_status) tool_status = 1;
}

void tool_warn(const char* format, ...)
{
    const char* reason = strerror(errno);
    va_list arguments;
    va_start(arguments, format);
    message(reason, format, arguments);
    va_end(arguments);
}

void tool_error(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    message(NULL, format, arguments);
    va_end(arguments);
}

void tool_die(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    message(NULL, format, arguments);
    va_end(arguments);
    exit(tool_status < tool_usage_status ? tool_usage_status : tool_status);
}

void tool_usage_error(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    message(NULL, format, arguments);
    va_end(arguments);
    fprintf(stderr, "Try '%s --help'.\n", tool_name);
    exit(tool_usage_status);
}

void tool_need_operands(int least, int most)
{
    if (tool_operand_count < least) tool_usage_error("missing operand");
    if (most >= 0 && tool_operand_count > most) tool_usage_error("extra operand '%s'", tool_operands[most]);
}

int tool_end(void)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        if (errno != EPIPE) tool_warn("write error");
        if (!tool_status) tool_status = 1;
    }
    return tool_status;
}

void* tool_allocate(size_t size)
{
    return tool_reallocate(NULL, size);
}

void* tool_reallocate(void* memory, size_t size)
{
    memory = realloc(memory, size ? size : 1);
    if (!memory) tool_die("out of memory");
    return memory;
}

char* tool_copy_string(const char* text)
{
    const size_t size = strlen(text) + 1;
    return memcpy(tool_allocate(size), text, size);
}

static int suffix_shift(const char* suffix)  // log2 of the factor, -1 when it is no suffix
{
    if (!*suffix) return 0;
    if (suffix[1] && strcmp(suffix + 1, "iB") != 0 && strcmp(suffix + 1, "B") != 0) return -1;
    switch (*suffix) {
    case 'c':
        return 0;
    case 'b':
        return 9;
    case 'k':
    case 'K':
        return 10;
    case 'M':
        return 20;
    case 'G':
        return 30;
    case 'T':
        return 40;
    default:
        return -1;
    }
}

long long tool_parse_size(const char* text)
{
    char* end;
    errno = 0;
    const long long number = strtoll(text, &end, 10);
    const int shift = suffix_shift(end);
    if (end == text || errno || shift < 0 || number > (LLONG_MAX >> shift) || number < (LLONG_MIN >> shift))
        tool_die("invalid number: '%s'", text);
    return number * (1LL << shift);
}

long tool_parse_number(const char* text)
{
    char* end;
    errno = 0;
    const long number = strtol(text, &end, 10);
    if (end == text || *end || errno) tool_die("invalid number: '%s'", text);
    return number;
}

char* tool_human_size(unsigned long long bytes, char buffer[8])
{
    const char* unit = "BKMGTPE";
    unsigned long long tenths = bytes * 10;
    if (bytes < 1024) {
        snprintf(buffer, 8, "%u", (unsigned)bytes);
        return buffer;
    }
    while (tenths >= 10240) {
        tenths = (tenths + 1023) / 1024;
        unit++;
    }
    if (tenths <= 99)
        snprintf(buffer, 8, "%u.%u%c", (unsigned)(tenths / 10), (unsigned)(tenths % 10), *unit);
    else
        snprintf(buffer, 8, "%u%c", (unsigned)((tenths + 9) / 10), *unit);
    return buffer;
}

int tool_confirm(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", tool_name);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs("? ", stderr);
    const int first = getchar();
    for (int c = first; c != '\n' && c != EOF;)
        c = getchar();
    return tolower(first) == 'y';
}
