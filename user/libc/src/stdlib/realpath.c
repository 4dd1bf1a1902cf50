// realpath: a path without symbolic links, "." and "..".
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// `done` is the part that is resolved, without a slash at its end ("" is the root); `todo` what is still to walk.
struct walk {
    char done[PATH_MAX];
    char todo[PATH_MAX];
    int links;
};

static int fail(int error)
{
    errno = error;
    return -1;
}

static void leave_directory(struct walk* walk)
{
    char* slash = strrchr(walk->done, '/');
    if (slash) *slash = 0;
}

// Replaces the link that was just walked onto by its target: the target, then the old rest, is what is to do.
static int follow_link(struct walk* walk, const char* rest)
{
    char target[PATH_MAX];
    if (++walk->links > SYMLOOP_MAX) return fail(ELOOP);
    const ssize_t length = readlink(walk->done, target, sizeof(target));
    if (length < 0) return -1;
    if ((size_t)length + strlen(rest) + 2 > sizeof(target)) return fail(ENAMETOOLONG);
    target[length] = '/';
    strcpy(target + length + 1, rest);
    if (target[0] == '/')
        walk->done[0] = 0;
    else
        leave_directory(walk);
    strcpy(walk->todo, target);
    return 0;
}

static int enter(struct walk* walk, const char* name, size_t length, const char* rest)
{
    struct stat status;
    const size_t used = strlen(walk->done);
    if (used + length + 2 > sizeof(walk->done)) return fail(ENAMETOOLONG);
    walk->done[used] = '/';
    memcpy(walk->done + used + 1, name, length);
    walk->done[used + 1 + length] = 0;
    if (lstat(walk->done, &status) < 0) return -1;
    if (S_ISLNK(status.st_mode)) return follow_link(walk, rest);
    if (*rest && !S_ISDIR(status.st_mode)) return fail(ENOTDIR);
    memmove(walk->todo, rest, strlen(rest) + 1);
    return 0;
}

static int step(struct walk* walk)
{
    const char* name = walk->todo + strspn(walk->todo, "/");
    const size_t length = strcspn(name, "/");
    const char* rest = name + length;
    const int is_parent = length == 2 && name[0] == '.' && name[1] == '.';
    if (is_parent) leave_directory(walk);
    if (is_parent || length == 0 || (length == 1 && name[0] == '.')) {
        memmove(walk->todo, rest, strlen(rest) + 1);
        return 0;
    }
    return enter(walk, name, length, rest);
}

static int begin(struct walk* walk, const char* path)
{
    walk->links = 0;
    walk->done[0] = 0;
    if (!*path) return fail(ENOENT);
    if (*path != '/' && !getcwd(walk->done, sizeof(walk->done))) return -1;
    if (strcmp(walk->done, "/") == 0) walk->done[0] = 0;
    return strlcpy(walk->todo, path, sizeof(walk->todo)) < sizeof(walk->todo) ? 0 : fail(ENAMETOOLONG);
}

char* realpath(const char* path, char* resolved)
{
    struct walk walk;
    if (!path) {
        errno = EINVAL;
        return NULL;
    }
    if (begin(&walk, path) < 0) return NULL;
    while (walk.todo[0])
        if (step(&walk) < 0) return NULL;
    const char* answer = walk.done[0] ? walk.done : "/";
    return resolved ? strcpy(resolved, answer) : strdup(answer);
}
