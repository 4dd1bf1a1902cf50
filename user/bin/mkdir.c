// mkdir: makes directories, with -p the ones above them too.
#include "user/lib/mode.h"
#include "user/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] = "Usage: mkdir [-pv] [-m MODE] DIRECTORY...\n"
                           "Make directories.\n"
                           "  -p       with those above it; one that exists is no error\n"
                           "  -m MODE  with this mode, octal or like u=rwx,go=rx\n"
                           "  -v       say what is done\n";

static int parents, verbose, mode_given;
static mode_t wanted_mode;

static int make(const char* path, mode_t mode)
{
    struct stat status;
    if (mkdir(path, mode) == 0) {
        if (verbose) printf("mkdir: created directory '%s'\n", path);
        return 1;
    }
    const int reason = errno;
    if (parents && stat(path, &status) == 0 && S_ISDIR(status.st_mode)) return 1;
    errno = reason;
    tool_warn("cannot create directory '%s'", path);
    return 0;
}

static int make_parents(const char* path)  // those above the last part
{
    char* prefix = tool_copy_string(path);
    int good = 1;
    for (char* at = prefix + 1; good && *at; at++) {
        if (*at != '/' || at[-1] == '/' || !at[strspn(at, "/")]) continue;
        *at = 0;
        good = make(prefix, 0777);
        *at = '/';
    }
    free(prefix);
    return good;
}

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {{"parents", 'p'}, {"mode", 'm'}, {0, 0}};
    const mode_t mask = umask(0);
    umask(mask);
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("pm:v", longs)) != -1;) {
        if (letter == 'p') parents = 1;
        if (letter == 'v') verbose = 1;
        if (letter != 'm') continue;
        mode_given = 1;
        if (!parse_mode(tool_argument, 0777, mask, &wanted_mode))
            tool_die("invalid mode '%s'", tool_argument);
    }
    tool_need_operands(1, -1);
    for (char** operand = tool_operands; *operand; operand++) {
        if (parents && !make_parents(*operand)) continue;
        if (!make(*operand, 0777)) continue;
        if (mode_given && chmod(*operand, wanted_mode) < 0) tool_warn("%s", *operand);
    }
    return tool_end();
}
