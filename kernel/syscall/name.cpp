// System calls on names: making, removing, moving and reading them.
#include "fs/namespace.h"
#include "kernel/syscall/at.h"
#include "kernel/syscall/table.h"
#include "mm/heap.h"

namespace faultline {

// ---- Making names ----

Result<void> sys_mkdirat(Task& self, Descriptor directory, UserString path, u32 mode)
{
    Name name{self.process()};
    TRY(name.read(directory, path));
    return make_directory(name.context(), name.path(), masked(self, mode));
}

Result<void> sys_mkdir(Task& self, UserString path, u32 mode)
{
    return sys_mkdirat(self, kHere, path, mode);
}

Result<void> sys_mknodat(Task& self, Descriptor directory, UserString path, u32 mode, u32 device)
{
    Name name{self.process()};
    TRY(name.read(directory, path));
    const u32 type = (mode & kModeTypeMask) == 0 ? kModeRegular : mode & kModeTypeMask;
    if (type == kModeDirectory) return Errno::Perm;
    return make_node(name.context(), name.path(), type | masked(self, mode),
                     DeviceNumber::from_encoded(device));
}

Result<void> sys_mknod(Task& self, UserString path, u32 mode, u32 device)
{
    return sys_mknodat(self, kHere, path, mode, device);
}

Result<void> sys_symlinkat(Task& self, UserString target, Descriptor directory, UserString path)
{
    PathText text;
    const StringView to = TRY(text.read(target));
    Name name{self.process()};
    TRY(name.read(directory, path));
    return make_symbolic_link(to, name.context(), name.path());
}

Result<void> sys_symlink(Task& self, UserString target, UserString path)
{
    return sys_symlinkat(self, target, kHere, path);
}

Result<void> sys_linkat(Task& self, Descriptor old_directory, UserString old_path, Descriptor new_directory,
                        UserString new_path, u32 flags)
{
    if ((flags & ~(kAtFollow | kAtEmptyPath)) != 0) return Errno::Invalid;
    Name from{self.process()}, to{self.process()};
    TRY(from.read(old_directory, old_path));
    TRY(to.read(new_directory, new_path));
    Walk walk = (flags & kAtFollow) != 0 ? Walk::Follow : Walk::NoFollow;
    if ((flags & kAtEmptyPath) != 0) {
        if (!self.process().credentials.overrides_files()) return Errno::NoEntry;  // as CAP_DAC_READ_SEARCH
        walk = walk | Walk::EmptyIsStart;
    }
    return make_link(from.context(), from.path(), walk, to.context(), to.path());
}

Result<void> sys_link(Task& self, UserString old_path, UserString new_path)
{
    return sys_linkat(self, kHere, old_path, kHere, new_path, 0);
}

// ---- Removing and moving ----

Result<void> sys_unlinkat(Task& self, Descriptor directory, UserString path, u32 flags)
{
    if ((flags & ~kAtRemoveDirectory) != 0) return Errno::Invalid;
    Name name{self.process()};
    TRY(name.read(directory, path));
    const bool wants_directory = (flags & kAtRemoveDirectory) != 0;
    return (wants_directory ? remove_directory : remove_file)(name.context(), name.path());
}

Result<void> sys_unlink(Task& self, UserString path)
{
    return sys_unlinkat(self, kHere, path, 0);
}

Result<void> sys_rmdir(Task& self, UserString path)
{
    return sys_unlinkat(self, kHere, path, kAtRemoveDirectory);
}

Result<void> sys_renameat2(Task& self, Descriptor old_directory, UserString old_path,
                           Descriptor new_directory, UserString new_path, u32 flags)
{
    Name from{self.process()}, to{self.process()};
    TRY(from.read(old_directory, old_path));
    TRY(to.read(new_directory, new_path));
    return rename(from.context(), from.path(), to.context(), to.path(), flags);
}

Result<void> sys_renameat(Task& self, Descriptor old_directory, UserString old_path, Descriptor new_directory,
                          UserString new_path)
{
    return sys_renameat2(self, old_directory, old_path, new_directory, new_path, 0);
}

Result<void> sys_rename(Task& self, UserString old_path, UserString new_path)
{
    return sys_renameat2(self, kHere, old_path, kHere, new_path, 0);
}

// No file system here can find a file again by a handle.
Result<void> sys_name_to_handle_at(Task& self, Descriptor directory, UserString path, UserAddr, UserAddr,
                                   u32 flags)
{
    if ((flags & ~(kAtFollow | kAtEmptyPath)) != 0) return Errno::Invalid;
    const Walk follow = (flags & kAtFollow) != 0 ? Walk::Follow : Walk::NoFollow;
    const Walk walk = (flags & kAtEmptyPath) != 0 ? follow | Walk::EmptyIsStart : follow;
    TRY(find_place(self, directory, path, walk));
    return Errno::NotSupported;
}

// ---- Reading links ----

Result<u32> sys_readlinkat(Task& self, Descriptor directory, UserString path, UserSpan<u8> target)
{
    if (static_cast<i32>(target.size_bytes()) <= 0) return Errno::Invalid;
    const Place place = TRY(find_place(self, directory, path, Walk::NoFollow | Walk::EmptyIsStart));
    if (!place.inode().is_symbolic_link()) return Errno::Invalid;
    char* text = static_cast<char*>(TRY(heap_allocate(kMaxPath)));
    const Result<u32> size = place.inode().read_link({text, min(target.size_bytes(), kMaxPath)});
    const Result<void> copied = size.ok() ? copy_to_user(target.start(), text, size.value()) : Result<void>{};
    heap_free(text);
    TRY(copied);
    return size;
}

Result<u32> sys_readlink(Task& self, UserString path, UserSpan<u8> target)
{
    return sys_readlinkat(self, kHere, path, target);
}

}  // namespace faultline
