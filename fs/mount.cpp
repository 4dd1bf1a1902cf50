#include "fs/mount.h"

#include "core/sleep_lock.h"
#include "dev/block.h"
#include "fs/devices.h"
#include "fs/path.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "mm/page_cache.h"

namespace faultline {

class MountTable {
public:
    Result<Ref<Mount>> create(const FileSystemType& type, BlockDevice* device, StringView source, u32 flags,
                              const char* options);
    void attach(Mount& mount, const Place* target);
    Result<void> detach(Mount& mount);
    Ref<Mount> find_on(const Mount& parent, Entry& entry);
    Ref<Mount> with_root(const Entry& root);
    Ref<Mount> after(const Mount* mount);  // for walks over all mounts while some come and go
    Result<void> remount(Mount& mount, u32 flags);

    SleepLock changes{LockRank::Mount};

private:
    static Result<void> find_root(Mount& mount);

    SpinLock lock_{LockRank::Leaf};
    IntrusiveList<Mount> mounts_ GUARDED_BY(lock_);
    u32 last_id_ = 0;  // guarded by changes
};

namespace {

MountTable table;

// Only root may mount, and only over a directory.
Result<Place> mount_target(const PathContext& context, StringView target)
{
    if (!context.credentials.is_root()) return Errno::Perm;
    return resolve(context, target, Walk::Directory);
}

}  // namespace

Result<BlockDevice*> find_device(const PathContext& context, StringView path)
{
    const Place place = TRY(resolve(context, path, Walk::Follow));
    if ((place.inode().mode() & kModeTypeMask) != kModeBlockDevice) return Errno::NotBlock;
    const DeviceNumber number = place.inode().special_device();
    BlockDevice* device = find_block_device(number.major(), number.minor());
    if (!device) return Errno::NoDeviceOrAddress;
    return device;
}

bool is_mounted(const BlockDevice& device)
{
    const DeviceNumber number{device.major_number(), device.minor_number()};
    for (Ref<Mount> mount = table.after(nullptr); mount; mount = table.after(mount.get()))
        if (mount->file_system().device() == number) return true;
    return false;
}

void Mount::last_ref_dropped()
{
    destroy(this);
}

Result<void> MountTable::find_root(Mount& mount)
{
    Ref<Inode> root = TRY(mount.file_system_->root());
    mount.root_ = TRY(Entry::create_root(move(root)));
    return {};
}

Result<Ref<Mount>> MountTable::create(const FileSystemType& type, BlockDevice* device, StringView source,
                                      u32 flags, const char* options)
{
    Ref<Mount> mount = Ref<Mount>::adopt(TRY(make<Mount>()));
    mount->id_ = ++last_id_;
    const bool read_only = (flags & kMountReadOnly) != 0;
    mount->file_system_ = TRY(type.create(MountRequest{device, read_only, options}));
    const Result<void> rooted = find_root(*mount);
    if (!rooted.ok()) {
        static_cast<void>(mount->file_system_->unmount());
        return rooted.error();
    }
    mount->flags_ = flags & ~kMountRemount;
    copy_string(mount->source_, source);
    return mount;
}

void MountTable::attach(Mount& mount, const Place* target)
{
    if (target) {
        mount.parent_ = target->mount;
        mount.mount_point_ = target->entry;
    }
    SpinGuard guard{lock_};
    if (target) target->entry->mounts_here_++;
    mount.retain();
    mounts_.push_back(mount);
}

// The caller holds one count of `mount`, the table one. On success the table's is gone.
Result<void> MountTable::detach(Mount& mount)
{
    SpinGuard guard{lock_};
    if (mount.ref_count() > 2) return Errno::Busy;
    mounts_.remove(mount);
    if (mount.mount_point_) mount.mount_point_->mounts_here_--;
    mount.release();
    return {};
}

Ref<Mount> MountTable::find_on(const Mount& parent, Entry& entry)
{
    SpinGuard guard{lock_};
    for (Mount& mount : mounts_)
        if (mount.parent_.get() == &parent && mount.mount_point_.get() == &entry)
            return Ref<Mount>::share(&mount);
    return nullptr;
}

Ref<Mount> MountTable::with_root(const Entry& root)
{
    SpinGuard guard{lock_};
    for (Mount& mount : mounts_)
        if (mount.root_.get() == &root) return Ref<Mount>::share(&mount);
    return nullptr;
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

Result<void> MountTable::remount(Mount& mount, u32 flags)
{
    TRY(mount.file_system_->remount((flags & kMountReadOnly) != 0));
    mount.flags_ = flags & ~kMountRemount;
    return {};
}

Ref<Mount> find_mount_on(const Mount& mount, Entry& entry)
{
    return table.find_on(mount, entry);
}

Result<Place> mount_root(const char* type_name, BlockDevice* device, const char* source, u32 flags)
{
    const FileSystemType* type = find_file_system_type(type_name);
    if (!type) return Errno::NoDevice;
    SleepGuard guard{table.changes};
    Ref<Mount> mount = TRY(table.create(*type, device, source, flags, ""));
    table.attach(*mount, nullptr);
    return Place{mount, Ref<Entry>::share(&mount->root())};
}

Result<void> mount_at(const Place& target, StringView source, StringView type_name, u32 flags)
{
    const FileSystemType* type = find_file_system_type(type_name);
    if (!type) return Errno::NoDevice;
    SleepGuard guard{table.changes};
    const Ref<Mount> mount = TRY(table.create(*type, nullptr, source, flags, ""));
    table.attach(*mount, &target);
    return {};
}

Result<void> mount(const PathContext& context, StringView source, StringView target, StringView type_name,
                   u32 flags, const char* options)
{
    const Place place = TRY(mount_target(context, target));
    if ((flags & kMountRemount) != 0) {
        if (place.entry.get() != &place.mount->root()) return Errno::Invalid;
        SleepGuard guard{table.changes};
        return table.remount(*place.mount, flags);
    }
    const FileSystemType* type = find_file_system_type(type_name);
    if (!type) return Errno::NoDevice;
    BlockDevice* device = type->needs_device ? TRY(find_device(context, source)) : nullptr;
    SleepGuard guard{table.changes};
    if (place.entry->is_removed()) return Errno::NoEntry;
    const Ref<Mount> mount = TRY(table.create(*type, device, source, flags, options));
    table.attach(*mount, &place);
    return {};
}

Result<void> unmount(const PathContext& context, StringView target, u32)
{
    Place place = TRY(mount_target(context, target));
    if (place.entry.get() != &place.mount->root()) return Errno::Invalid;
    const Ref<Mount> mount = move(place.mount);
    place.entry = nullptr;
    if (!mount->find_parent()) return Errno::Busy;  // the root of everything stays

    SleepGuard guard{table.changes};
    if (!name_cache().forget_tree(mount->root())) return Errno::Busy;
    const Place mounted_on{Ref<Mount>::share(mount->find_parent()), Ref<Entry>::share(&mount->mount_point())};
    TRY(table.detach(*mount));
    Result<void> done =
        name_cache().forget_tree(mount->root()) ? mount->file_system().unmount() : Errno::Busy;
    if (!done.ok()) table.attach(*mount, &mounted_on);
    return done;
}

Place root_place()
{
    Ref<Mount> first = table.after(nullptr);
    if (!first) return {};
    Ref<Entry> root = Ref<Entry>::share(&first->root());
    return Place{move(first), move(root)};
}

Place place_of_entry(Entry& entry)
{
    Ref<Mount> mount = table.with_root(*name_cache().root_of(entry));
    if (!mount) return {};
    return Place{move(mount), Ref<Entry>::share(&entry)};
}

void store_dirty_inodes_of_all()
{
    for (Ref<Mount> mount = table.after(nullptr); mount; mount = table.after(mount.get()))
        mount->file_system().store_dirty_inodes();
}

Result<void> sync_all()
{
    Result<void> first_error;
    for (Ref<Mount> mount = table.after(nullptr); mount; mount = table.after(mount.get())) {
        const Result<void> done = mount->file_system().sync();
        if (!done.ok() && first_error.ok()) first_error = done;
    }
    // Disks that were written as /dev/vda have no file system to ask.
    const Result<void> rest = CachedObject::write_back_everything();
    return first_error.ok() ? rest : first_error;
}

void shut_down_file_systems()
{
    static_cast<void>(sync_all());  // each file system logs its own errors
    for (Ref<Mount> mount = table.after(nullptr); mount; mount = table.after(mount.get()))
        mount->file_system().shut_down();
}

Result<void> for_each_mount(const Place& root, void (*visit)(const MountDescription& mount, void* context),
                            void* context)
{
    char* const buffer = static_cast<char*>(TRY(heap_allocate(kMaxPath)));
    for (Ref<Mount> mount = table.after(nullptr); mount; mount = table.after(mount.get())) {
        const Place place{mount, Ref<Entry>::share(&mount->root())};
        const Result<StringView> path = path_of(place, root, Span<char>{buffer, kMaxPath});
        if (!path.ok()) continue;
        visit({mount->source(), path.value(), mount->file_system().type_name(), mount->read_only(),
               mount->flags(), &mount->file_system()},
              context);
    }
    heap_free(buffer);
    return {};
}

}  // namespace faultline
