// chmod: changes the mode of files.
#include "user/lib/mode.h"
#include "user/lib/tool.h"
#include "user/lib/tree.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] = "Usage: chmod [-Rv] MODE FILE...\n"
                           "Set who may do what: MODE is octal, or like u+x,go-w,a=r.\n"
                           "  -R  directories with all they hold\n"
                           "  -v  say what is done\n";

static int recursive, verbose;
static const char* mode_text;
static mode_t mask;

static void change(const char* path);

static void change_below(const char* path)
{
    DIR* directory = opendir(path);
    if (!directory) {
        tool_warn("cannot open directory '%s'", path);
        return;
    }
    for (struct dirent* entry; (entry = readdir(directory));) {
        struct stat status;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char* below = join_path(path, entry->d_name);
        if (lstat(below, &status) == 0 && !S_ISLNK(status.st_mode)) change(below);
        free(below);
    }
    closedir(directory);
}

static void change(const char* path)
{
    struct stat status;
    mode_t mode = 0;
    if (stat(path, &status) < 0) {
        tool_warn("cannot access '%s'", path);
        return;
    }
    if (!parse_mode(mode_text, status.st_mode, mask, &mode))
        tool_usage_error("invalid mode: '%s'", mode_text);
    if (chmod(path, mode & 07777) < 0)
        tool_warn("changing mode of '%s'", path);
    else if (verbose)
        printf("mode of '%s' is now %04o\n", path, (unsigned)mode & 07777);
    if (recursive && S_ISDIR(status.st_mode)) change_below(path);
}

// "-w" is a mode that looks like an option; only -R and -v (and their like) are options.
static int is_option(const char* word)
{
    return word[0] == '-' && word[1] && strspn(word + 1, "Rvf") == strlen(word + 1);
}

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return tool_end();
    }
    char** word = argv + 1;
    for (; *word && is_option(*word); word++) {
        recursive |= strchr(*word, 'R') != NULL;
        verbose |= strchr(*word, 'v') != NULL;
    }
    if (*word && strcmp(*word, "--") == 0) word++;
    if (!*word || !word[1]) tool_usage_error("missing operand");
    mask = umask(0);
    umask(mask);
    mode_text = *word;
    while (*++word)
        change(*word);
    return tool_end();
}
