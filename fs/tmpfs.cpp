// The instance: how many inodes and pages it may have, mounting and unmounting.
#include "fs/tmpfs.h"

#include "fs/tmpfs_directory.h"
#include "lib/bits.h"
#include "lib/format.h"

namespace faultline {

namespace {

constexpr u32 kMagic = 0x01021994;  // TMPFS_MAGIC

}  // namespace

Result<void> Tmpfs::enter(TmpInode& inode)
{
    SpinGuard guard{lock_};
    if (inode_count_ >= options_.inodes) return Errno::NoSpace;
    inode_count_++;
    inodes_.push_back(inode);
    return {};
}

void Tmpfs::leave(TmpInode& inode)
{
    SpinGuard guard{lock_};
    if (!inode.on_list()) return;  // it never entered
    inode_count_--;
    inodes_.remove(inode);
}

Result<Ref<Inode>> Tmpfs::root()
{
    const NewInode wanted{kModeDirectory | options_.mode, options_.uid, options_.gid, {}};
    const Ref<TmpDirectory> made = TRY(make_inode<TmpDirectory>(*this, wanted));
    made->parent = made.get();
    made->add_link();
    made->add_link();
    root_ = made.get();
    return Ref<Inode>{made};
}

FileSystemUsage Tmpfs::usage()
{
    const u32 used = budget_.used();
    const u32 free = budget_.most() > used ? budget_.most() - used : 0;
    SpinGuard guard{lock_};
    return {kMagic,  kPageSize, budget_.most(), free, free, options_.inodes, options_.inodes - inode_count_,
            kMaxName};
}

bool Tmpfs::is_idle_locked()
{
    for (const TmpInode& inode : inodes_) {
        const u32 own =
            (inode.is_linked() ? 1 : 0) + (&inode == root_ ? 1 : 0);  // the mount's entry has the root
        if (inode.ref_count() > own) return false;  // fewer: the mount failed before there was that entry
    }
    return true;
}

Result<void> Tmpfs::reserve_link()
{
    SpinGuard guard{lock_};
    if (inode_count_ >= options_.inodes) return Errno::NoSpace;
    inode_count_++;
    return {};
}

void Tmpfs::release_link()
{
    SpinGuard guard{lock_};
    inode_count_--;
}

// At most the root, which the mount still has, stands before it.
TmpInode* Tmpfs::next_linked()
{
    SpinGuard guard{lock_};
    for (TmpInode& inode : inodes_)
        if (inode.is_linked()) return &inode;
    return nullptr;
}

// Nobody can find its files any more. Those that are mapped make it busy; the others end one by one.
Result<void> Tmpfs::unmount()
{
    {
        SpinGuard guard{lock_};
        if (!is_idle_locked()) return Errno::Busy;
    }
    while (TmpInode* inode = next_linked())
        inode->drop_all_links();
    return {};
}

// ---- Mounting ----

Result<void> Tmpfs::remount_with(bool read_only, const char* text)
{
    TmpfsOptions changed = options_;
    TRY(parse_tmpfs_options(changed, text));
    const u64 pages = changed.size_bytes / kPageSize;
    SpinGuard guard{lock_};
    if (pages < budget_.used() || changed.inodes < inode_count_) return Errno::Invalid;
    budget_.set_most(static_cast<u32>(pages));
    options_ = changed;
    read_only_ = read_only;
    return {};
}

void Tmpfs::show_options(Span<char> text) const
{
    char mode[16] = "";
    if (options_.mode != 01777) format(mode, ",mode=%o", options_.mode);
    format(text, ",size=%uk,nr_inodes=%u%s", budget_.most() * (kPageSize / 1024), options_.inodes, mode);
}

namespace {

Result<Ref<FileSystem>> create(const MountRequest& request)
{
    TmpfsOptions options = default_tmpfs_options();
    TRY(parse_tmpfs_options(options, request.options));
    Tmpfs* const made = TRY(with_reclaim([&] { return make<Tmpfs>(options); }));
    return Ref<FileSystem>::adopt(made);
}

FileSystemType tmpfs_type{"tmpfs", false, create};

}  // namespace

void register_tmpfs()
{
    register_file_system(tmpfs_type);
}

}  // namespace faultline
