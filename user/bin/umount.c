// umount: takes a file system out of the tree again.
#include "user/lib/tool.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

static const char help[] = "Usage: umount [-fl] DIRECTORY|DEVICE...\n"
                           "Unmount file systems; everything is written to the disk before.\n"
                           "  -f  force; -l detach now, clean up when nobody uses it\n";

// A device's name stands for where it is mounted.
static const char* mount_point(const char* name)
{
    static char directory[256];
    char line[1024], device[256];
    FILE* mounts = fopen("/proc/mounts", "r");
    const char* found = name;
    if (!mounts) return name;
    while (fgets(line, sizeof line, mounts))
        if (sscanf(line, "%255s %255s", device, directory) == 2 && strcmp(device, name) == 0) {
            found = directory;
            break;
        }
    fclose(mounts);
    return found;
}

int main(int argc, char** argv)
{
    int flags = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("fl", NULL)) != -1;)
        flags |= letter == 'f' ? MNT_FORCE : MNT_DETACH;
    tool_need_operands(1, -1);
    for (char** operand = tool_operands; *operand; operand++)
        if (umount2(mount_point(*operand), flags) < 0) tool_warn("%s", *operand);
    return tool_end();
}
