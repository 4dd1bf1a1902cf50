// The options of a tmpfs's mount: size= nr_blocks= nr_inodes= mode= uid= gid=, as Linux has them.
#pragma once

#include "lib/result.h"

namespace faultline {

struct TmpfsOptions {
    u64 size_bytes = 0;
    u32 inodes = 0;
    u32 mode = 01777;
    u32 uid = 0, gid = 0;
};

TmpfsOptions default_tmpfs_options();  // half of memory

// Changes what `list` ("name=value,...") names; sizes also as "10M" or "50%" of memory, 0: no limit. Invalid.
Result<void> parse_tmpfs_options(TmpfsOptions& options, const char* list);

}  // namespace faultline
