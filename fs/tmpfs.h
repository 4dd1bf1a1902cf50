// tmpfs: a file system in memory. Names and inodes live on the kernel's heap, contents in MemoryFiles, whose pages can go to
// swap; what is unmounted is gone. Mount options: size= nr_blocks= (of file pages; default half of memory), nr_inodes=, mode=,
// uid=, gid=. Also memfd_create's nameless files, in an instance that is never mounted.
#pragma once

#include "fs/file.h"

namespace faultline {

void register_tmpfs();

// A file without a directory. `name` is what /proc/PID/fd shows.
Result<Ref<File>> create_memory_file(StringView name, const Credentials& who, u32 mode, u32 flags);

}  // namespace faultline
