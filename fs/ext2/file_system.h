// Ext2: a mounted ext2 file system: its volume, and the table of the inodes that are in memory.
//
// The table holds no counts. An inode whose last count is gone stays in it until it is written or freed, so that nobody
// reads old bytes from the disk; who looks it up meanwhile waits.
// Lock: table_lock_ guards the table and the list of dirty inodes.
#pragma once

#include "core/spinlock.h"
#include "core/wait_queue.h"
#include "fs/ext2/inode.h"
#include "fs/ext2/volume.h"
#include "fs/file_system.h"

namespace faultline::ext2 {

void register_ext2();

class Ext2 final : public FileSystem {
public:
    explicit Ext2(BlockDevice& device);
    static Result<Ref<FileSystem>> create(const MountRequest& request);

    const char* type_name() const override { return "ext2"; }
    Result<Ref<Inode>> root() override;
    FileSystemUsage usage() override;
    Result<void> sync() override;
    Result<void> unmount() override;
    Result<void> remount(bool read_only) override;
    void shut_down() override;
    void store_dirty_inodes() override;
    void last_ref_dropped() override;

    Volume& volume() { return volume_; }

    // The inode, from memory or from the disk. Io: damaged, or not in use.
    Result<Ref<Ext2Inode>> find_inode(u32 number);
    // An inode that was just allocated.
    Result<Ref<Ext2Inode>> new_inode(u32 number);

    void add_dirty(Ext2Inode& inode);
    void postpone(Ext2Inode& inode);  // the writer will finish() it
    void remove(Ext2Inode& inode);    // from both; wakes who waited for that
    // Tells the inodes apart that have one number after another.
    u32 next_generation() { return generation_.fetch_add(1); }
    bool is_dead() const { return dead_; }

private:
    static constexpr u32 kBuckets = 256;

    Result<void> start(bool read_only);
    Ext2Inode* find_locked(u32 number) REQUIRES(table_lock_);
    Ref<Ext2Inode> find_in_table(u32 number);
    Result<Ref<Ext2Inode>> enter(Ext2Inode& inode);
    bool is_in_use();
    void finish_postponed();
    Ref<Ext2Inode> find_orphan();
    void free_orphans();

    Volume volume_;
    SpinLock table_lock_{LockRank::WaitQueue};
    WaitQueue removed_;
    Ext2Inode* buckets_[kBuckets] GUARDED_BY(table_lock_) = {};
    IntrusiveList<Ext2Inode, DirtyInodeTag> dirty_ GUARDED_BY(table_lock_);
    Ext2Inode* postponed_ GUARDED_BY(table_lock_) = nullptr;  // without counts
    Atomic<u32> generation_;
    bool dead_ = false;  // unmounted: nothing is written any more
};

}  // namespace faultline::ext2
