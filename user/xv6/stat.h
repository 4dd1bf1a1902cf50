// What stat() and fstat() tell of a file.
#pragma once

#define T_DIR 1
#define T_FILE 2
#define T_DEV 3

struct stat {
    short type;         // T_DIR, T_FILE, T_DEV
    int dev;            // which disk
    unsigned int ino;   // the file's number there
    short nlink;        // names that it has
    unsigned int size;  // in bytes
};
