// Calls a number that no kernel has (223: unused in Linux's table), for /proc/syscalls.
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    puts(syscall(223) == -1 && errno == ENOSYS ? "ENOSYS" : "there");
    return 0;
}
