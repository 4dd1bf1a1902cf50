// ktest NAME...: runs self-tests of the kernel (call 1009). Their lines are in the kernel log.
#include <errno.h>
#include <faultline.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv)
{
    int status = 0;
    for (int i = 1; i < argc; i++)
        if (ktest(argv[i]) < 0) {
            printf("%s: %s\n", argv[i], strerror(errno));
            status = 1;
        }
    return status;
}
