// Several processes write and read files of their own at the same time, every byte checked.
#include "fcntl.h"
#include "fs.h"
#include "stat.h"
#include "types.h"
#include "user.h"

#define CHILDREN 4
#define ROUNDS 20

static char bytes[512];

static int fill_file(char* name, int who)
{
    int fd = open(name, O_CREATE | O_RDWR);
    if (fd < 0) return 0;
    for (int i = 0; i < ROUNDS; i++) {
        memset(bytes, 'a' + (who + i) % 26, sizeof(bytes));
        if (write(fd, bytes, sizeof(bytes)) != sizeof(bytes)) return 0;
    }
    close(fd);
    return 1;
}

static int check_file(char* name, int who)
{
    int fd = open(name, O_RDONLY);
    if (fd < 0) return 0;
    for (int i = 0; i < ROUNDS; i++) {
        if (read(fd, bytes, sizeof(bytes)) != sizeof(bytes)) return 0;
        for (int j = 0; j < sizeof(bytes); j++)
            if (bytes[j] != 'a' + (who + i) % 26) return 0;
    }
    close(fd);
    return 1;
}

int main(void)
{
    char name[] = "stressfs0";
    int who = 0;
    printf(1, "stressfs starting\n");
    while (who < CHILDREN - 1 && fork() == 0)
        who++;
    name[8] += who;
    if (fill_file(name, who) && check_file(name, who) && unlink(name) == 0)
        printf(1, "stressfs %d OK\n", who);
    else
        printf(1, "stressfs %d FAILED\n", who);
    wait();
    exit();
}
