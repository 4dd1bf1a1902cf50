// grep: prints the lines in which a pattern is found. The matching is in user/lib/pattern.c.
#include "user/lib/pattern.h"
#include "user/lib/tool.h"
#include "user/lib/tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "Usage: grep [OPTION]... PATTERN [FILE]...\n"
    "Print the lines that match a regular expression. Status: 0 some, 1 none, 2 an error.\n"
    "  -E, -F       extended expressions; fixed strings\n"
    "  -e PATTERN   one more pattern; -f FILE one in each line of FILE\n"
    "  -i           upper and lower case are the same\n"
    "  -v           the lines that do not match\n"
    "  -w, -x       matches that are whole words, whole lines\n"
    "  -c, -l, -L   only a count; names of files with a match; without one\n"
    "  -o           only what matched, each on a line\n"
    "  -n, -H, -h   with line numbers, with the file's name, without\n"
    "  -q, -s       nothing but the status; no word about files that cannot be read\n"
    "  -r           directories with all they hold\n"
    "  -m N         stop after N lines\n"
    "  -A N, -B N, -C N   N lines after, before, around each as well\n"
    "  -a           treat binary files as text\n";

static struct {
    int flags, invert, count, names, names_without, only, number, quiet, silent, recursive, text;
    int with_name;  // -1: where there are several files
    long most, before, after;
} want = {.with_name = -1, .most = -1};

static char** texts;
static size_t text_count;
static struct pattern* pattern;
static int any_match;

// ---- patterns ----

static void add_text(const char* text, size_t length)
{
    texts = tool_reallocate(texts, (text_count + 1) * sizeof *texts);
    char* copy = tool_allocate(length + 1);
    memcpy(copy, text, length);
    copy[length] = 0;
    texts[text_count++] = copy;
}

static void add_patterns(const char* lines)  // each line is one
{
    for (;;) {
        const size_t length = strcspn(lines, "\n");
        add_text(lines, length);
        if (!lines[length]) return;
        lines += length + 1;
    }
}

static void add_pattern_file(const char* path)
{
    char* line = NULL;
    size_t room = 0;
    FILE* stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (!stream) tool_die("%s: %s", path, strerror(errno));
    for (ssize_t length; (length = getline(&line, &room, stream)) > 0;)
        add_text(line, (size_t)(length - (line[length - 1] == '\n')));
    free(line);
    if (stream != stdin) fclose(stream);
}

// ---- one file ----

struct line {
    char* text;
    size_t room, length;
    long number;
};

struct input {
    FILE* stream;
    const char* name;
    struct line* ring;       // the last `before` lines and the present one
    long number, matches;    // of the present line; so far
    long printed, trailing;  // number of the line printed last; how many to print after a match
};

static void print_prefix(const struct input* input, long number, char mark)
{
    if (want.with_name) printf("%s%c", input->name, mark);
    if (want.number) printf("%ld%c", number, mark);
}

static void print_line(struct input* input, const struct line* line, char mark)
{
    const int context = want.before || want.after;
    if (context && input->printed && line->number > input->printed + 1) puts("--");
    input->printed = line->number;
    print_prefix(input, line->number, mark);
    fwrite(line->text, 1, line->length, stdout);
    putchar('\n');
}

static void print_matches(const struct input* input, const struct line* line)
{
    struct span groups[kPatternGroups];
    for (size_t from = 0; from <= line->length;) {
        if (!pattern_search(pattern, line->text, line->length, from, groups)) return;
        if (groups[0].end > groups[0].start) {
            print_prefix(input, line->number, ':');
            fwrite(line->text + groups[0].start, 1, (size_t)(groups[0].end - groups[0].start), stdout);
            putchar('\n');
            from = (size_t)groups[0].end;
        } else {
            from = (size_t)groups[0].end + 1;
        }
    }
}

static struct line* ring_line(const struct input* input, long number)
{
    return &input->ring[number % (want.before + 1)];
}

static void print_before(struct input* input)
{
    long number = input->number - want.before;
    if (number < 1) number = 1;
    if (number <= input->printed) number = input->printed + 1;
    for (; number < input->number; number++)
        print_line(input, ring_line(input, number), '-');
}

static int prints_lines(void)
{
    return !want.count && !want.names && !want.names_without && !want.quiet;
}

static int matches(const struct line* line)
{
    struct span groups[kPatternGroups];
    const int found = pattern && pattern_search(pattern, line->text, line->length, 0, groups);
    return found != want.invert;
}

// Takes a line that matches; 0 when the rest of the file need not be read.
static int take_match(struct input* input, struct line* line)
{
    input->matches++;
    any_match = 1;
    if (!prints_lines()) return want.count && input->matches != want.most;
    if (!want.text && memchr(line->text, 0, line->length)) {
        printf("Binary file %s matches\n", input->name);
        return 0;
    }
    if (want.only) {
        if (!want.invert) print_matches(input, line);
    } else {
        print_before(input);
        print_line(input, line, ':');
        input->trailing = want.after;
    }
    return input->matches != want.most || input->trailing;
}

static int read_line(struct input* input)
{
    struct line* line = ring_line(input, input->number + 1);
    const ssize_t length = getline(&line->text, &line->room, input->stream);
    if (length <= 0) return 0;
    line->number = ++input->number;
    line->length = (size_t)(length - (line->text[length - 1] == '\n'));
    return 1;
}

static void search_lines(struct input* input)
{
    while (read_line(input)) {
        struct line* line = ring_line(input, input->number);
        const int enough = want.most >= 0 && input->matches >= want.most;
        if (!enough && matches(line)) {
            if (!take_match(input, line)) return;
        } else if (input->trailing) {
            print_line(input, line, '-');
            if (--input->trailing == 0 && enough) return;
        } else if (enough) {
            return;
        }
    }
}

static void search_stream(FILE* stream, const char* name)
{
    struct input input = {stream, name, NULL, 0, 0, 0, 0};
    const size_t size = (size_t)(want.before + 1) * sizeof(struct line);
    if (want.most == 0) return;
    input.ring = memset(tool_allocate(size), 0, size);
    search_lines(&input);
    for (long i = 0; i <= want.before; i++)
        free(input.ring[i].text);
    free(input.ring);
    if (ferror(stream) && !want.silent) tool_warn("%s", name);
    if (want.quiet) return;
    if (want.count) {
        if (want.with_name) printf("%s:", name);
        printf("%ld\n", input.matches);
    }
    if ((want.names && input.matches) || (want.names_without && !input.matches)) puts(name);
}

static void search_path(const char* path);

static void search_directory(const char* path)
{
    DIR* directory = opendir(path);
    if (!directory) {
        if (!want.silent) tool_warn("%s", path);
        tool_status = 2;
        return;
    }
    for (struct dirent* entry; (entry = readdir(directory));) {
        struct stat status;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char* name = strcmp(path, ".") == 0 && tool_operand_count == 0 ? tool_copy_string(entry->d_name)
                                                                       : join_path(path, entry->d_name);
        // Below the operands neither links nor devices: one leads in circles, the other may never end.
        if (lstat(name, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)))
            search_path(name);
        free(name);
    }
    closedir(directory);
}

static void search_path(const char* path)
{
    if (strcmp(path, "-") == 0) {
        search_stream(stdin, "(standard input)");
        return;
    }
    if (is_directory(path)) {
        if (want.recursive)
            search_directory(path);
        else if (!want.silent)
            tool_error("%s: Is a directory", path);
        return;
    }
    FILE* stream = fopen(path, "r");
    if (!stream) {
        if (!want.silent) tool_warn("%s", path);
        tool_status = 2;
        return;
    }
    search_stream(stream, path);
    fclose(stream);
}

// ---- options ----

static void set_option(int letter)
{
    switch (letter) {
    case 'E':
        want.flags |= kPatternExtended;
        break;
    case 'G':
        want.flags &= ~kPatternExtended;
        break;
    case 'F':
        want.flags |= kPatternFixed;
        break;
    case 'i':
    case 'y':
        want.flags |= kPatternIgnoreCase;
        break;
    case 'w':
        want.flags |= kPatternWord;
        break;
    case 'x':
        want.flags |= kPatternLine;
        break;
    case 'e':
        add_patterns(tool_argument);
        break;
    case 'f':
        add_pattern_file(tool_argument);
        break;
    case 'v':
        want.invert = 1;
        break;
    case 'c':
        want.count = 1;
        break;
    case 'l':
        want.names = 1;
        break;
    case 'L':
        want.names_without = 1;
        break;
    case 'o':
        want.only = 1;
        break;
    case 'n':
        want.number = 1;
        break;
    case 'H':
        want.with_name = 1;
        break;
    case 'h':
        want.with_name = 0;
        break;
    case 'q':
        want.quiet = 1;
        break;
    case 's':
        want.silent = 1;
        break;
    case 'r':
    case 'R':
        want.recursive = 1;
        break;
    case 'a':
        want.text = 1;
        break;
    case 'm':
        want.most = tool_parse_number(tool_argument);
        break;
    case 'A':
        want.after = tool_parse_number(tool_argument);
        break;
    case 'B':
        want.before = tool_parse_number(tool_argument);
        break;
    case 'C':
        want.before = want.after = tool_parse_number(tool_argument);
        break;
    default:
        break;
    }
}

static void compile_patterns(void)
{
    const char* error;
    if (text_count == 0 && !*tool_operands) tool_usage_error("missing pattern");
    if (!texts) {
        if (tool_operand_count == 0) tool_usage_error("missing pattern");
        add_patterns(*tool_operands++);
        tool_operand_count--;
    }
    pattern = pattern_compile(texts, text_count, want.flags, &error);
    if (error) tool_die("%s", error);
}

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {{"ignore-case", 'i'},
                                                    {"invert-match", 'v'},
                                                    {"count", 'c'},
                                                    {"quiet", 'q'},
                                                    {"recursive", 'r'},
                                                    {"only-matching", 'o'},
                                                    {"line-number", 'n'},
                                                    {"regexp", 'e'},
                                                    {"files-with-matches", 'l'},
                                                    {"color", 'Z'},
                                                    {0, 0}};
    tool_usage_status = 2;
    tool_begin(argc, argv, help);
    if (strcmp(tool_name, "egrep") == 0) want.flags |= kPatternExtended;
    if (strcmp(tool_name, "fgrep") == 0) want.flags |= kPatternFixed;
    for (int letter; (letter = tool_option("EGFiywxe:f:vclLonHhqsrRam:A:B:C:Z::", longs)) != -1;)
        set_option(letter);
    if (want.before < 0 || want.after < 0) tool_usage_error("negative number of lines");
    compile_patterns();
    if (want.with_name < 0) want.with_name = tool_operand_count > 1 || want.recursive;
    if (tool_operand_count == 0) search_path(want.recursive ? "." : "-");
    for (char** operand = tool_operands; *operand; operand++)
        search_path(*operand);
    const int failed = tool_end();
    if (any_match && (want.quiet || !failed)) return 0;
    return failed ? 2 : 1;
}
