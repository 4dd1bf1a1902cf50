// `hog MIB [COMMAND ARGUMENTS...]`: uses that much memory, checks that it holds what was stored, and says so; holds on to it
// while the command runs.
#include "report.h"

#include <sys/wait.h>

static int status_of_command(char** arguments)
{
    int status;
    const pid_t pid = fork();
    check(pid >= 0);
    if (pid == 0) {
        execv(arguments[0], arguments);
        _exit(127);
    }
    check(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int main(int argc, char** argv)
{
    const unsigned mib = argc > 1 ? (unsigned)atoi(argv[1]) : 8;
    const unsigned pages = mib * 256;
    unsigned* memory = sbrk((int)(pages * kPage));
    check(memory != (void*)-1);
    for (unsigned i = 0; i < pages; i++)
        memory[i * 1024] = i * 2654435761u;
    for (unsigned i = 0; i < pages; i++)
        check(memory[i * 1024] == i * 2654435761u);
    printf("hog: %u MiB\n", mib);
    fflush(stdout);
    return argc > 2 ? status_of_command(argv + 2) : 0;
}
