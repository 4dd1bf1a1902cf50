// Entry: one name in one directory, with the inode it leads to, kept in memory; and the name cache that holds them.
//
// Entries form the tree that paths walk: each counts its parent, so ".." and getcwd need no disk. An entry without an
// inode says that the name does not exist. The cache (a hash of parent and name) holds one count on each entry it
// knows; under memory pressure a clock drops those with no other count. Names and parents of entries change by rename
// only, which the file system's rename lock makes one at a time.
// Lock: the cache's one spin lock guards the hash, the tree, and each entry's name, parent and inode.
#pragma once

#include "core/spinlock.h"
#include "fs/hashed_name.h"
#include "fs/inode.h"
#include "lib/intrusive_list.h"

namespace faultline {

struct SiblingTag;
struct ClockTag;

class Entry final : public RefCounted, public ListNode<SiblingTag>, public ListNode<ClockTag> {
public:
    Entry() = default;

    // A root: no parent, no name.
    static Result<Ref<Entry>> create_root(Ref<Inode> inode);

    // Null: the name is known not to exist. Who counts an entry that has an inode keeps that inode.
    Inode* find_inode() const { return inode_.get(); }
    Inode& inode() const { return *inode_; }
    bool is_root() const { return parent_.get() == nullptr; }
    bool is_mount_point() const { return mounts_here_ != 0; }
    bool is_removed() const { return removed_; }  // unlinked; its path ends in " (deleted)"
    void last_ref_dropped();

private:
    friend class NameCache;
    friend class MountTable;

    StringView name() const { return {name_, name_length_}; }

    static constexpr u32 kInlineName = 31;

    Ref<Entry> parent_;
    Ref<Inode> inode_;
    Entry* next_in_bucket_ = nullptr;
    IntrusiveList<Entry, SiblingTag> children_;  // those that are hashed
    u32 hash_ = 0;
    u32 mounts_here_ = 0;  // guarded by the mount table's lock
    char* name_ = inline_name_;
    u8 name_length_ = 0;
    bool used_ = false;    // since the clock's hand last passed
    bool hashed_ = false;  // the cache holds a count
    bool removed_ = false;
    char inline_name_[kInlineName];
};

// Where a path that is written upwards may end; null: nowhere.
struct PathStops {
    const Entry* first;
    const Entry* second;
};

class NameCache {
public:
    // The entry of `name` in `directory`, from memory only. Null if not cached.
    Ref<Entry> find(Entry& directory, const HashedName& name);

    // The same, asking the file system if need be; may sleep. The entry has no inode if there is no such name.
    Result<Ref<Entry>> lookup(Entry& directory, const HashedName& name);  // directory's inode lock not held
    Result<Ref<Entry>> lookup_locked(Entry& directory, const HashedName& name);  // ... held

    // A name that was never in its directory: of O_TMPFILE's files and memfd_create's.
    Result<Ref<Entry>> create_nameless(Entry& directory, StringView name, Ref<Inode> inode);

    // After the file system made the change, directory inode's lock held:
    void created(Entry& entry, Ref<Inode> inode);  // a name that did not exist now leads to `inode`
    void removed(Entry& entry);                    // the name is gone
    void renamed(Entry& entry, Entry& to_directory, Entry& target);  // entry takes target's place and name
    void exchanged(Entry& one, Entry& other);  // the two took each other's places and names

    // One of the names by which the inode was reached, or null. And: the entry is going.
    Ref<Entry> entry_of(const Inode& inode);
    void forget_name_of_inode(Entry& entry);

    Ref<Entry> parent_of(Entry& entry);  // itself for a root
    Ref<Entry> root_of(Entry& entry);
    bool is_ancestor(const Entry& ancestor, Entry& entry);  // or the same

    // Writes "/a/b" backwards from `end` towards `begin`, from `entry` up to a stop or its root. Range: no room.
    // `reached`: which entry it stopped at; its own name is not written.
    Result<char*> write_path(Entry& entry, const PathStops& stops, char* begin, char* end,
                             Ref<Entry>& reached);

    // Drops all entries below `root` that nothing else counts. Used before unmounting. True: none is left.
    bool forget_tree(Entry& root);
    // Drops up to `wanted` unused entries whose inodes need no I/O for it. Returns how many.
    u32 shrink(u32 wanted);

private:
    static constexpr u32 kBuckets = 2048;

    Entry* find_locked(const Entry& directory, StringView name, u32 hash) REQUIRES(lock_);
    Result<Ref<Entry>> create(Entry& directory, const HashedName& name, Ref<Inode> inode);
    Result<Ref<Entry>> add(Entry& directory, const HashedName& name, Ref<Inode> inode);
    void insert_locked(Entry& entry) REQUIRES(lock_);
    static void swap_names(Entry& one, Entry& other);
    void unhash_locked(Entry& entry) REQUIRES(lock_);
    Ref<Entry> take_victim_locked(u32& budget) REQUIRES(lock_);
    Ref<Entry> take_leaf_locked(Entry& root) REQUIRES(lock_);

    SpinLock lock_{LockRank::Cache};  // is_clean() looks at an object under it
    Entry* buckets_[kBuckets] GUARDED_BY(lock_) = {};
    IntrusiveList<Entry, ClockTag> clock_ GUARDED_BY(lock_);  // the hand stands at its front
    u32 entry_count_ = 0;
};

NameCache& name_cache();

}  // namespace faultline
