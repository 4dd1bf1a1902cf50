// `mountstorm DIRECTORY PROCESSES ROUNDS`: each process mounts, binds, moves and detaches in one tree that all walk. Any call
// may fail because of the others; none may do harm.
#include "report.h"

#include <errno.h>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

static unsigned state;

static unsigned random_below(unsigned n)
{
    state = state * 1664525 + 1013904223;
    return (state >> 16) % n;
}

static const char* some_place(char* path)
{
    sprintf(path, "p%u", random_below(4));
    if (random_below(2)) sprintf(path + 2, "/p%u", random_below(4));
    return path;
}

static void one_round(void)
{
    char a[16], b[16];
    some_place(a);
    some_place(b);
    switch (random_below(8)) {
    case 0:
        mount("none", a, "tmpfs", 0, "size=64k");
        break;
    case 1:
        mount(a, b, NULL, MS_BIND, NULL);
        break;
    case 2:
        mount(a, b, NULL, MS_BIND | MS_REC, NULL);
        break;
    case 3:
        mount(a, b, NULL, MS_MOVE, NULL);
        break;
    case 4:
        umount(a);
        break;
    case 5:
        umount2(a, MNT_DETACH);
        break;
    case 6:
        mkdir(a, 0755);
        break;
    default:
        strcat(a, "/file");
        const int fd = open(a, O_RDWR | O_CREAT, 0644);
        if (fd >= 0) {
            check(write(fd, "text", 4) == 4 || errno == ENOSPC);
            close(fd);
        }
    }
}

int main(int argc, char** argv)
{
    check(argc == 4 && chdir(argv[1]) == 0);
    const int processes = atoi(argv[2]), rounds = atoi(argv[3]);
    for (int i = 0; i < 4; i++) {
        char name[8];
        sprintf(name, "p%d", i);
        check(mkdir(name, 0755) == 0);
    }
    for (int i = 0; i < processes; i++) {
        if (fork() != 0) continue;
        state = 77 + (unsigned)i;
        for (int k = 0; k < rounds; k++)
            one_round();
        _exit(0);
    }
    for (int status; wait(&status) > 0;)
        check(status == 0);
    puts("mountstorm: ok");
    return 0;
}
