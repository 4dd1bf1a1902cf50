// Files and directories by name; patterns; options; the environment.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "check.h"

static void make(const char* path, int mode)
{
    const int fd = open(path, O_CREAT | O_WRONLY | O_EXCL, mode);
    CHECK(fd >= 0 && write(fd, "12345", 5) == 5 && close(fd) == 0);
}

static void status(void)
{
    struct stat out;
    umask(022);
    make("file", 0666);
    CHECK_EQUAL(stat("file", &out), 0);
    CHECK(S_ISREG(out.st_mode) && (out.st_mode & 0777) == 0644);
    CHECK_EQUAL(out.st_size, 5);
    CHECK_EQUAL(out.st_nlink, 1);
    CHECK_EQUAL(link("file", "other"), 0);
    CHECK_EQUAL(chmod("other", 0600), 0);
    CHECK(stat("file", &out) == 0 && out.st_nlink == 2 && (out.st_mode & 0777) == 0600);
    CHECK_EQUAL(
        truncate("file", 5000000000LL) < 0 || (stat("file", &out) == 0 && out.st_size == 5000000000LL), 1);
    CHECK_EQUAL(truncate("file", 3), 0);
    const struct timespec times[2] = {{1000000000, 0}, {1234567890, 0}};
    CHECK_EQUAL(utimensat(AT_FDCWD, "file", times, 0), 0);
    CHECK(stat("other", &out) == 0 && out.st_mtime == 1234567890 && out.st_size == 3);
    CHECK(rename("other", "moved") == 0 && access("other", F_OK) < 0 && errno == ENOENT);
    unlink("file");
    unlink("moved");
    CHECK(stat("/dev/null", &out) == 0 && S_ISCHR(out.st_mode));
    struct statvfs volume;
    CHECK(statvfs("/", &volume) == 0 && volume.f_bsize >= 512 && volume.f_blocks > 0);
}

static void links(void)
{
    char target[16] = "";
    struct stat out;
    CHECK_EQUAL(symlink("nowhere", "link"), 0);
    CHECK_EQUAL(readlink("link", target, sizeof(target)), 7);
    CHECK_TEXT(target, "nowhere");
    CHECK(lstat("link", &out) == 0 && S_ISLNK(out.st_mode));
    CHECK(stat("link", &out) < 0 && errno == ENOENT);
    unlink("link");
}

static void real_paths(void)
{
    char path[PATH_MAX], wanted[PATH_MAX], here[PATH_MAX];
    CHECK(getcwd(here, sizeof(here)) != NULL);
    mkdir("dir", 0755);
    make("dir/file", 0644);
    CHECK_EQUAL(symlink("dir/../dir", "to_dir"), 0);
    snprintf(wanted, sizeof(wanted), "%s/dir/file", here);
    CHECK_TEXT(realpath("./to_dir//./file", path), wanted);
    CHECK_TEXT(realpath("/", path), "/");
    CHECK_TEXT(realpath("/../..", path), "/");
    CHECK(!realpath("dir/missing", path) && errno == ENOENT);
    CHECK(!realpath("dir/file/x", path) && errno == ENOTDIR);
    symlink("loop", "loop");
    CHECK(!realpath("loop", path) && errno == ELOOP);
    char* allocated = realpath("dir", NULL);
    CHECK(allocated && strcmp(strrchr(allocated, '/'), "/dir") == 0);
    free(allocated);
    unlink("loop");
    unlink("to_dir");
    unlink("dir/file");
    CHECK_EQUAL(rmdir("dir"), 0);
}

static void directories(void)
{
    enum { kFiles = 150 };  // more than one buffer of entries
    char name[40];
    mkdir("many", 0755);
    for (int i = 0; i < kFiles; i++) {
        snprintf(name, sizeof(name), "many/a_rather_long_name_%03d", i);
        make(name, 0644);
    }
    DIR* directory = opendir("many");
    int count = 0, types = 0;
    for (struct dirent* entry; (entry = readdir(directory)); count++)
        types += entry->d_type == DT_REG;
    CHECK_EQUAL(count, kFiles + 2);
    CHECK_EQUAL(types, kFiles);
    rewinddir(directory);
    for (count = 0; readdir(directory); count++)
        continue;
    CHECK_EQUAL(count, kFiles + 2);
    CHECK_EQUAL(closedir(directory), 0);
    struct dirent** entries;
    CHECK_EQUAL(scandir("many", &entries, NULL, alphasort), kFiles + 2);
    CHECK_TEXT(entries[0]->d_name, ".");
    CHECK_TEXT(entries[kFiles + 1]->d_name, "a_rather_long_name_149");
    for (int i = 0; i < kFiles + 2; i++)
        free(entries[i]);
    free(entries);
    CHECK(rmdir("many") < 0 && errno == ENOTEMPTY);
    for (int i = 0; i < kFiles; i++) {
        snprintf(name, sizeof(name), "many/a_rather_long_name_%03d", i);
        unlink(name);
    }
    CHECK_EQUAL(remove("many"), 0);
    CHECK(!opendir("many") && errno == ENOENT);
}

static void patterns(void)
{
    static const struct {
        const char *pattern, *text;
        int flags, matches;
    } rows[] = {{"*.c", "main.c", 0, 1},
                {"*.c", "main.h", 0, 0},
                {"a?c", "abc", 0, 1},
                {"a?c", "ac", 0, 0},
                {"[a-c]x", "bx", 0, 1},
                {"[!a-c]x", "bx", 0, 0},
                {"[]x]", "]", 0, 1},
                {"[[:digit:]]*", "5x", 0, 1},
                {"[abc", "[abc", 0, 1},
                {"\\*", "*", 0, 1},
                {"\\*", "x", 0, 0},
                {"*", ".hidden", FNM_PERIOD, 0},
                {".*", ".hidden", FNM_PERIOD, 1},
                {"*", "a/b", FNM_PATHNAME, 0},
                {"*/b", "a/b", FNM_PATHNAME, 1},
                {"*a*b*c", "xxaxxbxxbc", 0, 1},
                {"*a*b*c", "xxaxxbxxbcd", 0, 0},
                {"ABC", "abc", FNM_CASEFOLD, 1},
                {"", "", 0, 1},
                {"*", "", 0, 1},
                {"?", "", 0, 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const int matches = fnmatch(rows[i].pattern, rows[i].text, rows[i].flags) == 0;
        check_equal(matches, rows[i].matches, rows[i].pattern, __FILE__, __LINE__);
    }
}

static void globbing(void)
{
    glob_t found;
    mkdir("g1", 0755);
    mkdir("g2", 0755);
    make("g1/b.txt", 0644);
    make("g1/a.txt", 0644);
    make("g2/c.txt", 0644);
    make("g2/.d.txt", 0644);
    CHECK_EQUAL(glob("g?/*.txt", 0, NULL, &found), 0);
    CHECK_EQUAL(found.gl_pathc, 3);
    CHECK_TEXT(found.gl_pathv[0], "g1/a.txt");
    CHECK_TEXT(found.gl_pathv[2], "g2/c.txt");
    globfree(&found);
    CHECK_EQUAL(glob("g*", GLOB_MARK, NULL, &found), 0);
    CHECK_TEXT(found.gl_pathv[0], "g1/");
    globfree(&found);
    CHECK_EQUAL(glob("none*", 0, NULL, &found), GLOB_NOMATCH);
    globfree(&found);
    CHECK_EQUAL(glob("none*", GLOB_NOCHECK, NULL, &found), 0);
    CHECK_TEXT(found.gl_pathv[0], "none*");
    globfree(&found);
    unlink("g1/a.txt");
    unlink("g1/b.txt");
    unlink("g2/c.txt");
    unlink("g2/.d.txt");
    rmdir("g1");
    rmdir("g2");
}

static void options(void)
{
    char* argv[] = {(char*)"prog", (char*)"-a",  (char*)"operand", (char*)"-bvalue", (char*)"-c",
                    (char*)"v2",   (char*)"-xa", (char*)"--",      (char*)"-d",      NULL};
    char seen[16] = "";
    int c;
    optind = 1;
    opterr = 0;
    while ((c = getopt(9, argv, "ab:c:")) != -1) {
        const char letter[2] = {(char)c, 0};
        strcat(seen, letter);
        if (c == 'b') CHECK_TEXT(optarg, "value");
        if (c == 'c') CHECK_TEXT(optarg, "v2");
        if (c == '?') CHECK_EQUAL(optopt, 'x');
    }
    CHECK_TEXT(seen, "abc?a");
    CHECK_EQUAL(optind, 7);
    CHECK_TEXT(argv[optind], "operand");
    CHECK_TEXT(argv[optind + 1], "-d");
}

static void long_options(void)
{
    int flag = 0, index = -1;
    const struct option long_options[] = {{"verbose", no_argument, &flag, 5},
                                          {"output", required_argument, NULL, 'o'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    char* argv[] = {(char*)"prog", (char*)"--verb", (char*)"--output=file", (char*)"x", (char*)"--output",
                    (char*)"f2",   (char*)"-h",     (char*)"--nonsense",    NULL};
    optind = 0;
    opterr = 0;
    CHECK_EQUAL(getopt_long(8, argv, "ho:", long_options, &index), 0);
    CHECK(flag == 5 && index == 0);
    CHECK_EQUAL(getopt_long(8, argv, "ho:", long_options, &index), 'o');
    CHECK_TEXT(optarg, "file");
    CHECK_EQUAL(getopt_long(8, argv, "ho:", long_options, &index), 'o');
    CHECK_TEXT(optarg, "f2");
    CHECK_EQUAL(getopt_long(8, argv, "ho:", long_options, &index), 'h');
    CHECK_EQUAL(getopt_long(8, argv, "ho:", long_options, &index), '?');
    CHECK_EQUAL(getopt_long(8, argv, "ho:", long_options, &index), -1);
    CHECK_EQUAL(optind, 7);
    CHECK_TEXT(argv[7], "x");
}

static void environment(void)
{
    CHECK_EQUAL(setenv("LIBCTEST", "one", 1), 0);
    CHECK_TEXT(getenv("LIBCTEST"), "one");
    CHECK_EQUAL(setenv("LIBCTEST", "two", 0), 0);
    CHECK_TEXT(getenv("LIBCTEST"), "one");
    setenv("LIBCTEST", "two", 1);
    CHECK_TEXT(getenv("LIBCTEST"), "two");
    CHECK(!getenv("LIBCTES"));
    CHECK_EQUAL(unsetenv("LIBCTEST"), 0);
    CHECK(!getenv("LIBCTEST"));
    static char assignment[] = "LIBCTEST=three";
    CHECK_EQUAL(putenv(assignment), 0);
    CHECK_TEXT(getenv("LIBCTEST"), "three");
    unsetenv("LIBCTEST");
    CHECK(setenv("A=B", "x", 1) < 0 && errno == EINVAL);
}

static void temporary_files(void)
{
    char name[] = "tempXXXXXX", other[] = "tempXXXXXX", bad[] = "temp";
    const int fd = mkstemp(name), other_fd = mkstemp(other);
    CHECK(fd >= 0 && other_fd >= 0 && strcmp(name, other) != 0);
    close(fd);
    close(other_fd);
    unlink(name);
    unlink(other);
    CHECK(mkstemp(bad) < 0 && errno == EINVAL);
}

const struct test name_tests[] = {{"stat", status},
                                  {"symlinks", links},
                                  {"realpath", real_paths},
                                  {"directories", directories},
                                  {"fnmatch", patterns},
                                  {"glob", globbing},
                                  {"getopt", options},
                                  {"getopt_long", long_options},
                                  {"environment", environment},
                                  {"mkstemp", temporary_files},
                                  {NULL, NULL}};
