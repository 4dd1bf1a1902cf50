// Directories and names.
#include "usertests.h"

#include "fcntl.h"
#include "fs.h"
#include "stat.h"

static int is_named(struct dirent* entry, char* name)
{
    char text[DIRSIZ + 1];
    memmove(text, entry->name, DIRSIZ);
    text[DIRSIZ] = 0;
    return strcmp(text, name) == 0;
}

// How many entries of the current directory have the name; in all where the name is 0.
static int count_entries(char* name)
{
    struct dirent entry;
    int count = 0, got;
    int fd = open(".", O_RDONLY);
    CHECK(fd >= 0);
    while ((got = read(fd, &entry, sizeof(entry))) == sizeof(entry))
        count += entry.inum != 0 && (!name || is_named(&entry, name));
    CHECK(got == 0);
    close(fd);
    return count;
}

static void entries_of_16_bytes(void)
{
    struct dirent* entry = (struct dirent*)buffer;
    struct stat st;
    CHECK(sizeof(struct dirent) == 16);
    make_file("file", "");
    CHECK(count_entries(0) == 3 && count_entries(".") == 1 && count_entries("..") == 1);
    CHECK(stat("file", &st) == 0);
    int fd = open(".", O_RDONLY);
    CHECK(read(fd, buffer, sizeof(buffer)) == 3 * 16);
    CHECK(read(fd, buffer + 100, 16) == 0);
    close(fd);
    while (!is_named(entry, "file"))
        entry++;
    CHECK(entry->inum == (ushort)st.ino);
    CHECK(unlink("file") == 0);
    CHECK(count_entries("file") == 0);
}

// The place in a directory is the open file's: dup, fork and exec share it.
static void place_in_a_directory(void)
{
    struct dirent entry;
    int seen = 0;
    make_file("a", "");
    make_file("b", "");
    int fd = open(".", O_RDONLY);
    int other = dup(fd);
    while (read(seen % 2 ? fd : other, &entry, sizeof(entry)) == sizeof(entry)) {
        seen++;
        if (fork_checked() == 0) exit();
        wait();
    }
    CHECK(seen == 4);
    close(fd);
    close(other);
    CHECK(unlink("a") == 0 && unlink("b") == 0);
}

static void names_of_14_bytes(void)
{
    make_file("12345678901234", "x");
    CHECK(count_entries("12345678901234") == 1);
    CHECK(file_has("123456789012345", "x"));  // the fifteenth byte does not count
    CHECK(mkdir("123456789012349") < 0);
    CHECK(link("12345678901234zzz", "abcdefghijklmnopq") == 0);
    CHECK(count_entries("abcdefghijklmn") == 1);
    CHECK(unlink("abcdefghijklmnXX") == 0);
    CHECK(unlink("12345678901234") == 0);
    CHECK(mkdir("long-directory-name") == 0);
    CHECK(chdir("long-directory-other/../long-directory") == 0 && chdir("..") == 0);
    CHECK(unlink("long-directory-") == 0);
}

static void empty_directory_is_unlinked(void)
{
    CHECK(mkdir("dir") == 0);
    CHECK(mkdir("dir") < 0);
    make_file("dir/file", "x");
    CHECK(unlink("dir") < 0);
    CHECK(unlink("dir/file") == 0);
    CHECK(unlink("dir") == 0);
    CHECK(chdir("dir") < 0);
}

static void dots_stay(void)
{
    CHECK(mkdir("dots") == 0 && chdir("dots") == 0);
    CHECK(unlink(".") < 0 && unlink("..") < 0);
    CHECK(chdir("..") == 0);
    CHECK(unlink("dots/.") < 0 && unlink("dots/..") < 0);
    CHECK(unlink("dots") == 0);
}

static void paths(void)
{
    CHECK(mkdir("dd") == 0 && mkdir("/tmp/../tmp/xv6.paths") == 0);
    CHECK(unlink("/tmp/xv6.paths") == 0);
    make_file("dd/ff", "ff");
    CHECK(mkdir("dd/dd") == 0);
    make_file("dd/dd/ff", "FF");
    CHECK(file_has("dd/dd/../ff", "ff") && file_has("dd//dd/./ff", "FF"));
    CHECK(link("dd/dd/ff", "dd/dd/ffff") == 0);
    CHECK(unlink("dd/dd/ff") == 0 && open("dd/dd/ff", O_RDONLY) < 0);
    CHECK(chdir("dd") == 0 && chdir("dd/../../dd") == 0 && chdir("./..") == 0);
    CHECK(open("dd/ff/ff", O_CREATE) < 0 && open("dd/xx/ff", O_CREATE) < 0);
    CHECK(open("dd", O_CREATE) < 0 && open("dd", O_RDWR) < 0 && open("dd", O_WRONLY) < 0);
    CHECK(link("dd/ff/ff", "dd/dd/xx") < 0 && link("dd/ff", "dd/dd/ffff") < 0);
    CHECK(mkdir("dd/ff/ff") < 0 && mkdir("dd/xx/ff") < 0 && mkdir("dd/dd/ffff") < 0);
    CHECK(unlink("dd/xx/ff") < 0 && unlink("dd/ff/ff") < 0 && chdir("dd/ff") < 0 && chdir("dd/xx") < 0);
    CHECK(unlink("dd/dd/ffff") == 0 && unlink("dd/ff") == 0 && unlink("dd") < 0);
    CHECK(unlink("dd/dd") == 0 && unlink("dd") == 0);
}

static void file_is_no_directory(void)
{
    make_file("file", "");
    CHECK(chdir("file") < 0 && open("file/xx", O_RDONLY) < 0 && open("file/xx", O_CREATE) < 0);
    CHECK(mkdir("file/xx") < 0 && unlink("file/xx") < 0 && link("file", "file/xx") < 0);
    CHECK(unlink("file") == 0);
    CHECK(open(".", O_RDWR) < 0);
    int fd = open(".", O_RDONLY);
    CHECK(write(fd, "x", 1) < 0);
    close(fd);
}

static void removed_current_directory(void)
{
    CHECK(mkdir("here") == 0);
    if (fork_checked() == 0) {
        CHECK(chdir("here") == 0);
        CHECK(unlink("../here") == 0);
        CHECK(open("file", O_CREATE | O_RDWR) < 0);
        CHECK(chdir("/") == 0);
        exit();
    }
    wait();
    CHECK(chdir("here") < 0);
}

static void empty_names(void)
{
    CHECK(mkdir("") < 0 && link(".", "") < 0);
    int fd = open("", O_CREATE);
    if (fd >= 0) close(fd);
    CHECK(count_entries(0) == 2);
}

static void numbered_name(char* name, int number)
{
    name[1] = '0' + number / 26;
    name[2] = 'a' + number % 26;
}

static void directory_of_many_names(void)
{
    enum { kNames = 400 };
    char name[] = "x00";
    make_file("bd", "");
    for (int i = 0; i < kNames; i++) {
        numbered_name(name, i);
        CHECK(link("bd", name) == 0);
    }
    CHECK(count_entries(0) == kNames + 3);
    CHECK(unlink("bd") == 0);
    for (int i = 0; i < kNames; i++) {
        numbered_name(name, i);
        CHECK(unlink(name) == 0);
    }
}

static void make_and_remove(int who)
{
    char name[] = "p00";
    name[0] += who;
    for (int i = 0; i < 20; i++) {
        numbered_name(name, i);
        make_file(name, name);
        if (i % 2 == 1) CHECK(unlink(name) == 0);
    }
    exit();
}

static void makers_at_one_directory(void)
{
    char name[] = "p00";
    for (int who = 0; who < 4; who++)
        if (fork_checked() == 0) make_and_remove(who);
    for (int who = 0; who < 4; who++)
        CHECK(wait() > 0);
    CHECK(count_entries(0) == 2 + 4 * 10);
    for (int i = 0; i < 4 * 20; i++) {
        name[0] = 'p' + i / 20;
        numbered_name(name, i % 20);
        CHECK((unlink(name) == 0) == (i % 2 == 0));
    }
}

// Two processes make, link and remove the same few names; whatever comes out, no name is there twice.
static void racers_at_the_same_names(void)
{
    char name[] = "C0";
    const int pid = fork_checked();
    for (int i = 0, dice = pid ? 7 : 11; i < 200; i++) {
        dice = dice * 1103515245 + 12345;
        name[1] = '0' + (dice >> 16 & 7);
        if ((dice >> 20 & 3) == 0) {
            close(open(name, O_CREATE | O_RDWR));
        } else if ((dice >> 20 & 3) == 1) {
            link("C0", name);
        } else {
            unlink(name);
        }
    }
    if (pid == 0) exit();
    CHECK(wait() == pid);
    for (int i = 0; i < 8; i++) {
        name[1] = '0' + i;
        CHECK(count_entries(name) <= 1);
        unlink(name);
    }
    CHECK(count_entries(0) == 2);
}

struct test directory_tests[] = {
    {"entries_of_16_bytes", entries_of_16_bytes},
    {"place_in_a_directory", place_in_a_directory},
    {"names_of_14_bytes", names_of_14_bytes},
    {"empty_directory_is_unlinked", empty_directory_is_unlinked},
    {"dots_stay", dots_stay},
    {"paths", paths},
    {"file_is_no_directory", file_is_no_directory},
    {"removed_current_directory", removed_current_directory},
    {"empty_names", empty_names},
    {"directory_of_many_names", directory_of_many_names},
    {"makers_at_one_directory", makers_at_one_directory},
    {"racers_at_the_same_names", racers_at_the_same_names},
    {0, 0},
};
