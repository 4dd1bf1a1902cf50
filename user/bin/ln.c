// ln: gives a file another name, hard or symbolic.
#include "user/lib/tool.h"
#include "user/lib/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] = "Usage: ln [-sfnv] TARGET [NAME]\n"
                           "       ln [-sfnv] TARGET... DIRECTORY\n"
                           "Make links: another name for a file.\n"
                           "  -s  symbolic: the name holds the target's path\n"
                           "  -f  remove a NAME that exists\n"
                           "  -n  a NAME that is a link to a directory is a name, not a place to link in\n"
                           "  -v  say what is done\n";

static int symbolic, force, verbose;

static void make_link(const char* target, const char* name)
{
    int (*const create)(const char*, const char*) = symbolic ? symlink : link;
    int failed = create(target, name) < 0;
    if (failed && force && errno == EEXIST && unlink(name) == 0) failed = create(target, name) < 0;
    if (failed)
        tool_warn("failed to create %s link '%s' -> '%s'", symbolic ? "symbolic" : "hard", name, target);
    else if (verbose)
        printf("'%s' %s '%s'\n", name, symbolic ? "->" : "=>", target);
}

static int is_link(const char* path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {{"symbolic", 's'}, {"force", 'f'}, {0, 0}};
    int keep_link = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("sfnTv", longs)) != -1;) {
        if (letter == 's') symbolic = 1;
        if (letter == 'f') force = 1;
        if (letter == 'n' || letter == 'T') keep_link = 1;
        if (letter == 'v') verbose = 1;
    }
    tool_need_operands(1, -1);
    if (tool_operand_count == 1) {
        make_link(tool_operands[0], last_part(tool_operands[0]));
        return tool_end();
    }
    const char* target = tool_operands[--tool_operand_count];
    const int into = is_directory(target) && !(keep_link && is_link(target));
    if (tool_operand_count > 1 && !into) tool_die("target '%s' is not a directory", target);
    for (int i = 0; i < tool_operand_count; i++) {
        char* name = target_path(tool_operands[i], target, into);
        make_link(tool_operands[i], name);
        free(name);
    }
    return tool_end();
}
