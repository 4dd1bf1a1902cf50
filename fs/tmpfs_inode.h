// What the parts of tmpfs know of each other: the instance, and what all of its inodes are.
//
// Inodes of one instance stand on a list. A linked inode has one count for all of its names, so that directories need no
// counts of their own and a deep tree goes without recursion.
//
// Locks: an inode's own lock guards its directory and its contents' size, as everywhere; lock_ of the instance (spin) the list
// of inodes and their number.
#pragma once

#include "fs/file_system.h"
#include "fs/inode.h"
#include "fs/memory_file.h"
#include "fs/tmpfs_options.h"
#include "fs/with_reclaim.h"
#include "lib/bits.h"
#include "mm/heap.h"

namespace faultline {

class TmpInode;
struct TmpInodesTag;

class Tmpfs final : public FileSystem {
public:
    explicit Tmpfs(const TmpfsOptions& options)
        : budget_{static_cast<u32>(min(options.size_bytes / kPageSize, u64{~0u}))}, options_{options}
    {
        device_ = anonymous_device_number();
    }

    const char* type_name() const override { return "tmpfs"; }
    Result<Ref<Inode>> root() override;
    FileSystemUsage usage() override;
    Result<void> unmount() override;
    Result<void> remount_with(bool read_only, const char* options) override;
    void show_options(Span<char> text) const override;
    void last_ref_dropped() override { destroy(this); }

    PageBudget& budget() { return budget_; }
    Result<void> enter(TmpInode& inode);  // NoSpace: too many
    void leave(TmpInode& inode);
    Result<void> reserve_link();  // a further name counts as an inode does
    void release_link();
    u64 next_number() { return numbers_.fetch_add(1); }

private:
    bool is_idle_locked() REQUIRES(lock_);
    TmpInode* next_linked();

    PageBudget budget_;
    TmpfsOptions options_;
    Atomic<u32> numbers_{1};
    SpinLock lock_{LockRank::Cache};
    IntrusiveList<TmpInode, TmpInodesTag> inodes_ GUARDED_BY(lock_);
    u32 inode_count_ GUARDED_BY(lock_) = 0;
    Inode* root_ = nullptr;
};

class TmpInode : public Inode, public ListNode<TmpInodesTag> {
public:
    TmpInode(Tmpfs& file_system, const NewInode& wanted) : Inode{file_system, file_system.next_number()}
    {
        mode_ = wanted.mode;
        uid_ = wanted.uid;
        gid_ = wanted.gid;
        special_ = wanted.special;
        accessed_ = modified_ = changed_ = current_file_time();
    }

    Tmpfs& tmpfs() const { return static_cast<Tmpfs&>(file_system_); }
    Result<void> change_attributes(const AttributeChange& change) override;
    // A name of it was made, or is gone. The first has a count, which the last gives back.
    void add_link();
    void drop_link();
    void drop_all_links();
    bool is_linked() const { return link_count_ != 0; }
    void touch() { modified_ = changed_ = current_file_time(); }
    void touch_change() { changed_ = current_file_time(); }

protected:
    ~TmpInode() = default;
    friend class TmpDirectory;
};

// Enters the inode into its instance; where that is full, the inode ends.
template <class T, class... A> Result<Ref<T>> make_inode(Tmpfs& file_system, A&&... arguments)
{
    const Ref<T> inode = Ref<T>::adopt(TRY(with_reclaim([&] { return make<T>(file_system, arguments...); })));
    TRY(file_system.enter(*inode));
    return inode;
}

// Inodes without a name.
Result<Ref<TmpInode>> make_tmp_file(Tmpfs& file_system, const NewInode& wanted);
Result<Ref<TmpInode>> make_tmp_link(Tmpfs& file_system, const NewInode& wanted, StringView target);
Result<Ref<TmpInode>> make_tmp_node(Tmpfs& file_system, const NewInode& wanted);  // no contents: a fifo, say

}  // namespace faultline
