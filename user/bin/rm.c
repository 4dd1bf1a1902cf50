// rm: removes names. The work is in user/lib/tree.c.
#include "user/lib/tool.h"
#include "user/lib/tree.h"

#include <string.h>

static const char help[] = "Usage: rm [OPTION]... FILE...\n"
                           "Remove files.\n"
                           "  -r, -R  directories with all they hold\n"
                           "  -d      empty directories\n"
                           "  -f      no questions, no word about files that are not there\n"
                           "  -i      ask before each\n"
                           "  -v      say what is done\n";

static int refused(const char* path)  // the names that cannot be meant
{
    const char* part = last_part(path);
    const size_t length = strcspn(part, "/");
    if (strspn(path, "/") == strlen(path)) return 1;
    return (length == 1 && part[0] == '.') || (length == 2 && part[0] == '.' && part[1] == '.');
}

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {{"recursive", 'r'}, {"force", 'f'}, {"dir", 'd'}, {0, 0}};
    struct remove_options options = {0};
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("rRdfiv", longs)) != -1;) {
        if (letter == 'r' || letter == 'R') options.recursive = 1;
        if (letter == 'd') options.directories = 1;
        if (letter == 'v') options.verbose = 1;
        options.force = letter == 'f' || (options.force && letter != 'i');
        options.interactive = letter == 'i' || (options.interactive && letter != 'f');
    }
    tool_need_operands(!options.force, -1);
    for (char** operand = tool_operands; *operand; operand++) {
        if (refused(*operand)) {
            tool_error("refusing to remove '%s'", *operand);
        } else if (remove_tree(*operand, &options)) {
            tool_status = 1;
        }
    }
    return tool_end();
}
