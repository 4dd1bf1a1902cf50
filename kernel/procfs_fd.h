// /proc/PID/fd and /proc/PID/fdinfo: what each descriptor stands for.
#pragma once

#include "fs/synthetic.h"
#include "kernel/process.h"

namespace faultline {

Result<Ref<Inode>> create_fd_directory(FileSystem& file_system, u64 number, Ref<Process> process);
Result<Ref<Inode>> create_fdinfo_directory(FileSystem& file_system, u64 number, Ref<Process> process);

// The path of a place, as the caller sees it: for read_link.
Result<u32> read_place(const Place& place, Span<char> target);

}  // namespace faultline
