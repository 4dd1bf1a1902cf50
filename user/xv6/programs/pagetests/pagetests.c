// pagetests [GROUP...]: runs the tests of the groups layout, heap, cow; all without a word. As process 1 (init=) it makes
// its console and ends the machine.
#include "pagetests.h"

#include "fcntl.h"

char* program;

static struct test* const lists[] = {layout_tests, heap_tests, cow_tests};
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

void write_by_kernel(char* first, char* end, char byte)
{
    int fds[2];
    CHECK(pipe(fds) == 0);
    for (char* at = first; at < end; at++) {
        CHECK(write(fds[1], &byte, 1) == 1);
        CHECK(read(fds[0], at, 1) == 1);
    }
    close(fds[0]);
    close(fds[1]);
}

static int passes(struct test* test)
{
    char answer = 'n';
    CHECK(pipe(reports) == 0);
    int pid = fork_checked();
    if (pid == 0) {
        close(reports[0]);
        test->run();
        write(reports[1], "y", 1);
        exit();
    }
    close(reports[1]);
    while (read(reports[0], &answer, 1) == 1) {
    }
    close(reports[0]);
    int ended;
    while ((ended = wait()) != pid)  // as process 1 also orphans of a test
        CHECK(ended > 0);
    return answer == 'y';
}

static int is_wanted(struct test* test, int count, char** groups)
{
    for (int i = 0; i < count; i++)
        if (strcmp(groups[i], test->group) == 0) return 1;
    return count == 0;
}

static void run_tests(int count, char** groups)
{
    int ran = 0, failed = 0;
    for (int i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        for (struct test* test = lists[i]; test->name; test++) {
            if (!is_wanted(test, count, groups)) continue;
            const int passed = passes(test);
            printf(1, "test %s: %s\n", test->name, passed ? "OK" : "FAILED");
            ran++;
            failed += !passed;
        }
    }
    if (ran == 0)
        printf(1, "no such group\n");
    else if (failed == 0)
        printf(1, "ALL %d TESTS PASSED\n", ran);
    else
        printf(1, "%d OF %d TESTS FAILED\n", failed, ran);
}

static void make_console(void)
{
    if (open("console", O_RDWR) < 0) {
        mknod("console", 1, 1);
        open("console", O_RDWR);
    }
    dup(0);
    dup(0);
}

int main(int argc, char** argv)
{
    program = argv[0];
    if (argc == 2 && strcmp(argv[1], "EXECUTED") == 0) be_executed();
    if (getpid() == 1) make_console();
    run_tests(argc - 1, argv + 1);
    if (getpid() == 1) shutdown();
    exit();
}
