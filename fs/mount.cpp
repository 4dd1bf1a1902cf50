#include "fs/mount.h"

#include "dev/block.h"
#include "fs/devices.h"
#include "fs/mount_table.h"
#include "fs/path.h"
#include "fs/with_reclaim.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "mm/page_cache.h"

namespace faultline {

namespace {

constexpr u32 kTypeChanges = kMountShared | kMountPrivate | kMountSlave | kMountUnbindable;

bool is_mount_root(const Place& place)
{
    return place.entry.get() == &place.mount->root();
}

// What is mounted must be a directory where a directory is covered, and only there.
Result<void> check_kinds(const Entry& root, const Place& target)
{
    if (target.entry->is_removed()) return Errno::NoEntry;
    if (root.inode().is_directory() != target.inode().is_directory()) return Errno::NotDirectory;
    return {};
}

bool is_below(const Mount& ancestor, Ref<Mount> mount)
{
    while (mount && mount.get() != &ancestor)
        mount = mount_table.covered_by(*mount).mount;
    return mount.get() == &ancestor;
}

}  // namespace

Result<BlockDevice*> find_device(const PathContext& context, StringView path)
{
    const Place place = TRY(resolve(context, path, Walk::Follow));
    if ((place.inode().mode() & kModeTypeMask) != kModeBlockDevice) return Errno::NotBlock;
    if ((place.mount->flags() & kMountNoDevices) != 0) return Errno::Access;
    const DeviceNumber number = place.inode().special_device();
    BlockDevice* device = find_block_device(number.major(), number.minor());
    if (!device) return Errno::NoDeviceOrAddress;
    return device;
}

bool is_mounted(const BlockDevice& device)
{
    const DeviceNumber number{device.major_number(), device.minor_number()};
    for (Ref<Mount> mount = mount_table.after(nullptr); mount; mount = mount_table.after(mount.get()))
        if (mount->file_system().device() == number) return true;
    return false;
}

Ref<Mount> find_mount_on(const Mount& mount, Entry& entry)
{
    return mount_table.find_on(mount, entry);
}

Place covered_place(const Mount& mount)
{
    return mount_table.covered_by(mount);
}

// ---- At bring-up ----

Result<Place> mount_root(const char* type_name, BlockDevice* device, const char* source, u32 flags)
{
    const FileSystemType* type = find_file_system_type(type_name);
    if (!type) return Errno::NoDevice;
    SleepGuard guard{mount_table.changes};
    Ref<Mount> mount = TRY(mount_table.create(*type, device, source, flags, ""));
    mount_table.attach(*mount, Place{});
    return Place{mount, Ref<Entry>::share(&mount->root())};
}

Result<void> mount_at(const Place& target, StringView source, StringView type_name, u32 flags)
{
    const FileSystemType* type = find_file_system_type(type_name);
    if (!type) return Errno::NoDevice;
    SleepGuard guard{mount_table.changes};
    const Ref<Mount> mount = TRY(mount_table.create(*type, nullptr, source, flags, ""));
    mount_table.attach(*mount, target);
    return {};
}

Result<Place> mount_nowhere(StringView type_name, const char* options)
{
    const FileSystemType* type = find_file_system_type(type_name);
    if (!type) return Errno::NoDevice;
    const Ref<Mount> mount = TRY(mount_table.create(*type, nullptr, "none", 0, options, Where::Nowhere));
    return Place{mount, Ref<Entry>::share(&mount->root())};
}

// ---- mount(2) ----

namespace {

// A disk that is mounted already is shown a second time: one instance keeps its contents in order.
Result<Ref<Mount>> mount_of_disk(const FileSystemType& type, BlockDevice& device, StringView source,
                                 u32 flags, const char* options)
{
    const DeviceNumber number{device.major_number(), device.minor_number()};
    const Ref<Mount> present = mount_table.of_device(type, number);
    if (!present) return mount_table.create(type, &device, source, flags, options);
    if (present->file_system().read_only() != ((flags & kMountReadOnly) != 0)) return Errno::Busy;
    const Ref<Mount> again = TRY(mount_table.clone(*present, *name_cache().root_of(present->root())));
    TRY(mount_table.change_flags(*again, flags));
    return again;
}

Result<void> mount_new(const PathContext& context, const Place& target, StringView source,
                       StringView type_name, u32 flags, const char* options)
{
    if (type_name.empty()) return Errno::Invalid;
    const FileSystemType* type = find_file_system_type(type_name);
    if (!type) return Errno::NoDevice;
    if (type->needs_device && source.empty()) return Errno::Invalid;
    BlockDevice* device = type->needs_device ? TRY(find_device(context, source)) : nullptr;
    SleepGuard guard{mount_table.changes};
    const Ref<Mount> mount = device ? TRY(mount_of_disk(*type, *device, source, flags, options))
                                    : TRY(mount_table.create(*type, nullptr, source, flags, options));
    if (is_mount_root(target) && &target.mount->file_system() == &mount->file_system() &&
        target.entry.get() == &mount->root())
        return Errno::Busy;
    TRY(check_kinds(mount->root(), target));
    mount_table.attach(*mount, target);
    return {};
}

// ---- Binding: copies of a mount, or of a whole tree of them ----

// Copies and what they are copies of; gone with the call unless they were attached.
struct CopiedTree {
    static constexpr u32 kMost = 64;
    struct Pair {
        Ref<Mount> original, copy;
        Place target;  // where the copy goes; empty for the first
    };
    Pair pairs[kMost];
    u32 count = 0;

    Result<void> add(const Ref<Mount>& original, Entry& root, const Place& target)
    {
        if (count == kMost) return Errno::NoSpace;  // as Linux's limit of mounts
        pairs[count].copy = TRY(mount_table.clone(*original, root));
        pairs[count].original = original;
        pairs[count++].target = target;
        return {};
    }
};

// The mounts that stand below what `tree` has so far, one after the other.
Result<void> copy_children(CopiedTree& tree, u32 parent)
{
    for (Ref<Mount> mount = mount_table.after(nullptr); mount; mount = mount_table.after(mount.get())) {
        const Place covered = mount_table.covered_by(*mount);
        if (covered.mount.get() != tree.pairs[parent].original.get()) continue;
        if (!name_cache().is_ancestor(tree.pairs[parent].copy->root(), *covered.entry)) continue;
        TRY(tree.add(mount, mount->root(), Place{tree.pairs[parent].copy, covered.entry}));
    }
    return {};
}

Result<void> bind_tree(const Place& from, const Place& target, u32 flags)
{
    CopiedTree* const tree = TRY(with_reclaim([] { return make<CopiedTree>(); }));
    Result<void> done = tree->add(from.mount, *from.entry, Place{});
    if (done.ok() && (flags & kMountRecursive) != 0)
        for (u32 i = 0; i < tree->count && done.ok(); i++)
            done = copy_children(*tree, i);
    for (u32 i = 0; i < tree->count && done.ok(); i++)
        mount_table.attach(*tree->pairs[i].copy, i == 0 ? target : tree->pairs[i].target);
    destroy(tree);
    return done;
}

Result<void> bind(const PathContext& context, StringView source, const Place& target, u32 flags)
{
    if (source.empty()) return Errno::Invalid;
    const Place from = TRY(resolve(context, source, Walk::Follow));
    SleepGuard guard{mount_table.changes};
    if (!mount_table.is_attached(*from.mount) || !mount_table.is_attached(*target.mount))
        return Errno::Invalid;
    TRY(check_kinds(*from.entry, target));
    return bind_tree(from, target, flags);
}

Result<void> move_mount(const PathContext& context, StringView source, const Place& target)
{
    if (source.empty()) return Errno::Invalid;
    const Place from = TRY(resolve(context, source, Walk::Follow));
    SleepGuard guard{mount_table.changes};
    if (!is_mount_root(from) || !mount_table.is_attached(*from.mount) ||
        !mount_table.is_attached(*target.mount))
        return Errno::Invalid;
    if (from.mount.get() == mount_table.root().get()) return Errno::Invalid;
    if (from.inode().is_directory() != target.inode().is_directory()) return Errno::Invalid;
    if (target.entry->is_removed()) return Errno::NoEntry;
    if (is_below(*from.mount, target.mount)) return Errno::Loop;
    mount_table.move(*from.mount, target);
    return {};
}

// Nothing propagates here, so any kind of propagation is as good as private.
Result<void> change_type(const Place& target, u32 flags)
{
    const u32 type = flags & kTypeChanges;
    const u32 others = flags & ~(kMountRecursive | kMountSilent | kTypeChanges);
    if (others != 0 || (type & (type - 1)) != 0) return Errno::Invalid;
    return is_mount_root(target) ? Result<void>{} : Result<void>{Errno::Invalid};
}

Result<void> remount(const Place& target, u32 flags, const char* options)
{
    if (!is_mount_root(target)) return Errno::Invalid;
    SleepGuard guard{mount_table.changes};
    if ((flags & kMountBind) != 0) return mount_table.change_flags(*target.mount, flags);
    return mount_table.remount(*target.mount, flags, options);
}

}  // namespace

Result<void> mount(const PathContext& context, StringView source, StringView target_path,
                   StringView type_name, u32 flags, const char* options)
{
    const Place target = TRY(resolve(context, target_path, Walk::Follow));
    if (!context.credentials.is_root()) return Errno::Perm;
    if ((flags & kMountRemount) != 0) return remount(target, flags, options);
    if ((flags & kMountBind) != 0) return bind(context, source, target, flags);
    if ((flags & kTypeChanges) != 0) return change_type(target, flags);
    if ((flags & kMountMove) != 0) return move_mount(context, source, target);
    return mount_new(context, target, source, type_name, flags, options);
}

// ---- umount2(2) ----

namespace {

// Takes the mount and all that stands in it out of the tree; what is in use lives on unseen.
void detach_tree(const Ref<Mount>& top)
{
    for (;;) {
        Ref<Mount> leaf = top;
        for (Ref<Mount> mount = mount_table.after(nullptr); mount;) {
            const bool on_leaf = mount_table.covered_by(*mount).mount.get() == leaf.get();
            if (on_leaf) leaf = mount;
            mount = mount_table.after(on_leaf ? nullptr : mount.get());
        }
        mount_table.detach(*leaf);
        if (leaf.get() == top.get()) return;
    }
}

Result<void> unmount_idle(const Ref<Mount>& mount)
{
    const bool is_last = mount->file_system().mount_count() == 1;
    if (is_last && !name_cache().forget_tree(*name_cache().root_of(mount->root())) && mount->root().is_root())
        return Errno::Busy;
    const Place covered = mount_table.covered_by(*mount);
    TRY(mount_table.detach_idle(*mount));
    if (!is_last) return {};
    const Result<void> done = mount_table.end(*mount);
    if (!done.ok()) mount_table.attach(*mount, covered);
    return done;
}

}  // namespace

Result<void> unmount(const PathContext& context, StringView target, u32 flags)
{
    if ((flags & ~(kUnmountForce | kUnmountDetach | kUnmountExpire | kUnmountNoFollow)) != 0)
        return Errno::Invalid;
    Place place =
        TRY(resolve(context, target, (flags & kUnmountNoFollow) != 0 ? Walk::NoFollow : Walk::Follow));
    if (!context.credentials.is_root()) return Errno::Perm;
    if (!is_mount_root(place)) return Errno::Invalid;
    const bool expires = (flags & kUnmountExpire) != 0;
    if (expires && (flags & (kUnmountForce | kUnmountDetach)) != 0) return Errno::Invalid;
    const Ref<Mount> mount = move(place.mount);
    place.entry = nullptr;

    SleepGuard guard{mount_table.changes};
    if (!mount_table.is_attached(*mount)) return Errno::Invalid;
    if (mount.get() == mount_table.root().get()) return Errno::Busy;  // the root of everything stays
    if (expires && !mount_table.mark_expired(*mount)) return Errno::Again;
    if ((flags & kUnmountDetach) == 0) return unmount_idle(mount);
    detach_tree(mount);
    return {};
}

// ---- pivot_root(2) ----

namespace {

bool is_reachable(const Place& from, const Place& place)
{
    Place at = place;
    while (at.mount && at.mount.get() != from.mount.get())
        at = mount_table.covered_by(*at.mount);
    return at.mount && name_cache().is_ancestor(*from.entry, *at.entry);
}

}  // namespace

Result<void> pivot_root(const PathContext& context, StringView new_root, StringView put_old, Place& old_place,
                        Place& new_place)
{
    if (!context.credentials.is_root()) return Errno::Perm;
    const Place fresh = TRY(resolve(context, new_root, Walk::Directory));
    const Place old_spot = TRY(resolve(context, put_old, Walk::Directory));
    const Place& root = context.root;
    SleepGuard guard{mount_table.changes};
    if (fresh.entry->is_removed()) return Errno::NoEntry;
    if (fresh.mount.get() == root.mount.get() || old_spot.mount.get() == root.mount.get()) return Errno::Busy;
    if (!is_mount_root(root) || !is_mount_root(fresh)) return Errno::Invalid;
    if (root.mount.get() != mount_table.root().get()) return Errno::Invalid;
    if (!is_reachable(fresh, old_spot) || !is_reachable(root, fresh)) return Errno::Invalid;
    old_place = root;
    new_place = fresh;
    mount_table.pivot(*fresh.mount, *root.mount, old_spot);
    return {};
}

// ---- Looking at all of them ----

Place root_place()
{
    Ref<Mount> mount = mount_table.root();
    if (!mount) return {};
    Ref<Entry> root = Ref<Entry>::share(&mount->root());
    return Place{move(mount), move(root)};
}

Place place_of_entry(Entry& entry)
{
    Ref<Mount> mount = mount_table.showing(*name_cache().root_of(entry));
    if (!mount) return {};
    return Place{move(mount), Ref<Entry>::share(&entry)};
}

void store_dirty_inodes_of_all()
{
    for (Ref<Mount> mount = mount_table.after(nullptr); mount; mount = mount_table.after(mount.get()))
        mount->file_system().store_dirty_inodes();
}

Result<void> sync_all()
{
    Result<void> first_error;
    for (Ref<Mount> mount = mount_table.after(nullptr); mount; mount = mount_table.after(mount.get())) {
        const Result<void> done = mount->file_system().sync();
        if (!done.ok() && first_error.ok()) first_error = done;
    }
    // Disks that were written as /dev/vda have no file system to ask.
    const Result<void> rest = CachedObject::write_back_everything();
    return first_error.ok() ? rest : first_error;
}

void shut_down_file_systems()
{
    end_detached_file_systems();
    static_cast<void>(sync_all());  // each file system logs its own errors
    for (Ref<Mount> mount = mount_table.after(nullptr); mount; mount = mount_table.after(mount.get()))
        mount->file_system().shut_down();
}

Result<void> for_each_mount(const Place& root, void (*visit)(const MountDescription& mount, void* context),
                            void* context)
{
    char* const buffer = static_cast<char*>(TRY(heap_allocate(kMaxPath)));
    Span<char> front{buffer, kMaxPath / 2};
    Span<char> back{buffer + kMaxPath / 2, kMaxPath / 2};
    for (Ref<Mount> mount = mount_table.after(nullptr); mount; mount = mount_table.after(mount.get())) {
        const Place place{mount, Ref<Entry>::share(&mount->root())};
        if (!is_reachable(root, place)) continue;
        const Result<StringView> path = path_of(place, root, front);
        Ref<Entry> reached;
        const Result<char*> below = name_cache().write_path(mount->root(), PathStops{}, back.data(),
                                                            back.data() + back.size(), reached);
        if (!path.ok() || !below.ok()) continue;
        const usize length = static_cast<usize>(back.data() + back.size() - below.value());
        MountDescription description{};
        description.path = path.value();
        description.root_path = length != 0 ? StringView{below.value(), length} : StringView{"/"};
        mount_table.describe(*mount, description);
        visit(description, context);
    }
    heap_free(buffer);
    return {};
}

}  // namespace faultline
