// `spin SECONDS`: computes without a system call but the clock's.
#include "report.h"

#include <time.h>

int main(int argc, char** argv)
{
    const time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);
    while (time(NULL) < end)
        for (volatile int i = 0; i < 1000000; i++)
            ;
    return 0;
}
