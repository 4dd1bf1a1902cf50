// script: a shell or a command on a pseudo-terminal of its own, and a record of all that it shows.
#include "user/lib/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char help[] =
    "Usage: script [-aq] [-c COMMAND] [FILE]\n"
    "Run a shell (or COMMAND) on a terminal of its own and keep what it shows in FILE (typescript).\n"
    "  -a  behind what FILE holds;  -q  say nothing about beginning and end\n"
    "Its status is the shell's.\n";

static struct termios outer;
static int outer_is_terminal, master;
static volatile sig_atomic_t size_changed;

static void note_size(int signal)
{
    (void)signal;
    size_changed = 1;
}

static void copy_size(void)
{
    struct winsize size;
    size_changed = 0;
    if (ioctl(0, TIOCGWINSZ, &size) == 0) ioctl(master, TIOCSWINSZ, &size);
}

static void write_whole(int fd, const char* bytes, ssize_t size)
{
    while (size > 0) {
        const ssize_t count = write(fd, bytes, (size_t)size);
        if (count < 0 && errno != EINTR) return;
        if (count <= 0) continue;
        bytes += count;
        size -= count;
    }
}

static _Noreturn void become_command(char* command)
{
    char* shell = getenv("SHELL");
    if (!shell) shell = (char*)"/bin/sh";
    char* const arguments[] = {shell, (char*)(command ? "-c" : "-i"), command, NULL};
    execv(shell, arguments);
    fprintf(stderr, "script: %s: %s\n", shell, strerror(errno));
    _exit(127);
}

// What is typed: to the command. At its end a ^D, once: the command's own terminal has no other way to learn of it.
static int pass_input(void)
{
    static const char end = 4;
    char bytes[512];
    const ssize_t count = read(0, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) return 1;
    write_whole(master, count > 0 ? bytes : &end, count > 0 ? count : 1);
    return count > 0;
}

// Until everybody has closed the terminal: the master's read says EIO then.
static void pass_all(int record)
{
    struct pollfd entries[2] = {{master, POLLIN, 0}, {0, POLLIN, 0}};
    for (;;) {
        char bytes[4096];
        if (size_changed) copy_size();
        if (poll(entries, 2, -1) < 0) continue;  // a signal
        if (entries[1].revents && !pass_input()) entries[1].fd = -1;
        if (!entries[0].revents) continue;
        const ssize_t count = read(master, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        write_whole(1, bytes, count);
        write_whole(record, bytes, count);
    }
}

static void make_outer_raw(void)
{
    struct termios raw = outer;
    cfmakeraw(&raw);
    tcsetattr(0, TCSADRAIN, &raw);
}

int main(int argc, char** argv)
{
    char* command = NULL;
    int quiet = 0, append = 0, status;
    struct winsize size = {24, 80, 0, 0};
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("aqc:", NULL)) != -1;) {
        if (letter == 'a') append = O_APPEND;
        if (letter == 'q') quiet = 1;
        if (letter == 'c') command = tool_argument;
    }
    tool_need_operands(0, 1);
    const char* const name = tool_operand_count ? tool_operands[0] : "typescript";
    const int record = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? append : O_TRUNC), 0666);
    if (record < 0) tool_die("%s: %s", name, strerror(errno));
    outer_is_terminal = tcgetattr(0, &outer) == 0;
    if (outer_is_terminal) ioctl(0, TIOCGWINSZ, &size);
    if (!quiet) printf("Script started, output is in '%s'.\n", name);
    fflush(stdout);
    const pid_t child = forkpty(&master, NULL, outer_is_terminal ? &outer : NULL, &size);
    if (child < 0) tool_die("a terminal: %s", strerror(errno));
    if (child == 0) become_command(command);
    struct sigaction action = {0};
    action.sa_handler = note_size;
    sigaction(SIGWINCH, &action, NULL);
    if (outer_is_terminal) make_outer_raw();
    pass_all(record);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (outer_is_terminal) tcsetattr(0, TCSADRAIN, &outer);
    if (!quiet) printf("Script done.\n");
    tool_end();
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
