// Pathname expansion: walks the directories that a pattern's components name.
#include "expand.h"
#include "shell.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void walk(const char* base, const char* pattern, struct fields* fields);

static char* join(const char* base, const char* name, size_t length)
{
    struct buffer path = {.arena = &shell.scratch};
    buffer_append_string(&path, base);
    buffer_append(&path, name, length);
    return path.data;
}

static void add_if_exists(char* path, struct fields* fields)
{
    struct stat status;
    if (lstat(path, &status) == 0) fields_add(fields, path);
}

// `rest` starts with the slashes behind the component that made `path`.
static void descend(const char* path, const char* rest, struct fields* fields)
{
    const size_t slashes = strspn(rest, "/");
    walk(join(path, rest, slashes), rest + slashes, fields);
}

static void match_directory(const char* base, const char* component, const char* rest, struct fields* fields)
{
    DIR* directory = opendir(*base ? base : ".");
    if (!directory) return;
    const bool hidden_too = component[component[0] == '\\'] == '.';
    for (struct dirent* entry; (entry = readdir(directory));) {
        if (entry->d_name[0] == '.' && !hidden_too) continue;
        if (!pattern_matches(component, entry->d_name)) continue;
        char* path = join(base, entry->d_name, strlen(entry->d_name));
        if (*rest) {
            descend(path, rest, fields);
        } else {
            fields_add(fields, path);
        }
    }
    closedir(directory);
}

// base: a path that exists or is empty, ends in a slash where it is not; pattern: what follows it.
static void walk(const char* base, const char* pattern, struct fields* fields)
{
    const size_t length = strcspn(pattern, "/");
    char* component = arena_copy(&shell.scratch, pattern, length);
    const char* rest = pattern + length;
    if (!length) {
        add_if_exists(arena_copy(&shell.scratch, base, strlen(base)), fields);
    } else if (has_pattern(component)) {
        match_directory(base, component, rest, fields);
    } else {
        pattern_unescape(component);
        char* path = join(base, component, strlen(component));
        if (*rest) {
            descend(path, rest, fields);
        } else {
            add_if_exists(path, fields);
        }
    }
}

static int compare(const void* a, const void* b)
{
    return strcmp(*(char* const*)a, *(char* const*)b);
}

bool glob_expand(const char* pattern, struct fields* fields)
{
    const int before = fields->count;
    const size_t slashes = strspn(pattern, "/");
    walk(arena_copy(&shell.scratch, pattern, slashes), pattern + slashes, fields);
    const size_t found = (size_t)(fields->count - before);
    if (found > 1) qsort(fields->items + before, found, sizeof *fields->items, compare);
    return found > 0;
}
