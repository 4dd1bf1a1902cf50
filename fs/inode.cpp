#include "fs/inode.h"

#include "arch/clock.h"
#include "core/spinlock.h"
#include "fs/devices.h"
#include "fs/file_system.h"
#include "fs/pipe.h"

namespace faultline {

namespace {

// The second that the clock was last seen in: saves a 64-bit division for each time stamp.
SpinLock time_lock{LockRank::Leaf};
u64 second_start_ns GUARDED_BY(time_lock) = 0;
i64 second_number GUARDED_BY(time_lock) = 0;

}  // namespace

FileTime current_file_time()
{
    const u64 now = wall_ns();
    SpinGuard guard{time_lock};
    if (now - second_start_ns >= kNsPerSecond) {
        second_number = static_cast<i64>(now / kNsPerSecond);
        second_start_ns = static_cast<u64>(second_number) * kNsPerSecond;
    }
    return FileTime{second_number, static_cast<u32>(now - second_start_ns)};
}

bool Credentials::in_group(u32 group) const
{
    if (group == file_gid) return true;
    for (u32 i = 0; i < group_count; i++)
        if (groups[i] == group) return true;
    return false;
}

bool Inode::is_device() const
{
    const u32 type = mode_ & kModeTypeMask;
    return type == kModeCharacterDevice || type == kModeBlockDevice;
}

void Inode::attributes(Attributes& out) const
{
    out.device = file_system_.device();
    out.special = special_;
    out.inode_number = number_;
    out.mode = mode_;
    out.link_count = link_count_;
    out.uid = uid_;
    out.gid = gid_;
    out.size = size_;
    out.block_size = kPageSize;
    out.blocks = blocks_;
    out.accessed = accessed_;
    out.modified = modified_;
    out.changed = changed_;
}

Result<void> Inode::check_permission(const Credentials& who, Permission wanted) const
{
    const u32 bits = static_cast<u32>(wanted);
    if (who.overrides_files()) {
        const bool nobody_executes = !is_directory() && (mode_ & 0111) == 0;
        if ((bits & static_cast<u32>(Permission::Execute)) != 0 && nobody_executes) return Errno::Access;
        return {};
    }
    u32 granted = mode_;
    if (who.file_uid == uid_)
        granted >>= 6;
    else if (who.in_group(gid_))
        granted >>= 3;
    if ((granted & bits) != bits) return Errno::Access;
    return {};
}

Result<Ref<Inode>> Inode::lookup(StringView)
{
    return Errno::NotDirectory;
}
Result<Ref<Inode>> Inode::create(StringView, const NewInode&)
{
    return Errno::Perm;
}
Result<Ref<Inode>> Inode::create_nameless(const NewInode&)
{
    return Errno::NotSupported;
}
Result<void> Inode::punch(u64, u64)
{
    return Errno::NotSupported;
}
Result<Ref<Inode>> Inode::make_directory(StringView, const NewInode&)
{
    return Errno::Perm;
}
Result<Ref<Inode>> Inode::make_symbolic_link(StringView, StringView, const NewInode&)
{
    return Errno::Perm;
}
Result<void> Inode::link(StringView, Inode&)
{
    return Errno::Perm;
}
Result<void> Inode::unlink(StringView, Inode&)
{
    return Errno::Perm;
}
Result<void> Inode::remove_directory(StringView, Inode&)
{
    return Errno::Perm;
}
Result<void> Inode::rename(StringView, Inode&, Inode&, StringView, Inode*)
{
    return Errno::Perm;
}
Result<void> Inode::exchange(StringView, Inode&, Inode&, StringView, Inode&)
{
    return Errno::Invalid;
}
Result<u64> Inode::read_directory(u64, DirectorySink&)
{
    return Errno::NotDirectory;
}
Result<u32> Inode::read_link(Span<char>)
{
    return Errno::Invalid;
}
Result<void> Inode::truncate(u64)
{
    return Errno::Invalid;
}
Result<void> Inode::allocate(u64, u64)
{
    return Errno::NotSupported;
}
Result<void> Inode::change_attributes(const AttributeChange&)
{
    return Errno::Perm;
}
Result<void> Inode::sync()
{
    return {};
}
Result<bool> Inode::link_place(Place&)
{
    return false;
}

Result<void> Inode::count_use(i32 one)
{
    i32 uses = uses_.load();
    do {
        if (uses != 0 && (uses > 0) != (one > 0)) return Errno::TextBusy;
    } while (!uses_.compare_exchange(uses, uses + one));
    return {};
}

Result<Ref<FileLike>> Inode::open(u32 flags)
{
    switch (mode_ & kModeTypeMask) {
    case kModeRegular:
    case kModeDirectory:
        return Ref<FileLike>{Ref<Inode>::share(this)};
    case kModeCharacterDevice:
        return open_device(DeviceKind::Character, special_, flags);
    case kModeBlockDevice:
        return open_device(DeviceKind::Block, special_, flags);
    case kModeFifo:
        return open_fifo(*this, flags);
    case kModeSymbolicLink:
        return Errno::Loop;
    default:
        return Errno::NoDeviceOrAddress;
    }
}

}  // namespace faultline
