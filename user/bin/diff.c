// diff: what must be done to make one file from another. Myers' algorithm ("An O(ND) Difference Algorithm and Its
// Variations", 1986): of all ways to get from one file to the other the one with the fewest edits.
// Lines are numbered first, equal lines alike, so that comparing them is comparing integers.
#include "user/lib/lines.h"
#include "user/lib/tool.h"
#include "user/lib/tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char help[] =
    "Usage: diff [OPTION]... FILE1 FILE2\n"
    "Show how two files differ, line by line. Status 0 the same, 1 different, 2 an error.\n"
    "  -u, -U N   unified: with 3, or N, lines around each change\n"
    "  -q         only whether they differ; -s say too when they are the same\n"
    "  -r         directories with all they hold; -N a file that is not there is empty\n"
    "  -i, -b, -w ignore case; how many blanks there are; all blanks\n";

static int unified, brief, same_too, recursive, absent_empty, ignore_case, ignore_amount, ignore_blanks;
static long context = 3;
static char options_given[256];  // as they stand in the titles of a directory's files

// ---- numbering lines ----

struct file {
    const char* name;
    struct lines lines;
    int* numbers;   // of its lines
    char* changed;  // 1: deleted (first file) or inserted (second)
    struct stat status;
    int no_newline;  // at the end
};

struct entry {
    const struct text_line* line;
    int number;
};

static struct entry* table;
static size_t table_size;
static int next_number;

// The line's bytes as far as they count; -1 at the end. *at is moved on.
static int next_byte(const char** at)
{
    int c = (unsigned char)**at;
    if (ignore_blanks) {
        while (c && isspace(c))
            c = (unsigned char)*++*at;
    } else if (ignore_amount && isspace(c)) {
        while (isspace((unsigned char)**at))
            ++*at;
        return **at ? ' ' : -1;
    }
    if (!c) return -1;
    ++*at;
    return ignore_case ? tolower(c) : c;
}

static size_t hash_line(const char* text)
{
    size_t hash = 5381;
    for (int c; (c = next_byte(&text)) != -1;)
        hash = hash * 33 + (unsigned)c;
    return hash;
}

static int same_line(const char* a, const char* b)
{
    for (;;) {
        const int left = next_byte(&a), right = next_byte(&b);
        if (left != right) return 0;
        if (left == -1) return 1;
    }
}

static int number_of(const struct text_line* line)
{
    size_t at = hash_line(line->text) % table_size;
    for (; table[at].line; at = (at + 1) % table_size)
        if (same_line(table[at].line->text, line->text)) return table[at].number;
    table[at].line = line;
    table[at].number = next_number;
    return next_number++;
}

static void number_lines(struct file* files)
{
    table_size = 2 * (files[0].lines.count + files[1].lines.count) + 1;
    table = memset(tool_allocate(table_size * sizeof *table), 0, table_size * sizeof *table);
    next_number = 0;
    for (int f = 0; f < 2; f++) {
        struct file* file = &files[f];
        file->numbers = tool_allocate(file->lines.count * sizeof(int));
        file->changed = memset(tool_allocate(file->lines.count + 1), 0, file->lines.count + 1);
        for (size_t i = 0; i < file->lines.count; i++)
            file->numbers[i] = number_of(&file->lines.lines[i]);
    }
    free(table);
}

// ---- Myers: the fewest lines to delete and insert ----

// reach[d][k]: how far along the first file one gets with d edits on diagonal k (lines of the first minus lines of
// the second). All rows are kept, to walk the path back; past kMostEdits everything left counts as changed.
enum { kMostEdits = 3000 };

struct part {  // what is left when the equal ends are off
    const int *a, *b;
    char *a_changed, *b_changed;
    long a_count, b_count;
};

static long furthest_start(const long* row, long d, long k)  // after the d-th edit, before equal lines
{
    if (d == 0) return 0;
    const long* before = row - (2 * (d - 1) + 1);  // row d - 1 stands right before row d
    // Diagonal k of row d - 1 is at index k + d - 1.
    const int insert = k == -d || (k != d && before[k - 1 + d - 1] < before[k + 1 + d - 1]);
    return insert ? before[k + 1 + d - 1] : before[k - 1 + d - 1] + 1;
}

static long slide(const struct part* part, long x, long k)  // along equal lines
{
    while (x < part->a_count && x - k < part->b_count && part->a[x] == part->b[x - k])
        x++;
    return x;
}

// Row d is at rows + d * d: the rows before it have 1 + 3 + 5 + ... entries.
static long find_edits(const struct part* part, long** rows)
{
    size_t room = 0;
    for (long d = 0; d <= kMostEdits; d++) {
        const size_t needed = (size_t)((d + 1) * (d + 1));
        if (needed > room) *rows = tool_reallocate(*rows, (room = 2 * needed) * sizeof(long));
        long* row = *rows + d * d;
        for (long k = -d; k <= d; k++)
            row[k + d] = -1;
        for (long k = -d; k <= d; k += 2) {
            const long x = furthest_start(row, d, k);
            row[k + d] = x > part->a_count || x - k > part->b_count ? x : slide(part, x, k);
            if (row[k + d] == part->a_count && row[k + d] - k == part->b_count) return d;
        }
    }
    return -1;
}

static void mark_path(const struct part* part, const long* rows, long d)
{
    long k = part->a_count - part->b_count;
    for (; d > 0; d--) {
        const long* row = rows + d * d;
        const long* before = rows + (d - 1) * (d - 1);
        const int insert = k == -d || (k != d && before[k - 1 + d - 1] < before[k + 1 + d - 1]);
        const long x = furthest_start(row, d, k);
        if (insert)
            part->b_changed[x - k - 1] = 1;
        else
            part->a_changed[x - 1] = 1;
        k += insert ? 1 : -1;
    }
}

static void mark_changes(struct file* files)
{
    struct part part = {files[0].numbers, files[1].numbers,           files[0].changed,
                        files[1].changed, (long)files[0].lines.count, (long)files[1].lines.count};
    long* rows = NULL;
    while (part.a_count && part.b_count && *part.a == *part.b) {
        part.a++;
        part.b++;
        part.a_changed++;
        part.b_changed++;
        part.a_count--;
        part.b_count--;
    }
    while (part.a_count && part.b_count && part.a[part.a_count - 1] == part.b[part.b_count - 1]) {
        part.a_count--;
        part.b_count--;
    }
    const long edits = find_edits(&part, &rows);
    if (edits >= 0) {
        mark_path(&part, rows, edits);
    } else {
        memset(part.a_changed, 1, (size_t)part.a_count);
        memset(part.b_changed, 1, (size_t)part.b_count);
    }
    free(rows);
}

// ---- printing ----

struct hunk {
    long a, b;              // first lines, from 0
    long a_count, b_count;  // deleted, inserted
};

static int next_hunk(const struct file* files, struct hunk* hunk)  // goes on behind the hunk that is there
{
    const long a_lines = (long)files[0].lines.count, b_lines = (long)files[1].lines.count;
    long a = hunk->a + hunk->a_count, b = hunk->b + hunk->b_count;
    while (a < a_lines && b < b_lines && !files[0].changed[a] && !files[1].changed[b]) {
        a++;
        b++;
    }
    *hunk = (struct hunk){a, b, 0, 0};
    while (a + hunk->a_count < a_lines && files[0].changed[a + hunk->a_count])
        hunk->a_count++;
    while (b + hunk->b_count < b_lines && files[1].changed[b + hunk->b_count])
        hunk->b_count++;
    return hunk->a_count || hunk->b_count;
}

static void print_lines(const struct file* file, long from, long count, const char* mark)
{
    for (long i = from; i < from + count; i++) {
        fputs(mark, stdout);
        fwrite(file->lines.lines[i].text, 1, file->lines.lines[i].length, stdout);
        putchar('\n');
        if (file->no_newline && i + 1 == (long)file->lines.count) puts("\\ No newline at end of file");
    }
}

static void print_range(long from, long count)  // as normal output has it
{
    if (count > 1)
        printf("%ld,%ld", from + 1, from + count);
    else
        printf("%ld", count ? from + 1 : from);
}

static void print_normal(const struct file* files)
{
    struct hunk hunk = {0, 0, 0, 0};
    while (next_hunk(files, &hunk)) {
        print_range(hunk.a, hunk.a_count);
        putchar(!hunk.a_count ? 'a' : !hunk.b_count ? 'd' : 'c');
        print_range(hunk.b, hunk.b_count);
        putchar('\n');
        print_lines(&files[0], hunk.a, hunk.a_count, "< ");
        if (hunk.a_count && hunk.b_count) puts("---");
        print_lines(&files[1], hunk.b, hunk.b_count, "> ");
    }
}

static void print_header(const char* mark, const struct file* file)
{
    char text[64];
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", localtime(&file->status.st_mtime));
    printf("%s %s\t%s.%09ld +0000\n", mark, file->name, text, (long)file->status.st_mtim.tv_nsec);
}

static void print_unified_range(char mark, long from, long count)
{
    if (count == 1)
        printf("%c%ld", mark, from + 1);
    else
        printf("%c%ld,%ld", mark, count ? from + 1 : from, count);
}

// Hunks whose lines around them touch are printed as one. `last` is the last of those; *next what comes behind.
static void print_group(const struct file* files, struct hunk first, struct hunk last)
{
    const long before = first.a < context ? first.a : context;
    const long rest = (long)files[0].lines.count - last.a - last.a_count;
    const long after = rest < context ? rest : context;
    printf("@@ ");
    print_unified_range('-', first.a - before, last.a + last.a_count - first.a + before + after);
    putchar(' ');
    print_unified_range('+', first.b - before, last.b + last.b_count - first.b + before + after);
    puts(" @@");
    print_lines(&files[0], first.a - before, before, " ");
    for (struct hunk hunk = first;;) {
        print_lines(&files[0], hunk.a, hunk.a_count, "-");
        print_lines(&files[1], hunk.b, hunk.b_count, "+");
        const long end = hunk.a + hunk.a_count;
        if (hunk.a == last.a && hunk.b == last.b) break;
        next_hunk(files, &hunk);
        print_lines(&files[0], end, hunk.a - end, " ");
    }
    print_lines(&files[0], last.a + last.a_count, after, " ");
}

static void print_unified(const struct file* files)
{
    struct hunk first = {0, 0, 0, 0};
    print_header("---", &files[0]);
    print_header("+++", &files[1]);
    int more = next_hunk(files, &first);
    while (more) {
        struct hunk last = first, next = first;
        while ((more = next_hunk(files, &next)) && next.a - last.a - last.a_count <= 2 * context)
            last = next;
        print_group(files, first, last);
        first = next;
    }
}

// ---- files and directories ----

static int different;  // the exit status, but for errors

static int read_file(struct file* file)
{
    const int is_input = strcmp(file->name, "-") == 0;
    if ((is_input ? fstat(0, &file->status) : stat(file->name, &file->status)) < 0) {
        if (absent_empty && errno == ENOENT) return 1;
        tool_warn("%s", file->name);
        return 0;
    }
    FILE* stream = open_input(file->name);
    if (!stream) return 0;
    read_lines(stream, &file->lines);
    if (!is_input && file->status.st_size > 0 && fseek(stream, -1, SEEK_END) == 0)
        file->no_newline = getc(stream) != '\n';
    close_input(stream);
    return 1;
}

static int any_change(const struct file* files)
{
    for (int f = 0; f < 2; f++)
        if (memchr(files[f].changed, 1, files[f].lines.count)) return 1;
    return 0;
}

static int is_binary(const struct file* file)
{
    for (size_t i = 0; i < file->lines.count; i++)
        if (memchr(file->lines.lines[i].text, 0, file->lines.lines[i].length)) return 1;
    return 0;
}

static int same_bytes(const struct file* files)
{
    if (files[0].lines.count != files[1].lines.count) return 0;
    for (size_t i = 0; i < files[0].lines.count; i++) {
        const struct text_line *a = &files[0].lines.lines[i], *b = &files[1].lines.lines[i];
        if (a->length != b->length || memcmp(a->text, b->text, a->length) != 0) return 0;
    }
    return files[0].no_newline == files[1].no_newline;
}

static void print_difference(struct file* files, const char* title)
{
    if (is_binary(&files[0]) || is_binary(&files[1])) {
        if (same_bytes(files)) return;
        different = 1;
        printf("%s %s and %s differ\n", brief ? "Files" : "Binary files", files[0].name, files[1].name);
        return;
    }
    number_lines(files);
    // A last line without its newline is not the line with it.
    if (files[0].no_newline != files[1].no_newline && !ignore_blanks && !ignore_amount)
        for (int f = 0; f < 2; f++)
            if (files[f].no_newline) files[f].numbers[files[f].lines.count - 1] = next_number++;
    mark_changes(files);
    if (!any_change(files)) {
        if (same_too) printf("Files %s and %s are identical\n", files[0].name, files[1].name);
        return;
    }
    different = 1;
    if (brief) {
        printf("Files %s and %s differ\n", files[0].name, files[1].name);
        return;
    }
    if (title) puts(title);
    (unified ? print_unified : print_normal)(files);
}

static void compare_files(const char* a, const char* b, const char* title)
{
    struct file files[2];
    memset(files, 0, sizeof files);
    files[0].name = a;
    files[1].name = b;
    if (read_file(&files[0]) & read_file(&files[1]))
        print_difference(files, title);
    else
        tool_status = 2;
    for (int f = 0; f < 2; f++) {
        free_lines(&files[f].lines);
        free(files[f].numbers);
        free(files[f].changed);
    }
}

static int compare_names(const void* a, const void* b)
{
    return strcmp(*(char* const*)a, *(char* const*)b);
}

static char** read_names(const char* path, size_t* count)
{
    char** names = NULL;
    DIR* directory = opendir(path);
    *count = 0;
    if (!directory) {
        tool_warn("%s", path);
        tool_status = 2;
        return NULL;
    }
    for (struct dirent* entry; (entry = readdir(directory));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (*count % 64 == 0) names = tool_reallocate(names, (*count + 64) * sizeof *names);
        names[(*count)++] = tool_copy_string(entry->d_name);
    }
    closedir(directory);
    if (*count) qsort(names, *count, sizeof *names, compare_names);
    return names;
}

static void compare_directories(const char* a, const char* b);

static int same_inode(const char* a, const char* b)
{
    struct stat left, right;
    if (lstat(a, &left) < 0 || lstat(b, &right) < 0) return 0;
    return left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

static void compare_paths(const char* a, const char* b)
{
    char title[8192];
    if (same_inode(a, b)) return;
    const int a_is = is_directory(a), b_is = is_directory(b);
    if (a_is && b_is) {
        if (recursive)
            compare_directories(a, b);
        else
            printf("Common subdirectories: %s and %s\n", a, b);
    } else if (a_is || b_is) {
        printf("File %s is a %s while file %s is a %s\n", a, a_is ? "directory" : "regular file", b,
               b_is ? "directory" : "regular file");
        different = 1;
    } else {
        snprintf(title, sizeof title, "diff%s %s %s", options_given, a, b);
        compare_files(a, b, title);
    }
}

static void report_only(const char* directory, const char* name)
{
    printf("Only in %s: %s\n", directory, name);
    different = 1;
}

static void compare_directories(const char* a, const char* b)
{
    size_t a_count, b_count;
    char** a_names = read_names(a, &a_count);
    char** b_names = read_names(b, &b_count);
    for (size_t i = 0, j = 0; i < a_count || j < b_count;) {
        const int order = i == a_count ? 1 : j == b_count ? -1 : strcmp(a_names[i], b_names[j]);
        const char* name = order <= 0 ? a_names[i] : b_names[j];
        if (order != 0 && !absent_empty) {
            report_only(order < 0 ? a : b, name);
        } else {
            char *left = join_path(a, name), *right = join_path(b, name);
            compare_paths(left, right);
            free(left);
            free(right);
        }
        i += order <= 0;
        j += order >= 0;
    }
    while (a_count)
        free(a_names[--a_count]);
    while (b_count)
        free(b_names[--b_count]);
    free(a_names);
    free(b_names);
}

static void remember_options(char** words)
{
    for (; *words && strcmp(*words, "--") != 0; words++) {
        const size_t used = strlen(options_given);
        if ((*words)[0] == '-' && (*words)[1])
            snprintf(options_given + used, sizeof options_given - used, " %s", *words);
    }
}

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {
        {"unified", 'u'}, {"brief", 'q'}, {"recursive", 'r'}, {"new-file", 'N'}, {0, 0}};
    tool_usage_status = 2;
    tool_begin(argc, argv, help);
    remember_options(argv + 1);
    for (int letter; (letter = tool_option("uU:qsrNibwa", longs)) != -1;) {
        if (letter == 'u' || letter == 'U') unified = 1;
        if (letter == 'U') context = tool_parse_number(tool_argument);
        if (letter == 'q') brief = 1;
        if (letter == 's') same_too = 1;
        if (letter == 'r') recursive = 1;
        if (letter == 'N') absent_empty = 1;
        if (letter == 'i') ignore_case = 1;
        if (letter == 'b') ignore_amount = 1;
        if (letter == 'w') ignore_blanks = 1;
    }
    tool_need_operands(2, 2);
    char *a = tool_operands[0], *b = tool_operands[1];
    if (is_directory(a) && is_directory(b)) {
        compare_directories(a, b);
    } else {
        if (is_directory(a)) a = join_path(a, last_part(b));
        if (is_directory(b)) b = join_path(b, last_part(a));
        compare_files(a, b, NULL);
    }
    return tool_end() ? 2 : different;
}
