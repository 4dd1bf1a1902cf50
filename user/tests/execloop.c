// `execloop N`: the program execs itself N times in a row, in one process.
#include "report.h"

int main(int argc, char** argv)
{
    int left = argc > 1 ? atoi(argv[1]) : 10000;
    char number[16];
    if (left == 0) {
        puts("execs: done");
        return 0;
    }
    sprintf(number, "%d", left - 1);
    char* const arguments[] = {argv[0], number, NULL};
    execv("/tests/execloop", arguments);
    perror("execloop");
    return 1;
}
