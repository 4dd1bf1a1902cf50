// false: does nothing, unsuccessfully.
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) puts("Usage: false\nDo nothing, with exit status 1.");
    return 1;
}
