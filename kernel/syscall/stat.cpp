// stat and its kin: attributes as programs see them.
#include "kernel/syscall/at.h"
#include "kernel/syscall/table.h"

namespace faultline {

namespace {

// `where`, if wanted: the file's place; empty where it has none (a pipe's end).
Result<void> attributes_of_open_file(Task& self, Descriptor fd, Attributes& out, Place* where = nullptr)
{
    const Ref<File> file = TRY(self.process().files->find(fd.number));
    file->attributes(out);
    if (where) *where = file->place();
    return {};
}

Result<void> attributes_at(Task& self, Descriptor directory, UserString path, u32 flags, Attributes& out,
                           Place* where = nullptr)
{
    Name name{self.process()};
    TRY(name.read(directory, path));
    // Also a pipe's end has attributes, though no name.
    const bool is_descriptor = name.path().empty() && (flags & kAtEmptyPath) != 0;
    if (is_descriptor && directory.number != kCurrentDirectory)
        return attributes_of_open_file(self, directory, out, where);
    Place place = TRY(resolve(name.context(), name.path(), walk_of(flags)));
    place.inode().attributes(out);
    if (where) *where = move(place);
    return {};
}

Result<void> write_stat(UserPtr<Stat64> to, const Attributes& a)
{
    Stat64 out;
    out.device = a.device.encoded();
    out.padding0 = out.padding1 = 0;
    out.inode_low = static_cast<u32>(a.inode_number);
    out.mode = a.mode;
    out.link_count = a.link_count;
    out.uid = a.uid;
    out.gid = a.gid;
    out.special = a.special.encoded();
    out.size = static_cast<i64>(a.size);
    out.block_size = a.block_size;
    out.blocks = a.blocks;
    out.accessed = static_cast<u32>(a.accessed.seconds);
    out.accessed_ns = a.accessed.nanoseconds;
    out.modified = static_cast<u32>(a.modified.seconds);
    out.modified_ns = a.modified.nanoseconds;
    out.changed = static_cast<u32>(a.changed.seconds);
    out.changed_ns = a.changed.nanoseconds;
    out.inode = a.inode_number;
    return to.write(out);
}

// Overflow where a number does not fit.
Result<void> write_stat(UserPtr<Stat32> to, const Attributes& a)
{
    constexpr u32 kOverflowId = 65534, kMostLinks = 0xffff;
    const auto narrow_id = [](u32 id) { return static_cast<u16>(id > 0xffff ? kOverflowId : id); };
    if (a.size > 0x7fffffff || a.inode_number > ~u32{0} || a.link_count > kMostLinks) return Errno::Overflow;
    Stat32 out{};
    out.device = a.device.encoded();
    out.inode = static_cast<u32>(a.inode_number);
    out.mode = static_cast<u16>(a.mode);
    out.link_count = static_cast<u16>(a.link_count);
    out.uid = narrow_id(a.uid);
    out.gid = narrow_id(a.gid);
    out.special = a.special.encoded();
    out.size = static_cast<u32>(a.size);
    out.block_size = a.block_size;
    out.blocks = static_cast<u32>(a.blocks);
    out.accessed = static_cast<u32>(a.accessed.seconds);
    out.accessed_ns = a.accessed.nanoseconds;
    out.modified = static_cast<u32>(a.modified.seconds);
    out.modified_ns = a.modified.nanoseconds;
    out.changed = static_cast<u32>(a.changed.seconds);
    out.changed_ns = a.changed.nanoseconds;
    return to.write(out);
}

StatxTime to_statx_time(const FileTime& time)
{
    return {time.seconds, time.nanoseconds, 0};
}

Statx to_statx(const Attributes& a, const Place& where)
{
    constexpr u64 kMountRoot = 0x2000;
    Statx out{};
    out.mask = kStatxBasic;
    out.attributes_mask = kMountRoot;
    if (where) {
        out.mask |= kStatxMountId;
        out.mount_id = where.mount->id();
        if (where.entry.get() == &where.mount->root()) out.attributes |= kMountRoot;
    }
    out.block_size = a.block_size;
    out.link_count = a.link_count;
    out.uid = a.uid;
    out.gid = a.gid;
    out.mode = static_cast<u16>(a.mode);
    out.inode = a.inode_number;
    out.size = a.size;
    out.blocks = a.blocks;
    out.accessed = to_statx_time(a.accessed);
    out.changed = to_statx_time(a.changed);
    out.modified = to_statx_time(a.modified);
    out.special_major = a.special.major();
    out.special_minor = a.special.minor();
    out.device_major = a.device.major();
    out.device_minor = a.device.minor();
    return out;
}

template <class Form> Result<void> tell_path(Task& self, UserString path, u32 flags, UserPtr<Form> out)
{
    Attributes attributes;
    TRY(attributes_at(self, kHere, path, flags, attributes));
    return write_stat(out, attributes);
}

template <class Form> Result<void> tell_open_file(Task& self, Descriptor fd, UserPtr<Form> out)
{
    Attributes attributes;
    TRY(attributes_of_open_file(self, fd, attributes));
    return write_stat(out, attributes);
}

}  // namespace

Result<void> sys_stat(Task& self, UserString path, UserPtr<Stat32> out)
{
    return tell_path(self, path, 0, out);
}

Result<void> sys_lstat(Task& self, UserString path, UserPtr<Stat32> out)
{
    return tell_path(self, path, kAtNoFollow, out);
}

Result<void> sys_fstat(Task& self, Descriptor fd, UserPtr<Stat32> out)
{
    return tell_open_file(self, fd, out);
}

Result<void> sys_stat64(Task& self, UserString path, UserPtr<Stat64> out)
{
    return tell_path(self, path, 0, out);
}

Result<void> sys_lstat64(Task& self, UserString path, UserPtr<Stat64> out)
{
    return tell_path(self, path, kAtNoFollow, out);
}

Result<void> sys_fstat64(Task& self, Descriptor fd, UserPtr<Stat64> out)
{
    return tell_open_file(self, fd, out);
}

Result<void> sys_fstatat64(Task& self, Descriptor directory, UserString path, UserPtr<Stat64> out, u32 flags)
{
    if ((flags & ~(kAtNoFollow | kAtEmptyPath | kAtNoAutomount)) != 0) return Errno::Invalid;
    Attributes attributes;
    TRY(attributes_at(self, directory, path, flags, attributes));
    return write_stat(out, attributes);
}

Result<void> sys_statx(Task& self, Descriptor directory, UserString path, u32 flags, u32 mask,
                       UserPtr<Statx> out)
{
    constexpr u32 kReservedMask = 0x80000000;
    if ((flags & ~(kAtNoFollow | kAtEmptyPath | kAtNoAutomount | kAtStatxSyncMask)) != 0)
        return Errno::Invalid;
    if ((mask & kReservedMask) != 0 || (flags & kAtStatxSyncMask) == kAtStatxSyncMask) return Errno::Invalid;
    Attributes attributes;
    Place where;
    TRY(attributes_at(self, directory, path, flags, attributes, &where));
    return out.write(to_statx(attributes, where));
}

}  // namespace faultline
