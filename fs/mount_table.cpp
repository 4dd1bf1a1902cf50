#include "fs/mount_table.h"

#include "fs/with_reclaim.h"
#include "fs/writer.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

MountTable mount_table;

namespace {

// Mounts that nobody has any more but whose file system has not ended yet.
SpinLock ending_lock{LockRank::Leaf};
IntrusiveList<Mount, EndingTag> ending GUARDED_BY(ending_lock);

}  // namespace

u32 MountTable::bucket_of(const Mount& parent, const Entry& entry)
{
    const usize mixed = reinterpret_cast<usize>(&parent) / 32 + reinterpret_cast<usize>(&entry) / 16;
    return static_cast<u32>(mixed) % kBuckets;
}

// ---- Life ----

Result<Ref<Mount>> MountTable::create(const FileSystemType& type, BlockDevice* device, StringView source,
                                      u32 flags, const char* options, Where where)
{
    Ref<Mount> mount = Ref<Mount>::adopt(TRY(with_reclaim([] { return make<Mount>(); })));
    mount->is_nowhere_ = where == Where::Nowhere;
    mount->is_ended_ = true;  // until there is something to end
    const bool read_only = (flags & kMountReadOnly) != 0;
    mount->file_system_ = TRY(type.create(MountRequest{device, read_only, options}));
    Result<Ref<Inode>> root = mount->file_system_->root();
    Result<Ref<Entry>> entry = root.ok() ? Entry::create_root(root.take()) : Result<Ref<Entry>>{root.error()};
    if (!entry.ok()) {
        static_cast<void>(mount->file_system_->unmount());
        return entry.error();
    }
    mount->root_ = entry.take();
    mount->flags_ = flags & kMountKept;
    mount->file_system_->add_mount();
    mount->is_ended_ = false;
    copy_string(mount->source_, source);
    mount->number_ = next_number_.fetch_add(1);
    return mount;
}

Result<Ref<Mount>> MountTable::clone(const Mount& mount, Entry& root)
{
    Ref<Mount> copy = Ref<Mount>::adopt(TRY(with_reclaim([] { return make<Mount>(); })));
    copy->file_system_ = mount.file_system_;
    copy->file_system_->add_mount();
    copy->root_ = Ref<Entry>::share(&root);
    copy->flags_ = mount.flags_;
    copy_string(copy->source_, mount.source_);
    copy->number_ = next_number_.fetch_add(1);
    return copy;
}

// May come with any lock held, so what has to sleep is the writer's.
void Mount::last_ref_dropped()
{
    if (is_ended_ || !file_system_->drop_mount()) {
        destroy(this);
        return;
    }
    {
        SpinGuard guard{ending_lock};
        ending.push_back(*this);
    }
    wake_writer();
}

Result<void> MountTable::end(Mount& mount)
{
    Ref<Entry> root = name_cache().root_of(*mount.root_);
    if (mount.root_ != root) mount.root_ = root;
    root = nullptr;
    if (!name_cache().forget_tree(*mount.root_)) return Errno::Busy;
    TRY(mount.file_system_->unmount());
    mount.is_ended_ = true;
    return {};
}

// What is busy still (a mapping, say) is looked at again in the writer's next round.
void end_detached_file_systems()
{
    SleepGuard guard{mount_table.changes};
    IntrusiveList<Mount, EndingTag> busy;
    for (;;) {
        Mount* mount;
        {
            SpinGuard list{ending_lock};
            mount = ending.pop_front();
        }
        if (!mount) break;
        if (mount_table.end(*mount).ok())
            destroy(mount);
        else
            busy.push_back(*mount);
    }
    SpinGuard list{ending_lock};
    while (Mount* mount = busy.pop_front())
        ending.push_back(*mount);
}

// ---- The tree ----

void MountTable::link_locked(Mount& mount, const Place& target)
{
    mount.is_attached_ = true;
    if (!target) {
        root_ = &mount;
        return;
    }
    mount.parent_ = target.mount;
    mount.mount_point_ = target.entry;
    target.entry->mounts_here_++;
    Mount*& first = buckets_[bucket_of(*target.mount, *target.entry)];
    mount.next_in_bucket_ = first;
    first = &mount;
}

// `freed` is to be dropped when the lock is free.
void MountTable::unlink_locked(Mount& mount, Place& freed)
{
    mount.is_attached_ = false;
    if (!mount.mount_point_) return;
    mount.mount_point_->mounts_here_--;
    Mount** link = &buckets_[bucket_of(*mount.parent_, *mount.mount_point_)];
    while (*link != &mount)
        link = &(*link)->next_in_bucket_;
    *link = mount.next_in_bucket_;
    freed.mount = faultline::move(mount.parent_);
    freed.entry = faultline::move(mount.mount_point_);
}

void MountTable::attach(Mount& mount, const Place& target)
{
    SpinGuard guard{lock_};
    link_locked(mount, target);
    mount.retain();
    mounts_.push_back(mount);
}

Result<void> MountTable::detach_idle(Mount& mount)
{
    Place freed;
    SpinGuard guard{lock_};
    if (mount.ref_count() > 2) return Errno::Busy;
    unlink_locked(mount, freed);
    mounts_.remove(mount);
    mount.release();
    return {};
}

void MountTable::detach(Mount& mount)
{
    Place freed;
    Ref<Mount> counted;
    SpinGuard guard{lock_};
    unlink_locked(mount, freed);
    mounts_.remove(mount);
    counted = Ref<Mount>::adopt(&mount);
}

void MountTable::move(Mount& mount, const Place& target)
{
    Place freed;
    SpinGuard guard{lock_};
    unlink_locked(mount, freed);
    link_locked(mount, target);
}

void MountTable::pivot(Mount& new_root, Mount& old_root, const Place& put_old)
{
    Place freed;
    SpinGuard guard{lock_};
    unlink_locked(new_root, freed);
    link_locked(new_root, Place{});
    link_locked(old_root, put_old);
}

Ref<Mount> MountTable::find_on(const Mount& parent, Entry& entry)
{
    SpinGuard guard{lock_};
    for (Mount* mount = buckets_[bucket_of(parent, entry)]; mount; mount = mount->next_in_bucket_) {
        if (mount->parent_.get() != &parent || mount->mount_point_.get() != &entry) continue;
        return Ref<Mount>::share(mount);
    }
    return nullptr;
}

Place MountTable::covered_by(const Mount& mount)
{
    SpinGuard guard{lock_};
    return Place{mount.parent_, mount.mount_point_};
}

bool MountTable::is_attached(const Mount& mount)
{
    SpinGuard guard{lock_};
    return mount.is_attached_;
}

Ref<Mount> MountTable::showing(const Entry& root)
{
    SpinGuard guard{lock_};
    for (Mount& mount : mounts_)
        if (mount.root_.get() == &root) return Ref<Mount>::share(&mount);
    return nullptr;
}

Ref<Mount> MountTable::root()
{
    SpinGuard guard{lock_};
    return Ref<Mount>::share(root_);
}

Ref<Mount> MountTable::after(const Mount* previous)
{
    SpinGuard guard{lock_};
    bool take_next = previous == nullptr;
    for (Mount& mount : mounts_) {
        if (take_next) return Ref<Mount>::share(&mount);
        take_next = &mount == previous;
    }
    return nullptr;
}

Ref<Mount> MountTable::of_device(const FileSystemType& type, DeviceNumber device)
{
    SpinGuard guard{lock_};
    for (Mount& mount : mounts_)
        if (mount.file_system_->device() == device &&
            StringView{mount.file_system_->type_name()} == StringView{type.name})
            return Ref<Mount>::share(&mount);
    return nullptr;
}

// ---- Flags ----

bool MountTable::has_writers(const FileSystem& file_system)
{
    SpinGuard guard{lock_};
    for (const Mount& mount : mounts_)
        if (mount.file_system_.get() == &file_system && mount.writers_.load() != 0) return true;
    return false;
}

Result<void> MountTable::remount(Mount& mount, u32 flags, const char* options)
{
    const bool read_only = (flags & kMountReadOnly) != 0;
    if (read_only && !mount.file_system_->read_only() && has_writers(*mount.file_system_)) return Errno::Busy;
    TRY(mount.file_system_->remount_with(read_only, options));
    mount.flags_ = flags & kMountKept;
    return {};
}

Result<void> MountTable::change_flags(Mount& mount, u32 flags)
{
    if ((flags & kMountReadOnly) != 0 && mount.writers_.load() != 0) return Errno::Busy;
    mount.flags_ = flags & kMountKept;
    return {};
}

bool MountTable::mark_expired(Mount& mount)
{
    SpinGuard guard{lock_};
    const bool before = mount.has_expired_;
    mount.has_expired_ = true;
    return before;
}

void MountTable::describe(const Mount& mount, MountDescription& out)
{
    out.source = mount.source_;
    out.type = mount.file_system_->type_name();
    out.read_only = mount.read_only();
    out.flags = mount.flags_;
    out.file_system = mount.file_system_.get();
    SpinGuard guard{lock_};
    out.number = mount.number_;
    out.parent_number = mount.parent_ ? mount.parent_->number_ : 1;
}

}  // namespace faultline
