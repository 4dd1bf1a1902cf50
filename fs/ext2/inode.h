// An ext2 inode in memory: attributes, the map from a file's blocks to the disk's, a regular file's cached pages, and a
// directory's entries. One instance for each inode number (ext2/file_system.h keeps the table).
//
// Parts: inode.cpp (life, attributes, reading and writing), block_map.cpp (which block of the disk), file_pages.cpp (the
// PageSource), directory.cpp (names).
// Locks: lock() of Inode guards attributes and names. map_lock_ guards the block map and the inode's bytes on the disk; it
// alone is taken by the PageSource, and it is held while no user memory is touched.
#pragma once

#include "fs/ext2/block_path.h"
#include "fs/ext2/block_set.h"
#include "fs/ext2/directory_block.h"
#include "fs/ext2/format.h"
#include "fs/ext2/transaction.h"
#include "fs/ext2/volume.h"
#include "fs/inode.h"
#include "lib/intrusive_list.h"
#include "mm/page_cache.h"

namespace faultline::ext2 {

class Ext2;
struct DirtyInodeTag;

class Ext2Inode final : public Inode, public PageSource, public ListNode<DirtyInodeTag> {
public:
    Ext2Inode(Ext2& file_system, u32 number);

    // ---- Life ----
    Result<void> load();                           // from the disk; Io if what stands there cannot be
    void begin(const NewInode& wanted);            // a new one, not yet on the disk
    Result<void> store(Transaction& transaction);  // its bytes into the inode table
    Result<void> store_if_dirty();
    void mark_dirty();  // to be stored by the writer, sync or the last count
    void last_ref_dropped() override;
    void finish();  // the rest of it
    void last_object_ref_dropped() override { last_ref_dropped(); }
    // Frees what it owns on the disk; it has no name any more.
    void delete_from_disk();
    bool is_orphan() const { return loaded_ && link_count_ == 0; }
    void discard();  // never loaded, or not wanted: no I/O

    // ---- Inode ----
    Result<Ref<Inode>> lookup(StringView name) override;
    Result<Ref<Inode>> create(StringView name, const NewInode& wanted) override;
    Result<Ref<Inode>> create_nameless(const NewInode& wanted) override;
    Result<Ref<Inode>> make_directory(StringView name, const NewInode& wanted) override;
    Result<Ref<Inode>> make_symbolic_link(StringView name, StringView target,
                                          const NewInode& wanted) override;
    Result<void> link(StringView name, Inode& target) override;
    Result<void> unlink(StringView name, Inode& target) override;
    Result<void> remove_directory(StringView name, Inode& target) override;
    Result<void> rename(StringView name, Inode& moved, Inode& to_directory, StringView to_name,
                        Inode* replaced) override;
    Result<void> exchange(StringView name, Inode& inode, Inode& other_directory, StringView other_name,
                          Inode& other) override;
    Result<u64> read_directory(u64 position, DirectorySink& sink) override;
    Result<u32> read_link(Span<char> target) override;
    Result<void> truncate(u64 size_bytes) override;
    Result<void> allocate(u64 start, u64 end) override;
    void note_read(const File& file) override { touch_access(file); }
    Result<void> change_attributes(const AttributeChange& change) override;
    Result<void> sync() override;
    Result<Ref<FileLike>> open(u32 flags) override;
    bool is_clean() const override;

    // ---- FileLike ----
    Result<u32> read(File& file, u64 offset, IoBuffer& buffer) override;
    Result<u32> write(File& file, u64 offset, IoBuffer& buffer) override;
    Result<Ref<MemoryObject>> object() override;

    // ---- PageSource: of the file's pages ----
    Result<void> read_pages(const PageRun& run) override;
    Result<void> write_pages(const PageRun& run) override;
    Result<void> settle() override;
    Result<void> prepare_write(u32 offset, u32 size_bytes) override;
    ObjectIdentity identity() const override;
    void describe(Span<char> path) const override;

    Ext2Inode* next_in_bucket = nullptr;  // the inode table's
    Ext2Inode* next_postponed = nullptr;  // the file system's

private:
    // ---- inode.cpp ----
    Volume& volume() const;
    Ext2& ext2() const;
    void decode(const RawInode& raw, const RawInodeExtra* extra);
    void encode(RawInode& raw, RawInodeExtra* extra) REQUIRES(map_lock_);
    Result<void> check_loaded() const;
    void free_beyond_end();
    void touch_access(const File& file);
    void touch_change();  // modified and changed are now
    bool is_fast_link() const { return is_symbolic_link() && sectors_without_attributes() == 0; }
    u64 sectors_without_attributes() const
    {
        return blocks_ - (attribute_block_ != 0 ? volume().geometry().block_size / 512 : 0);
    }
    Result<u32> write_extending(u64 offset, IoBuffer& buffer);
    void free_attribute_block(Transaction& transaction);

    // ---- block_map.cpp ----
    // The disk's block; 0 where the file has none. Io: damaged.
    Result<u32> find_block(u32 index) REQUIRES(map_lock_);
    // The same, finding one on the disk if there is none. `is_new`: its contents on the disk mean nothing.
    Result<u32> find_or_add_block(Transaction& transaction, u32 index, bool& is_new) REQUIRES(map_lock_);
    Result<u32> add_pointer(Transaction& transaction, u32* pointer, u32 goal, bool is_metadata)
        REQUIRES(map_lock_);
    u32 goal_for(const BlockPath& path) const REQUIRES(map_lock_);
    Result<u32> checked_block(u32 block) REQUIRES(map_lock_);
    // Frees all blocks from `first` on.
    void free_blocks_from(Transaction& transaction, u32 first) REQUIRES(map_lock_);
    struct Pruning;
    void prune_pointers(Transaction& transaction, u32* pointers, u32 from, u32 end) REQUIRES(map_lock_);
    void prune_tree(u32 block, u32 depth, u64 skip, Pruning& pruning) REQUIRES(map_lock_);
    void free_run(Transaction& transaction, u32 first, u32 count) REQUIRES(map_lock_);

    // ---- file_pages.cpp ----
    class Transfer;
    struct Placement;
    struct RunBlocks;
    static Result<void> write_block(Transfer& transfer, Frame frame, u64 page_start, u32 dirty, u32 written);
    Result<void> place_blocks(u32 first, u32 count, Placement& placement);
    // Fresh blocks that nothing will be written to (the bytes did not come) get their zeroes: as dirty pages.
    void settle_fresh();
    u64 end_for_writers() const;
    Optional<u32> next_fresh(u32 from);
    Result<void> map_range(u32 first, u32 end) REQUIRES(map_lock_);
    Result<void> map_long_range(u32 first, u32 end);
    void note_mapped(u32 first, u32 end) REQUIRES(map_lock_);

    // ---- directory.cpp; lock() held ----
    struct Found {
        u32 index;   // which block of the directory
        u32 number;  // of that block on the disk
        Block block;
        DirectoryBlock::Position position;
        u32 inode;
    };
    u32 directory_blocks() const { return static_cast<u32>(size_ >> volume().geometry().block_shift); }
    Result<u32> directory_block(u32 index);
    // Errno::NoEntry where there is none.
    Result<Found> find_name(StringView name);
    Result<Found> find_entry_of(StringView name, const Inode& target);
    Result<Ref<Ext2Inode>> new_child(Transaction& transaction, const NewInode& wanted,
                                     Volume::InodeKind kind);
    Result<void> add_name(Transaction& transaction, StringView name, u32 inode, u32 mode);
    Result<bool> add_name_to_block(Transaction& transaction, u32 index, StringView name, u32 inode, u32 mode);
    Result<void> add_name_to_new_block(Transaction& transaction, StringView name, u32 inode, u32 mode);
    void remove_entry(Transaction& transaction, const Found& found);
    Result<void> point_entry(Transaction& transaction, StringView name, const Inode& old_target,
                             const Inode& target);
    Result<bool> holds_no_names();
    Result<void> fill_new_directory(Transaction& transaction, u32 parent);
    Result<void> fill_new_link(Transaction& transaction, StringView target);
    void directory_changed();
    Result<void> move_parent(Transaction& transaction, Ext2Inode& from, Ext2Inode& to);
    template <class Fill>
    Result<Ref<Inode>> add_inode(StringView name, const NewInode& wanted, Volume::InodeKind kind, Fill fill);
    Result<void> damaged(const char* what, u32 detail) const;
    void finish_unlink(Transaction& transaction, Ext2Inode& target, u32 links);

    mutable SleepLock map_lock_{LockRank::BlockMap};
    u32 pointers_[kBlockPointers] GUARDED_BY(map_lock_) = {};
    u32 last_allocated_ GUARDED_BY(map_lock_) = 0;
    // Blocks that were allocated but never written: what the disk holds there means nothing.
    BlockSet<HeapNodes> fresh_ GUARDED_BY(map_lock_);
    // Blocks [first, end) are known to be on the disk: spares a write the way through the map. Read without the lock.
    u32 mapped_first_ = 0, mapped_end_ = 0;
    Atomic<u32> write_end_;  // how far the write() under way will go; set under lock(), read without

    u32 flags_ = 0, generation_ = 0, attribute_block_ = 0;
    // Where to look for room for a name: directory block, and an entry in it. guarded by lock()
    u32 room_hint_ = 0, room_offset_ = 0;
    Atomic<bool> dirty_;       // differs from its bytes in the inode table
    bool loaded_ = false;      // false: there is nothing to write or free when the last count goes
    bool is_new_ = false;      // what the inode table holds for it belonged to another; guarded by map_lock_
    u8 accesses_skipped_ = 0;  // reads since the clock was last asked for the sake of `accessed`
    mutable CachedObject object_;
};

}  // namespace faultline::ext2
