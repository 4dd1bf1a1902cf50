// du: the disk blocks that trees use. What is met twice counts once.
#include "user/lib/tool.h"
#include "user/lib/tree.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] = "Usage: du [-abchs] [-d DEPTH] [FILE]...\n"
                           "Show how much of the disk directories and what they hold use, in KiB.\n"
                           "  -a        files too, not only directories\n"
                           "  -s        only the sum for each FILE\n"
                           "  -c        and the sum of all\n"
                           "  -h        sizes like 1.5M\n"
                           "  -b        bytes that files contain, not blocks\n"
                           "  -d DEPTH  directories at most so deep\n"
                           "  -x        only the file system of each FILE\n";

static int files_too, human, contained_bytes, one_device;
static long max_depth = -1;
static dev_t device;

// What has several names (a directory always has) and was counted already: a hash set of (device, inode).
struct identity {
    dev_t device;
    ino_t inode;
    int used;
};
static struct identity* seen;
static size_t seen_count, seen_room;

static struct identity* find_place(struct identity* table, size_t room, dev_t dev, ino_t inode)
{
    size_t at = (size_t)(inode * 2654435761u + dev) % room;
    while (table[at].used && (table[at].device != dev || table[at].inode != inode))
        at = (at + 1) % room;
    return &table[at];
}

static void grow_seen(void)
{
    const size_t room = seen_room ? seen_room * 2 : 256;
    struct identity* table = memset(tool_allocate(room * sizeof *table), 0, room * sizeof *table);
    for (size_t i = 0; i < seen_room; i++)
        if (seen[i].used) *find_place(table, room, seen[i].device, seen[i].inode) = seen[i];
    free(seen);
    seen = table;
    seen_room = room;
}

static int counted_before(const struct stat* status)
{
    if (status->st_nlink < 2) return 0;
    if (seen_count * 2 >= seen_room) grow_seen();
    struct identity* place = find_place(seen, seen_room, status->st_dev, status->st_ino);
    if (place->used) return 1;
    *place = (struct identity){status->st_dev, status->st_ino, 1};
    seen_count++;
    return 0;
}

static void print_size(unsigned long long bytes, const char* name)
{
    char text[8];
    if (human)
        printf("%s\t%s\n", tool_human_size(bytes, text), name);
    else
        printf("%llu\t%s\n", contained_bytes ? bytes : (bytes + 1023) / 1024, name);
}

static unsigned long long measure(const char* path, long depth);

static unsigned long long measure_directory(const char* path, long depth)
{
    unsigned long long bytes = 0;
    DIR* directory = opendir(path);
    if (!directory) {
        tool_warn("cannot read directory '%s'", path);
        return 0;
    }
    for (struct dirent* entry; (entry = readdir(directory));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char* below = join_path(path, entry->d_name);
        bytes += measure(below, depth + 1);
        free(below);
    }
    closedir(directory);
    return bytes;
}

static unsigned long long measure(const char* path, long depth)
{
    struct stat status;
    if (lstat(path, &status) < 0) {
        tool_warn("cannot access '%s'", path);
        return 0;
    }
    if (depth == 0) device = status.st_dev;
    if (counted_before(&status) || (one_device && status.st_dev != device)) return 0;
    unsigned long long bytes =
        contained_bytes ? (unsigned long long)status.st_size : (unsigned long long)status.st_blocks * 512;
    const int is_directory = S_ISDIR(status.st_mode);
    if (is_directory) bytes += measure_directory(path, depth);
    if (depth == 0 || ((is_directory || files_too) && (max_depth < 0 || depth <= max_depth)))
        print_size(bytes, path);
    return bytes;
}

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {
        {"max-depth", 'd'}, {"summarize", 's'}, {"all", 'a'}, {0, 0}};
    unsigned long long total = 0;
    int show_total = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("aschkbxd:", longs)) != -1;) {
        if (letter == 'a') files_too = 1;
        if (letter == 's') max_depth = 0;
        if (letter == 'c') show_total = 1;
        if (letter == 'h') human = 1;
        if (letter == 'b') contained_bytes = 1;
        if (letter == 'x') one_device = 1;
        if (letter == 'd') max_depth = tool_parse_number(tool_argument);
    }
    if (tool_operand_count == 0) total = measure(".", 0);
    for (char** operand = tool_operands; *operand; operand++)
        total += measure(*operand, 0);
    if (show_total) print_size(total, "total");
    return tool_end();
}
