// xv6's file system as programs know it: names of 14 bytes, directories that are read as files of 16-byte entries.
// The disk itself is ext2; the other numbers serve programs that size their tests by them.
#pragma once

#include "types.h"

#define ROOTINO 1  // the root directory
#define BSIZE 512  // bytes of a block

#define NDIRECT 12
#define NINDIRECT (BSIZE / sizeof(uint))
#define MAXFILE (NDIRECT + NINDIRECT)  // blocks of the largest file in xv6

// Block 1 of xv6's disk.
struct superblock {
    uint size;        // blocks of the disk
    uint nblocks;     // of them for data
    uint ninodes;     // files
    uint nlog;        // blocks of the log
    uint logstart;    // where it begins
    uint inodestart;  // where the inodes begin
    uint bmapstart;   // where the map of free blocks begins
};

// A file on xv6's disk.
struct dinode {
    short type;
    short major, minor;  // T_DEV only
    short nlink;
    uint size;
    uint addrs[NDIRECT + 1];
};

#define IPB (BSIZE / sizeof(struct dinode))          // inodes a block
#define IBLOCK(i, sb) ((i) / IPB + (sb).inodestart)  // block of inode i
#define BPB (BSIZE * 8)                              // bits of a block of the map
#define BBLOCK(b, sb) ((b) / BPB + (sb).bmapstart)   // block of the map with the bit of block b

#define DIRSIZ 14  // bytes of a name; no NUL behind it where it takes all of them

// What read() of a directory gives; inum 0 marks an entry without a file.
struct dirent {
    ushort inum;
    char name[DIRSIZ];
};
