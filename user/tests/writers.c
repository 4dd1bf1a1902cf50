// `writers DIRECTORY`: four processes write files at the same time, and one file together; everything is read back.
#include "report.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { kWriters = 4, kRecords = 400, kRecord = 700 };

static char path[256];

static void own_file(int who)
{
    char record[kRecord];
    sprintf(path, "own-%d", who);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    check(fd >= 0);
    for (int i = 0; i < kRecords; i++) {
        memset(record, 'a' + (who * 7 + i) % 26, sizeof(record));
        check(write(fd, record, sizeof(record)) == kRecord);
    }
    check(lseek(fd, 0, SEEK_SET) == 0);
    for (int i = 0; i < kRecords; i++) {
        check(read(fd, record, sizeof(record)) == kRecord);
        for (int k = 0; k < kRecord; k++)
            check(record[k] == 'a' + (who * 7 + i) % 26);
    }
    close(fd);
    if (who % 2) check(unlink(path) == 0);
}

// Appends of one record each never tear or get lost.
static void common_file(int who)
{
    char record[64];
    const int fd = open("common", O_WRONLY | O_CREAT | O_APPEND, 0644);
    check(fd >= 0);
    memset(record, 'A' + who, sizeof(record));
    record[63] = '\n';
    for (int i = 0; i < kRecords; i++)
        check(write(fd, record, sizeof(record)) == (long)sizeof(record));
    close(fd);
}

static void check_common(void)
{
    char record[64];
    int counts[kWriters] = {0};
    const int fd = open("common", O_RDONLY);
    while (read(fd, record, sizeof(record)) == (long)sizeof(record)) {
        for (int k = 1; k < 63; k++)
            check(record[k] == record[0]);
        check(record[0] >= 'A' && record[0] < 'A' + kWriters && record[63] == '\n');
        counts[record[0] - 'A']++;
    }
    close(fd);
    for (int who = 0; who < kWriters; who++)
        check(counts[who] == kRecords);
}

int main(int argc, char** argv)
{
    int status = 0;
    check(argc > 1 && (mkdir(argv[1], 0755), chdir(argv[1])) == 0);
    unlink("common");
    for (int who = 0; who < kWriters; who++) {
        if (fork() != 0) continue;
        own_file(who);
        common_file(who);
        _exit(0);
    }
    while (wait(&status) > 0)
        check(status == 0);
    check_common();
    puts("writers: right");
    return 0;
}
