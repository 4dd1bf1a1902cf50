// Paths that match a pattern: directory by directory, a component that has no wildcard without reading its directory.
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct search {
    int flags;
    int (*on_error)(const char*, int);
    glob_t* out;
};

static int add_path(glob_t* out, const char* path, int mark)
{
    const size_t used = out->gl_offs + out->gl_pathc;
    char** bigger = realloc(out->gl_pathv, (used + 2) * sizeof(char*));
    char* copy = malloc(strlen(path) + 2);
    if (bigger) out->gl_pathv = bigger;
    if (!bigger || !copy) {
        free(copy);
        return GLOB_NOSPACE;
    }
    strcat(strcpy(copy, path), mark ? "/" : "");
    bigger[used] = copy;
    bigger[used + 1] = NULL;
    out->gl_pathc++;
    return 0;
}

static void unescape(char* text)
{
    char* to = text;
    for (; *text; text++) {
        if (*text == '\\' && text[1]) text++;
        *to++ = *text;
    }
    *to = 0;
}

static int expand(struct search* search, char* path, size_t length, const char* pattern);

// `path` now ends with a name that matched; `rest` is what the pattern says of what lies below.
static int go_on(struct search* search, char* path, const char* rest)
{
    struct stat status;
    size_t length = strlen(path);
    if (!*rest) {
        if (lstat(path, &status) < 0) return 0;
        const int mark = search->flags & GLOB_MARK && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
        return add_path(search->out, path, mark);
    }
    if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode)) return 0;
    while (*rest == '/' && length + 1 < PATH_MAX)
        path[length++] = *rest++;
    path[length] = 0;
    return *rest ? expand(search, path, length, rest) : add_path(search->out, path, 0);
}

static int read_matches(struct search* search, char* path, size_t length, const char* component,
                        const char* rest)
{
    const int flags = FNM_PERIOD | (search->flags & GLOB_NOESCAPE ? FNM_NOESCAPE : 0);
    DIR* directory = opendir(length ? path : ".");
    if (!directory) {
        const int stop =
            (search->on_error && search->on_error(length ? path : ".", errno)) || search->flags & GLOB_ERR;
        return stop ? GLOB_ABORTED : 0;
    }
    int error = 0;
    for (struct dirent* entry; !error && (entry = readdir(directory));) {
        if (fnmatch(component, entry->d_name, flags) != 0) continue;
        if (length + strlen(entry->d_name) + 2 > PATH_MAX) continue;
        strcpy(path + length, entry->d_name);
        error = go_on(search, path, rest);
        path[length] = 0;
    }
    closedir(directory);
    return error;
}

// path[0, length) is settled and ends with '/', or is empty.
static int expand(struct search* search, char* path, size_t length, const char* pattern)
{
    char component[NAME_MAX + 1];
    const size_t size = strcspn(pattern, "/");
    if (size >= sizeof(component) || length + size + 2 > PATH_MAX) return 0;
    memcpy(component, pattern, size);
    component[size] = 0;
    if (strpbrk(component, "*?[")) return read_matches(search, path, length, component, pattern + size);
    strcpy(path + length, component);
    if (!(search->flags & GLOB_NOESCAPE)) unescape(path + length);
    const int error = go_on(search, path, pattern + size);
    path[length] = 0;
    return error;
}

static int by_name(const void* a, const void* b)
{
    return strcmp(*(char* const*)a, *(char* const*)b);
}

int glob(const char* pattern, int flags, int (*on_error)(const char*, int), glob_t* out)
{
    struct search search = {flags, on_error, out};
    char path[PATH_MAX];
    size_t length = 0;
    if (!(flags & GLOB_DOOFFS)) out->gl_offs = 0;
    if (!(flags & GLOB_APPEND)) {
        out->gl_pathc = 0;
        out->gl_pathv = calloc(out->gl_offs + 1, sizeof(char*));
        if (!out->gl_pathv) return GLOB_NOSPACE;
    }
    const size_t before = out->gl_pathc;
    const char* rest = pattern;
    while (*rest == '/' && length + 1 < sizeof(path))
        path[length++] = *rest++;
    path[length] = 0;
    const int error = *rest ? expand(&search, path, length, rest) : length ? add_path(out, path, 0) : 0;
    if (error) return error;
    if (out->gl_pathc == before) return flags & GLOB_NOCHECK ? add_path(out, pattern, 0) : GLOB_NOMATCH;
    if (!(flags & GLOB_NOSORT))
        qsort(out->gl_pathv + out->gl_offs + before, out->gl_pathc - before, sizeof(char*), by_name);
    return 0;
}

void globfree(glob_t* paths)
{
    for (size_t i = 0; i < paths->gl_pathc; i++)
        free(paths->gl_pathv[paths->gl_offs + i]);
    free(paths->gl_pathv);
    paths->gl_pathv = NULL;
    paths->gl_pathc = 0;
}
