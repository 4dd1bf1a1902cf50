// cp: copies files, to a name or into a directory. The work is in user/lib/tree.c.
#include "user/lib/tool.h"
#include "user/lib/tree.h"

#include <stdlib.h>

static const char help[] =
    "Usage: cp [OPTION]... FROM TO\n"
    "       cp [OPTION]... FROM... DIRECTORY\n"
    "Copy files.\n"
    "  -r, -R  directories with all they hold\n"
    "  -a      the same as -r -p -P\n"
    "  -p      keep mode, owner and times\n"
    "  -d, -P  copy symbolic links as links; -L what they point to\n"
    "  -f      remove a target that cannot be opened\n"
    "  -i      ask before a file is replaced; -n never replace; -u only by a newer one\n"
    "  -T      TO is never a directory to copy into; -t DIRECTORY copy into this one\n"
    "  -v      say what is done\n";

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {
        {"recursive", 'r'}, {"archive", 'a'}, {"force", 'f'}, {"verbose", 'v'}, {0, 0}};
    struct copy_options options = {0};
    const char* target = NULL;
    int links = 0, plain_target = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("rRapdPLfinuTt:v", longs)) != -1;) {
        if (letter == 'r' || letter == 'R' || letter == 'a') options.recursive = 1;
        if (letter == 'p' || letter == 'a') options.preserve = 1;
        if (letter == 'd' || letter == 'P' || letter == 'a') links = 1;
        if (letter == 'L') options.follow = 1;
        if (letter == 'f') options.force = 1;
        if (letter == 'i') options.interactive = 1;
        if (letter == 'n') options.no_clobber = 1;
        if (letter == 'u') options.update = 1;
        if (letter == 'v') options.verbose = 1;
        if (letter == 'T') plain_target = 1;
        if (letter == 't') target = tool_argument;
    }
    options.follow_operands = options.follow || (!links && !options.recursive);
    tool_need_operands(target ? 1 : 2, -1);
    if (!target) target = tool_operands[--tool_operand_count];
    const int into = !plain_target && is_directory(target);
    if (tool_operand_count > 1 && !into) tool_die("target '%s' is not a directory", target);
    for (int i = 0; i < tool_operand_count; i++) {
        char* to = target_path(tool_operands[i], target, into);
        if (copy_tree(tool_operands[i], to, &options)) tool_status = 1;
        free(to);
    }
    return tool_end();
}
