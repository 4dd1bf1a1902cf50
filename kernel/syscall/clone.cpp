// clone3: clone(2) with a structure that may grow. unshare.
#include "kernel/fork.h"
#include "kernel/signal_set.h"
#include "kernel/syscall/table.h"
#include "kernel/task.h"
#include "lib/bits.h"

namespace faultline {

namespace {

constexpr u64 kClearHandlers = u64{1} << 32;
constexpr u32 kFirstSize = 64;  // of the structure in its first version

struct CloneArguments {
    u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    u64 set_tid, set_tid_size;  // version 2, 80 bytes
    u64 cgroup;                 // version 3
};
static_assert(sizeof(CloneArguments) == 88);

// What lies beyond what we know must be zero. TooBig: it is not, or it is more than a page.
Result<void> check_rest(UserAddr start, u32 size_bytes)
{
    for (u32 at = sizeof(CloneArguments); at < size_bytes;) {
        u8 part[64];
        const u32 count = min(size_bytes - at, static_cast<u32>(sizeof part));
        TRY(copy_from_user(part, start + at, count));
        for (u32 i = 0; i < count; i++)
            if (part[i] != 0) return Errno::TooBig;
        at += count;
    }
    return {};
}

Result<CloneArguments> read_arguments(UserAddr start, u32 size_bytes)
{
    if (size_bytes > kPageSize) return Errno::TooBig;
    if (size_bytes < kFirstSize) return Errno::Invalid;
    TRY(check_rest(start, size_bytes));
    CloneArguments arguments{};
    TRY(copy_from_user(&arguments, start, min(size_bytes, static_cast<u32>(sizeof arguments))));
    return arguments;
}

// The flags' low byte is no signal here; numbers for the child and other groups of resources are not to be had.
bool is_sound(const CloneArguments& a)
{
    constexpr u32 kWithoutSignal = kCloneThread | kCloneParent;
    if ((a.flags >> 32 & ~u64{1}) != 0 || (a.flags & (kCloneSignalMask | kCloneDetached)) != 0) return false;
    if (a.exit_signal > kSignals || a.set_tid_size != 0 || a.set_tid != 0) return false;
    if ((a.flags & kWithoutSignal) != 0 && a.exit_signal != 0) return false;
    if ((a.flags & kClearHandlers) != 0 && (a.flags & kCloneSigHand) != 0) return false;
    constexpr u32 kTwoAnswers = kClonePidFile | kCloneParentSetTid;
    if ((a.flags & kTwoAnswers) == kTwoAnswers && a.pidfd == a.parent_tid) return false;
    return (a.stack == 0) == (a.stack_size == 0);
}

bool is_user_range(u64 start, u64 size)
{
    return start <= kUserEnd && size <= kUserEnd - start;
}

UserAddr address(u64 value)
{
    return UserAddr{static_cast<u32>(value)};
}

}  // namespace

Result<u32> sys_clone3(Task& self, UserAddr start, u32 size_bytes)
{
    const CloneArguments a = TRY(read_arguments(start, size_bytes));
    if (!is_sound(a) || !is_user_range(a.stack, a.stack_size)) return Errno::Invalid;
    CloneRequest request;
    request.flags = static_cast<u32>(a.flags) | static_cast<u32>(a.exit_signal);
    request.stack = address(a.stack + a.stack_size);
    request.parent_tid = UserPtr<u32>{address(a.parent_tid)};
    request.pid_file = UserPtr<u32>{address(a.pidfd)};
    request.tls = UserPtr<UserDesc>{address(a.tls)};
    request.child_tid = UserPtr<u32>{address(a.child_tid)};
    request.clear_handlers = (a.flags & kClearHandlers) != 0;
    return clone_process(self, request);
}

// ---- unshare ----

namespace {

Result<void> unshare_view(Process& process)
{
    Ref<PathView> own = TRY(PathView::create(process.share_places(), process.umask()));
    SpinGuard guard{process_lock};
    swap(process.view, own);
    return {};
}

Result<void> unshare_files(Process& process)
{
    Ref<FileTable> own = TRY(process.files->copy());
    SpinGuard guard{process_lock};
    swap(process.files, own);
    return {};
}

bool is_alone(Process& process)
{
    SpinGuard guard{process_lock};
    return process.tasks.first() == process.tasks.last();
}

}  // namespace

// Files and directories; a thread has none of its own, so only a process of one can part with the others'. Name spaces
// there are none.
Result<void> sys_unshare(Task& self, u32 flags)
{
    constexpr u32 kOfThreads = kCloneThread | kCloneSigHand | kCloneVm;
    if ((flags & ~(kCloneFs | kCloneFiles | kCloneSysVSem | kOfThreads)) != 0) return Errno::Invalid;
    Process& process = self.process();
    if ((flags & ~kCloneSysVSem) != 0 && !is_alone(process)) return Errno::Invalid;
    if ((flags & kCloneFs) != 0) TRY(unshare_view(process));
    if ((flags & kCloneFiles) != 0) TRY(unshare_files(process));
    return {};
}

}  // namespace faultline
