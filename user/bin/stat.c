// stat: what the inode says about a file, or (-f) what the file system says about itself.
#include "user/lib/mode.h"
#include "user/lib/names.h"
#include "user/lib/tool.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "Usage: stat [-Lft] [-c FORMAT] FILE...\n"
    "Show what is known about files.\n"
    "  -L         of what a link points to\n"
    "  -f         about the file system a file is on\n"
    "  -c FORMAT  only this: %n name, %N name and target, %F type, %s size, %b blocks, %B bytes of a block,\n"
    "             %o best I/O size, %i inode, %h links, %d device, %a mode in octal, %A mode as rwx, %f mode "
    "in hex,\n"
    "             %u %U user, %g %G group, %t %T device's major and minor in hex,\n"
    "             %x %y %z times of access, modification, change; %X %Y %Z in seconds\n";

static int follow, file_system;

static const char* time_text(const struct timespec* time)
{
    static char text[64];
    char date[32], zone[8];
    const struct tm* parts = localtime(&time->tv_sec);
    strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", parts);
    strftime(zone, sizeof zone, "%z", parts);
    snprintf(text, sizeof text, "%s.%09ld %s", date, (long)time->tv_nsec, zone);
    return text;
}

static void print_name_and_target(const char* path, const struct stat* status)
{
    char target[4096];
    const ssize_t length = S_ISLNK(status->st_mode) ? readlink(path, target, sizeof target) : -1;
    if (length < 0)
        printf("'%s'", path);
    else
        printf("'%s' -> '%.*s'", path, (int)length, target);
}

static void print_directive(char letter, const char* path, const struct stat* status)
{
    char mode[11];
    mode_to_text(status->st_mode, mode);
    switch (letter) {
    case 'n':
        fputs(path, stdout);
        break;
    case 'N':
        print_name_and_target(path, status);
        break;
    case 'F':
        fputs(file_type_name(status->st_mode, (long long)status->st_size), stdout);
        break;
    case 's':
        printf("%lld", (long long)status->st_size);
        break;
    case 'b':
        printf("%lld", (long long)status->st_blocks);
        break;
    case 'B':
        printf("512");
        break;
    case 'o':
        printf("%ld", (long)status->st_blksize);
        break;
    case 'i':
        printf("%llu", (unsigned long long)status->st_ino);
        break;
    case 'h':
        printf("%u", (unsigned)status->st_nlink);
        break;
    case 'd':
        printf("%llu", (unsigned long long)status->st_dev);
        break;
    case 'a':
        printf("%o", (unsigned)status->st_mode & 07777);
        break;
    case 'A':
        fputs(mode, stdout);
        break;
    case 'f':
        printf("%x", (unsigned)status->st_mode);
        break;
    case 'u':
        printf("%u", (unsigned)status->st_uid);
        break;
    case 'U':
        fputs(user_name(status->st_uid), stdout);
        break;
    case 'g':
        printf("%u", (unsigned)status->st_gid);
        break;
    case 'G':
        fputs(group_name(status->st_gid), stdout);
        break;
    case 't':
        printf("%x", (unsigned)major(status->st_rdev));
        break;
    case 'T':
        printf("%x", (unsigned)minor(status->st_rdev));
        break;
    case 'x':
        fputs(time_text(&status->st_atim), stdout);
        break;
    case 'y':
        fputs(time_text(&status->st_mtim), stdout);
        break;
    case 'z':
        fputs(time_text(&status->st_ctim), stdout);
        break;
    case 'X':
        printf("%lld", (long long)status->st_atim.tv_sec);
        break;
    case 'Y':
        printf("%lld", (long long)status->st_mtim.tv_sec);
        break;
    case 'Z':
        printf("%lld", (long long)status->st_ctim.tv_sec);
        break;
    case '%':
        putchar('%');
        break;
    default:
        putchar('?');
        break;
    }
}

static void print_format(const char* format, const char* path, const struct stat* status)
{
    while (*format) {
        if (*format == '%' && format[1]) {
            print_directive(format[1], path, status);
            format += 2;
        } else {
            putchar(*format++);
        }
    }
}

static void print_all(const char* path, const struct stat* status)
{
    char mode[11];
    const int device = S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode);
    mode_to_text(status->st_mode, mode);
    printf("  File: ");
    if (S_ISLNK(status->st_mode)) {
        char target[4096];
        const ssize_t length = readlink(path, target, sizeof target);
        printf("%s -> %.*s\n", path, length < 0 ? 0 : (int)length, target);
    } else {
        puts(path);
    }
    printf("  Size: %-10lld\tBlocks: %-10lld IO Block: %-6ld %s\n", (long long)status->st_size,
           (long long)status->st_blocks, (long)status->st_blksize,
           file_type_name(status->st_mode, (long long)status->st_size));
    printf("Device: %u,%u\tInode: %-11llu Links: %u", (unsigned)major(status->st_dev),
           (unsigned)minor(status->st_dev), (unsigned long long)status->st_ino, (unsigned)status->st_nlink);
    if (device)
        printf("     Device type: %u,%u", (unsigned)major(status->st_rdev), (unsigned)minor(status->st_rdev));
    printf("\nAccess: (%04o/%s)  Uid: (%5u/%8s)   ", (unsigned)status->st_mode & 07777, mode,
           (unsigned)status->st_uid, user_name(status->st_uid));
    printf("Gid: (%5u/%8s)\n", (unsigned)status->st_gid, group_name(status->st_gid));
    print_format("Access: %x\nModify: %y\nChange: %z\n", path, status);
}

static void print_file_system(const char* path)
{
    struct statvfs status;
    if (statvfs(path, &status) < 0) {
        tool_warn("cannot read file system information for '%s'", path);
        return;
    }
    printf("  File: \"%s\"\n", path);
    printf("    ID: %-8lx Namelen: %lu\n", (unsigned long)status.f_fsid, (unsigned long)status.f_namemax);
    printf("Block size: %-10lu Fundamental block size: %lu\n", (unsigned long)status.f_bsize,
           (unsigned long)status.f_frsize);
    printf("Blocks: Total: %-10llu Free: %-10llu Available: %llu\n", (unsigned long long)status.f_blocks,
           (unsigned long long)status.f_bfree, (unsigned long long)status.f_bavail);
    printf("Inodes: Total: %-10llu Free: %llu\n", (unsigned long long)status.f_files,
           (unsigned long long)status.f_ffree);
}

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {
        {"dereference", 'L'}, {"file-system", 'f'}, {"format", 'c'}, {"terse", 't'}, {0, 0}};
    const char* format = NULL;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("Lftc:", longs)) != -1;) {
        if (letter == 'L') follow = 1;
        if (letter == 'f') file_system = 1;
        if (letter == 'c') format = tool_argument;
        if (letter == 't') format = "%n %s %b %f %u %g %d %i %h %t %T %X %Y %Z %o";
    }
    tool_need_operands(1, -1);
    for (char** operand = tool_operands; *operand; operand++) {
        struct stat status;
        if (file_system) {
            print_file_system(*operand);
        } else if ((follow ? stat : lstat)(*operand, &status) < 0) {
            tool_warn("cannot stat '%s'", *operand);
        } else if (format) {
            print_format(format, *operand, &status);
            putchar('\n');
        } else {
            print_all(*operand, &status);
        }
    }
    return tool_end();
}
