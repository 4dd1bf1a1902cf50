// cowdemo: what fork shares, and who pays when. Parent and child take turns by two pipes, never by waiting a while;
// each measures only its own writes. The three cases of a write: several owners (copy), one owner (keep), none.
#include "user/lib/faults.h"

#include <faultline.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kPageSize = 4096, kPages = 8 };

static char pages[kPages][kPageSize] __attribute__((aligned(4096)));

static int to_child[2], to_parent[2];
static pid_t child;

static void fail(const char* what)
{
    perror(what);
    exit(1);
}

static void fill_pages(void)
{
    for (int i = 0; i < kPages; i++)
        memset(pages[i], 'A' + i, kPageSize);
}

// One row for a page: the parent's entry, and the child's while it lives.
static void print_table(const char* title)
{
    char mine[80], theirs[80];
    printf("\n%s\n", title);
    if (!knows_entries()) return;
    printf("  page  %-38s  %s\n", "parent", child ? "child" : "");
    for (int i = 0; i < kPages; i++) {
        entry_text(getpid(), pages[i], mine, sizeof mine);
        printf("  %4d  %-38s  %s\n", i, mine,
               child ? entry_text(child, pages[i], theirs, sizeof theirs) : "");
    }
    fflush(stdout);
}

static struct fault_counts write_pages(int first, int count, char letter)
{
    static struct fault_counts counts;
    begin_count(&counts);
    for (int i = first; i < first + count; i++)
        *(volatile char*)pages[i] = letter;
    end_count(&counts);
    return counts;
}

// ---- the child: writes what it is told to, reports what it cost ----

struct order {
    int first, count;
};

static void serve_orders(void)
{
    struct order order;
    close(to_child[1]);
    close(to_parent[0]);
    warm_up_measuring();  // its own stack and buffers are shared too: their copies must not be counted
    struct fault_counts counts = write_pages(0, 0, 'c');
    if (write(to_parent[1], &counts, sizeof counts) != sizeof counts) _exit(1);
    while (read(to_child[0], &order, sizeof order) == sizeof order) {
        counts = write_pages(order.first, order.count, 'c');
        if (write(to_parent[1], &counts, sizeof counts) != sizeof counts) _exit(1);
    }
    _exit(0);  // the parent has closed its end
}

static struct fault_counts hear_child(void)
{
    struct fault_counts counts;
    if (read(to_parent[0], &counts, sizeof counts) != sizeof counts) {
        fputs("cowdemo: the child is gone\n", stderr);
        exit(1);
    }
    return counts;
}

static struct fault_counts order_child(int first, int count)
{
    const struct order order = {first, count};
    if (write(to_child[1], &order, sizeof order) != sizeof order) fail("write");
    return hear_child();
}

static void start_child(void)
{
    if (pipe(to_child) < 0 || pipe(to_parent) < 0) fail("pipe");
    fflush(stdout);
    child = fork();
    if (child < 0) fail("fork");
    if (child == 0) serve_orders();
    close(to_child[0]);
    close(to_parent[1]);
    hear_child();  // it has warmed up
    write_pages(0, 0, 'p');
}

// ---- the story ----

static unsigned frame_of(const char* page)
{
    int known;
    return FL_PTE_FRAME(page_table_entry(getpid(), page, &known));
}

static void parent_writes(const char* what, int page)
{
    const unsigned before = frame_of(pages[page]);
    const struct fault_counts counts = write_pages(page, 1, 'p');
    print_counts(what, &counts);
    if (knows_entries())
        printf("    its frame: %s\n", frame_of(pages[page]) == before ? "kept" : "a new one");
}

static void check_contents(void)
{
    int good = pages[0][0] == 'p' && pages[5][0] == 'p' && pages[6][0] == 'p' && pages[7][0] == 'H';
    for (int i = 1; i < 4; i++)
        good = good && pages[i][0] == 'A' + i;
    printf("\nThe parent never saw the child's writes: %s\n", good ? "true" : "FALSE");
    if (!good) exit(1);
}

int main(int argc, char** argv)
{
    if (argc > 1) {
        const int wants_help = strcmp(argv[1], "--help") == 0;
        fputs("Usage: cowdemo\nShow which frames parent and child share after fork, and when they are "
              "copied.\n",
              wants_help ? stdout : stderr);
        return wants_help ? 0 : 1;
    }
    signal(SIGPIPE, SIG_IGN);
    printf("cowdemo: an array of %d pages, shared by fork until somebody writes\n", kPages);
    start_measuring();
    fill_pages();
    print_table("Before fork: the parent alone, every page writable");
    start_child();
    print_table("After fork: the same frames in both, nobody may write (no W)");

    struct fault_counts counts = order_child(0, 4);
    print_table("The child has written to pages 0 to 3: several owners, so it got copies");
    print_counts("child writes 4 shared pages", &counts);
    counts = order_child(0, 4);
    print_counts("child writes the same 4 pages again", &counts);

    puts("\nThe parent writes");
    parent_writes("page 0, whose copy the child has: sole owner", 0);
    parent_writes("page 5, still shared: a copy", 5);
    parent_writes("page 5 again", 5);
    print_table("After the parent's writes to pages 0 and 5");

    close(to_child[1]);
    waitpid(child, NULL, 0);
    child = 0;
    puts("\nThe child has ended: what was shared has one owner again");
    parent_writes("page 6", 6);
    print_table("At the end");
    check_contents();
    return 0;
}
