// System calls that open files by their names.
#include "fs/namespace.h"
#include "kernel/syscall/at.h"
#include "kernel/syscall/table.h"

namespace faultline {

namespace {

Result<u32> open_at(Task& self, Descriptor directory, UserString path, u32 flags, u32 mode)
{
    Process& process = self.process();
    Name name{self.process()};
    TRY(name.read(directory, path));
    const u32 limit = process.limits[kLimitFiles].soft;
    if ((flags & (kOpenCreate | kOpenTruncate)) != 0) TRY(process.files->prepare(limit));
    auto opened = open_file(name.context(), name.path(), flags, masked(self, mode));
    if (!opened.ok()) return opened.error() == Errno::Intr ? Errno::RestartSys : opened.error();
    const OnExec on_exec = (flags & kOpenCloseOnExec) != 0 ? OnExec::Close : OnExec::Keep;
    return process.files->add(opened.take(), on_exec, limit);
}

}  // namespace

Result<u32> sys_open(Task& self, UserString path, u32 flags, u32 mode)
{
    return open_at(self, kHere, path, flags, mode);
}

Result<u32> sys_openat(Task& self, Descriptor directory, UserString path, u32 flags, u32 mode)
{
    return open_at(self, directory, path, flags, mode);
}

Result<u32> sys_creat(Task& self, UserString path, u32 mode)
{
    return open_at(self, kHere, path, kOpenCreate | kOpenWrite | kOpenTruncate, mode);
}

}  // namespace faultline
