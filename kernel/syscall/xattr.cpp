// Extended attributes: no file system here stores any, and Linux's answers for such are given.
#include "fs/namespace.h"
#include "kernel/syscall/at.h"
#include "kernel/syscall/table.h"

namespace faultline {

namespace {

constexpr u32 kMostName = 255, kMostValue = 65536;

enum class Use : u8 { Get, Set };

bool starts_with(StringView text, StringView start)
{
    return text.size() >= start.size() && StringView{text.data(), start.size()} == start;
}

// What Linux says about the name before it asks the file system, and then the file system's answer.
Result<void> refuse(Task& self, const Place& place, UserString name, Use use)
{
    char text[kMostName + 1];
    const Result<usize> length = copy_string_from_user(text, name.address());
    if (!length.ok()) return length.error() == Errno::NameTooLong ? Errno::Range : length.error();
    if (length.value() == 0) return Errno::Range;
    const Inode& inode = place.inode();
    if (use == Use::Set && place.mount->read_only()) return Errno::ReadOnly;
    const StringView whole{text, length.value()};
    const bool is_plain = inode.is_regular() || inode.is_directory();
    if (starts_with(whole, "user.") && !is_plain) return use == Use::Set ? Errno::Perm : Errno::NoData;
    if (starts_with(whole, "trusted.") && !self.process().credentials.is_root())
        return use == Use::Set ? Errno::Perm : Errno::NoData;
    return Errno::NotSupported;
}

Result<void> set(Task& self, const Result<Place>& place, UserString name, UserSpan<const u8> value, u32 flags)
{
    constexpr u32 kCreate = 1, kReplace = 2;
    if (!place.ok()) return place.error();
    if ((flags & ~(kCreate | kReplace)) != 0) return Errno::Invalid;
    if (value.size_bytes() > kMostValue) return Errno::TooBig;
    return refuse(self, place.value(), name, Use::Set);
}

Result<u32> get(Task& self, const Result<Place>& place, UserString name)
{
    if (!place.ok()) return place.error();
    TRY(refuse(self, place.value(), name, Use::Get));
    return 0u;
}

// None, so nothing is written.
Result<u32> list(const Result<Place>& place)
{
    return place.ok() ? Result<u32>{0u} : Result<u32>{place.error()};
}

Result<void> remove(Task& self, const Result<Place>& place, UserString name)
{
    return place.ok() ? refuse(self, place.value(), name, Use::Set) : Result<void>{place.error()};
}

Result<Place> file_at(Task& self, UserString path)
{
    return find_place(self, kHere, path, Walk::Follow);
}

Result<Place> link_at(Task& self, UserString path)
{
    return find_place(self, kHere, path, Walk::NoFollow);
}

}  // namespace

Result<void> sys_setxattr(Task& self, UserString path, UserString name, UserSpan<const u8> value, u32 flags)
{
    return set(self, file_at(self, path), name, value, flags);
}

Result<void> sys_lsetxattr(Task& self, UserString path, UserString name, UserSpan<const u8> value, u32 flags)
{
    return set(self, link_at(self, path), name, value, flags);
}

Result<void> sys_fsetxattr(Task& self, Descriptor fd, UserString name, UserSpan<const u8> value, u32 flags)
{
    return set(self, place_to_change(self, fd), name, value, flags);
}

Result<u32> sys_getxattr(Task& self, UserString path, UserString name, UserSpan<u8>)
{
    return get(self, file_at(self, path), name);
}

Result<u32> sys_lgetxattr(Task& self, UserString path, UserString name, UserSpan<u8>)
{
    return get(self, link_at(self, path), name);
}

Result<u32> sys_fgetxattr(Task& self, Descriptor fd, UserString name, UserSpan<u8>)
{
    return get(self, place_to_change(self, fd), name);
}

Result<u32> sys_listxattr(Task& self, UserString path, UserSpan<u8>)
{
    return list(file_at(self, path));
}

Result<u32> sys_llistxattr(Task& self, UserString path, UserSpan<u8>)
{
    return list(link_at(self, path));
}

Result<u32> sys_flistxattr(Task& self, Descriptor fd, UserSpan<u8>)
{
    return list(place_to_change(self, fd));
}

Result<void> sys_removexattr(Task& self, UserString path, UserString name)
{
    return remove(self, file_at(self, path), name);
}

Result<void> sys_lremovexattr(Task& self, UserString path, UserString name)
{
    return remove(self, link_at(self, path), name);
}

Result<void> sys_fremovexattr(Task& self, Descriptor fd, UserString name)
{
    return remove(self, place_to_change(self, fd), name);
}

}  // namespace faultline
