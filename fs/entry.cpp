#include "fs/entry.h"
#include "fs/with_reclaim.h"

#include "lib/format.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

NameCache the_cache;

u32 hash_in(const Entry& directory, const HashedName& name)
{
    return name.hash + static_cast<u32>(reinterpret_cast<usize>(&directory) >> 5);
}

}  // namespace

NameCache& name_cache()
{
    return the_cache;
}

Result<Ref<Entry>> Entry::create_root(Ref<Inode> inode)
{
    Entry* entry = TRY(with_reclaim([] { return make<Entry>(); }));
    entry->inode_ = move(inode);
    return Ref<Entry>::adopt(entry);
}

// A long chain of parents that goes with its last child must not recurse: each parent is let go in this loop.
void Entry::last_ref_dropped()
{
    Entry* entry = this;
    while (entry) {
        if (entry->inode_) name_cache().forget_name_of_inode(*entry);
        Entry* parent = entry->parent_.leak();
        if (entry->name_ != entry->inline_name_) heap_free(entry->name_);
        destroy(entry);
        entry = parent && parent->release() ? parent : nullptr;
    }
}

Entry* NameCache::find_locked(const Entry& directory, StringView name, u32 hash)
{
    for (Entry* entry = buckets_[hash % kBuckets]; entry; entry = entry->next_in_bucket_)
        if (entry->hash_ == hash && entry->parent_.get() == &directory && same_bytes(entry->name(), name))
            return entry;
    return nullptr;
}

Ref<Entry> NameCache::find(Entry& directory, const HashedName& name)
{
    const u32 hash = hash_in(directory, name);
    SpinGuard guard{lock_};
    Entry* const entry = find_locked(directory, name.text, hash);
    if (entry) entry->used_ = true;
    return Ref<Entry>::share(entry);
}

Result<Ref<Entry>> NameCache::lookup(Entry& directory, const HashedName& name)
{
    if (Ref<Entry> entry = find(directory, name)) return entry;
    SleepGuard guard{directory.inode().lock()};
    return lookup_locked(directory, name);
}

Result<Ref<Entry>> NameCache::lookup_locked(Entry& directory, const HashedName& name)
{
    if (Ref<Entry> entry = find(directory, name)) return entry;
    if (directory.is_removed()) return Errno::NoEntry;
    Result<Ref<Inode>> inode = directory.inode().lookup(name.text);
    if (inode.ok()) return add(directory, name, inode.take());
    if (inode.error() != Errno::NoEntry) return inode.error();
    return add(directory, name, nullptr);
}

Result<Ref<Entry>> NameCache::create(Entry& directory, const HashedName& name, Ref<Inode> inode)
{
    Ref<Entry> entry = Ref<Entry>::adopt(TRY(with_reclaim([] { return make<Entry>(); })));
    if (name.text.size() > Entry::kInlineName)
        entry->name_ = static_cast<char*>(
            TRY(with_reclaim([&] { return heap_allocate(static_cast<u32>(name.text.size())); })));
    memcpy(entry->name_, name.text.data(), name.text.size());
    entry->name_length_ = static_cast<u8>(name.text.size());
    entry->hash_ = hash_in(directory, name);
    entry->parent_ = Ref<Entry>::share(&directory);
    entry->inode_ = move(inode);
    entry->used_ = true;
    return entry;
}

// Makes the entry; hashed if the directory's names stay. The directory's lock keeps others from adding the same.
Result<Ref<Entry>> NameCache::add(Entry& directory, const HashedName& name, Ref<Inode> inode)
{
    Ref<Entry> entry = TRY(create(directory, name, move(inode)));
    SpinGuard guard{lock_};
    if (entry->inode_) entry->inode_->name_entry_ = entry.get();
    if (directory.inode().names_are_stable()) insert_locked(*entry);
    return entry;
}

Result<Ref<Entry>> NameCache::create_nameless(Entry& directory, StringView name, Ref<Inode> inode)
{
    Ref<Entry> entry = TRY(create(directory, hashed(name), move(inode)));
    SpinGuard guard{lock_};
    entry->removed_ = true;
    entry->inode_->name_entry_ = entry.get();
    return entry;
}

void NameCache::insert_locked(Entry& entry)
{
    entry.retain();
    entry.hashed_ = true;
    entry.next_in_bucket_ = buckets_[entry.hash_ % kBuckets];
    buckets_[entry.hash_ % kBuckets] = &entry;
    entry.parent_->children_.push_front(entry);
    clock_.push_back(entry);
    entry_count_++;
}

// The count that the cache had is the caller's now.
void NameCache::unhash_locked(Entry& entry)
{
    Entry** link = &buckets_[entry.hash_ % kBuckets];
    while (*link != &entry)
        link = &(*link)->next_in_bucket_;
    *link = entry.next_in_bucket_;
    entry.hashed_ = false;
    entry.parent_->children_.remove(entry);
    clock_.remove(entry);
    entry_count_--;
}

void NameCache::created(Entry& entry, Ref<Inode> inode)
{
    SpinGuard guard{lock_};
    entry.inode_ = move(inode);
    entry.inode_->name_entry_ = &entry;
}

// What nobody else has open becomes the knowledge that the name does not exist; else the entry leaves the tree with its
// inode, and the next lookup makes a new one. The caller holds one count, the cache another.
void NameCache::removed(Entry& entry)
{
    if (entry.find_inode() && entry.inode().is_directory()) forget_tree(entry);
    Ref<Inode> inode;
    Ref<Entry> cached;
    SpinGuard guard{lock_};
    if (entry.hashed_ && entry.ref_count() == 2) {
        if (entry.inode_ && entry.inode_->name_entry_ == &entry) entry.inode_->name_entry_ = nullptr;
        inode = move(entry.inode_);
        return;
    }
    entry.removed_ = true;
    if (!entry.hashed_) return;
    unhash_locked(entry);
    cached = Ref<Entry>::adopt(&entry);
}

// Of two entries that are not hashed.
void NameCache::swap_names(Entry& one, Entry& other)
{
    char* const one_long = one.name_ == one.inline_name_ ? nullptr : one.name_;
    char* const other_long = other.name_ == other.inline_name_ ? nullptr : other.name_;
    for (u32 i = 0; i < Entry::kInlineName; i++)
        swap(one.inline_name_[i], other.inline_name_[i]);
    one.name_ = other_long ? other_long : one.inline_name_;
    other.name_ = one_long ? one_long : other.inline_name_;
    swap(one.name_length_, other.name_length_);
}

void NameCache::exchanged(Entry& one, Entry& other)
{
    Entry* const both[] = {&one, &other};
    SpinGuard guard{lock_};
    const bool were_hashed[] = {one.hashed_, other.hashed_};
    for (Entry* entry : both)
        if (entry->hashed_) unhash_locked(*entry);
    swap_names(one, other);
    swap(one.parent_, other.parent_);
    for (u32 i = 0; i < 2; i++) {
        both[i]->hash_ = hash_in(*both[i]->parent_, hashed(both[i]->name()));
        if (!were_hashed[i]) continue;
        insert_locked(*both[i]);
        both[i]->release();  // the cache's count was ours since unhash_locked; insert_locked took a new one
    }
}

void NameCache::renamed(Entry& entry, Entry& to_directory, Entry& target)
{
    Ref<Entry> old_target;
    Ref<Entry> old_parent;
    if (target.find_inode() && target.inode().is_directory()) forget_tree(target);
    SpinGuard guard{lock_};
    const bool was_hashed = entry.hashed_;
    if (was_hashed) unhash_locked(entry);
    if (target.hashed_) {
        unhash_locked(target);
        old_target = Ref<Entry>::adopt(&target);
    }
    target.removed_ = true;

    swap_names(entry, target);  // so that no memory is needed here

    old_parent = move(entry.parent_);
    entry.parent_ = Ref<Entry>::share(&to_directory);
    entry.hash_ = hash_in(to_directory, hashed(entry.name()));
    if (!was_hashed) return;
    insert_locked(entry);
    entry.release();  // the cache's count was ours since unhash_locked; insert_locked took a new one
}

Ref<Entry> NameCache::entry_of(const Inode& inode)
{
    SpinGuard guard{lock_};
    Entry* const entry = inode.name_entry_;
    return entry && entry->retain_if_live() ? Ref<Entry>::adopt(entry) : nullptr;
}

void NameCache::forget_name_of_inode(Entry& entry)
{
    SpinGuard guard{lock_};
    if (entry.inode_->name_entry_ == &entry) entry.inode_->name_entry_ = nullptr;
}

Ref<Entry> NameCache::parent_of(Entry& entry)
{
    SpinGuard guard{lock_};
    return Ref<Entry>::share(entry.parent_ ? entry.parent_.get() : &entry);
}

Ref<Entry> NameCache::root_of(Entry& entry)
{
    SpinGuard guard{lock_};
    Entry* at = &entry;
    while (at->parent_)
        at = at->parent_.get();
    return Ref<Entry>::share(at);
}

bool NameCache::is_ancestor(const Entry& ancestor, Entry& entry)
{
    SpinGuard guard{lock_};
    for (const Entry* at = &entry; at; at = at->parent_.get())
        if (at == &ancestor) return true;
    return false;
}

Result<char*> NameCache::write_path(Entry& entry, const PathStops& stops, char* begin, char* end,
                                    Ref<Entry>& reached)
{
    SpinGuard guard{lock_};
    Entry* at = &entry;
    for (; at != stops.first && at != stops.second && at->parent_; at = at->parent_.get()) {
        const StringView name = at->name();
        if (static_cast<usize>(end - begin) < name.size() + 1) return Errno::Range;
        end -= name.size();
        memcpy(end, name.data(), name.size());
        *--end = '/';
    }
    reached = Ref<Entry>::share(at);
    return end;
}

// An entry below `root` that only the cache counts, or null. Goes down one branch: where that ends in an entry in use,
// the tree is in use.
Ref<Entry> NameCache::take_leaf_locked(Entry& root)
{
    for (Entry* at = &root; at;) {
        Entry* down = nullptr;
        for (Entry& child : at->children_) {
            if (!child.children_.empty()) {
                down = &child;
                continue;
            }
            if (child.ref_count() != 1) continue;
            unhash_locked(child);
            return Ref<Entry>::adopt(&child);
        }
        at = down;
    }
    return nullptr;
}

bool NameCache::forget_tree(Entry& root)
{
    for (;;) {
        Ref<Entry> leaf;  // goes after the lock: its inode may have to be written
        SpinGuard guard{lock_};
        leaf = take_leaf_locked(root);
        if (!leaf) return root.children_.empty();
    }
}

Ref<Entry> NameCache::take_victim_locked(u32& budget)
{
    while (budget > 0 && !clock_.empty()) {
        budget--;
        Entry& entry = *clock_.pop_front();
        clock_.push_back(entry);
        const bool idle = entry.ref_count() == 1 && !entry.used_;
        entry.used_ = false;
        if (!idle || (entry.inode_ && !entry.inode_->is_clean())) continue;
        unhash_locked(entry);
        return Ref<Entry>::adopt(&entry);
    }
    return nullptr;
}

u32 NameCache::shrink(u32 wanted)
{
    u32 dropped = 0;
    u32 budget = 2 * entry_count_ + 1;  // twice round: the first pass clears the marks of use
    while (dropped < wanted) {
        Ref<Entry> victim;
        SpinGuard guard{lock_};
        victim = take_victim_locked(budget);
        if (!victim) break;
        dropped++;
    }
    return dropped;
}

}  // namespace faultline
