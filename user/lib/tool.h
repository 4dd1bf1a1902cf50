// What every tool in /bin shares: options, --help, messages, exit status.
//
// A tool calls tool_begin() first, loops over tool_option(), uses tool_operands, and returns tool_end().
// Messages go to standard error as "NAME: what: reason", and make the exit status 1 unless it is worse already.
#pragma once

#include <stddef.h>

struct tool_long_option {
    const char* name;  // without the two dashes; a null name ends the table
    int letter;        // the same as this short option; it takes an argument where the short one does
};

extern const char* tool_name;
extern int tool_status;       // worst exit status so far
extern char* tool_argument;   // of the option that tool_option() has just returned
extern char** tool_operands;  // null-terminated; complete when tool_option() has returned -1
extern int tool_operand_count;

// Remembers the arguments. `help` is the whole text of --help, its first line "Usage: ...".
void tool_begin(int argc, char** argv, const char* help);

// The next option's letter, -1 at the end. `letters` as for getopt ("ab:c::"); a leading '+' stops at the first
// operand. An unknown option is an error and ends the program with the status of tool_usage_error().
int tool_option(const char* letters, const struct tool_long_option* long_options);

void tool_warn(const char* format, ...) __attribute__((format(printf, 1, 2)));   // adds strerror(errno)
void tool_error(const char* format, ...) __attribute__((format(printf, 1, 2)));  // adds nothing
_Noreturn void tool_die(const char* format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void tool_usage_error(const char* format, ...) __attribute__((format(printf, 1, 2)));
void tool_need_operands(int least, int most);  // most < 0: any number

extern int tool_usage_status;  // exit status of a wrong use: 1, but 2 for grep, sort, test, ...

// Flushes standard output, whose failure is a failure of the tool too; the result is main's.
int tool_end(void);

void* tool_allocate(size_t size);  // never null: dies instead
void* tool_reallocate(void* memory, size_t size);
char* tool_copy_string(const char* text);

// A number as people write sizes: 12, 4k, 10M, 1G (powers of 1024), 2b (blocks of 512). Dies when it is none.
long long tool_parse_size(const char* text);
long tool_parse_number(const char* text);

// 1536 -> "1.5K" as ls -h and df -h show it (rounded up). Returns `buffer`.
char* tool_human_size(unsigned long long bytes, char buffer[8]);

// yes or no from standard input, after the question on standard error.
int tool_confirm(const char* format, ...) __attribute__((format(printf, 1, 2)));
