// The differential test: every part makes calls by their numbers, past any library, and prints each with its answer.
// test/test_differential.py runs this binary on Faultline and on Linux and compares the lines; so nothing may be
// printed that is a machine's own (a pid, an address, a time).
//
// A part begins in an empty directory of its own, as root, and may leave there what it likes.
#pragma once

#include "../parts.h"
#include "numbers.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

// An address where nothing is, one of the kernel's half, and one whose second page is missing.
#define kNowhere ((void*)0x10)
#define kKernels ((void*)0xfffff000u)
char* before_nowhere(int bytes);  // so many bytes, and then nothing

// Six words in the registers of a call; what comes back is the kernel's own word, -errno for an error.
long call_kernel(long number, ...);
#define kernel_call(name, ...) call_kernel(NR_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)

void print_answer(const char* text, long result);
void print_whether(const char* text, long result);

// name(arguments) = the result or the error's name.
#define say(name, ...) print_answer(#name "(" #__VA_ARGS__ ")", kernel_call(name, ##__VA_ARGS__))
// The same where a success is a number of the machine's own: "ok". Gives the result.
#define say_ok(name, ...)                                                                                    \
    ({                                                                                                       \
        const long result_of_call = kernel_call(name, ##__VA_ARGS__);                                        \
        print_whether(#name "(" #__VA_ARGS__ ")", result_of_call);                                           \
        result_of_call;                                                                                      \
    })
#define note(format, ...) (printf(format "\n", ##__VA_ARGS__), fflush(stdout))

const char* name_of_error(long error);
void become_user(int uid);                        // real, effective and saved ids; no groups
void in_child(void (*run)(void));                 // in a child of its own, whose end is printed
int file_of(const char* name, const char* text);  // made anew, open for reading and writing
const char* long_name(int length);                // so many letters
