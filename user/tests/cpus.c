// `cpus N`: busy processes on N CPUs; prints on which CPU each of them was seen.
#include "report.h"

#include <sys/wait.h>
#include <time.h>

// The CPU that this process runs on or ran on last: field 39 of /proc/self/stat.
static int current_cpu(void)
{
    char text[1024];
    FILE* file = fopen("/proc/self/stat", "r");
    check(file && fgets(text, sizeof(text), file));
    fclose(file);
    char* field = strrchr(text, ')') + 2;
    for (int i = 3; i < 39; i++)
        field = strchr(field, ' ') + 1;
    return atoi(field);
}

int main(int argc, char** argv)
{
    const int wanted = argc > 1 ? atoi(argv[1]) : 1;
    for (int i = 0; i < 2 * wanted; i++) {
        if (fork() != 0) continue;
        unsigned seen = 0;
        const time_t end = time(NULL) + 3;
        while (time(NULL) < end) {
            for (volatile int k = 0; k < 100000; k++)
                ;
            seen |= 1u << current_cpu();
        }
        char line[128];
        int length = 0;
        for (int cpu = 0; cpu < 8; cpu++)
            if (seen >> cpu & 1) length += sprintf(line + length, "cpu %d ", cpu);
        line[length++] = '\n';
        check(write(1, line, (size_t)length) == length);
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    return 0;
}
