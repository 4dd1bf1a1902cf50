// Files, links, pipes, descriptors.
#include "usertests.h"

#include "fcntl.h"
#include "fs.h"
#include "stat.h"

static void open_modes(void)
{
    CHECK(open("missing", O_RDONLY) < 0);
    CHECK(open("missing", O_WRONLY) < 0);
    make_file("file", "text");
    int fd = open("file", O_RDONLY);
    CHECK(write(fd, "x", 1) < 0);
    close(fd);
    fd = open("file", O_WRONLY);
    CHECK(read(fd, buffer, 1) < 0);
    close(fd);
    CHECK(close(fd) < 0);
    CHECK(read(fd, buffer, 1) < 0);
    CHECK(unlink("file") == 0);
}

static void create_keeps_contents(void)
{
    make_file("file", "longer text");
    int fd = open("file", O_CREATE | O_RDWR);
    CHECK(fd >= 0);
    CHECK(write(fd, "L", 1) == 1);
    close(fd);
    CHECK(file_has("file", "Longer text"));
    CHECK(unlink("file") == 0);
}

static void blocks_in_a_row(void)
{
    int fd = open("big", O_CREATE | O_RDWR);
    CHECK(fd >= 0);
    for (int i = 0; i < MAXFILE; i++) {
        *(int*)buffer = i;
        CHECK(write(fd, buffer, BSIZE) == BSIZE);
    }
    close(fd);
    fd = open("big", O_RDONLY);
    for (int i = 0; i < MAXFILE; i++) {
        CHECK(read(fd, buffer, BSIZE) == BSIZE);
        CHECK(*(int*)buffer == i);
    }
    CHECK(read(fd, buffer, BSIZE) == 0);
    close(fd);
    CHECK(unlink("big") == 0);
}

static void sizes_that_fit_no_block(void)
{
    struct stat st;
    for (int size = 1; size < 12 * BSIZE; size += 467) {
        int fd = open("odd", O_CREATE | O_RDWR);
        CHECK(fd >= 0);
        memset(buffer, size % 251, size);
        CHECK(write(fd, buffer, size) == size);
        CHECK(write(fd, buffer, size) == size);
        CHECK(fstat(fd, &st) == 0 && st.size == 2 * size);
        close(fd);
        fd = open("odd", O_RDONLY);
        memset(buffer, 255, size);
        CHECK(read(fd, buffer, size) == size);
        CHECK((uchar)buffer[0] == size % 251 && (uchar)buffer[size - 1] == size % 251);
        close(fd);
        CHECK(unlink("odd") == 0);
    }
}

static void many_files(void)
{
    char name[] = "a0";
    for (int i = 0; i < 50; i++) {
        name[1] = '0' + i;
        make_file(name, name);
    }
    for (int i = 0; i < 50; i++) {
        name[1] = '0' + i;
        CHECK(file_has(name, name));
        CHECK(unlink(name) == 0);
    }
}

static void stat_tells_the_kind(void)
{
    struct stat st;
    make_file("file", "12345");
    CHECK(mkdir("dir") == 0);
    CHECK(mknod("device", 1, 1) == 0);
    CHECK(stat("file", &st) == 0 && st.type == T_FILE && st.size == 5 && st.nlink == 1);
    CHECK(stat("dir", &st) == 0 && st.type == T_DIR);
    CHECK(stat("device", &st) == 0 && st.type == T_DEV);
    CHECK(stat("missing", &st) < 0);
    CHECK(fstat(99, &st) < 0);
    CHECK(mknod("device", 1, 1) < 0);
    CHECK(unlink("device") == 0 && unlink("dir") == 0 && unlink("file") == 0);
}

static void console_is_device_1(void)
{
    CHECK(mknod("console", 1, 1) == 0);
    int fd = open("console", O_RDWR);
    CHECK(fd >= 0);
    CHECK(write(fd, "", 0) == 0);
    close(fd);
    CHECK(unlink("console") == 0);
    CHECK(mknod("nothing", 7, 0) == 0);
    fd = open("nothing", O_RDWR);
    CHECK(fd < 0 || read(fd, buffer, 1) < 0);
    CHECK(unlink("nothing") == 0);
}

static void removed_file_lives_while_open(void)
{
    make_file("file", "still here");
    int fd = open("file", O_RDWR);
    CHECK(unlink("file") == 0);
    CHECK(open("file", O_RDONLY) < 0);
    CHECK(read(fd, buffer, 100) == 10);
    CHECK(write(fd, "more", 4) == 4);
    close(fd);
}

static void links(void)
{
    struct stat st;
    make_file("one", "shared");
    CHECK(link("one", "two") == 0);
    CHECK(stat("one", &st) == 0 && st.nlink == 2);
    CHECK(unlink("one") == 0);
    CHECK(file_has("two", "shared"));
    CHECK(link("two", "two") < 0);
    CHECK(link("missing", "three") < 0);
    CHECK(link(".", "three") < 0);
    CHECK(unlink("two") == 0);
    CHECK(link("two", "one") < 0);
}

static void one_offset_for_all(void)
{
    int fd = open("file", O_CREATE | O_RDWR);
    int other = dup(fd);
    CHECK(other >= 0);
    CHECK(write(fd, "ab", 2) == 2 && write(other, "cd", 2) == 2);
    int pid = fork_checked();
    if (pid == 0) {
        write(fd, "ef", 2);
        exit();
    }
    CHECK(wait() == pid);
    CHECK(write(fd, "gh", 2) == 2);
    close(fd);
    close(other);
    CHECK(file_has("file", "abcdefgh"));
    CHECK(unlink("file") == 0);
}

static void writers_at_one_file(void)
{
    enum { kRounds = 500, kPiece = 10 };
    int fd = open("shared", O_CREATE | O_RDWR);
    int pid = fork_checked();
    memset(buffer, pid == 0 ? 'c' : 'p', kPiece);
    for (int i = 0; i < kRounds; i++)
        CHECK(write(fd, buffer, kPiece) == kPiece);
    if (pid == 0) exit();
    CHECK(wait() == pid);
    close(fd);
    int counts[2] = {0, 0}, got;
    fd = open("shared", O_RDONLY);
    while ((got = read(fd, buffer, sizeof(buffer))) > 0)
        for (int i = 0; i < got; i++)
            counts[buffer[i] == 'c']++;
    close(fd);
    CHECK(counts[0] == kRounds * kPiece && counts[1] == kRounds * kPiece);
    CHECK(unlink("shared") == 0);
}

static void write_file_of(int who)
{
    char name[] = "f0";
    name[1] += who;
    int fd = open(name, O_CREATE | O_RDWR);
    memset(buffer, '0' + who, 500);
    for (int i = 0; i < 12; i++)
        CHECK(write(fd, buffer, 500) == 500);
    exit();
}

static void writers_at_four_files(void)
{
    char name[] = "f0";
    for (int who = 0; who < 4; who++)
        if (fork_checked() == 0) write_file_of(who);
    for (int who = 0; who < 4; who++)
        CHECK(wait() > 0);
    for (int who = 0; who < 4; who++) {
        name[1] = '0' + who;
        int fd = open(name, O_RDONLY), total = 0, got;
        while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
            for (int i = 0; i < got; i++)
                CHECK(buffer[i] == '0' + who);
            total += got;
        }
        close(fd);
        CHECK(total == 12 * 500);
        CHECK(unlink(name) == 0);
    }
}

static void lowest_descriptor_is_taken(void)
{
    int a = dup(1), b = dup(1), c = dup(1);
    CHECK(a < b && b < c);
    close(b);
    CHECK(dup(1) == b);
    close(a);
    close(b);
    close(c);
    CHECK(dup(99) < 0 && dup(-1) < 0);
}

static void pipe_carries_bytes(void)
{
    int fds[2], next = 0, got;
    CHECK(pipe(fds) == 0);
    if (fork_checked() == 0) {
        close(fds[0]);
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 1033; i++)
                buffer[i] = (char)(round * 1033 + i);
            CHECK(write(fds[1], buffer, 1033) == 1033);
        }
        exit();
    }
    close(fds[1]);
    for (int size = 1; (got = read(fds[0], buffer, size)) > 0; size = size < 4000 ? size * 2 : size)
        for (int i = 0; i < got; i++)
            CHECK(buffer[i] == (char)next++);
    CHECK(got == 0 && next == 5 * 1033);
    close(fds[0]);
    CHECK(wait() > 0);
}

static void pipe_without_a_reader(void)
{
    int fds[2];
    CHECK(pipe(fds) == 0);
    close(fds[0]);
    CHECK(write(fds[1], "x", 1) == -1);
    close(fds[1]);
}

static void pipe_has_no_status(void)
{
    struct stat st;
    int fds[2];
    CHECK(pipe(fds) == 0);
    CHECK(fstat(fds[0], &st) < 0);
    CHECK(write(fds[0], "x", 1) < 0 && read(fds[1], buffer, 1) < 0);
    close(fds[0]);
    close(fds[1]);
}

struct test file_tests[] = {
    {"open_modes", open_modes},
    {"create_keeps_contents", create_keeps_contents},
    {"blocks_in_a_row", blocks_in_a_row},
    {"sizes_that_fit_no_block", sizes_that_fit_no_block},
    {"many_files", many_files},
    {"stat_tells_the_kind", stat_tells_the_kind},
    {"console_is_device_1", console_is_device_1},
    {"removed_file_lives_while_open", removed_file_lives_while_open},
    {"links", links},
    {"one_offset_for_all", one_offset_for_all},
    {"writers_at_one_file", writers_at_one_file},
    {"writers_at_four_files", writers_at_four_files},
    {"lowest_descriptor_is_taken", lowest_descriptor_is_taken},
    {"pipe_carries_bytes", pipe_carries_bytes},
    {"pipe_without_a_reader", pipe_without_a_reader},
    {"pipe_has_no_status", pipe_has_no_status},
    {0, 0},
};
