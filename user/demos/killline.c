// Slide: the kill line. A program of the slide's name, linked at 0, stores at eip 0x1a to 0x800444, where it has nothing.
// The kernel's line is the slide's, but for the process number and the CPU.
#include "user/lib/slide.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char says[] = "What does the simple kernel do with a page fault? It kills the process, and\n"
                           "prints:\n"
                           "    pid 4 processname: trap 14 err 6 on cpu 0 eip 0x1a addr 0x800444--kill proc\n"
                           "Trap 14 is the page fault; err 6 = 110 in binary: not present (0), a write (1),\n"
                           "in user mode (1); addr is CR2: what the program tried to use.\n";

static void become_processname(void)
{
    execl("/xv6/processname", "processname", NULL);
}

int main(int argc, char** argv)
{
    struct kill_line line;
    char expected[160];
    int status;
    slide_begin(argc, argv, says);
    const pid_t child = run_in_child(become_processname, &status);
    if (!find_kill_line(child, &line)) slide_die("no kill line");
    slide_part("The kernel's line");
    printf("    %s\n", line.text);
    expect_number("the signal that ended it (SIGSEGV)", SIGSEGV, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    expect_number("trap", 14, line.trap);
    expect_number("err", 6, line.error);
    expect_hex("eip", 0x1a, line.eip);
    expect_hex("addr", 0x800444, line.address);
    snprintf(expected, sizeof expected,
             "pid %d processname: trap 14 err 6 on cpu %d eip 0x1a addr 0x800444--kill proc", (int)child,
             line.cpu);
    expect_text("the whole line", expected, line.text);
    return slide_end();
}
