// Process 1 of an xv6 world (init=/xv6/init): makes the console, starts shells, buries the dead.
#include "fcntl.h"
#include "stat.h"
#include "types.h"
#include "user.h"

static char* shell[] = {"sh", 0};

int main(void)
{
    if (open("console", O_RDWR) < 0) {
        mknod("console", 1, 1);
        open("console", O_RDWR);
    }
    dup(0);
    dup(0);
    for (;;) {
        printf(1, "init: starting sh\n");
        int pid = fork();
        if (pid < 0) {
            printf(1, "init: cannot fork\n");
            exit();
        }
        if (pid == 0) {
            exec("sh", shell);
            printf(1, "init: cannot run sh\n");
            exit();
        }
        int ended;
        while ((ended = wait()) >= 0 && ended != pid)
            printf(1, "zombie!\n");
    }
}
