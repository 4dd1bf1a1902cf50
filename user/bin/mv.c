// mv: renames; across file systems it copies and removes.
#include "user/lib/tool.h"
#include "user/lib/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] = "Usage: mv [OPTION]... FROM TO\n"
                           "       mv [OPTION]... FROM... DIRECTORY\n"
                           "Rename or move files.\n"
                           "  -f  do not ask\n"
                           "  -i  ask before a file is replaced; -n never replace; -u only by a newer one\n"
                           "  -T  TO is never a directory to move into; -t DIRECTORY move into this one\n"
                           "  -v  say what is done\n";

static struct {
    int interactive, no_clobber, update, verbose;
} want;

static int keep_target(const char* from, const char* to)
{
    struct stat source, target;
    if (lstat(to, &target) < 0) return 0;
    if (want.no_clobber) return 1;
    if (want.update && lstat(from, &source) == 0 && target.st_mtime >= source.st_mtime) return 1;
    return want.interactive && !tool_confirm("overwrite '%s'", to);
}

static void move_across(const char* from, const char* to)
{
    const struct copy_options copy = {.recursive = 1, .preserve = 1, .force = 1};
    const struct remove_options removal = {.recursive = 1, .force = 1};
    if (copy_tree(from, to, &copy) || remove_tree(from, &removal)) tool_status = 1;
}

static void move(const char* from, const char* to)
{
    if (keep_target(from, to)) return;
    if (rename(from, to) == 0) {
        if (want.verbose) printf("renamed '%s' -> '%s'\n", from, to);
        return;
    }
    const int reason = errno;
    if (reason == EXDEV) {
        if (want.verbose) printf("copied '%s' -> '%s'\n", from, to);
        move_across(from, to);
    } else if (reason == EINVAL) {
        tool_error("cannot move '%s' to a subdirectory of itself, '%s'", from, to);
    } else {
        struct stat status;
        const int missing = lstat(from, &status) < 0;
        errno = reason;
        if (missing)
            tool_warn("cannot stat '%s'", from);
        else
            tool_warn("cannot move '%s' to '%s'", from, to);
    }
}

int main(int argc, char** argv)
{
    const char* target = NULL;
    int plain_target = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("finuvTt:", NULL)) != -1;) {
        if (letter == 'f') want.interactive = 0;
        if (letter == 'i') want.interactive = 1;
        if (letter == 'n') want.no_clobber = 1;
        if (letter == 'u') want.update = 1;
        if (letter == 'v') want.verbose = 1;
        if (letter == 'T') plain_target = 1;
        if (letter == 't') target = tool_argument;
    }
    tool_need_operands(target ? 1 : 2, -1);
    if (!target) target = tool_operands[--tool_operand_count];
    const int into = !plain_target && is_directory(target);
    if (tool_operand_count > 1 && !into) tool_die("target '%s' is not a directory", target);
    for (int i = 0; i < tool_operand_count; i++) {
        char* to = target_path(tool_operands[i], target, into);
        move(tool_operands[i], to);
        free(to);
    }
    return tool_end();
}
