// A Volume: one ext2 file system on one disk, as blocks, bitmaps and counts; files and names are built on it
// (ext2/inode.h, ext2/directory.h).
//
// The super block and the group descriptors stay pinned; other metadata comes and goes with the disk's page cache. The
// totals of free blocks and inodes are kept in memory and reach the super block when the volume is written out; the
// descriptors always tell the truth. The super block says "not clean" as long as the volume is mounted for writing.
// Lock: allocation_ guards bitmaps, descriptors and totals.
#pragma once

#include "core/sleep_lock.h"
#include "dev/block.h"
#include "fs/ext2/format.h"
#include "fs/ext2/transaction.h"
#include "lib/annotations.h"
#include "lib/ref.h"
#include "lib/result.h"
#include "mm/consistency.h"
#include "mm/page_cache.h"

namespace faultline::ext2 {

// Gives one count back; mostly the cache has another.
inline void unpin(Frame frame)
{
    if (!drop_if_shared(frame)) release_frame(frame);
}

// A block of metadata, to be read, that cannot go away while this lives.
class Block {
public:
    Block() = default;
    Block(Frame frame, const u8* bytes)
        : frame_{frame}, bytes_{bytes} {}  // takes over one count of the frame
    Block(Block&& other) : frame_{other.frame_}, bytes_{other.bytes_} { other.bytes_ = nullptr; }
    Block& operator=(Block&& other)
    {
        swap(frame_, other.frame_);
        swap(bytes_, other.bytes_);
        return *this;
    }
    ~Block()
    {
        if (bytes_) unpin(frame_);
    }
    const u8* bytes() const { return bytes_; }
    Frame frame() const { return frame_; }

private:
    Frame frame_;
    const u8* bytes_ = nullptr;
};

// Blocks side by side on the disk.
struct BlockRun {
    u32 first, count;
};

struct FreeTotals {
    u32 blocks, inodes, reserved_blocks;
};

class Volume : private PinHolder {
public:
    explicit Volume(BlockDevice& device) : PinHolder{name_pins}, device_{device}, pages_{device.pages()} {}
    ~Volume();
    Volume(const Volume&) = delete;
    Volume& operator=(const Volume&) = delete;

    // Reads and checks; says in the log why it refuses. Sets `read_only` where the volume may not be written.
    Result<void> open(bool& read_only);
    // Marks the volume as mounted for writing, on the disk, before anything else changes.
    Result<void> begin_writing();
    // All metadata to the disk, and waits. `clean`: nothing will be changed any more.
    enum class State { InUse, Clean };
    Result<void> write_out(State state);

    const Geometry& geometry() const { return geometry_; }
    BlockDevice& device() const { return device_; }
    CachedObject& pages() const { return *pages_; }
    PageIndex page_of(u32 block) const
    {
        return PageIndex{static_cast<u32>((u64{block} << geometry_.block_shift) / kPageSize)};
    }
    u32 offset_in_page(u32 block) const { return (block << geometry_.block_shift) % kPageSize; }
    u64 sector_of(u32 block) const { return u64{block} << (geometry_.block_shift - 9); }

    // A block of metadata to be read. Io where the number is out of range.
    Result<Block> read_block(u32 block) const;
    // The block is free again: what its page held of it, dirty or not, is forgotten.
    void forget_block(u32 block);
    // The frame that holds the block, with one count for the caller.
    Result<Frame> pin_page_of(u32 block) const;

    // May a file own this block? False for all that describes the volume itself.
    bool is_file_block(u32 block) const;

    // One to `wanted` blocks side by side, as near behind `goal` as can be. NoSpace. A goal that begins a group means
    // anywhere in it.
    Result<BlockRun> allocate_blocks(Transaction& transaction, u32 goal, u32 wanted);
    void free_blocks(Transaction& transaction, u32 first, u32 count);

    enum class InodeKind { File, Directory };
    Result<u32> allocate_inode(Transaction& transaction, u32 parent, InodeKind kind);
    void free_inode(Transaction& transaction, u32 inode, InodeKind kind);

    // Where an inode's bytes are.
    struct InodePlace {
        u32 block, offset;
    };
    InodePlace place_of_inode(u32 inode) const;
    u32 first_block_of_group_of(u32 inode) const
    {
        return geometry_.group_start(geometry_.group_of_inode(inode));
    }
    u32 extra_inode_size() const { return extra_inode_size_; }

    FreeTotals free_totals();
    u32 system_blocks() const;            // tables, bitmaps and copies: what no file can have
    Result<void> check_writable() const;  // ReadOnly where it has features that writing would break

    // Damage was met: says so in the log (not for ever) and remembers it in the super block.
    void report_damage(const char* text, ...) __attribute__((format(printf, 2, 3)));
    void log(const char* text) const;

private:
    static void name_pins(const PinHolder& self, void (*see)(Frame));  // debug builds: for mm/consistency
    Result<void> read_super(SuperBlock& super);
    Result<void> check_super(const SuperBlock& super, bool& read_only);
    Result<void> pin_descriptors();
    Result<void> check_descriptors();
    SuperBlock& super() const { return *reinterpret_cast<SuperBlock*>(super_page_.data() + kSuperOffset); }
    GroupDescriptor& descriptor(u32 group) const
    {
        const u32 at = descriptor_offset_ + group * u32{sizeof(GroupDescriptor)};
        u8* const page = static_cast<u8*>(frame_memory(descriptor_frames_[at / kPageSize]));
        return *reinterpret_cast<GroupDescriptor*>(page + at % kPageSize);
    }
    GroupDescriptor& modify_descriptor(Transaction& transaction, u32 group);
    bool overlaps_system(u32 group, u32 first, u32 count) const;
    Optional<BlockRun> take_run(u8* bitmap, u32 group, u32 goal_bit, u32 wanted);
    Result<Optional<BlockRun>> allocate_in_group(Transaction& transaction, u32 group, u32 goal_bit,
                                                 u32 wanted) REQUIRES(allocation_);
    Result<Optional<u32>> allocate_inode_in_group(Transaction& transaction, u32 group, InodeKind kind)
        REQUIRES(allocation_);
    u32 group_for_directory() const REQUIRES(allocation_);
    void free_run_in_group(Transaction& transaction, u32 group, u32 first, u32 count) REQUIRES(allocation_);

    // Pages of metadata used lately stay pinned here, a few of them: most changes name the same bitmaps and tables again.
    static constexpr u32 kRecent = 16;
    struct Recent {
        u32 page = 0;  // its index; 0, that of the super block, is never looked up here
        Frame frame;
    };
    Optional<Frame> find_recent(PageIndex index) const;
    Recent exchange_recent(u32 slot, Recent next) const;

    BlockDevice& device_;
    Ref<CachedObject> pages_;
    mutable SpinLock recent_lock_{LockRank::Leaf};
    mutable Recent recent_[kRecent] GUARDED_BY(recent_lock_);
    Geometry geometry_;
    PinnedPage super_page_;
    Frame* descriptor_frames_ = nullptr;  // the pages that hold descriptors, in order; one count of each
    u32 descriptor_page_count_ = 0;
    u32 descriptor_offset_ = 0;  // of the first descriptor in the first of them
    u32 extra_inode_size_ = 0;   // what new inodes of 256 bytes say they use behind the first 128
    bool was_clean_ = false;
    Atomic<u32> damage_count_;
    SleepLock allocation_{LockRank::Allocation};
    u32 free_blocks_ GUARDED_BY(allocation_) = 0, free_inodes_ GUARDED_BY(allocation_) = 0;
    // Where to look first: a block that is likely free; and an inode before which its group has none free.
    u32 next_block_ GUARDED_BY(allocation_) = 0, next_inode_ GUARDED_BY(allocation_) = 1;
};

}  // namespace faultline::ext2
