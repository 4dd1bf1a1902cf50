// memfd_create's nameless files: they live in an instance of tmpfs that stands nowhere.
#pragma once

#include "fs/file.h"

namespace faultline {

// A file without a directory. `name` is what /proc/PID/fd shows.
Result<Ref<File>> create_memory_file(StringView name, const Credentials& who, u32 mode, u32 flags);

}  // namespace faultline
