// slides: the lecture's slides, each as a program that does on this machine what the slide shows. A slide is a command
// line, which can be typed as well; its status is 0 when what it saw is what the slide says.
#include "user/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char help[] =
    "Usage: slides [NUMBER|NAME|all]...\n"
    "Without operands, list the slides, one a line, its number first. With operands, run these: each\n"
    "prints what the slide says, what this machine shows, and fails with a line that says what differs.\n"
    "`all` runs each in turn. A slide is a program in /demos, run under the policy that it is about:\n"
    "`slides -c 7` prints how to run it alone.\n"
    "  -c  print the command line of each slide instead of running it\n";

struct slide {
    const char *command, *title;
};

// In the order of the lecture. Words are separated by single blanks; the last one names the slide.
static const struct slide slides[] = {
    {"vm full layout", "Where a program's memory lies"},
    {"vm full v2p", "V2P and P2V: the kernel's view of physical memory"},
    {"vm full entries", "Figure 4-4: the PDE and the PTE of an address, bit by bit"},
    {"vm full entryaddress", "An entry is not an address"},
    {"vm full setpte", "Setting a page-table entry by hand"},
    {"vm full toplevel", "output_top_level_pte_for: what the top level says"},
    {"vm full walkpgdir", "walkpgdir in four steps, and the creation of a second-level table"},
    {"vm full permissions", "An aside: the permissions of both levels"},
    {"vm stock mappages", "mappages: the entries of a range"},
    {"vm full kalloc", "kalloc and kfree: the list inside the free pages"},
    {"vm full phystop", "The 224 MB: 57,344 frames"},
    {"vm full kmap", "setupkvm and kmap: the kernel's half of every page table"},
    {"vm full proghdr", "proghdr: what goes where, says the executable"},
    {"vm stock execphases", "exec, phase by phase"},
    {"vm stock allocuvm", "allocuvm, and its undo when memory runs out"},
    {"vm stock loaduvm", "loaduvm, and its exercise: why not use addr directly?"},
    {"vm stock growproc", "growproc: the heap's size and its pages"},
    {"vm full fastcopy", "Fast copies: does fork need a complete copy?"},
    {"vm cow guardpage", "The guard page below the stack"},
    {"vm full skipguard", "Skipping the guard page, and what helps"},
    {"vm stock sbrk", "sbrk: the user's side of the heap"},
    {"vm full killline", "The kill line: trap 14 err 6 at 0x800444"},
    {"vm lazy retry", "Fix and retry: what a page-fault handler may do"},
    {"vm full growstack", "Allocating stack space on demand: a push at esp 0x7FFFC000"},
    {"vm lazy lazyheap", "Allocating heap space on demand"},
    {"vm --fault-around=4K full lazyload", "Loading a program on demand"},
    {"vm full cow", "Copy-on-write: the page tables before, after fork, after a write"},
    {"vm full cowcases", "Copy-on-write: the three cases of a write"},
    {"vm full stackarray", "Exercise: what char a[32768] costs"},
    {"vm full cowframes", "Exercise: how many frames after fork and two writes"},
    {"vm full cachehit", "The page cache: hits"},
    {"vm full backing", "The page cache: finding the backing location"},
    {"vm full frameinfo", "The page cache: information about each frame"},
    {"vm full evict", "The page cache: eviction"},
};
enum { kSlides = sizeof slides / sizeof slides[0], kMostWords = 8 };

static const char* slide_name(int index)
{
    const char* space = strrchr(slides[index].command, ' ');
    return space ? space + 1 : slides[index].command;
}

static int find_slide(const char* operand)
{
    char* end;
    const long number = strtol(operand, &end, 10);
    if (*operand && !*end) return number >= 1 && number <= kSlides ? (int)number - 1 : -1;
    for (int i = 0; i < kSlides; i++)
        if (strcmp(operand, slide_name(i)) == 0) return i;
    return -1;
}

static void list_slides(void)
{
    for (int i = 0; i < kSlides; i++)
        printf("%2d  %-12s  %s\n", i + 1, slide_name(i), slides[i].title);
}

static _Noreturn void run_command(const char* command)
{
    char text[128];
    char* words[kMostWords + 1];
    int count = 0;
    snprintf(text, sizeof text, "%s", command);
    for (char* word = strtok(text, " "); word && count < kMostWords; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
    execvp(words[0], words);
    tool_warn("%s", words[0]);
    _exit(errno == ENOENT ? 127 : 126);
}

static int exit_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void run_slide(int index)
{
    int status;
    printf("---- Slide %d: %s ----\n$ %s\n", index + 1, slides[index].title, slides[index].command);
    fflush(stdout);
    const pid_t child = fork();
    if (child < 0) tool_die("fork: %s", strerror(errno));
    if (child == 0) run_command(slides[index].command);
    if (waitpid(child, &status, 0) < 0) tool_die("waitpid: %s", strerror(errno));
    status = exit_status(status);
    if (status != 0)
        tool_error("slide %d (%s): status %d", index + 1, slide_name(index), status);
    else
        printf("As the slide says.\n");
    if (status > tool_status) tool_status = status;
}

int main(int argc, char** argv)
{
    int only_print = 0;
    tool_begin(argc, argv, help);
    while (tool_option("c", NULL) != -1)
        only_print = 1;
    if (tool_operand_count == 0) list_slides();
    for (char** operand = tool_operands; *operand; operand++) {
        const int all = strcmp(*operand, "all") == 0;
        const int first = all ? 0 : find_slide(*operand);
        if (first < 0) {
            tool_error("there is no slide %s", *operand);
            continue;
        }
        for (int i = first; i < (all ? kSlides : first + 1); i++) {
            if (only_print)
                puts(slides[i].command);
            else
                run_slide(i);
        }
    }
    return tool_end();
}
