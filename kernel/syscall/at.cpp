#include "kernel/syscall/at.h"

namespace faultline {

Result<Place> find_place(Task& self, Descriptor directory, UserString path, Walk walk)
{
    Name name{self.process()};
    TRY(name.read(directory, path));
    return resolve(name.context(), name.path(), walk);
}

Walk walk_of(u32 at_flags)
{
    const Walk follow = (at_flags & kAtNoFollow) != 0 ? Walk::NoFollow : Walk::Follow;
    return (at_flags & kAtEmptyPath) != 0 ? follow | Walk::EmptyIsStart : follow;
}

Result<Place> place_of_open_file(Task& self, Descriptor fd)
{
    Ref<File> file = TRY(self.process().files->find(fd.number));
    if (!file->place()) return Errno::Invalid;
    return file->place();
}

Result<Place> place_to_change(Task& self, Descriptor fd)
{
    const Ref<File> file = TRY(self.process().files->find(fd.number));
    if (file->is_path_only()) return Errno::BadDescriptor;
    return file->place() ? Result<Place>{file->place()} : Result<Place>{Errno::Invalid};
}

u32 masked(Task& self, u32 mode)
{
    return mode & kPermissionBits & ~self.process().umask();
}

}  // namespace faultline
