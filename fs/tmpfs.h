// tmpfs: a file system in memory. Names and inodes live on the kernel's heap, contents in MemoryFiles, whose pages can go to
// swap; what is unmounted is gone. Its options are in fs/tmpfs_options.h.
#pragma once

namespace faultline {

void register_tmpfs();

}  // namespace faultline
