// ls: collects entries, sorts them, and prints them one a line, in columns, or long.
#include "user/lib/mode.h"
#include "user/lib/names.h"
#include "user/lib/tool.h"
#include "user/lib/tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "Usage: ls [OPTION]... [FILE]...\n"
    "List files and what directories hold, sorted by name.\n"
    "  -l           long: mode, links, owner, group, size, time, name\n"
    "  -a, --all    also names that begin with a dot; -A not . and ..\n"
    "  -R           directories within directories too\n"
    "  -d           directories themselves, not what they hold\n"
    "  -1, -C       one name a line; in columns (as on a terminal)\n"
    "  -h           sizes like 1.5K; -s blocks used (KiB); -i inode number; -n ids as numbers\n"
    "  -t, -S, -U   sort by time, by size, not at all; -r the other way round\n"
    "  -u, -c       show and sort by access or by change time\n"
    "  -F, -p       mark kinds: / directory, * program, @ link, | fifo; -p only /\n"
    "  -L           follow links\n"
    "      --color[=WHEN]   always, never or auto\n";

static struct {
    int all, almost_all, itself, recursive, columns, long_format, human, inode, blocks, numeric;
    int reverse, classify, slash, follow, color, width, terminal;
    int sort;  // 'n' name, 't' time, 'S' size, 'U' none
    int time;  // 'm' modification, 'u' access, 'c' change
} want = {.sort = 'n', .time = 'm'};

struct entry {
    char* name;
    char* path;
    char* target;  // of a symbolic link, in the long format
    struct stat status;
    int known;  // the status could be had
};

struct list {
    struct entry* entries;
    size_t count, room;
};

// ---- collecting ----

static void read_target(struct entry* entry)
{
    char target[4096];
    const ssize_t length = readlink(entry->path, target, sizeof target - 1);
    if (length < 0) return;
    target[length] = 0;
    entry->target = tool_copy_string(target);
}

static struct entry* add_entry(struct list* list, const char* name, char* path, int follow)
{
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->entries = tool_reallocate(list->entries, list->room * sizeof *list->entries);
    }
    struct entry* entry = &list->entries[list->count];
    memset(entry, 0, sizeof *entry);
    entry->name = tool_copy_string(name);
    entry->path = path;
    entry->known = (follow && stat(path, &entry->status) == 0) || lstat(path, &entry->status) == 0;
    if (entry->known && want.long_format && S_ISLNK(entry->status.st_mode)) read_target(entry);
    list->count++;
    return entry;
}

static void free_list(struct list* list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->entries[i].name);
        free(list->entries[i].path);
        free(list->entries[i].target);
    }
    free(list->entries);
}

static int hidden(const char* name)
{
    if (name[0] != '.' || want.all) return 0;
    return !want.almost_all || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int read_directory(const char* path, struct list* list)
{
    DIR* directory = opendir(path);
    if (!directory) {
        tool_warn("cannot open directory '%s'", path);
        return 0;
    }
    for (struct dirent* item; (item = readdir(directory));) {
        if (hidden(item->d_name)) continue;
        char* item_path = join_path(path, item->d_name);
        struct entry* entry = add_entry(list, item->d_name, item_path, want.follow);
        if (!entry->known) tool_warn("cannot access '%s'", item_path);
    }
    closedir(directory);
    return 1;
}

// ---- sorting ----

static struct timespec shown_time(const struct entry* entry)
{
    if (want.time == 'u') return entry->status.st_atim;
    return want.time == 'c' ? entry->status.st_ctim : entry->status.st_mtim;
}

static int compare_times(const struct entry* a, const struct entry* b)  // newest first
{
    const struct timespec left = shown_time(a), right = shown_time(b);
    if (left.tv_sec != right.tv_sec) return left.tv_sec < right.tv_sec ? 1 : -1;
    return (left.tv_nsec < right.tv_nsec) - (left.tv_nsec > right.tv_nsec);
}

static int compare(const void* left, const void* right)
{
    const struct entry *a = left, *b = right;
    int order = 0;
    if (want.sort == 't') order = compare_times(a, b);
    if (want.sort == 'S')
        order = (a->status.st_size < b->status.st_size) - (a->status.st_size > b->status.st_size);
    if (order == 0) order = strcmp(a->name, b->name);
    return want.reverse ? -order : order;
}

static void sort_list(struct list* list)
{
    if (want.sort != 'U' && list->count) qsort(list->entries, list->count, sizeof *list->entries, compare);
}

// ---- printing ----

static int mark(const struct entry* entry)
{
    const mode_t mode = entry->status.st_mode;
    if (!entry->known) return 0;
    if (S_ISDIR(mode)) return want.classify || want.slash ? '/' : 0;
    if (!want.classify) return 0;
    if (S_ISLNK(mode)) return want.long_format ? 0 : '@';
    if (S_ISFIFO(mode)) return '|';
    if (S_ISSOCK(mode)) return '=';
    return S_ISREG(mode) && (mode & 0111) ? '*' : 0;
}

static const char* color_of(const struct entry* entry)
{
    const mode_t mode = entry->status.st_mode;
    if (!entry->known) return "31";
    if (S_ISDIR(mode)) return "1;34";
    if (S_ISLNK(mode)) return "1;36";
    if (S_ISCHR(mode) || S_ISBLK(mode)) return "1;33";
    if (S_ISFIFO(mode)) return "33";
    return S_ISREG(mode) && (mode & 0111) ? "1;32" : NULL;
}

static int print_name(const struct entry* entry)  // the width in columns
{
    const char* color = want.color ? color_of(entry) : NULL;
    const int letter = mark(entry);
    if (color) printf("\033[%sm", color);
    int width = 0;
    for (const char* at = entry->name; *at; at++, width++) {
        // A name may hold anything: it must not be able to drive the terminal.
        const int plain = !iscntrl((unsigned char)*at) || !want.terminal;
        putchar(plain ? *at : '?');
    }
    if (color) fputs("\033[0m", stdout);
    if (letter) putchar(letter);
    return width + (letter != 0);
}

struct widths {
    int inode, blocks, links, user, group, size;
};

static int digits(unsigned long long number)
{
    int count = 1;
    while (number >= 10) {
        number /= 10;
        count++;
    }
    return count;
}

static void widen(int* width, int needed)
{
    if (*width < needed) *width = needed;
}

static int is_device(const struct entry* entry)
{
    return S_ISCHR(entry->status.st_mode) || S_ISBLK(entry->status.st_mode);
}

static const char* size_text(const struct entry* entry, char buffer[32])
{
    if (is_device(entry))
        snprintf(buffer, 32, "%u, %3u", (unsigned)major(entry->status.st_rdev),
                 (unsigned)minor(entry->status.st_rdev));
    else if (want.human)
        tool_human_size((unsigned long long)entry->status.st_size, buffer);
    else
        snprintf(buffer, 32, "%lld", (long long)entry->status.st_size);
    return buffer;
}

static const char* blocks_text(const struct entry* entry, char buffer[32])
{
    const unsigned long long blocks = (unsigned long long)entry->status.st_blocks;  // of 512 bytes
    if (want.human)
        tool_human_size(blocks * 512, buffer);
    else
        snprintf(buffer, 32, "%llu", (blocks + 1) / 2);
    return buffer;
}

static const char* owner_text(const struct entry* entry, char buffer[32])
{
    if (!want.numeric) return user_name(entry->status.st_uid);
    snprintf(buffer, 32, "%u", (unsigned)entry->status.st_uid);
    return buffer;
}

static const char* group_text(const struct entry* entry, char buffer[32])
{
    if (!want.numeric) return group_name(entry->status.st_gid);
    snprintf(buffer, 32, "%u", (unsigned)entry->status.st_gid);
    return buffer;
}

static struct widths measure(const struct list* list)
{
    struct widths widths = {0, 0, 0, 0, 0, 0};
    char buffer[32];
    for (size_t i = 0; i < list->count; i++) {
        const struct entry* entry = &list->entries[i];
        if (want.inode) widen(&widths.inode, digits(entry->status.st_ino));
        if (want.blocks) widen(&widths.blocks, (int)strlen(blocks_text(entry, buffer)));
        if (!want.long_format) continue;
        widen(&widths.links, digits(entry->status.st_nlink));
        widen(&widths.user, (int)strlen(owner_text(entry, buffer)));
        widen(&widths.group, (int)strlen(group_text(entry, buffer)));
        widen(&widths.size, (int)strlen(size_text(entry, buffer)));
    }
    return widths;
}

static void print_time(const struct entry* entry)
{
    const time_t moment = shown_time(entry).tv_sec;
    const time_t now = time(NULL);
    const int recent = moment <= now && now - moment < 182L * 24 * 3600;
    char text[32];
    strftime(text, sizeof text, recent ? "%b %e %H:%M" : "%b %e  %Y", localtime(&moment));
    printf("%s ", text);
}

static void print_prefix(const struct entry* entry, const struct widths* widths)
{
    char buffer[32];
    if (want.inode) printf("%*llu ", widths->inode, (unsigned long long)entry->status.st_ino);
    if (want.blocks) printf("%*s ", widths->blocks, blocks_text(entry, buffer));
}

static void print_long(const struct entry* entry, const struct widths* widths)
{
    char mode[11], buffer[32];
    print_prefix(entry, widths);
    mode_to_text(entry->status.st_mode, mode);
    printf("%s %*u ", entry->known ? mode : "??????????", widths->links, (unsigned)entry->status.st_nlink);
    const int left = want.numeric ? 1 : -1;  // names begin, numbers end at the same column
    printf("%*s ", left * widths->user, owner_text(entry, buffer));
    printf("%*s ", left * widths->group, group_text(entry, buffer));
    printf("%*s ", widths->size, size_text(entry, buffer));
    print_time(entry);
    print_name(entry);
    if (entry->target) printf(" -> %s", entry->target);
    putchar('\n');
}

static int cell_width(const struct entry* entry, const struct widths* widths)
{
    const int prefix = (want.inode ? widths->inode + 1 : 0) + (want.blocks ? widths->blocks + 1 : 0);
    return prefix + (int)strlen(entry->name) + (mark(entry) != 0) + 2;
}

// Columns are as wide as their widest cell; as few rows as fit. Fills `column_widths`, returns the rows.
static size_t lay_out(const struct list* list, const struct widths* widths, int* column_widths)
{
    for (size_t rows = 1;; rows++) {
        int total = 0;
        for (size_t first = 0; first < list->count; first += rows) {
            int widest = 0;
            for (size_t i = first; i < first + rows && i < list->count; i++)
                widen(&widest, cell_width(&list->entries[i], widths));
            column_widths[first / rows] = widest;
            total += widest;
        }
        if (total - 2 < want.width || rows >= list->count) return rows;
    }
}

static void print_columns(const struct list* list, const struct widths* widths)
{
    if (list->count == 0) return;
    int* column_widths = tool_allocate(list->count * sizeof(int));
    const size_t rows = lay_out(list, widths, column_widths);
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = row; i < list->count; i += rows) {
            const struct entry* entry = &list->entries[i];
            print_prefix(entry, widths);
            print_name(entry);
            if (i + rows < list->count)
                printf("%*s", column_widths[i / rows] - cell_width(entry, widths) + 2, "");
        }
        putchar('\n');
    }
    free(column_widths);
}

static void print_list(const struct list* list)
{
    const struct widths widths = measure(list);
    if (want.columns && !want.long_format) {
        print_columns(list, &widths);
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (want.long_format) {
            print_long(&list->entries[i], &widths);
            continue;
        }
        print_prefix(&list->entries[i], &widths);
        print_name(&list->entries[i]);
        putchar('\n');
    }
}

// ---- directories ----

static void print_total(const struct list* list)
{
    unsigned long long blocks = 0;
    char buffer[8];
    for (size_t i = 0; i < list->count; i++)
        blocks += (unsigned long long)list->entries[i].status.st_blocks;
    if (want.human)
        printf("total %s\n", tool_human_size(blocks * 512, buffer));
    else
        printf("total %llu\n", blocks / 2);
}

static void list_directory(const char* path, int with_title)
{
    static int printed_before;
    struct list list = {0, 0, 0};
    if (!read_directory(path, &list)) return;
    sort_list(&list);
    if (with_title) printf("%s%s:\n", printed_before ? "\n" : "", path);
    printed_before = 1;
    if (want.long_format || want.blocks) print_total(&list);
    print_list(&list);
    for (size_t i = 0; want.recursive && i < list.count; i++) {
        const struct entry* entry = &list.entries[i];
        if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0) continue;
        if (entry->known && S_ISDIR(entry->status.st_mode)) list_directory(entry->path, 1);
    }
    free_list(&list);
}

// Files named on the command line come first, together; then each directory.
static void list_operands(void)
{
    struct list files = {0, 0, 0}, directories = {0, 0, 0};
    const int follow = want.follow || (!want.long_format && !want.itself && !want.classify);
    for (char** operand = tool_operands; *operand; operand++) {
        struct stat status;
        if ((follow ? stat : lstat)(*operand, &status) < 0 && lstat(*operand, &status) < 0) {
            tool_warn("cannot access '%s'", *operand);
            tool_status = 2;
            continue;
        }
        const int is_directory = S_ISDIR(status.st_mode) && !want.itself;
        add_entry(is_directory ? &directories : &files, *operand, tool_copy_string(*operand), follow);
    }
    sort_list(&files);
    sort_list(&directories);
    print_list(&files);
    if (files.count && directories.count) putchar('\n');
    const int titles = want.recursive || tool_operand_count > 1;
    for (size_t i = 0; i < directories.count; i++)
        list_directory(directories.entries[i].path, titles);
    free_list(&files);
    free_list(&directories);
}

static int terminal_width(void)
{
    struct winsize size;
    const char* columns = getenv("COLUMNS");
    if (columns && atoi(columns) > 0) return atoi(columns);
    if (ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

static void set_option(int letter)
{
    switch (letter) {
    case 'l':
        want.long_format = 1;
        break;
    case 'n':
        want.long_format = want.numeric = 1;
        break;
    case 'a':
        want.all = 1;
        break;
    case 'A':
        want.almost_all = 1;
        break;
    case 'R':
        want.recursive = 1;
        break;
    case 'd':
        want.itself = 1;
        break;
    case '1':
        want.columns = 0;
        break;
    case 'C':
        want.columns = 1;
        break;
    case 'h':
        want.human = 1;
        break;
    case 's':
        want.blocks = 1;
        break;
    case 'i':
        want.inode = 1;
        break;
    case 't':
    case 'S':
    case 'U':
        want.sort = letter;
        break;
    case 'r':
        want.reverse = 1;
        break;
    case 'u':
    case 'c':
        want.time = letter;
        break;
    case 'F':
        want.classify = 1;
        break;
    case 'p':
        want.slash = 1;
        break;
    case 'L':
        want.follow = 1;
        break;
    default:
        break;
    }
}

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {{"all", 'a'},
                                                    {"almost-all", 'A'},
                                                    {"recursive", 'R'},
                                                    {"directory", 'd'},
                                                    {"classify", 'F'},
                                                    {"reverse", 'r'},
                                                    {"inode", 'i'},
                                                    {"color", 'Z'},
                                                    {"human-readable", 'h'},
                                                    {"size", 's'},
                                                    {0, 0}};
    tool_usage_status = 2;
    tool_begin(argc, argv, help);
    want.columns = want.terminal = isatty(1);
    for (int letter; (letter = tool_option("laARd1ChsintSUrucFpLZ::", longs)) != -1;) {
        set_option(letter);
        if (letter != 'Z') continue;
        want.color = !tool_argument || strcmp(tool_argument, "always") == 0 ||
                     (strcmp(tool_argument, "auto") == 0 && want.terminal);
    }
    if (want.time != 'm' && !want.long_format && want.sort == 'n') want.sort = 't';
    want.width = terminal_width();
    if (tool_operand_count == 0 && want.itself) {
        tool_operands[0] = ".";
        tool_operands[1] = NULL;
        tool_operand_count = 1;
    }
    if (tool_operand_count)
        list_operands();
    else
        list_directory(".", want.recursive);
    return tool_end();
}
