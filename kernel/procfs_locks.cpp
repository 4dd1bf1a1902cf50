// /proc/locks: who holds which locks on files (fs/file_locks.h), as Linux shows them.
#include "fs/file_locks.h"
#include "kernel/procfs.h"

namespace faultline {

namespace {

constexpr u32 kAtOnce = 16;

const char* name_of(LockKind kind)
{
    switch (kind) {
    case LockKind::Posix:
        return "POSIX";
    case LockKind::Description:
        return "OFDLCK";
    case LockKind::Whole:
        return "FLOCK";
    }
    return "";
}

void write_lock(TextBuffer& out, u32 number, const LockDescription& of)
{
    const FileLock& lock = of.lock;
    const DeviceNumber device = DeviceNumber::from_encoded(of.device);
    const i32 pid = lock.kind == LockKind::Description ? -1 : static_cast<i32>(lock.pid);
    out.print("%u: %-6s ADVISORY  %s %d %02x:%02x:%llu %llu ", number, name_of(lock.kind),
              lock.type == LockType::Shared ? "READ" : "WRITE", pid, device.major(), device.minor(), of.inode,
              lock.first);
    if (lock.last == kLockToEnd)
        out.append("EOF\n");
    else
        out.print("%llu\n", lock.last);
}

}  // namespace

Result<void> write_locks(TextBuffer& out)
{
    LockDescription some[kAtOnce];
    u32 shown = 0;
    for (;;) {
        const u32 count = describe_locks(shown, {some, kAtOnce});
        for (u32 i = 0; i < count; i++)
            write_lock(out, ++shown, some[i]);
        if (count < kAtOnce) return {};
    }
}

}  // namespace faultline
