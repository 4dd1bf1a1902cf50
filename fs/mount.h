// Mounts: which directory of which file system covers which directory. The mount table; mount, bind, move, umount, pivot_root.
//
// A Mount shows one file system from its root() on: the file system's own root, or any file of it (bind). Several may show
// the same; the last one gone ends the instance. A Mount is in use while something besides the table counts it: an open
// file, a working directory, a mount on top. One that was detached while in use lives on outside the tree; the writer's
// thread ends its file system when nobody uses it any more.
// Locks: changes (may sleep) makes calls that change the tree one at a time; the table's spin lock guards the list, who
// covers what, and each entry's number of mounts.
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
constexpr u32 kMountNoAccessTime = 1024;
constexpr u32 kMountNoDirectoryAccessTime = 2048;
constexpr u32 kMountBind = 4096;
constexpr u32 kMountMove = 8192;
constexpr u32 kMountRecursive = 16384;
constexpr u32 kMountSilent = 32768;
constexpr u32 kMountUnbindable = 1 << 17;
constexpr u32 kMountPrivate = 1 << 18;
constexpr u32 kMountSlave = 1 << 19;
constexpr u32 kMountShared = 1 << 20;
constexpr u32 kMountRelativeAccessTime = 1 << 21;
// What one mount keeps of them.
constexpr u32 kMountKept = kMountReadOnly | kMountNoSetId | kMountNoDevices | kMountNoExec |
                           kMountNoAccessTime | kMountNoDirectoryAccessTime;

// umount2(2)'s.
constexpr u32 kUnmountForce = 1;
constexpr u32 kUnmountDetach = 2;
constexpr u32 kUnmountExpire = 4;
constexpr u32 kUnmountNoFollow = 8;

struct EndingTag;

class Mount final : public RefCounted, public ListNode<>, public ListNode<EndingTag> {
public:
    Mount() = default;

    FileSystem& file_system() const { return *file_system_; }
    Entry& root() const { return *root_; }
    bool read_only() const { return (flags_ & kMountReadOnly) != 0 || file_system_->read_only(); }
    u32 flags() const { return flags_; }
    bool keeps_access_times() const { return (flags_ & kMountNoAccessTime) != 0; }
    bool is_nowhere() const { return is_nowhere_; }  // the kernel's own: no path leads there
    u32 id() const { return number_; }               // unique as long as the machine runs; from 1
    const char* source() const { return source_; }   // "/dev/vda", "proc"
    void note_use() { has_expired_ = false; }        // a file of it was opened
    void add_writer() { writers_.fetch_add(1); }     // a regular file is open for writing
    void drop_writer() { writers_.fetch_sub(1); }
    void last_ref_dropped();

private:
    friend class MountTable;

    Ref<FileSystem> file_system_;
    Ref<Entry> root_;
    Ref<Mount> parent_;       // the table's lock
    Ref<Entry> mount_point_;  // in the parent; the table's lock
    Mount* next_in_bucket_ = nullptr;
    u32 flags_ = 0;
    u32 number_ = 0;  // for mountinfo
    Atomic<u32> writers_;
    char source_[64] = {};
    bool is_nowhere_ = false;
    bool is_attached_ = false;  // in the tree; the table's lock
    bool is_ended_ = false;     // its file system was taken care of
    bool has_expired_ = false;  // umount2(MNT_EXPIRE) marked it, and nobody opened a file since
};

// The mount on top of `entry` as seen in `mount`, or null. For walks.
Ref<Mount> find_mount_on(const Mount& mount, Entry& entry);
// The place that the mount covers. Empty for the root mount and for what was detached.
Place covered_place(const Mount& mount);

// Mounts the first file system and returns the place of its root. Called once at bring-up.
Result<Place> mount_root(const char* type, BlockDevice* device, const char* source, u32 flags);
// Mounts a file system that needs no device, at bring-up (devfs).
Result<void> mount_at(const Place& target, StringView source, StringView type, u32 flags);
// An instance for the kernel's own files, which no path leads to. The place of its root.
Result<Place> mount_nowhere(StringView type, const char* options);

// mount(2) and umount2(2), with Linux's errors in Linux's order. An empty `source` or `type`: none was given.
Result<void> mount(const PathContext& context, StringView source, StringView target, StringView type,
                   u32 flags, const char* options);
Result<void> unmount(const PathContext& context, StringView target, u32 flags);

// pivot_root(2): `new_root` becomes the root of everything, and what was it stands on `put_old`. The caller then moves the
// processes whose root or working directory is `old_place` to `new_place`.
Result<void> pivot_root(const PathContext& context, StringView new_root, StringView put_old, Place& old_place,
                        Place& new_place);

// The block device that the path names: NotBlock, NoDeviceOrAddress.
Result<BlockDevice*> find_device(const PathContext& context, StringView path);
// Whether a file system stands on it.
bool is_mounted(const BlockDevice& device);

// Where everything hangs; empty before mount_root. And: an entry in the mount whose tree it belongs to.
Place root_place();
Place place_of_entry(Entry& entry);

// For the periodic writer: see FileSystem::store_dirty_inodes. And: ends the file systems whose last mount is gone.
void store_dirty_inodes_of_all();
void end_detached_file_systems();

// sync(2): all dirty data and metadata of all file systems, and waits. The first error, if any.
Result<void> sync_all();

// For power-off, when no process runs any more: makes every file system clean and read-only, in use or not.
void shut_down_file_systems();

// For /proc/mounts and mountinfo, in mount order: what can be seen from `root`. Texts hold during the call.
struct MountDescription {
    const char* source;
    StringView path;       // where it is seen from `root`
    StringView root_path;  // which part of its file system it shows
    const char* type;
    bool read_only;
    u32 flags;
    u32 number, parent_number;
    FileSystem* file_system;
};
Result<void> for_each_mount(const Place& root, void (*visit)(const MountDescription& mount, void* context),
                            void* context);

}  // namespace faultline
