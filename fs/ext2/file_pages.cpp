// The PageSource of a file: its pages from and to the disk, and blocks for what is about to be written.
//
// A block that was allocated and not yet written is "fresh": what the disk holds there belonged to somebody else. Fresh
// blocks read as zeroes, and their first write covers them whole.
#include "fs/ext2/file_system.h"
#include "fs/ext2/inode.h"
#include "fs/path.h"
#include "fs/with_reclaim.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/frame.h"

namespace faultline::ext2 {

namespace {

constexpr u32 kMaxBlocksInRun = kMaxRun * 4;  // 1 KiB blocks

}  // namespace

// Where a run of blocks lies. 0: nowhere.
struct Ext2Inode::Placement {
    u32 blocks[kMaxBlocksInRun];
    u32 fresh[kMaxBlocksInRun / 32] = {};

    bool is_fresh(u32 i) const { return (fresh[i / 32] >> (i % 32) & 1) != 0; }
};

// Gathers pieces of frames that go to consecutive sectors, and moves them with one request.
class Ext2Inode::Transfer {
public:
    Transfer(BlockDevice& device, IoDirection direction) : device_{device}, direction_{direction} {}

    Result<void> add(u64 sector, Frame frame, u32 offset, u32 size_bytes)
    {
        if (count_ == kMaxSegments || (count_ != 0 && sector != next_)) TRY(finish());
        if (count_ == 0) start_ = next_ = sector;
        next_ += size_bytes / kSectorSize;
        if (count_ != 0) {
            IoSegment& last = segments_[count_ - 1];
            if (last.frame == frame && last.offset + last.size_bytes == offset) {
                last.size_bytes += size_bytes;
                return {};
            }
        }
        segments_[count_++] = IoSegment{frame, offset, size_bytes};
        return {};
    }
    Result<void> finish()
    {
        const u32 count = count_;
        count_ = 0;
        if (count == 0) return {};
        return device_.transfer(direction_, start_, Span<const IoSegment>{segments_, count});
    }

private:
    static constexpr u32 kMaxSegments = kMaxRun;

    BlockDevice& device_;
    IoDirection direction_;
    u64 start_ = 0, next_ = 0;
    u32 count_ = 0;
    IoSegment segments_[kMaxSegments];
};

// ---- Where blocks are ----

Result<void> Ext2Inode::place_blocks(u32 first, u32 count, Placement& placement)
{
    SleepGuard guard{map_lock_};
    for (u32 i = 0; i < count;) {
        const Optional<BlockPath> path = path_to_block(first + i, volume().geometry().pointers_per_block());
        if (!path) return Errno::Io;
        const u32 run = min(path->run_length, count - i);
        Block indirect{};
        const u32* pointers = &pointers_[path->index[0]];
        for (u32 level = 1; level <= path->depth && pointers; level++) {
            const u32 block = TRY(checked_block(*pointers));
            if (block != 0) indirect = TRY(volume().read_block(block));
            pointers =
                block != 0 ? reinterpret_cast<const u32*>(indirect.bytes()) + path->index[level] : nullptr;
        }
        for (u32 k = 0; k < run; k++, i++) {
            placement.blocks[i] = pointers ? TRY(checked_block(pointers[k])) : 0;
            if (fresh_.contains(first + i)) placement.fresh[i / 32] |= 1u << (i % 32);
        }
    }
    return {};
}

Optional<u32> Ext2Inode::next_fresh(u32 from)
{
    SleepGuard guard{map_lock_};
    return fresh_.next(from);
}

void Ext2Inode::settle_fresh()
{
    const u32 block_size = volume().geometry().block_size;
    u32 next = 0;
    while (const Optional<u32> index = next_fresh(next)) {
        next = index.value() + 1;
        const u64 offset = u64{index.value()} * block_size;
        if (offset >= object_.size_bytes()) return;
        const Result<PinnedPage> page = object_.page(PageIndex{static_cast<u32>(offset / kPageSize)});
        if (page.ok()) object_.set_dirty(page.value(), static_cast<u32>(offset % kPageSize), block_size);
    }
}

// ---- Before a write ----

void Ext2Inode::note_mapped(u32 first, u32 end)
{
    if (first <= mapped_end_ && mapped_first_ <= end) {
        mapped_first_ = min(first, mapped_first_);
        mapped_end_ = max(end, mapped_end_);
        return;
    }
    mapped_end_ = 0;  // nothing, while the two do not belong together
    mapped_first_ = first;
    mapped_end_ = end;
}

Result<void> Ext2Inode::map_range(u32 first, u32 end)
{
    Transaction transaction{volume()};
    for (u32 index = first; index < end; index++) {
        if (TRY(find_block(index)) != 0) continue;
        TRY(with_reclaim([&]() NO_THREAD_SAFETY_ANALYSIS { return fresh_.add(index); }));
        bool is_new = false;
        const Result<u32> block = find_or_add_block(transaction, index, is_new);
        mark_dirty();  // an indirect block may have come although its data block did not
        if (block.ok()) continue;
        fresh_.remove(index);
        return block.error();
    }
    note_mapped(first, end);
    return {};
}

// Some blocks at a time: others get to the map in between.
Result<void> Ext2Inode::map_long_range(u32 first, u32 end)
{
    constexpr u32 kAtOnce = 64;
    for (; first < end; first += min(kAtOnce, end - first)) {
        SleepGuard guard{map_lock_};
        TRY(map_range(first, first + min(kAtOnce, end - first)));
    }
    return {};
}

// lock() held. As a write of zeroes, without touching what is there: fresh blocks become dirty pages of zeroes.
Result<void> Ext2Inode::allocate(u64 start, u64 end)
{
    if (!is_regular()) return Errno::NotSupported;
    if (file_system_.read_only()) return Errno::ReadOnly;
    if (end > kMaxFileSize) return Errno::FileTooBig;
    const u32 shift = volume().geometry().block_shift;
    write_end_.store(static_cast<u32>(end));
    const Result<void> mapped =
        map_long_range(static_cast<u32>(start) >> shift, (static_cast<u32>(end - 1) >> shift) + 1);
    write_end_.store(0);
    if (mapped.ok() && end > size_) {
        TRY(object_.truncate(end));
        size_ = end;
    } else if (!mapped.ok() && end > size_) {
        free_beyond_end();
    }
    touch_change();
    settle_fresh();
    return mapped;
}

// A page that write() is just adding is dirty before the size says so. Asked in this order: a write() that ended meanwhile
// has set the size.
u64 Ext2Inode::end_for_writers() const
{
    const u64 writing = write_end_.load();
    return max(writing, object_.size_bytes());
}

// Comes from write(), which holds lock() and says in write_end_ how far it will go, and from faults on shared mappings,
// which hold nothing and may only touch what the file has.
Result<void> Ext2Inode::prepare_write(u32 offset, u32 size_bytes)
{
    const u32 shift = volume().geometry().block_shift;
    const u32 first = offset >> shift;
    const u32 end = ((offset + size_bytes - 1) >> shift) + 1;
    if (mapped_first_ <= first && end <= mapped_end_) return {};
    if (file_system_.read_only()) return Errno::ReadOnly;
    SleepGuard guard{map_lock_};
    if (offset >= end_for_writers()) return Errno::Fault;
    return map_range(first, end);
}

// ---- Reading and writing ----

namespace {

// Calls each(offset, size) for the runs of set bits of a page's sectors.
template <class Each> Result<void> for_each_sector_run(u32 sectors, Each each)
{
    while (sectors != 0) {
        const u32 first = lowest_bit(sectors);
        const u32 count = lowest_bit(~(sectors >> first));
        TRY(each(first * kSectorSize, count * kSectorSize));
        sectors &= ~(((1u << count) - 1) << first);
    }
    return {};
}

void zero_sectors(Frame frame, u32 sectors)
{
    u8* const bytes = static_cast<u8*>(frame_memory(frame));
    static_cast<void>(for_each_sector_run(sectors, [&](u32 offset, u32 size) -> Result<void> {
        memset(bytes + offset, 0, size);
        return {};
    }));
}

// Of the sectors that were read, what lies behind the end of the file is zero, whatever the disk said.
void zero_behind_end(const PageRun& run, u64 end)
{
    const u64 start = u64{run.first.number()} * kPageSize;
    if (end < start || end >= start + u64{run.frames.size()} * kPageSize) return;
    const usize page = static_cast<usize>((end - start) / kPageSize);
    const u32 tail = static_cast<u32>(end % kPageSize);
    u8* const bytes = static_cast<u8*>(frame_memory(run.frames[page]));
    const u32 sector = tail / kSectorSize;
    if (tail % kSectorSize != 0 && (run.sectors[page] >> sector & 1) != 0)
        memset(bytes + tail, 0, kSectorSize - tail % kSectorSize);
    const u32 behind = run.sectors[page] & (0xffu << divide_up(tail, kSectorSize));
    zero_sectors(run.frames[page], behind & 0xff);
}

}  // namespace

// The blocks of a run of pages, by number from its first, and the sectors of a page that each has.
struct Ext2Inode::RunBlocks {
    RunBlocks(const PageRun& of, u32 block_shift)
        : run{of}, shift{block_shift}, per_page{kPageSize >> block_shift}, sectors{1u << (block_shift - 9)},
          first{of.first.number() * per_page}, count{static_cast<u32>(of.frames.size()) * per_page}
    {
    }
    Frame frame(u32 i) const { return run.frames[i / per_page]; }
    u32 first_sector(u32 i) const { return i % per_page * sectors; }  // in its page
    u32 all_sectors(u32 i) const { return ((1u << sectors) - 1) << first_sector(i); }
    u32 wanted_sectors(u32 i) const { return run.sectors[i / per_page] & all_sectors(i); }
    u64 offset_bytes(u32 i) const { return u64{first + i} << shift; }  // in the file

    const PageRun& run;
    u32 shift, per_page, sectors, first, count;
};

Result<void> Ext2Inode::read_pages(const PageRun& run)
{
    const RunBlocks blocks{run, volume().geometry().block_shift};
    const u64 end = object_.size_bytes();
    Placement placement;
    TRY(place_blocks(blocks.first, blocks.count, placement));
    Transfer transfer{volume().device(), IoDirection::Read};
    for (u32 i = 0; i < blocks.count; i++) {
        const u32 block = placement.blocks[i];
        const Frame frame = blocks.frame(i);
        if (block == 0 || placement.is_fresh(i) || blocks.offset_bytes(i) >= end) {
            zero_sectors(frame, blocks.wanted_sectors(i));
            continue;
        }
        const u64 page_start =
            volume().sector_of(block) - blocks.first_sector(i);  // as if the page lay there whole
        TRY(for_each_sector_run(blocks.wanted_sectors(i), [&](u32 offset, u32 size) {
            return transfer.add(page_start + offset / kSectorSize, frame, offset, size);
        }));
    }
    TRY(transfer.finish());
    zero_behind_end(run, end);
    return {};
}

Result<void> Ext2Inode::write_block(Transfer& transfer, Frame frame, u64 page_start, u32 dirty, u32 written)
{
    while (written != 0) {
        const u32 sector = lowest_bit(written);
        const bool from_page = (dirty >> sector & 1) != 0;
        TRY(transfer.add(page_start + sector, from_page ? frame : zero_frame(), sector * kSectorSize,
                         kSectorSize));
        written &= written - 1;
    }
    return {};
}

Result<void> Ext2Inode::write_pages(const PageRun& run)
{
    const RunBlocks blocks{run, volume().geometry().block_shift};
    const u64 end = end_for_writers();
    Placement placement;
    TRY(place_blocks(blocks.first, blocks.count, placement));
    Transfer transfer{volume().device(), IoDirection::Write};
    for (u32 i = 0; i < blocks.count; i++) {
        // Without a block: behind the end, or zeroes that truncate left in a hole.
        const u32 dirty = blocks.wanted_sectors(i);
        if (dirty == 0 || placement.blocks[i] == 0 || blocks.offset_bytes(i) >= end) continue;
        const u64 page_start = volume().sector_of(placement.blocks[i]) - blocks.first_sector(i);
        const u32 written = placement.is_fresh(i) ? blocks.all_sectors(i) : dirty;
        TRY(write_block(transfer, blocks.frame(i), page_start, dirty, written));
    }
    TRY(transfer.finish());
    SleepGuard guard{map_lock_};
    for (u32 i = 0; i < blocks.count; i++)
        if (blocks.wanted_sectors(i) != 0 && placement.is_fresh(i)) fresh_.remove(blocks.first + i);
    return {};
}

ObjectIdentity Ext2Inode::identity() const
{
    return {file_system_.device().encoded(), static_cast<u32>(number_)};
}

void Ext2Inode::describe(Span<char> path) const
{
    path_of_inode(*this, path);
}

}  // namespace faultline::ext2
