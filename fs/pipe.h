// Pipes: 64 KiB of bytes between processes, in frames taken when bytes arrive and given back when they are read.
//
// A write of at most PIPE_BUF (4096) bytes is whole or waits. Writing without a reader is Errno::Pipe (kernel/ raises
// SIGPIPE); reading without a writer gives what is left, then 0. FIFOs on disk are the same object behind a name.
#pragma once

#include "fs/file.h"

namespace faultline {

struct PipeEnds {
    Ref<File> reader;
    Ref<File> writer;
};

// pipe2(2): `flags` may have kOpenNonBlock; kOpenCloseOnExec is kernel/'s to keep; others: Errno::Invalid.
Result<PipeEnds> create_pipe(u32 flags);

// What opening a FIFO gives; waits for the other end as POSIX says.
Result<Ref<FileLike>> open_fifo(Inode& inode, u32 flags);

constexpr u32 kPipeCapacity = 64 * kKiB;
constexpr u32 kPipeAtomic = 4096;

}  // namespace faultline
