// tryexec PROGRAM...: tries to become each; says by which error it could not, and goes on.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    for (int i = 1; i < argc; i++) {
        char* const arguments[] = {argv[i], NULL};
        execve(argv[i], arguments, (char*[]){NULL});
        const char* name = strrchr(argv[i], '/');
        printf("%s: %d\n", name ? name + 1 : argv[i], errno);
        fflush(stdout);
    }
    return 0;
}
