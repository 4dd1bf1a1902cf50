// System calls on descriptors: dup, close, fcntl, ioctl, pipes.
#include "kernel/syscall/descriptor.h"
#include "fs/pipe.h"
#include "kernel/syscall/table.h"

namespace faultline {

Result<u32> add_file(Task& self, Ref<File> file, u32 open_flags)
{
    Process& process = self.process();
    return process.files->add(move(file), on_exec_of(open_flags), process.limits[kLimitFiles].soft);
}

// There are no sockets of any family.
Result<u32> sys_socketcall(Task&, u32 call, UserAddr)
{
    constexpr u32 kSocket = 1, kLastCall = 20;
    if (call == kSocket) return Errno::AddressFamily;
    return call == 0 || call > kLastCall ? Errno::Invalid : Errno::BadDescriptor;
}

Result<void> sys_close(Task& self, Descriptor fd)
{
    return self.process().files->close(fd.number);
}

Result<u32> sys_dup(Task& self, Descriptor fd)
{
    Ref<File> file = TRY(file_of(self, fd));
    return add_file(self, move(file), 0);
}

namespace {

Result<u32> duplicate_to(Task& self, Descriptor old_fd, Descriptor new_fd, u32 flags)
{
    Process& process = self.process();
    Ref<File> file = TRY(file_of(self, old_fd));
    const u32 target = static_cast<u32>(new_fd.number);
    TRY(process.files->replace(target, move(file), on_exec_of(flags), process.limits[kLimitFiles].soft));
    return target;
}

}  // namespace

Result<u32> sys_dup2(Task& self, Descriptor old_fd, Descriptor new_fd)
{
    if (old_fd.number != new_fd.number) return duplicate_to(self, old_fd, new_fd, 0);
    TRY(file_of(self, old_fd));
    return static_cast<u32>(new_fd.number);
}

Result<u32> sys_dup3(Task& self, Descriptor old_fd, Descriptor new_fd, u32 flags)
{
    if (old_fd.number == new_fd.number || (flags & ~kOpenCloseOnExec) != 0) return Errno::Invalid;
    return duplicate_to(self, old_fd, new_fd, flags);
}

Result<void> sys_pipe2(Task& self, UserPtr<i32> fds, u32 flags)
{
    FileTable& files = *self.process().files;
    PipeEnds ends = TRY(create_pipe(flags));
    const u32 reader = TRY(add_file(self, move(ends.reader), flags));
    auto writer = add_file(self, move(ends.writer), flags);
    Result<void> told;
    if (writer.ok()) {
        const i32 numbers[2] = {static_cast<i32>(reader), static_cast<i32>(writer.value())};
        told = copy_to_user(fds.address(), numbers, sizeof numbers);
        if (told.ok()) return {};
        static_cast<void>(files.close(numbers[1]).ok());
    }
    static_cast<void>(files.close(static_cast<i32>(reader)).ok());
    return writer.ok() ? told : Result<void>{writer.error()};
}

Result<void> sys_pipe(Task& self, UserPtr<i32> fds)
{
    return sys_pipe2(self, fds, 0);
}

namespace {

enum FcntlCommand : u32 {
    kDupFd = 0,
    kGetFd = 1,
    kSetFd = 2,
    kGetFlags = 3,
    kSetFlags = 4,
    kGetOwner = 9,
    kDupFdCloseOnExec = 1030,
    kSetPipeSize = 1031,
    kGetPipeSize = 1032,
};
constexpr u32 kCloseOnExecFlag = 1;  // FD_CLOEXEC
constexpr u32 kCreationFlags = kOpenCreate | kOpenExclusive | kOpenNoTerminal | kOpenTruncate |
                               kOpenCloseOnExec;  // not shown by F_GETFL

Result<u32> duplicate_from(Task& self, Ref<File> file, u32 lowest, OnExec on_exec)
{
    Process& process = self.process();
    const u32 limit = process.limits[kLimitFiles].soft;
    if (lowest >= limit) return Errno::Invalid;
    return process.files->add(move(file), on_exec, limit, lowest);
}

Result<u32> set_close_on_exec(Task& self, Descriptor fd, bool close)
{
    TRY(self.process().files->set_on_exec(fd.number, close ? OnExec::Close : OnExec::Keep));
    return 0u;
}

}  // namespace

// Record locks (F_SETLK and kin) are not there yet: Invalid.
Result<u32> sys_fcntl64(Task& self, Descriptor fd, u32 command, u32 argument)
{
    Ref<File> file = TRY(file_of(self, fd));
    switch (command) {
    case kDupFd:
        return duplicate_from(self, move(file), argument, OnExec::Keep);
    case kDupFdCloseOnExec:
        return duplicate_from(self, move(file), argument, OnExec::Close);
    case kGetFd:
        return TRY(self.process().files->on_exec(fd.number)) == OnExec::Close ? kCloseOnExecFlag : 0;
    case kSetFd:
        return set_close_on_exec(self, fd, (argument & kCloseOnExecFlag) != 0);
    case kGetFlags:
        return file->flags() & ~kCreationFlags;
    case kSetFlags:
        file->set_status_flags(argument);
        return 0u;
    case kGetOwner:
        return 0u;
    case kGetPipeSize:
    case kSetPipeSize:
        return kPipeCapacity;  // it has one size
    default:
        return Errno::Invalid;
    }
}

Result<u32> sys_ioctl(Task& self, Descriptor fd, u32 request, UserAddr argument)
{
    constexpr u32 kNoCloseOnExec = 0x5450, kCloseOnExec = 0x5451, kNonBlocking = 0x5421;
    Ref<File> file = TRY(file_of(self, fd));
    if (request == kCloseOnExec || request == kNoCloseOnExec)
        return set_close_on_exec(self, fd, request == kCloseOnExec);
    if (request != kNonBlocking) return restartable(file->ioctl(request, argument));
    const i32 on = TRY(UserPtr<i32>{argument}.read());
    const u32 others = file->flags() & ~kOpenNonBlock;
    file->set_status_flags(on != 0 ? others | kOpenNonBlock : others);
    return 0u;
}

}  // namespace faultline
