// chown: changes owner and group of files.
#include "user/lib/names.h"
#include "user/lib/tool.h"
#include "user/lib/tree.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] = "Usage: chown [-Rh] [USER][:GROUP] FILE...\n"
                           "Set owner and group, by name or number.\n"
                           "  -R  directories with all they hold\n"
                           "  -h  a link itself, not what it points to\n";

static int recursive, links;
static uid_t uid = (uid_t)-1;
static gid_t gid = (gid_t)-1;

static void parse_owner(char* text)
{
    char* colon = strpbrk(text, ":");
    if (colon) *colon++ = 0;
    if (*text && !find_user(text, &uid)) tool_die("invalid user: '%s'", text);
    if (colon && *colon && !find_group(colon, &gid)) tool_die("invalid group: '%s'", colon);
    if (colon && !*colon && *text) find_group_of_user(uid, &gid);
}

static void change(const char* path, int top)
{
    struct stat status;
    const int itself = links || !top;
    if ((itself ? lchown : chown)(path, uid, gid) < 0) tool_warn("changing ownership of '%s'", path);
    if (!recursive || lstat(path, &status) < 0 || !S_ISDIR(status.st_mode)) return;
    DIR* directory = opendir(path);
    if (!directory) {
        tool_warn("cannot open directory '%s'", path);
        return;
    }
    for (struct dirent* entry; (entry = readdir(directory));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char* below = join_path(path, entry->d_name);
        change(below, 0);
        free(below);
    }
    closedir(directory);
}

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("Rh", NULL)) != -1;) {
        if (letter == 'R') recursive = 1;
        if (letter == 'h') links = 1;
    }
    tool_need_operands(2, -1);
    parse_owner(tool_operands[0]);
    for (char** operand = tool_operands + 1; *operand; operand++)
        change(*operand, 1);
    return tool_end();
}
