// A file system's size and free space: the kernel's statfs64 (84 bytes).
#pragma once

#include <sys/types.h>

typedef struct {
    int __val[2];
} fsid_t;

struct statfs {
    unsigned f_type;
    unsigned f_bsize;
    fsblkcnt_t f_blocks;
    fsblkcnt_t f_bfree;
    fsblkcnt_t f_bavail;
    fsfilcnt_t f_files;
    fsfilcnt_t f_ffree;
    fsid_t f_fsid;
    unsigned f_namelen;
    unsigned f_frsize;
    unsigned f_flags;
    unsigned f_spare[4];
};

__BEGIN_DECLS
int statfs(const char* path, struct statfs* out);
int fstatfs(int fd, struct statfs* out);
__END_DECLS
