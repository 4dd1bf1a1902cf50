// Reading directories. struct dirent is the kernel's linux_dirent64.
#pragma once

#include <sys/types.h>

#define DT_UNKNOWN 0
#define DT_FIFO 1
#define DT_CHR 2
#define DT_DIR 4
#define DT_BLK 6
#define DT_REG 8
#define DT_LNK 10
#define DT_SOCK 12

struct dirent {
    ino_t d_ino;
    off_t d_off;
    unsigned short d_reclen;
    unsigned char d_type;
    char d_name[256];
};

typedef struct __directory DIR;

__BEGIN_DECLS
DIR* opendir(const char* path);
DIR* fdopendir(int fd);
struct dirent* readdir(DIR* directory);
void rewinddir(DIR* directory);
long telldir(DIR* directory);
void seekdir(DIR* directory, long position);
int closedir(DIR* directory);
int dirfd(DIR* directory);
int alphasort(const struct dirent** a, const struct dirent** b);
int scandir(const char* path, struct dirent*** entries, int (*select)(const struct dirent*),
            int (*compare)(const struct dirent**, const struct dirent**));
ssize_t getdents64(int fd, void* memory, size_t size);
__END_DECLS
