// fcntl's commands on record locks: see lock.cpp.
#pragma once

#include "kernel/syscall/types.h"
#include "kernel/task.h"

namespace faultline {

bool is_lock_command(u32 command);

Result<void> fcntl_lock(Task& self, Descriptor fd, const Ref<File>& file, u32 command, UserAddr argument);

}  // namespace faultline
