// Tests of what xv6 promises a program. Each runs in a process and a directory of its own and leaves the directory empty.
#pragma once

#include "types.h"
#include "user.h"

struct test {
    char* name;
    void (*run)(void);
};

extern struct test file_tests[], directory_tests[], process_tests[],
    memory_tests[];  // each ends with a null name

// Ends this test as failed. In a child of a test it ends that child only.
void fail(char* condition, char* file, int line) __attribute__((noreturn));

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) fail(#condition, __FILE__, __LINE__);                                              \
    } while (0)

extern char buffer[8192];  // for whoever needs more than fits the stack, which is one page
extern char* program;      // this program's name

int fork_checked(void);               // a fork that must succeed
int is_killed(void (*action)(void));  // does a child that does this die of a signal?
void make_file(char* name, char* text);
int file_has(char* name, char* text);  // exactly this
