// cd and pwd, with the path as the user sees it.
#include "directory.h"

#include "arena.h"
#include "builtins.h"
#include "output.h"
#include "shell.h"
#include "variables.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char* current;

static void set_current(const char* path)
{
    char* copy = copy_string(path);
    free(current);
    current = copy;
    variable_set("PWD", current);
}

static bool is_working_directory(const char* path)
{
    struct stat there, here;
    return path[0] == '/' && stat(path, &there) == 0 && stat(".", &here) == 0 &&
           there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

void directory_start(void)
{
    char path[PATH_MAX];
    const char* inherited = variable_get("PWD");
    if (inherited && is_working_directory(inherited)) {
        set_current(inherited);
    } else if (getcwd(path, sizeof path)) {
        set_current(path);
    }
    variable_set_flags("PWD", VARIABLE_EXPORTED);
}

const char* directory_name(void)
{
    return current ? current : "?";
}

// `path` seen from the current directory, without "." and ".."; in the scratch arena.
static char* absolute(const char* path)
{
    struct buffer result = {.arena = &shell.scratch};
    if (path[0] != '/') buffer_append_string(&result, directory_name());
    while (*path) {
        path += strspn(path, "/");
        const size_t length = strcspn(path, "/");
        if (length == 2 && strncmp(path, "..", 2) == 0) {
            const char* slash = result.data ? strrchr(result.data, '/') : NULL;
            result.length = slash ? (size_t)(slash - result.data) : 0;
            if (result.data) result.data[result.length] = '\0';
        } else if (length > 0 && !(length == 1 && *path == '.')) {
            if (!result.length || result.data[result.length - 1] != '/') buffer_append_char(&result, '/');
            buffer_append(&result, path, length);
        }
        path += length;
    }
    if (!result.length) buffer_append_char(&result, '/');
    return result.data;
}

static bool change_to(const char* path, bool physical)
{
    char name[PATH_MAX];
    if (!physical) {
        const char* logical = absolute(path);
        if (chdir(logical) == 0) {
            set_current(logical);
            return true;
        }
    }
    if (chdir(path) < 0) return false;
    set_current(getcwd(name, sizeof name) ? name : path);
    return true;
}

// Tries the directories of CDPATH; true where one of them had it.
static bool change_by_cdpath(const char* name, bool physical)
{
    const char* list = variable_get("CDPATH");
    if (!list || strchr("./", name[0])) return false;
    while (*list) {
        const size_t length = strcspn(list, ":");
        struct buffer path = {.arena = &shell.scratch};
        buffer_append(&path, list, length);
        if (length) buffer_append_char(&path, '/');
        buffer_append_string(&path, name);
        if (length && change_to(path.data, physical)) return true;
        list += length + (list[length] == ':');
    }
    return false;
}

// -L and -P, the last one counts; returns the index of the first operand.
static int read_path_options(int argc, char** argv, bool* physical)
{
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) return i + 1;
        *physical = argv[i][1] == 'P';
    }
    return i;
}

int builtin_cd(int argc, char** argv)
{
    bool physical = false;
    const int first = read_path_options(argc, argv, &physical);
    const char* target = first < argc ? argv[first] : variable_get("HOME");
    const bool back = target && strcmp(target, "-") == 0;
    if (back) target = variable_get("OLDPWD");
    if (!target || !*target) {
        warn("cd: %s not set", back ? "OLDPWD" : "HOME");
        return 2;
    }
    char* before = copy_string(directory_name());
    const bool by_list = change_by_cdpath(target, physical);
    const bool good = by_list || change_to(target, physical);
    if (good) {
        variable_set("OLDPWD", before);
        if (back || by_list) out_format("%s\n", directory_name());
    } else {
        warn("cd: %s: %s", target, strerror(errno));
    }
    free(before);
    return good ? 0 : 2;
}

int builtin_pwd(int argc, char** argv)
{
    char path[PATH_MAX];
    bool physical = false;
    read_path_options(argc, argv, &physical);
    if (!physical && is_working_directory(directory_name())) {
        out_format("%s\n", directory_name());
        return 0;
    }
    if (!getcwd(path, sizeof path)) {
        warn("pwd: %s", strerror(errno));
        return 1;
    }
    out_format("%s\n", path);
    return 0;
}
