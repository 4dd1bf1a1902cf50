// rm NAME...: removes files and empty directories.
#include "stat.h"
#include "types.h"
#include "user.h"

int main(int argc, char** argv)
{
    if (argc < 2) {
        printf(2, "usage: rm NAME...\n");
        exit();
    }
    for (int i = 1; i < argc; i++)
        if (unlink(argv[i]) < 0) printf(2, "rm: cannot remove %s\n", argv[i]);
    exit();
}
