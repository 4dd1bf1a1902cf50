// `forkbomb N`: N processes alive at once, all of them ended and waited for.
#include "report.h"

#include <sys/wait.h>

int main(int argc, char** argv)
{
    const int wanted = argc > 1 ? atoi(argv[1]) : 300;
    int gate[2], ready[2], started = 0;
    char byte;
    check(pipe(gate) == 0 && pipe(ready) == 0);
    for (; started < wanted; started++) {
        const pid_t child = fork();
        if (child < 0) break;
        if (child != 0) continue;
        close(gate[1]);
        check(write(ready[1], "r", 1) == 1);
        _exit((int)read(gate[0], &byte, 1));  // until all are there
    }
    for (int i = 0; i < started; i++)
        check(read(ready[0], &byte, 1) == 1);
    close(gate[1]);
    int ended = 0, status;
    while (wait(&status) > 0) {
        check(status == 0);
        ended++;
    }
    report("started", started);
    report("ended", ended);
    return started == ended ? 0 : 1;
}
