// System calls that open files by their names.
#include "fs/namespace.h"
#include "kernel/syscall/at.h"
#include "kernel/syscall/table.h"

namespace faultline {

namespace {

Result<u32> open_in(Task& self, const PathContext& context, StringView path, u32 flags, u32 mode)
{
    Process& process = self.process();
    const u32 limit = process.limits[kLimitFiles].soft;
    if ((flags & (kOpenCreate | kOpenTruncate)) != 0) TRY(process.files->prepare(limit));
    auto opened = open_file(context, path, flags, masked(self, mode));
    if (!opened.ok()) return opened.error() == Errno::Intr ? Errno::RestartSys : opened.error();
    const OnExec on_exec = (flags & kOpenCloseOnExec) != 0 ? OnExec::Close : OnExec::Keep;
    return process.files->add(opened.take(), on_exec, limit);
}

Result<u32> open_at(Task& self, Descriptor directory, UserString path, u32 flags, u32 mode)
{
    Name name{self.process()};
    TRY(name.read(directory, path));
    return open_in(self, name.context(), name.path(), flags, mode);
}

// struct open_how, which may grow: what is not known must be zero.
struct OpenHow {
    u64 flags, mode, resolve;
};

Result<OpenHow> read_how(UserAddr from, u32 size_bytes)
{
    if (size_bytes < sizeof(OpenHow)) return Errno::Invalid;
    if (size_bytes > kPageSize) return Errno::TooBig;
    const OpenHow how = TRY(UserPtr<const OpenHow>{from}.read());
    for (u32 at = sizeof(OpenHow); at < size_bytes; at++)
        if (TRY(UserPtr<const u8>{from + at}.read()) != 0) return Errno::TooBig;
    return how;
}

// Unlike open, nothing that means nothing is let pass.
Result<void> check_how(const OpenHow& how)
{
    constexpr u64 kKnown = kOpenAccessMask | kOpenCreate | kOpenExclusive | kOpenNoTerminal | kOpenTruncate |
                           kOpenAppend | kOpenNonBlock | kOpenDataSync | kOpenDirect | kOpenLargeFile |
                           020000 | kOpenNoFollow | kOpenNoAccessTime | kOpenCloseOnExec | kOpenSync |
                           kOpenPath | kOpenTemporary;
    constexpr u64 kOfPath = kOpenPath | kOpenDirectory | kOpenNoFollow | kOpenCloseOnExec;
    constexpr u64 kTemporaryBit = kOpenTemporary & ~kOpenDirectory;
    if ((how.flags & ~kKnown) != 0 || (how.resolve & ~u64{0x3f}) != 0) return Errno::Invalid;
    const bool makes = (how.flags & (kOpenCreate | kTemporaryBit)) != 0;
    if ((how.mode & ~u64{kPermissionBits}) != 0 || (!makes && how.mode != 0)) return Errno::Invalid;
    if ((how.flags & kOpenPath) != 0 && (how.flags & ~kOfPath) != 0) return Errno::Invalid;
    constexpr u64 kBoth = kResolveBeneath | kResolveInRoot;
    return (how.resolve & kBoth) == kBoth ? Result<void>{Errno::Invalid} : Result<void>{};
}

}  // namespace

Result<u32> sys_openat2(Task& self, Descriptor directory, UserString path, UserAddr how_address,
                        u32 size_bytes)
{
    const OpenHow how = TRY(read_how(how_address, size_bytes));
    TRY(check_how(how));
    const u32 restrictions = static_cast<u32>(how.resolve);
    if ((restrictions & kResolveCached) != 0) return Errno::Again;  // who asks so asks again without it
    Name name{self.process()};
    const bool stays = (restrictions & (kResolveBeneath | kResolveInRoot)) != 0;
    TRY(stays ? name.read_within(directory, path) : name.read(directory, path));
    return open_in(self, name.context_restricted(restrictions), name.path(), static_cast<u32>(how.flags),
                   static_cast<u32>(how.mode));
}

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
