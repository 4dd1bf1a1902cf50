// mount: lists what is mounted, or mounts a file system.
#include "user/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

static const char help[] =
    "Usage: mount [-t TYPE]\n"
    "       mount [-r] [-t TYPE] [-o OPTION[,OPTION]...] DEVICE DIRECTORY\n"
    "       mount --bind|--rbind|--move FROM TO\n"
    "List the mounted file systems, or mount DEVICE on DIRECTORY.\n"
    "  -t TYPE    ext2 (unless said otherwise), proc, dev, ...\n"
    "  -r         read-only, as -o ro\n"
    "  --bind     show FROM at TO, too; --rbind: with all that is mounted in it; --move: no longer at FROM\n"
    "  -o OPTION  ro rw remount bind move nosuid nodev noexec sync noatime; others go to the file system\n";

struct flag {
    const char* name;
    unsigned long set, clear;
};

static const struct flag flags[] = {{"ro", MS_RDONLY, 0},
                                    {"rw", 0, MS_RDONLY},
                                    {"remount", MS_REMOUNT, 0},
                                    {"bind", MS_BIND, 0},
                                    {"rbind", MS_BIND | MS_REC, 0},
                                    {"move", MS_MOVE, 0},
                                    {"nosuid", MS_NOSUID, 0},
                                    {"nodev", MS_NODEV, 0},
                                    {"noexec", MS_NOEXEC, 0},
                                    {"sync", MS_SYNCHRONOUS, 0},
                                    {"noatime", MS_NOATIME, 0},
                                    {"suid", 0, MS_NOSUID},
                                    {"dev", 0, MS_NODEV},
                                    {"exec", 0, MS_NOEXEC},
                                    {"atime", 0, MS_NOATIME},
                                    {"relatime", 0, 0},
                                    {"private", MS_PRIVATE, 0},
                                    {"rprivate", MS_PRIVATE | MS_REC, 0},
                                    {"defaults", 0, 0},
                                    {0, 0, 0}};

static unsigned long mount_flags;
static char other_options[512];

static void take_option(const char* name)
{
    for (const struct flag* flag = flags; flag->name; flag++) {
        if (strcmp(flag->name, name) != 0) continue;
        mount_flags = (mount_flags & ~flag->clear) | flag->set;
        return;
    }
    if (strlen(other_options) + strlen(name) + 2 > sizeof other_options) tool_die("too many options");
    if (other_options[0]) strcat(other_options, ",");
    strcat(other_options, name);
}

static void take_options(char* list)
{
    for (char* name = strtok(list, ","); name; name = strtok(NULL, ","))
        take_option(name);
}

static void list_mounts(const char* wanted_type)
{
    char line[1024], device[256], directory[256], type[64], options[256];
    FILE* mounts = fopen("/proc/mounts", "r");
    if (!mounts) tool_die("/proc/mounts: %s", strerror(errno));
    while (fgets(line, sizeof line, mounts)) {
        if (sscanf(line, "%255s %255s %63s %255s", device, directory, type, options) != 4) continue;
        if (wanted_type && strcmp(type, wanted_type) != 0) continue;
        printf("%s on %s type %s (%s)\n", device, directory, type, options);
    }
    fclose(mounts);
}

int main(int argc, char** argv)
{
    const char* type = NULL;
    static const struct tool_long_option long_options[] = {
        {"bind", 'B'}, {"rbind", 'R'}, {"move", 'M'}, {NULL, 0}};
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("t:o:rwBRM", long_options)) != -1;) {
        if (letter == 'B') mount_flags |= MS_BIND;
        if (letter == 'R') mount_flags |= MS_BIND | MS_REC;
        if (letter == 'M') mount_flags |= MS_MOVE;
        if (letter == 't') type = tool_argument;
        if (letter == 'o') take_options(tool_argument);
        if (letter == 'r') mount_flags |= MS_RDONLY;
        if (letter == 'w') mount_flags &= ~(unsigned long)MS_RDONLY;
    }
    if (tool_operand_count == 0) {
        list_mounts(type);
        return tool_end();
    }
    // "mount -o remount,ro /" names no device.
    const int remount = tool_operand_count == 1 && (mount_flags & MS_REMOUNT);
    tool_need_operands(remount ? 1 : 2, 2);
    const char* device = remount ? "none" : tool_operands[0];
    const char* directory = tool_operands[remount ? 0 : 1];
    if (mount(device, directory, type ? type : "ext2", mount_flags, other_options) < 0)
        tool_warn("mounting %s on %s", device, directory);
    return tool_end();
}
