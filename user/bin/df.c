// df: how full the file systems are, from /proc/mounts and statvfs.
#include "user/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static const char help[] = "Usage: df [-ahiT] [FILE]...\n"
                           "Show how full the file systems are, all or those that hold the FILEs.\n"
                           "  -h  sizes like 1.5G   -k in KiB (unless said otherwise)\n"
                           "  -i  inodes instead of bytes\n"
                           "  -T  with the type\n"
                           "  -a  also those without blocks, as proc\n";

struct mount {
    char device[256], directory[256], type[64];
};

static int human, inodes, types, all;

static void print_title(void)
{
    printf("%-15s ", "Filesystem");
    if (types) printf("%-8s ", "Type");
    if (inodes)
        puts("   Inodes    IUsed    IFree IUse% Mounted on");
    else
        printf("%10s %10s %10s Use%% Mounted on\n", human ? "Size" : "1K-blocks", "Used",
               human ? "Avail" : "Available");
}

static const char* amount(unsigned long long bytes, char buffer[32])
{
    if (human)
        tool_human_size(bytes, buffer);
    else
        snprintf(buffer, 32, "%llu", bytes / 1024);
    return buffer;
}

static unsigned percent(unsigned long long used, unsigned long long usable)  // rounded up
{
    return usable ? (unsigned)((used * 100 + usable - 1) / usable) : 0;
}

static void print_mount(const struct mount* mount)
{
    struct statvfs status;
    char text[3][32];
    if (statvfs(mount->directory, &status) < 0) {
        tool_warn("%s", mount->directory);
        return;
    }
    if (status.f_blocks == 0 && !all) return;
    printf("%-15s ", mount->device);
    if (types) printf("%-8s ", mount->type);
    if (inodes) {
        const unsigned long long used = status.f_files - status.f_ffree;
        printf("%9llu %8llu %8llu %4u%% %s\n", (unsigned long long)status.f_files, used,
               (unsigned long long)status.f_ffree, percent(used, status.f_files), mount->directory);
        return;
    }
    const unsigned long long block = status.f_frsize ? status.f_frsize : status.f_bsize;
    const unsigned long long used = status.f_blocks - status.f_bfree;
    printf("%10s %10s %10s %3u%% %s\n", amount(status.f_blocks * block, text[0]),
           amount(used * block, text[1]), amount(status.f_bavail * block, text[2]),
           percent(used, used + status.f_bavail), mount->directory);
}

static int read_mount(FILE* mounts, struct mount* mount)
{
    char line[1024];
    while (fgets(line, sizeof line, mounts))
        if (sscanf(line, "%255s %255s %63s", mount->device, mount->directory, mount->type) == 3) return 1;
    return 0;
}

static int holds(const struct mount* mount, const struct stat* file)
{
    struct stat status;
    return stat(mount->directory, &status) == 0 && status.st_dev == file->st_dev;
}

// The mount of a file is the last one on the same device: a later mount may hide an earlier one.
static void print_mounts(FILE* mounts, const char* file)
{
    struct mount mount, found;
    struct stat status;
    int is_found = 0;
    if (file && stat(file, &status) < 0) {
        tool_warn("%s", file);
        return;
    }
    rewind(mounts);
    while (read_mount(mounts, &mount)) {
        if (!file) {
            print_mount(&mount);
        } else if (holds(&mount, &status)) {
            found = mount;
            is_found = 1;
        }
    }
    if (is_found) print_mount(&found);
}

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("hkiTa", NULL)) != -1;) {
        if (letter == 'h') human = 1;
        if (letter == 'k') human = 0;
        if (letter == 'i') inodes = 1;
        if (letter == 'T') types = 1;
        if (letter == 'a') all = 1;
    }
    FILE* mounts = fopen("/proc/mounts", "r");
    if (!mounts) tool_die("/proc/mounts: %s", strerror(errno));
    print_title();
    if (tool_operand_count == 0) print_mounts(mounts, NULL);
    if (tool_operand_count) all = 1;
    for (char** operand = tool_operands; *operand; operand++)
        print_mounts(mounts, *operand);
    fclose(mounts);
    return tool_end();
}
