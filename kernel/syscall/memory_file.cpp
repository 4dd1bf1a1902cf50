// Files in memory that have no name: memfd_create, and the seals of fcntl.
#include "kernel/syscall/memory_file.h"
#include "fs/memfd.h"
#include "fs/memory_seals.h"
#include "kernel/syscall/descriptor.h"
#include "kernel/syscall/table.h"
#include "lib/string.h"
#include "mm/rmap.h"

namespace faultline {

namespace {

constexpr u32 kCloseOnExecFlag = 1;
constexpr u32 kAllowSealing = 2;
constexpr u32 kNoExecSeal = 8;
constexpr u32 kExec = 16;

// Longer ones do not fit a name of 255 bytes with "memfd:" before it.
constexpr u32 kMostName = 249;

Result<u32> add_seals(File& file, u32 seals)
{
    MemorySeals* const sealed = file.like().seals();
    Inode* const inode = file.find_inode();
    if (!sealed || !inode) return Errno::Invalid;
    if (!file.writable()) return Errno::Perm;
    SleepGuard guard{inode->lock()};
    if ((seals & kSealWrite) != 0 && (sealed->seals() & kSealWrite) == 0) {
        const Ref<MemoryObject> object = TRY(file.object());
        if (ReverseMap::may_be_stored_into(*object)) return Errno::Busy;
    }
    TRY(sealed->add(seals));
    return 0u;
}

}  // namespace

Result<u32> change_seals(File& file, SealCommand command, u32 seals)
{
    if (file.is_path_only()) return Errno::BadDescriptor;
    if (command == SealCommand::Add) return add_seals(file, seals);
    const MemorySeals* const sealed = file.like().seals();
    return sealed ? Result<u32>{sealed->seals()} : Result<u32>{Errno::Invalid};
}

Result<u32> sys_memfd_create(Task& self, UserString name, u32 flags)
{
    if ((flags & ~(kCloseOnExecFlag | kAllowSealing | kNoExecSeal | kExec)) != 0) return Errno::Invalid;
    if ((flags & kNoExecSeal) != 0 && (flags & kExec) != 0) return Errno::Invalid;
    char text[kMostName + 8] = "memfd:";
    const u32 prefix = 6;
    const auto length = copy_string_from_user({text + prefix, kMostName + 1}, name.address());
    if (!length.ok()) return length.error() == Errno::NameTooLong ? Errno::Invalid : length.error();
    const u32 mode = (flags & kNoExecSeal) != 0 ? 0666 : 0777;
    const Ref<File> file = TRY(create_memory_file({text, prefix + length.value()}, self.process().credentials,
                                                  mode, kOpenReadWrite | kOpenLargeFile));
    MemorySeals& seals = *file->like().seals();
    if ((flags & (kAllowSealing | kNoExecSeal)) != 0) seals.allow();
    if ((flags & kNoExecSeal) != 0) TRY(seals.add(kSealExec));
    return add_file(self, file, (flags & kCloseOnExecFlag) != 0 ? kOpenCloseOnExec : 0);
}

}  // namespace faultline
