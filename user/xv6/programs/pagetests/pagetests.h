// Tests of memory on demand and of copy-on-write in the manner of the courses that teach them on xv6: page tables are
// looked at from outside, by getpagetableentry and isphysicalpagefree, by the process itself and by its parent.
#pragma once

#include "mmu.h"
#include "types.h"
#include "user.h"

struct test {
    char* group;
    char* name;
    void (*run)(void);
};

extern struct test layout_tests[], heap_tests[], cow_tests[];  // each ends with a null name

// Ends this process, and with it the test, as failed.
void fail(char* condition, char* file, int line) __attribute__((noreturn));

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) fail(#condition, __FILE__, __LINE__);                                              \
    } while (0)

int fork_checked(void);
int is_killed(void (*action)(void));

// ---- What a range of pages must be; the process dies of what is not so ----

enum what {
    ABSENT,     // nothing there yet
    WRITABLE,   // present, the program's, a frame that is in use
    READ_ONLY,  // the same, but a write will fault first
    PRESENT,    // either
    GUARD,      // present, but not for the program
};

void check_pages(int pid, char* first, char* end, enum what what);
void check_same_frames(int pid, int other, char* first, char* end);
void check_other_frames(int pid, int other, char* first, char* end);

// Remembers the frames of a range, to ask later whether they are free.
void forget_frames(void);
void remember_frames(int pid, char* first, char* end);
int remembered_frames(void);
void check_all_free(void);
void check_none_free(void);

// ---- Two processes that wait for each other, step by step ----

struct steps {
    int to_child[2], to_parent[2];
};

void make_steps(struct steps* steps);
void be_child(struct steps* steps);
void be_parent(struct steps* steps);
void child_step(struct steps* steps);    // tells the parent, waits for its word
void parent_waits(struct steps* steps);  // until the child has come to its next step; fails when it died
void parent_goes_on(struct steps* steps);
void end_steps(struct steps* steps);  // the parent's side

char* guard_page(void);  // of this process: the page below its one page of stack
extern char* program;    // this program's name
void be_executed(void);  // what this program does as the child of the exec test

// The kernel writes the bytes [first, end), as read() from a pipe.
void write_by_kernel(char* first, char* end, char byte);
