// What the system calls that move bytes share.
#pragma once

#include "kernel/syscall/descriptor.h"

namespace faultline {

constexpr u32 kMostBytes = 0x7ffff000;  // one call moves no more (Linux's MAX_RW_COUNT)

// A write without a reader raises SIGPIPE; otherwise the result, restartable.
Result<u32> raise_pipe_signal(Task& self, const Result<u32>& result);

// RLIMIT_FSIZE: how many of `size` bytes may be written at `offset`. None: SIGXFSZ and the error.
Result<u32> check_file_limit(Task& self, u64 offset, u32 size);

}  // namespace faultline
