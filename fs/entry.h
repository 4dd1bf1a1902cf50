// Entry: one name in one directory, with the inode it leads to, kept in memory; and the name cache that holds them.
//
// Entries form the tree that paths walk: each counts its parent, so ".." and getcwd need no disk. An entry without an
// inode says that the name does not exist. The cache (a hash of parent and name) holds one count on each entry it
// knows; under memory pressure a clock drops those with no other count. Names and parents of entries change by rename
// only. Lock: the cache's one spin lock guards the hash, names and parents; an entry's inode is set under it and is
// never replaced by another inode (a name that is removed gets a new entry later).
#pragma once

#include "core/spinlock.h"
#include "fs/inode.h"
#include "lib/intrusive_list.h"

namespace faultline {

class Entry final : public RefCounted, public ListNode<> {
public:
    // A root: no parent, no name.
    static Result<Ref<Entry>> create_root(Ref<Inode> inode);

    Inode* find_inode() const { return inode_.get(); }  // null: the name is known not to exist
    Inode& inode() const { return *inode_; }
    bool is_root() const { return parent_.get() == nullptr; }
    Ref<Entry> parent() const;  // itself for a root
    bool is_mount_point() const { return mounts_here_ != 0; }
    bool is_removed() const { return removed_; }  // unlinked; its path ends in " (deleted)"
    void last_ref_dropped();

private:
    friend class NameCache;
    friend class MountTable;

    StringView name() const { return {name_, name_length_}; }

    static constexpr u32 kInlineName = 27;

    Ref<Entry> parent_;
    Ref<Inode> inode_;
    Entry* next_in_bucket_ = nullptr;
    u32 hash_ = 0;
    char* name_ = inline_name_;
    u8 name_length_ = 0;
    bool used_ = false;    // since the clock's hand last passed
    bool hashed_ = false;  // the cache holds a count
    bool removed_ = false;
    u32 mounts_here_ = 0;
    char inline_name_[kInlineName + 1];
};

class NameCache {
public:
    // The entry of `name` in `directory`, from memory only. Null if not cached.
    Ref<Entry> find(Entry& directory, StringView name);

    // The same, asking the file system if need be; may sleep. The entry has no inode if there is no such name.
    // The directory's inode lock must not be held, or (lookup_locked) must be.
    Result<Ref<Entry>> lookup(Entry& directory, StringView name);
    Result<Ref<Entry>> lookup_locked(Entry& directory, StringView name);

    // After the file system made the change, directory inode's lock held:
    void created(Entry& entry, Ref<Inode> inode);  // a name that did not exist now leads to `inode`
    void removed(Entry& entry);                    // the name is gone
    void renamed(Entry& entry, Entry& to_directory, Entry& target);  // entry takes target's place and name

    // Drops all entries under `root` that nothing else counts. Used before unmounting.
    void forget_tree(Entry& root);
    // Drops up to `wanted` unused entries; no I/O. Returns how many.
    u32 shrink(u32 wanted);

    // The path of `entry` up to `root`, written backwards into the end of `buffer`. See path.h: path_of.
    friend class PathWriter;

    u32 entry_count() const { return entry_count_; }

private:
    u32 entry_count_ = 0;
};

NameCache& name_cache();

}  // namespace faultline
