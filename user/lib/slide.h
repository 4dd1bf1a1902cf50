// What the slides share: the heading, tables of page-table entries as the lecture draws them, and the comparison of what
// the slide says with what is. Each program in user/demos is one slide:
//
//     slide_begin(argc, argv, "What the slide says, in a few sentences.\n");
//     ...
//     expect_number("frames for the array", 8, frames);
//     return slide_end();
//
// Every value that is printed or compared is read from the kernel; nothing is computed that could be asked.
#pragma once

#include <faultline.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { kSlidePage = 4096 };

// Prints the text; `--help` prints it and ends the program. Also touches what measuring needs (user/lib/faults.h).
void slide_begin(int argc, char** argv, const char* says);

// Begins a part of the output: an empty line and the formatted text.
void slide_part(const char* format, ...) __attribute__((format(printf, 1, 2)));

// What must hold. Each prints one line, "  [ok] ..." or "  [DIFFERS] ...".
void expect_number(const char* what, long says, long is);
void expect_hex(const char* what, unsigned says, unsigned is);
void expect_frame(const char* what, unsigned says, unsigned is);  // frames' numbers, in five digits
void expect_byte(const char* what, char says, char is);
void expect_text(const char* what, const char* says, const char* is);
void expect_true(const char* what, int holds);

// The kernel's own test of one of the lecture's functions (mm/self_test.cpp), run now.
void expect_self_test(const char* name);

// The exit status: 0 when everything was as expected. Otherwise a line on standard error says what differs.
int slide_end(void);
_Noreturn void slide_die(const char* what);  // with strerror(errno): the slide could not be shown at all

// ---- page tables ----

unsigned entry_of(pid_t pid, const volatile void* address);  // the raw PTE
unsigned frame_of(pid_t pid, const volatile void* address);  // its frame's number, 0 where it is absent
int is_present(const volatile void* address);                // in this process
int is_writable(pid_t pid, const volatile void* address);

// One line a page: "VPN  valid?  write?  user?  accessed?  dirty?  physical page".
void print_page_table(const char* title, pid_t pid, const volatile void* first, int pages);
// The same of two processes side by side, without the last bits.
void print_two_page_tables(const char* title, const char* name1, pid_t pid1, const char* name2, pid_t pid2,
                           const volatile void* first, int pages);
// One PTE or PDE bit by bit, as figure 4-4 of the manual lays it out.
enum entry_level { kDirectoryEntry, kTableEntry };
void print_entry_bits(enum entry_level level, unsigned entry);

struct page_info info_of(pid_t pid,
                         const volatile void* address);  // both entries, and what stands behind the page
const char* backing_name(const struct page_info* info);  // "file", "private memory", "guard page", ...
struct frame_info info_of_frame(unsigned frame);
const char* frame_use(unsigned frame);  // "page table", "private memory", ...

void map_at(uintptr_t address, int pages);  // private, zero, readable and writable, exactly there
void unmap_at(uintptr_t address, int pages);
int count_present_pages(const volatile void* first, int pages);

// ---- other processes ----

// A child that takes orders by a pipe: it runs serve(order) for each and sends back the long that this returns.
struct helper {
    pid_t pid;
    int orders, answers;  // descriptors
};
void start_helper(struct helper* helper, long (*serve)(long order));
long ask_helper(struct helper* helper, long order);
void end_helper(struct helper* helper);

// Runs the program and waits for it: its wait status.
int run_program(char* const argv[]);
// Runs f in a child and waits for it; the child's number, for its kill line.
pid_t run_in_child(void (*f)(void), int* status);

// ---- the kernel's own experiments, /proc/lecture (kernel/lecture.cpp) ----

// The file's text, to be freed: the kernel does the experiment when it is opened.
char* do_experiment(const char* name);
// The number behind "name: " (hexadecimal with 0x).
unsigned experiment_value(const char* text, const char* name);

// ---- the kernel's log ----

// What the kernel has logged from the last line that begins with `heading` on, to be freed; null: no such line.
char* log_since(const char* heading);

// The line that the kernel wrote when it killed a process, and its numbers.
struct kill_line {
    char text[160];
    int trap, error, cpu;
    unsigned eip, address;
};
// 0 where there is none.
int find_kill_line(pid_t pid, struct kill_line* line);
