// touch: makes files, or sets their times.
#include "user/lib/dates.h"
#include "user/lib/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char help[] = "Usage: touch [-acm] [-d TIME | -r FILE] FILE...\n"
                           "Set access and modification time to now; make files that do not exist.\n"
                           "  -a, -m   only the access, only the modification time\n"
                           "  -c       make no file\n"
                           "  -d TIME  this time: @SECONDS or YYYY-MM-DD[ HH:MM[:SS]]\n"
                           "  -r FILE  the times of FILE\n";

static struct timespec times[2];  // access, modification

static void take_times_of(const char* path)
{
    struct stat status;
    if (stat(path, &status) < 0) tool_die("%s: %s", path, strerror(errno));
    times[0] = status.st_atim;
    times[1] = status.st_mtim;
}

static void touch(const char* path, int create)
{
    if (utimensat(AT_FDCWD, path, times, 0) == 0) return;
    if (errno == ENOENT && !create) return;
    const int descriptor = errno == ENOENT ? open(path, O_WRONLY | O_CREAT, 0666) : -1;
    if (descriptor < 0) {
        tool_warn("cannot touch '%s'", path);
        return;
    }
    close(descriptor);
    if (utimensat(AT_FDCWD, path, times, 0) < 0) tool_warn("setting times of '%s'", path);
}

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {
        {"no-create", 'c'}, {"date", 'd'}, {"reference", 'r'}, {0, 0}};
    int access_time = 0, modification = 0, create = 1;
    times[0].tv_nsec = times[1].tv_nsec = UTIME_NOW;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("acmd:r:", longs)) != -1;) {
        if (letter == 'a') access_time = 1;
        if (letter == 'm') modification = 1;
        if (letter == 'c') create = 0;
        if (letter == 'r') take_times_of(tool_argument);
        if (letter == 'd') times[0] = times[1] = tool_parse_time(tool_argument);
    }
    if (access_time && !modification) times[1].tv_nsec = UTIME_OMIT;
    if (modification && !access_time) times[0].tv_nsec = UTIME_OMIT;
    tool_need_operands(1, -1);
    for (char** operand = tool_operands; *operand; operand++)
        touch(*operand, create);
    return tool_end();
}
