// The order in which locks are taken: a thread that holds one may take only those further down. docs/locking.md tells why.
// Debug builds panic on a wrong order (spin locks against spin locks, sleep locks against sleep locks).
#pragma once

#include "lib/types.h"

namespace faultline {

enum class LockRank : u8 {
    // Mostly sleep locks, outermost first.
    SelfTest,  // one self-test of the kernel at a time
    Mount,     // the table of mounts; umount
    Sync,      // one sync(2) at a time
    File,      // a file's offset; held over the whole read or write
    Rename,    // one rename at a time in a file system
    Inode,     // parent before child, then by address
    Pipe,
    FileTable,        // descriptors of a process
    TerminalSession,  // which terminal controls which session
    Terminal,
    Futex,         // who sleeps on which word of user memory
    ProcessTable,  // pids, groups, sessions, parents and children
    Process,       // one process: signals, state
    Space,         // an address space: regions and page tables
    BlockMap,      // where a file's pages are on disk
    Allocation,    // a volume's bitmaps and free counts
    Object,       // a memory object's regions; behind what fs/ holds when a page of metadata makes it reclaim
    Cache,        // lists of a page cache
    CacheBucket,  // pages of one object
    SwapArea,     // pages and slots of the swap area
    Device,       // queues of a driver
    KernelMap,    // kernel stacks, temporary mappings
    Heap,         // slabs
    FrameAllocator,
    // Always spin locks, innermost.
    WaitQueue,
    Timer,
    Scheduler,  // run queues: waking a thread takes one
    Random,
    Log,
    Console,  // what a LogSink needs
    Leaf,     // nothing is taken under it
};

constexpr bool may_nest_with_itself(LockRank rank)
{
    return rank == LockRank::Inode || rank == LockRank::Futex || rank == LockRank::Space ||
           rank == LockRank::Process || rank == LockRank::Object || rank == LockRank::Pipe ||
           rank == LockRank::File || rank == LockRank::WaitQueue;
}

}  // namespace faultline
