// Every file of /proc and /sys: opened, read and listed with each allocation failing once.
#include "failtest.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

static char path[PATH_MAX], buffer[kPage];
static int files, allocations, errors;

// The first page, which is all of most files.
static int try_read(void)
{
    const int fd = open(path, O_RDONLY | O_NONBLOCK);
    if (fd < 0) return -1;
    const ssize_t size = read(fd, buffer, sizeof buffer);
    return size < 0 ? give_up(fd) : close(fd);
}

static int try_list(void)
{
    DIR* const directory = opendir(path);
    if (!directory) return -1;
    errno = 0;
    while (readdir(directory))
        ;
    const int error = errno;
    closedir(directory);
    errno = error;
    return error == 0 ? 0 : -1;
}

static int try_link(void)
{
    return readlink(path, buffer, sizeof buffer) < 0 ? -1 : 0;
}

static void walk_path(int (*attempt)(void))
{
    const struct call call = {attempt, NULL, 0};
    if (attempt() != 0) return;  // not to be read at all, or not now
    const struct outcome outcome = fail_each_once(path, &call);
    files++;
    allocations += outcome.allocations;
    errors += outcome.errors;
}

static void walk_tree(const char* top, int depth);

static void walk_one(const char* top, const struct dirent* entry, int depth)
{
    snprintf(path, sizeof path, "%s/%s", top, entry->d_name);
    if (entry->d_type == DT_REG) walk_path(try_read);
    if (entry->d_type == DT_LNK) walk_path(try_link);
    if (entry->d_type == DT_DIR && depth > 0) {
        char below[PATH_MAX];
        strcpy(below, path);
        walk_tree(below, depth - 1);
    }
}

static void walk_tree(const char* top, int depth)
{
    strcpy(path, top);
    walk_path(try_list);
    DIR* const directory = opendir(top);
    check(directory);
    for (const struct dirent* entry; (entry = readdir(directory)) != NULL;) {
        const int is_process = entry->d_name[0] >= '0' && entry->d_name[0] <= '9';  // /proc/self is one
        if (entry->d_name[0] != '.' && !is_process) walk_one(top, entry, depth);
    }
    closedir(directory);
}

struct tree {
    const char* top;
    int depth;
};

static void walk_round(void* context)
{
    const struct tree* const tree = context;
    files = allocations = errors = 0;
    walk_tree(tree->top, tree->depth);
}

static void fail_tree(const char* name, struct tree tree)
{
    run_rounds(name, walk_round, &tree);
    printf("%s: files=%d allocations=%d errors=%d\n", name, files, allocations, errors);
}

PART(proc_files_fail)
{
    char task[64];
    sprintf(task, "/proc/self/task/%d", (int)getpid());
    fail_tree("proc_files", (struct tree){"/proc", 2});
    fail_tree("proc_self", (struct tree){"/proc/self", 1});
    fail_tree("proc_task", (struct tree){task, 0});
    fail_tree("sys_files", (struct tree){"/sys", 3});
}
