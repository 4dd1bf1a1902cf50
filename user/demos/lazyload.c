// Slide: loading a program on demand. Its pages are in the file (or already in the page cache) until they are used.
// Runs with fault-around off, so that one fault maps one page.
#include "user/lib/faults.h"
#include "user/lib/slide.h"

#include <stdio.h>
#include <unistd.h>

static const char says[] = "exec need not read the program: it records which file and offset each page\n"
                           "comes from. The first access to a page faults, and the kernel reads it then.\n"
                           "Pages that are never used are never loaded.\n";

enum { kTablePages = 8 };

// Read-only data and code that nothing has used yet: they stand in the program's file, on pages of their own.
static const char table[kTablePages * kSlidePage]
    __attribute__((aligned(4096))) = {[0 ... kTablePages * kSlidePage - 1] = 7};
int lonely_function(void);
__asm__(".pushsection .text.lonely, \"ax\", @progbits\n"
        ".balign 4096\n"
        "lonely_function: movl $42, %eax\n"
        "ret\n"
        ".balign 4096, 0x90\n"
        ".popsection");

static void show_table(void)
{
    static struct fault_counts counts;
    print_page_table("A table of 8 pages in the program, before anything reads it", getpid(), table,
                     kTablePages);
    expect_number("valid pages", 0, count_present_pages(table, kTablePages));
    begin_count(&counts);
    const char value = *(const volatile char*)(table + 5 * kSlidePage);
    end_count(&counts);
    print_page_table("After a read of its page 5", getpid(), table, kTablePages);
    print_counts("the read", &counts);
    expect_number("faults", 1, counts.minor + counts.major);
    expect_number("pages fetched from the program's file", 1, (long)counts.actions[kFaultFetch]);
    expect_number("valid pages", 1, count_present_pages(table, kTablePages));
    expect_number("the byte read", 7, value);
    expect_true("the page is read-only: it is the page cache's frame",
                !is_writable(getpid(), table + 5 * kSlidePage));
}

static void show_code(void)
{
    static struct fault_counts counts;
    const char* const code = (const char*)(uintptr_t)lonely_function;
    print_page_table("A page of code, before it is called", getpid(), code, 1);
    expect_true("it is not valid", !is_present(code));
    begin_count(&counts);
    const int answer = lonely_function();
    end_count(&counts);
    print_page_table("After the call", getpid(), code, 1);
    print_counts("the call", &counts);
    expect_number("faults", 1, counts.minor + counts.major);
    expect_true("it is valid", is_present(code));
    expect_number("what the function returned", 42, answer);
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    show_table();
    show_code();
    return slide_end();
}
