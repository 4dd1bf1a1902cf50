// System calls on descriptors: dup, close, fcntl, ioctl, pipes.
#include "kernel/syscall/descriptor.h"
#include "fs/namespace.h"
#include "fs/pipe.h"
#include "fs/terminals.h"
#include "kernel/syscall/lock.h"
#include "kernel/syscall/memory_file.h"
#include "kernel/syscall/table.h"
#include "lib/format.h"

namespace faultline {

Result<u32> add_file(Task& self, Ref<File> file, u32 open_flags)
{
    Process& process = self.process();
    return process.files->add(move(file), on_exec_of(open_flags), process.limits[kLimitFiles].soft);
}

Result<void> sys_close(Task& self, Descriptor fd)
{
    return self.process().files->close(fd.number);
}

Result<void> sys_close_range(Task& self, u32 first, u32 last, u32 flags)
{
    constexpr u32 kUnshare = 2, kOnExec = 4;
    if ((flags & ~(kUnshare | kOnExec)) != 0 || first > last) return Errno::Invalid;
    Process& process = self.process();
    Ref<FileTable> own;
    if ((flags & kUnshare) != 0 && process.files->ref_count() > 1) {
        own = TRY(process.files->copy());
        SpinGuard guard{process_lock};
        swap(process.files, own);  // the shared one goes after the lock
    }
    if ((flags & kOnExec) != 0)
        process.files->set_range_on_exec(first, last);
    else
        process.files->close_range(first, last);
    return {};
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
    kSetOwner = 8,
    kGetOwner = 9,
    kSetSignal = 10,
    kGetSignal = 11,
    kSetOwnerType = 15,
    kGetOwnerType = 16,
    kGetLease = 1025,
    kDupFdQuery = 1027,
    kDupFdCloseOnExec = 1030,
    kSetPipeSize = 1031,
    kGetPipeSize = 1032,
};
constexpr u32 kCloseOnExecFlag = 1;  // FD_CLOEXEC
constexpr u32 kAddSeals = 1033, kGetSeals = 1034;
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

namespace {

// What works on a descriptor that stands for a path alone (O_PATH), too: it does not look into the file.
Result<u32> fcntl_descriptor(Task& self, Descriptor fd, Ref<File> file, u32 command, u32 argument)
{
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
    case kDupFdQuery:
        return TRY(file_of(self, Descriptor{static_cast<i32>(argument)})) == file ? 1u : 0u;
    default:
        return file->is_path_only() ? Errno::BadDescriptor : Errno::NoSystemCall;
    }
}

struct OwnerType {
    i32 type, pid;  // F_OWNER_TID, _PID, _PGRP
};

bool is_somebody(i32 owner)  // a process, minus a group, or 0: nobody any more
{
    SpinGuard guard{process_lock};
    if (owner == 0) return true;
    return owner > 0 ? find_process_locked(static_cast<u32>(owner)) != nullptr
                     : find_group_locked(0u - static_cast<u32>(owner)) != nullptr;
}

// Who would get SIGIO. Nobody does: it is remembered, and O_ASYNC not taken.
Result<u32> fcntl_owner(File& file, u32 command, u32 argument)
{
    constexpr i32 kOwnerGroup = 2;
    const UserPtr<OwnerType> user{UserAddr{argument}};
    switch (command) {
    case kSetOwner:
        if (!is_somebody(static_cast<i32>(argument))) return Errno::NoProcess;
        file.owner = static_cast<i32>(argument);
        return 0u;
    case kGetOwner:
        return static_cast<u32>(file.owner);
    case kSetOwnerType: {
        const OwnerType given = TRY(user.read());
        if (given.type < 0 || given.type > kOwnerGroup) return Errno::Invalid;
        file.owner = given.type == kOwnerGroup ? -given.pid : given.pid;
        return 0u;
    }
    default:
        TRY(user.write({file.owner < 0 ? kOwnerGroup : 1, file.owner < 0 ? -file.owner : file.owner}));
        return 0u;
    }
}

bool is_fifo(const File& file)
{
    Attributes attributes{};
    file.attributes(attributes);
    return (attributes.mode & kModeTypeMask) == kModeFifo;
}

Result<u32> fcntl_file(Task& self, File& file, u32 command, u32 argument)
{
    switch (command) {
    case kSetFlags: {
        const bool wants_no_time = (argument & ~file.flags() & kOpenNoAccessTime) != 0;
        const Credentials& who = self.process().credentials;
        const Inode* const inode = file.find_inode();
        if (wants_no_time && inode && !who.overrides_files() && who.file_uid != inode->uid())
            return Errno::Perm;
        file.set_status_flags(argument);
        return 0u;
    }
    case kGetOwner:
    case kSetOwner:
    case kGetOwnerType:
    case kSetOwnerType:
        return fcntl_owner(file, command, argument);
    case kSetSignal:
        if (argument > kSignals) return Errno::Invalid;
        file.owner_signal = static_cast<u8>(argument);
        return 0u;
    case kGetSignal:
        return u32{file.owner_signal};
    case kGetLease:
        return 2u;  // F_UNLCK: there is none
    case kGetPipeSize:
    case kSetPipeSize:
        return is_fifo(file) ? Result<u32>{kPipeCapacity} : Errno::BadDescriptor;  // it has one size
    case kAddSeals:
    case kGetSeals:
        return change_seals(file, command == kAddSeals ? SealCommand::Add : SealCommand::Get, argument);
    default:
        return Errno::Invalid;
    }
}

}  // namespace

Result<u32> sys_fcntl64(Task& self, Descriptor fd, u32 command, u32 argument)
{
    const Ref<File> file = TRY(file_of(self, fd));
    const Result<u32> done = fcntl_descriptor(self, fd, file, command, argument);
    if (done.ok() || done.error() != Errno::NoSystemCall) return done;
    if (!is_lock_command(command)) return fcntl_file(self, *file, command, argument);
    TRY(fcntl_lock(self, fd, file, command, UserAddr{argument}));
    return 0u;
}

// As an i386 program finds it on x86-64, where the old number knows the 64-bit locks, too.
Result<u32> sys_fcntl(Task& self, Descriptor fd, u32 command, u32 argument)
{
    return sys_fcntl64(self, fd, command, argument);
}

namespace {

// TIOCGPTPEER: the other end of a pseudo-terminal, whatever stands at /dev/pts of who asks now.
Result<u32> open_pty_peer(Task& self, const File& master, u32 number, u32 flags)
{
    constexpr u32 kAllowed = kOpenAccessMask | kOpenNoTerminal | kOpenNonBlock | kOpenCloseOnExec;
    char path[24];
    format(path, "/dev/pts/%u", number);
    if (master.is_path_only()) return Errno::BadDescriptor;
    const Ref<PathPlaces> places = self.process().share_places();
    const PathContext context{places->root(), places->root(), self.process().credentials};
    Ref<File> peer = TRY(open_file(context, path, flags & kAllowed, 0));
    return add_file(self, move(peer), flags);
}

Result<u32> set_nonblocking(File& file, UserPtr<i32> argument)
{
    const i32 on = TRY(argument.read());
    const u32 others = file.flags() & ~kOpenNonBlock;
    file.set_status_flags(on != 0 ? others | kOpenNonBlock : others);
    return 0u;
}

}  // namespace

// What concerns the descriptor or any file is answered here, all else by what is open.
Result<u32> sys_ioctl(Task& self, Descriptor fd, u32 request, UserAddr argument)
{
    constexpr u32 kNoCloseOnExec = 0x5450, kCloseOnExec = 0x5451, kNonBlocking = 0x5421, kOpenPeer = 0x5441;
    Ref<File> file = TRY(file_of(self, fd));
    if (request == kCloseOnExec || request == kNoCloseOnExec)
        return set_close_on_exec(self, fd, request == kCloseOnExec);
    if (request == kNonBlocking) return set_nonblocking(*file, UserPtr<i32>{argument});
    if (const auto number = pty_number_of(*file); number && request == kOpenPeer)
        return open_pty_peer(self, *file, number.value(), argument.value());
    return restartable(file->ioctl(request, argument));
}

}  // namespace faultline
