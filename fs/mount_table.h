// The tree of mounts, for fs/mount.cpp. What is covered is found by a hash of (mount, entry).
#pragma once

#include "core/sleep_lock.h"
#include "fs/mount.h"
#include "fs/path.h"

namespace faultline {

enum class Where : u8 { InTree, Nowhere };

class MountTable {
public:
    // Not in the tree yet.
    Result<Ref<Mount>> create(const FileSystemType& type, BlockDevice* device, StringView source, u32 flags,
                              const char* options, Where where = Where::InTree);
    // Another view of the same file system, from `root` on.
    Result<Ref<Mount>> clone(const Mount& mount, Entry& root);

    void attach(Mount& mount, const Place& target);  // empty: it is the root mount
    // Detaches, unless others count it. The caller has one count, the table one.
    Result<void> detach_idle(Mount& mount);
    void detach(Mount& mount);
    void move(Mount& mount, const Place& target);
    void pivot(Mount& new_root, Mount& old_root, const Place& put_old);

    Ref<Mount> find_on(const Mount& parent, Entry& entry);
    Place covered_by(const Mount& mount);
    bool is_attached(const Mount& mount);
    Ref<Mount> showing(const Entry& root);
    Ref<Mount> root();
    Ref<Mount> after(const Mount* mount);  // for walks over all mounts while some come and go
    Ref<Mount> of_device(const FileSystemType& type, DeviceNumber device);

    Result<void> remount(Mount& mount, u32 flags, const char* options);
    Result<void> change_flags(Mount& mount, u32 flags);
    bool has_writers(const FileSystem& file_system);
    // The last mount of a file system is gone: ends the instance. Busy: something of it is in use.
    Result<void> end(Mount& mount);
    void describe(const Mount& mount, MountDescription& out);
    bool mark_expired(Mount& mount);  // true: it was, and nobody opened a file since

    SleepLock changes{LockRank::Mount};

private:
    static constexpr u32 kBuckets = 64;
    static u32 bucket_of(const Mount& parent, const Entry& entry);
    void link_locked(Mount& mount, const Place& target) REQUIRES(lock_);
    void unlink_locked(Mount& mount, Place& freed) REQUIRES(lock_);

    SpinLock lock_{LockRank::Leaf};
    IntrusiveList<Mount> mounts_ GUARDED_BY(lock_);
    Mount* buckets_[kBuckets] GUARDED_BY(lock_) = {};
    Mount* root_ GUARDED_BY(lock_) = nullptr;
    Atomic<u32> next_number_{2};
};

extern MountTable mount_table;

}  // namespace faultline
