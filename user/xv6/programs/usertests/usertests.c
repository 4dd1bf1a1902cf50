// usertests [NAME...]: runs all tests, or those named; -l lists them.
#include "usertests.h"

#include "fcntl.h"

char buffer[8192];
char* program;

static struct test* const groups[] = {file_tests, directory_tests, process_tests, memory_tests};
static char folder[] = "usertests.dir";
static int reports[2];  // a test that reaches its end says so here: exit() has no status

void fail(char* condition, char* file, int line)
{
    for (char* at = file; *at; at++)
        if (*at == '/') file = at + 1;
    printf(1, "%s:%d: not true: %s\n", file, line, condition);
    exit();
}

int fork_checked(void)
{
    int pid = fork();
    CHECK(pid >= 0);
    return pid;
}

int is_killed(void (*action)(void))
{
    int signal;
    int pid = fork_checked();
    if (pid == 0) {
        action();
        exit();
    }
    CHECK(waitsignal(&signal) == pid);
    return signal != 0;
}

void make_file(char* name, char* text)
{
    int fd = open(name, O_CREATE | O_WRONLY);
    CHECK(fd >= 0);
    CHECK(write(fd, text, strlen(text)) == strlen(text));
    CHECK(close(fd) == 0);
}

int file_has(char* name, char* text)
{
    char found[64];
    int fd = open(name, O_RDONLY);
    if (fd < 0) return 0;
    int count = read(fd, found, sizeof(found) - 1);
    close(fd);
    if (count < 0) return 0;
    found[count] = 0;
    return strcmp(found, text) == 0;
}

static void run_in_child(struct test* test)
{
    close(reports[0]);
    CHECK(mkdir(folder) == 0);
    CHECK(chdir(folder) == 0);
    test->run();
    write(reports[1], "y", 1);
    exit();
}

static int passes(struct test* test)
{
    char answer = 'n';
    CHECK(pipe(reports) == 0);
    int pid = fork_checked();
    if (pid == 0) run_in_child(test);
    close(reports[1]);
    while (read(reports[0], &answer, 1) == 1) {
    }
    close(reports[0]);
    CHECK(wait() == pid);
    if (unlink(folder) == 0) return answer == 'y';
    if (answer == 'y') printf(1, "%s was not left empty\n", folder);
    folder[0]++;  // the next test gets one of another name
    return 0;
}

static int is_wanted(struct test* test, int count, char** names)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], test->name) == 0) return 1;
    return count == 0;
}

static void list(void)
{
    for (int i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        for (struct test* test = groups[i]; test->name; test++)
            printf(1, "%s\n", test->name);
    exit();
}

int main(int argc, char** argv)
{
    int ran = 0, failed = 0;
    program = argv[0];
    if (argc == 2 && strcmp(argv[1], "-l") == 0) list();
    for (int i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        for (struct test* test = groups[i]; test->name; test++) {
            if (!is_wanted(test, argc - 1, argv + 1)) continue;
            const int passed = passes(test);
            printf(1, "test %s: %s\n", test->name, passed ? "OK" : "FAILED");
            ran++;
            failed += !passed;
        }
    }
    if (ran == 0)
        printf(1, "no such test (-l lists them)\n");
    else if (failed == 0)
        printf(1, "ALL %d TESTS PASSED\n", ran);
    else
        printf(1, "%d OF %d TESTS FAILED\n", failed, ran);
    exit();
}
