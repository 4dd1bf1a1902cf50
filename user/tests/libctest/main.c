// Runs all tests: "ok N name" for each that passes, "not ok N name" for each that does not, then PASS or FAIL.
// Arguments: names of tests to run instead of all.
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char scratch_directory[] = "/tmp/libctestXXXXXX";
static int failures_of_test, failed_tests, tests_run;

static void complain(const char* file, int line, const char* text)
{
    failures_of_test++;
    printf("# %s:%d: %s", strrchr(file, '/') ? strrchr(file, '/') + 1 : file, line, text);
}

void check_true(int condition, const char* text, const char* file, int line)
{
    if (condition) return;
    complain(file, line, text);
    printf(" does not hold\n");
}

void check_equal(long long got, long long wanted, const char* text, const char* file, int line)
{
    if (got == wanted) return;
    complain(file, line, text);
    printf(" is %lld, not %lld\n", got, wanted);
}

void check_text(const char* got, const char* wanted, const char* text, const char* file, int line)
{
    if (got && wanted ? strcmp(got, wanted) == 0 : got == wanted) return;
    complain(file, line, text);
    printf(" is \"%s\", not \"%s\"\n", got ? got : "(null)", wanted ? wanted : "(null)");
}

static int is_chosen(const char* name, char** chosen)
{
    if (!*chosen) return 1;
    for (; *chosen; chosen++)
        if (strcmp(*chosen, name) == 0) return 1;
    return 0;
}

static void run_all(const struct test* tests, char** chosen)
{
    for (; tests->name; tests++) {
        if (!is_chosen(tests->name, chosen)) continue;
        failures_of_test = 0;
        tests->run();
        tests_run++;
        printf("%s %d %s\n", failures_of_test ? "not ok" : "ok", tests_run, tests->name);
        fflush(stdout);
        failed_tests += failures_of_test != 0;
    }
}

int main(int argc, char** argv)
{
    (void)argc;
    if (!mkdtemp(scratch_directory) || chdir(scratch_directory) < 0) {
        perror(scratch_directory);
        return 2;
    }
    run_all(text_tests, argv + 1);
    run_all(memory_tests, argv + 1);
    run_all(number_tests, argv + 1);
    run_all(format_tests, argv + 1);
    run_all(heap_tests, argv + 1);
    run_all(stream_tests, argv + 1);
    run_all(name_tests, argv + 1);
    run_all(time_tests, argv + 1);
    run_all(process_tests, argv + 1);
    run_all(signal_tests, argv + 1);
    run_all(cxx_tests, argv + 1);
    if (chdir("/") < 0 || rmdir(scratch_directory) < 0) {
        perror(scratch_directory);  // a test left something behind
        failed_tests++;
    }
    printf("libctest: %s\n", failed_tests ? "FAIL" : "PASS");
    return failed_tests != 0;
}
