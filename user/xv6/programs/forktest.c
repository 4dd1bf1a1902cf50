// Forks until that fails, as it must at the latest with xv6's 64 processes; then waits for all children.
#include "stat.h"
#include "types.h"
#include "user.h"

#define MANY 1000

int main(void)
{
    printf(1, "fork test\n");
    int count = 0;
    for (; count < MANY; count++) {
        int pid = fork();
        if (pid < 0) break;
        if (pid == 0) exit();
    }
    if (count == MANY) {
        printf(1, "fork succeeded %d times\n", MANY);
        exit();
    }
    for (int i = 0; i < count; i++) {
        if (wait() < 0) {
            printf(1, "wait ended early\n");
            exit();
        }
    }
    if (wait() != -1) {
        printf(1, "wait found too many\n");
        exit();
    }
    printf(1, "fork test OK\n");
    exit();
}
