// wc [FILE...]: counts lines, words and bytes.
#include "stat.h"
#include "types.h"
#include "user.h"

static char buffer[512];

static void count(int fd, char* name)
{
    int lines = 0, words = 0, bytes = 0, in_word = 0, got;
    while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
        for (int i = 0; i < got; i++) {
            const int blank = strchr(" \r\t\n\v", buffer[i]) != 0;
            bytes++;
            lines += buffer[i] == '\n';
            words += !blank && !in_word;
            in_word = !blank;
        }
    }
    if (got < 0)
        printf(2, "wc: cannot read %s\n", name);
    else
        printf(1, "%d %d %d %s\n", lines, words, bytes, name);
}

int main(int argc, char** argv)
{
    if (argc < 2) count(0, "");
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], 0);
        if (fd < 0) {
            printf(2, "wc: cannot open %s\n", argv[i]);
            exit();
        }
        count(fd, argv[i]);
        close(fd);
    }
    exit();
}
