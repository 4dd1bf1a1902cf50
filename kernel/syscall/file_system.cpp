// System calls on file systems: statfs, sync, mount and umount.
#include "fs/namespace.h"
#include "kernel/syscall/at.h"
#include "kernel/syscall/table.h"

namespace faultline {

namespace {

Statfs64 to_statfs64(const Place& place)
{
    const FileSystemUsage usage = place.mount->file_system().usage();
    Statfs64 out{};
    out.type = usage.magic;
    out.block_size = out.fragment_size = usage.block_size;
    out.blocks = usage.blocks;
    out.free_blocks = usage.free_blocks;
    out.available_blocks = usage.available_blocks;
    out.files = usage.inodes;
    out.free_files = usage.free_inodes;
    out.id[0] = place.mount->file_system().device().encoded();
    out.name_length = usage.max_name;
    constexpr u32 kValid = 0x20;
    out.flags = kValid |
                (place.mount->flags() & (kMountReadOnly | kMountNoSetId | kMountNoDevices | kMountNoExec)) |
                (place.mount->read_only() ? kMountReadOnly : 0);
    return out;
}

u32 narrow(u64 value)
{
    return value > ~u32{0} ? ~u32{0} : static_cast<u32>(value);
}

Statfs32 to_statfs32(const Statfs64& wide)
{
    Statfs32 out{};
    out.type = wide.type;
    out.block_size = wide.block_size;
    out.blocks = narrow(wide.blocks);
    out.free_blocks = narrow(wide.free_blocks);
    out.available_blocks = narrow(wide.available_blocks);
    out.files = narrow(wide.files);
    out.free_files = narrow(wide.free_files);
    out.id[0] = wide.id[0];
    out.name_length = wide.name_length;
    out.fragment_size = wide.fragment_size;
    out.flags = wide.flags;
    return out;
}

}  // namespace

Result<void> sys_statfs(Task& self, UserString path, UserPtr<Statfs32> out)
{
    const Place place = TRY(find_place(self, kHere, path, Walk::Follow));
    return out.write(to_statfs32(to_statfs64(place)));
}

Result<void> sys_fstatfs(Task& self, Descriptor fd, UserPtr<Statfs32> out)
{
    const Place place = TRY(place_of_open_file(self, fd));
    return out.write(to_statfs32(to_statfs64(place)));
}

Result<void> sys_statfs64(Task& self, UserString path, u32 struct_size, UserPtr<Statfs64> out)
{
    if (struct_size != sizeof(Statfs64)) return Errno::Invalid;
    const Place place = TRY(find_place(self, kHere, path, Walk::Follow));
    return out.write(to_statfs64(place));
}

Result<void> sys_fstatfs64(Task& self, Descriptor fd, u32 struct_size, UserPtr<Statfs64> out)
{
    if (struct_size != sizeof(Statfs64)) return Errno::Invalid;
    const Place place = TRY(place_of_open_file(self, fd));
    return out.write(to_statfs64(place));
}

Result<void> sys_sync(Task&)
{
    static_cast<void>(sync_all().ok());  // as in Linux, errors come out of fsync
    return {};
}

Result<void> sys_mount(Task& self, UserString source, UserString target, UserString type, u32 flags,
                       UserAddr data)
{
    constexpr u32 kMagic = 0xC0ED0000, kMagicMask = 0xffff0000;
    if ((flags & kMagicMask) == kMagic) flags &= ~kMagicMask;
    PathText source_text, type_text, data_text;
    StringView source_path, type_name;
    if (!source.is_null()) source_path = TRY(source_text.read(source));
    if (!type.is_null()) type_name = TRY(type_text.read(type));
    const StringView options = data.is_null() ? StringView{""} : TRY(data_text.read(UserString{data}));
    Name name{self.process()};
    TRY(name.read(kHere, target));
    return mount(name.context(), source_path, name.path(), type_name, flags, options.data());
}

Result<void> sys_umount2(Task& self, UserString target, u32 flags)
{
    Name name{self.process()};
    TRY(name.read(kHere, target));
    return unmount(name.context(), name.path(), flags);
}

Result<void> sys_umount(Task& self, UserString target)
{
    return sys_umount2(self, target, 0);
}

}  // namespace faultline
