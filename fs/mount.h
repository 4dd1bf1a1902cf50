// Mounts: which file system's root covers which directory. The mount table, mount and umount.
//
// A Mount is in use while something besides the table counts it: an open file, a working directory, a mount on top.
// Parent and mount point of a mount that somebody counts do not change.
// Locks: changes_ (may sleep) makes mount and umount one at a time; the table's spin lock guards the list and each
// entry's number of mounts.
#pragma once

#include "fs/entry.h"
#include "fs/file_system.h"
#include "lib/intrusive_list.h"

namespace faultline {

struct PathContext;
struct Place;

// As mount(2) numbers them; others are accepted and ignored.
constexpr u32 kMountReadOnly = 1;
constexpr u32 kMountNoSetId = 2;
constexpr u32 kMountNoDevices = 4;
constexpr u32 kMountNoExec = 8;
constexpr u32 kMountRemount = 32;

class Mount final : public RefCounted, public ListNode<> {
public:
    Mount() = default;

    FileSystem& file_system() const { return *file_system_; }
    Entry& root() const { return *root_; }
    bool read_only() const { return (flags_ & kMountReadOnly) != 0 || file_system_->read_only(); }
    u32 flags() const { return flags_; }
    const char* source() const { return source_; }  // "/dev/vda", "proc"

    u32 id() const { return id_; }  // unique as long as the machine runs; from 1

    Mount* find_parent() const { return parent_.get(); }  // null for the root mount
    Entry& mount_point() const { return *mount_point_; }  // in the parent
    void last_ref_dropped();

private:
    friend class MountTable;

    Ref<FileSystem> file_system_;
    Ref<Entry> root_;
    Ref<Mount> parent_;
    Ref<Entry> mount_point_;
    u32 id_ = 0;
    u32 flags_ = 0;
    char source_[64] = {};
};

// The mount on top of `entry` as seen in `mount`, or null. For walks.
Ref<Mount> find_mount_on(const Mount& mount, Entry& entry);

// Mounts the first file system and returns the place of its root. Called once at bring-up.
Result<Place> mount_root(const char* type, BlockDevice* device, const char* source, u32 flags);

// mount(2). `source` is a path to a block device, or any word for a type that needs none. Root only (Errno::Perm).
Result<void> mount(const PathContext& context, StringView source, StringView target, StringView type,
                   u32 flags, const char* options);
// Mounts a file system that needs no device, at bring-up (devfs).
Result<void> mount_at(const Place& target, StringView source, StringView type, u32 flags);
// umount2(2); Errno::Busy while in use, Errno::Invalid where nothing is mounted.
Result<void> unmount(const PathContext& context, StringView target, u32 flags);

// The block device that the path names: NotBlock, NoDeviceOrAddress.
Result<BlockDevice*> find_device(const PathContext& context, StringView path);
// Whether a file system stands on it.
bool is_mounted(const BlockDevice& device);

// Where everything hangs; empty before mount_root. And: an entry in the mount whose tree it belongs to.
Place root_place();
Place place_of_entry(Entry& entry);

// For the periodic writer: see FileSystem::store_dirty_inodes.
void store_dirty_inodes_of_all();

// sync(2): all dirty data and metadata of all file systems, and waits. The first error, if any.
Result<void> sync_all();

// For power-off, when no process runs any more: makes every file system clean and read-only, in use or not.
void shut_down_file_systems();

// For /proc/mounts, in mount order. `path` is where the mount is seen from `root`; its bytes hold during the call.
struct MountDescription {
    const char* source;
    StringView path;
    const char* type;
    bool read_only;
    u32 flags;
    FileSystem* file_system;
};
Result<void> for_each_mount(const Place& root, void (*visit)(const MountDescription& mount, void* context),
                            void* context);

}  // namespace faultline
