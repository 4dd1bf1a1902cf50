// cat [FILE...]: copies files, or its input, to its output.
#include "stat.h"
#include "types.h"
#include "user.h"

static char buffer[512];

static void copy(int fd, char* name)
{
    int count;
    while ((count = read(fd, buffer, sizeof(buffer))) > 0) {
        if (write(1, buffer, count) != count) {
            printf(2, "cat: cannot write\n");
            exit();
        }
    }
    if (count < 0) printf(2, "cat: cannot read %s\n", name);
}

int main(int argc, char** argv)
{
    if (argc < 2) copy(0, "the input");
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], 0);
        if (fd < 0) {
            printf(2, "cat: cannot open %s\n", argv[i]);
            exit();
        }
        copy(fd, argv[i]);
        close(fd);
    }
    exit();
}
