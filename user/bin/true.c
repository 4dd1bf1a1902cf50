// true: does nothing, successfully.
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) puts("Usage: true\nDo nothing, with exit status 0.");
    return 0;
}
