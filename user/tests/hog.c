// `hog MIB`: uses that much memory, checks that it holds what was stored, and says so.
#include "report.h"

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
    return 0;
}
