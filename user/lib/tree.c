// Copying and removing trees (see tree.h). Plain recursion over path names; links are never followed on the way
// down unless the caller asks.
#include "user/lib/tree.h"

#include "user/lib/tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { kCopyBuffer = 64 * 1024 };

// ---- paths ----

char* join_path(const char* directory, const char* name)
{
    const size_t length = strlen(directory);
    const int slash = length > 0 && directory[length - 1] != '/';
    char* path = tool_allocate(length + strlen(name) + 2);
    sprintf(path, "%s%s%s", directory, slash ? "/" : "", name);
    return path;
}

const char* last_part(const char* path)
{
    const char* part = path;
    for (const char* at = path; *at; at++)
        if (*at == '/' && at[1] && at[1] != '/') part = at + 1;
    return part;
}

int is_directory(const char* path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

char* target_path(const char* operand, const char* target, int target_is_directory)
{
    if (!target_is_directory) return tool_copy_string(target);
    char* path = join_path(target, last_part(operand));
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = 0;
    return path;
}

// Calls `visit` with each name of the directory but . and ..; the names are read first, for `visit` may remove them.
static int for_each_name(const char* path, int (*visit)(const char* name, void* context), void* context)
{
    char** names = NULL;
    size_t count = 0;
    int result = 0;
    DIR* directory = opendir(path);
    if (!directory) {
        tool_warn("cannot open directory '%s'", path);
        return 1;
    }
    for (struct dirent* entry; (entry = readdir(directory));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (count % 64 == 0) names = tool_reallocate(names, (count + 64) * sizeof *names);
        names[count++] = tool_copy_string(entry->d_name);
    }
    closedir(directory);
    for (size_t i = 0; i < count; i++) {
        result |= visit(names[i], context);
        free(names[i]);
    }
    free(names);
    return result;
}

// ---- copying ----

static int write_all(int descriptor, const char* bytes, size_t length)
{
    while (length > 0) {
        const ssize_t count = write(descriptor, bytes, length);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return 0;
        bytes += count;
        length -= (size_t)count;
    }
    return 1;
}

static int copy_bytes(int from, int to, const char* from_name, const char* to_name)
{
    static char buffer[kCopyBuffer];
    for (;;) {
        const ssize_t count = read(from, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            tool_warn("error reading '%s'", from_name);
            return 1;
        }
        if (count == 0) return 0;
        if (!write_all(to, buffer, (size_t)count)) {
            tool_warn("error writing '%s'", to_name);
            return 1;
        }
    }
}

static int preserve(const char* path, const struct stat* status)
{
    const struct timespec times[2] = {status->st_atim, status->st_mtim};
    int result = 0;
    if (lchown(path, status->st_uid, status->st_gid) < 0 && geteuid() == 0) {
        tool_warn("cannot keep the owner of '%s'", path);
        result = 1;
    }
    if (!S_ISLNK(status->st_mode) && chmod(path, status->st_mode & 07777) < 0) {
        tool_warn("cannot keep the mode of '%s'", path);
        result = 1;
    }
    if (utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) < 0) {
        tool_warn("cannot keep the times of '%s'", path);
        result = 1;
    }
    return result;
}

static int open_target(const char* to, mode_t mode, const struct copy_options* options)
{
    const int descriptor = open(to, O_WRONLY | O_CREAT | O_TRUNC, mode & 0777);
    if (descriptor >= 0 || !options->force || unlink(to) < 0) return descriptor;
    return open(to, O_WRONLY | O_CREAT | O_TRUNC, mode & 0777);
}

static int copy_regular(const char* from, const char* to, mode_t mode, const struct copy_options* options)
{
    int result = 1;
    const int source = open(from, O_RDONLY);
    if (source < 0) {
        tool_warn("cannot open '%s'", from);
        return 1;
    }
    const int target = open_target(to, mode, options);
    if (target < 0) {
        tool_warn("cannot create '%s'", to);
    } else {
        result = copy_bytes(source, target, from, to);
        if (close(target) < 0) {
            tool_warn("error writing '%s'", to);
            result = 1;
        }
    }
    close(source);
    return result;
}

static int copy_link(const char* from, const char* to)
{
    char target[4096];
    const ssize_t length = readlink(from, target, sizeof target - 1);
    if (length < 0) {
        tool_warn("cannot read the link '%s'", from);
        return 1;
    }
    target[length] = 0;
    if (symlink(target, to) == 0 || (errno == EEXIST && unlink(to) == 0 && symlink(target, to) == 0))
        return 0;
    tool_warn("cannot create the link '%s'", to);
    return 1;
}

static int copy_special(const char* to, const struct stat* status)
{
    if (mknod(to, status->st_mode, status->st_rdev) == 0) return 0;
    tool_warn("cannot create '%s'", to);
    return 1;
}

struct copy_step {
    const char *from, *to;
    struct copy_options options;
    struct stat made;  // the target's top directory, so that "cp -r a a/b" does not copy itself for ever
};

static int copy_entry(const char* from, const char* to, const struct copy_step* above);

static int copy_name(const char* name, void* context)
{
    const struct copy_step* step = context;
    char* from = join_path(step->from, name);
    char* to = join_path(step->to, name);
    const int result = copy_entry(from, to, step);
    free(from);
    free(to);
    return result;
}

static int copy_directory(const char* from, const char* to, const struct stat* status,
                          const struct copy_step* above)
{
    struct copy_step step = *above;
    if (!step.options.recursive) {
        tool_error("-r not given: leaving out the directory '%s'", from);
        return 1;
    }
    if (status->st_ino == step.made.st_ino && status->st_dev == step.made.st_dev) {
        tool_error("cannot copy a directory into itself: '%s'", to);
        return 1;
    }
    if (mkdir(to, (status->st_mode & 0777) | 0700) < 0 && (errno != EEXIST || !is_directory(to))) {
        tool_warn("cannot create directory '%s'", to);
        return 1;
    }
    if (!step.made.st_ino) stat(to, &step.made);
    step.from = from;
    step.to = to;
    step.options.follow_operands = step.options.follow;
    return for_each_name(from, copy_name, &step);
}

// Whether the copy over `to`, which exists, shall be left out. *failed is set when that is an error.
static int leave_out(const char* from, const char* to, const struct stat* source,
                     const struct copy_options* options, int* failed)
{
    struct stat target;
    if (lstat(to, &target) < 0) return 0;
    if (S_ISLNK(target.st_mode) && stat(to, &target) < 0) return 0;
    *failed = 1;
    if (target.st_ino == source->st_ino && target.st_dev == source->st_dev) {
        tool_error("'%s' and '%s' are the same file", from, to);
        return 1;
    }
    if (S_ISDIR(target.st_mode) != S_ISDIR(source->st_mode)) {
        const char* format = S_ISDIR(target.st_mode)
                                 ? "cannot overwrite directory '%s' with non-directory '%s'"
                                 : "cannot overwrite non-directory '%s' with directory '%s'";
        tool_error(format, to, from);
        return 1;
    }
    *failed = 0;
    if (S_ISDIR(target.st_mode)) return 0;
    if (options->no_clobber) return 1;
    if (options->update && target.st_mtime >= source->st_mtime) return 1;
    return options->interactive && !tool_confirm("overwrite '%s'", to);
}

static int copy_entry(const char* from, const char* to, const struct copy_step* above)
{
    const struct copy_options* options = &above->options;
    struct stat status;
    int failed = 0;
    if ((options->follow_operands ? stat : lstat)(from, &status) < 0) {
        tool_warn("cannot stat '%s'", from);
        return 1;
    }
    if (leave_out(from, to, &status, options, &failed)) return failed;
    if (options->verbose) printf("'%s' -> '%s'\n", from, to);
    if (S_ISDIR(status.st_mode))
        failed = copy_directory(from, to, &status, above);
    else if (S_ISLNK(status.st_mode))
        failed = copy_link(from, to);
    else if (S_ISREG(status.st_mode) || !options->recursive)
        failed = copy_regular(from, to, status.st_mode, options);
    else
        failed = copy_special(to, &status);
    if (!failed && options->preserve) failed = preserve(to, &status);
    return failed;
}

int copy_tree(const char* from, const char* to, const struct copy_options* options)
{
    struct copy_step top;
    memset(&top, 0, sizeof top);
    top.options = *options;
    return copy_entry(from, to, &top);
}

// ---- removing ----

struct remove_step {
    const char* path;
    const struct remove_options* options;
};

static int remove_name(const char* name, void* context)
{
    const struct remove_step* step = context;
    char* path = join_path(step->path, name);
    const int result = remove_tree(path, step->options);
    free(path);
    return result;
}

static int remove_directory(const char* path, const struct remove_options* options)
{
    struct remove_step step = {path, options};
    if (!options->recursive && !options->directories) {
        errno = EISDIR;
        tool_warn("cannot remove '%s'", path);
        return 1;
    }
    if (options->recursive) {
        if (options->interactive && !tool_confirm("descend into directory '%s'", path)) return 1;
        if (for_each_name(path, remove_name, &step)) return 1;
    }
    if (options->interactive && !tool_confirm("remove directory '%s'", path)) return 1;
    if (rmdir(path) < 0) {
        tool_warn("cannot remove '%s'", path);
        return 1;
    }
    if (options->verbose) printf("removed directory '%s'\n", path);
    return 0;
}

int remove_tree(const char* path, const struct remove_options* options)
{
    struct stat status;
    if (lstat(path, &status) < 0) {
        if (options->force && (errno == ENOENT || errno == ENOTDIR)) return 0;
        tool_warn("cannot remove '%s'", path);
        return 1;
    }
    if (S_ISDIR(status.st_mode)) return remove_directory(path, options);
    if (options->interactive && !tool_confirm("remove '%s'", path)) return 0;
    if (unlink(path) < 0) {
        tool_warn("cannot remove '%s'", path);
        return 1;
    }
    if (options->verbose) printf("removed '%s'\n", path);
    return 0;
}
