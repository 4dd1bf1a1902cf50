// What the system calls on descriptors share.
#pragma once

#include "kernel/syscall/types.h"
#include "kernel/task.h"

namespace faultline {

inline Result<Ref<File>> file_of(Task& self, Descriptor fd)
{
    return self.process().files->find(fd.number);
}

constexpr OnExec on_exec_of(u32 open_flags)
{
    return (open_flags & kOpenCloseOnExec) != 0 ? OnExec::Close : OnExec::Keep;
}

// The lowest free descriptor stands for `file` now.
Result<u32> add_file(Task& self, Ref<File> file, u32 open_flags);

// A call that a signal interrupted before it did anything is begun again where the handler says so.
inline Result<u32> restartable(const Result<u32>& result)
{
    return !result.ok() && result.error() == Errno::Intr ? Result<u32>{Errno::RestartSys} : result;
}

}  // namespace faultline
