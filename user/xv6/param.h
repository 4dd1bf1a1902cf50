// xv6's sizes. Those marked * are true here as well; the others are told for programs that ask: there is more room.
#pragma once

#define NPROC 64  // * processes that one program may have waiting (its children, itself, two for the system)
#define KSTACKSIZE 4096            // bytes of a kernel stack
#define NCPU 8                     // * CPUs
#define NOFILE 16                  // open files of a process
#define NFILE 100                  // open files in all
#define NINODE 50                  // files in use at a time
#define NDEV 10                    // kinds of devices
#define ROOTDEV 1                  // the disk with the root directory
#define MAXARG 32                  // arguments of exec()
#define MAXOPBLOCKS 10             // blocks that one call may write
#define LOGSIZE (MAXOPBLOCKS * 3)  // blocks of the log
#define NBUF (MAXOPBLOCKS * 3)     // cached blocks
#define FSSIZE 1000                // blocks of the file system
