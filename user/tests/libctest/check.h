// libctest checks the C library with the library itself: it runs the same on Faultline and on Linux.
#pragma once

#include <stddef.h>

struct test {
    const char* name;
    void (*run)(void);
};

// Each file's tests; a test with a null name ends them.
extern const struct test text_tests[], number_tests[], format_tests[], stream_tests[], heap_tests[],
    process_tests[], signal_tests[], time_tests[], cxx_tests[], name_tests[], memory_tests[];

// Says what failed and goes on; the test then counts as failed.
void check_true(int condition, const char* text, const char* file, int line);
void check_equal(long long got, long long wanted, const char* text, const char* file, int line);
void check_text(const char* got, const char* wanted, const char* text, const char* file, int line);

#define CHECK(condition) check_true((condition) != 0, #condition, __FILE__, __LINE__)
#define CHECK_EQUAL(got, wanted) check_equal((long long)(got), (long long)(wanted), #got, __FILE__, __LINE__)
#define CHECK_TEXT(got, wanted) check_text(got, wanted, #got, __FILE__, __LINE__)

// A directory of this run's own, which is the working directory; removed in the end.
extern char scratch_directory[];
