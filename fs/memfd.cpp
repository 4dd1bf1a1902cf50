#include "fs/memfd.h"

#include "core/sleep_lock.h"
#include "fs/mount.h"
#include "fs/namespace.h"

namespace faultline {

namespace {

SleepLock memory_files_lock{LockRank::Mount};
Place memory_files GUARDED_BY(memory_files_lock);  // the root of an instance that stands nowhere

Result<Place> memory_files_root()
{
    SleepGuard guard{memory_files_lock};
    if (!memory_files) memory_files = TRY(mount_nowhere("tmpfs", "size=0,nr_inodes=0"));
    return memory_files;
}

}  // namespace

Result<Ref<File>> create_memory_file(StringView name, const Credentials& who, u32 mode, u32 flags)
{
    const Place root = TRY(memory_files_root());
    const NewInode wanted{kModeRegular | mode, who.uid, who.gid, {}};
    const Ref<Inode> inode = TRY(root.inode().create_nameless(wanted));
    Ref<Entry> entry = TRY(name_cache().create_nameless(*root.entry, name, inode));
    return File::create(inode, Place{root.mount, move(entry)}, flags);
}

}  // namespace faultline
