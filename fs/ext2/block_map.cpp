// Which block of the disk holds block n of the file: finding, adding, freeing. See block_path.h for the tree.
#include "core/scheduler.h"
#include "fs/ext2/inode.h"

namespace faultline::ext2 {

namespace {

const u32* pointers_in(const Block& block)
{
    return reinterpret_cast<const u32*>(block.bytes());
}

}  // namespace

// Keeps a freeing of damaged trees, which may lead in circles, from going on for ever.
struct Ext2Inode::Pruning {
    u32 blocks_left;
};

Result<u32> Ext2Inode::checked_block(u32 block)
{
    if (block == 0 || volume().is_file_block(block)) return block;
    return damaged("it claims a block that cannot be its own:", block).error();
}

Result<u32> Ext2Inode::find_block(u32 index)
{
    if (index < kDirectBlocks) return checked_block(pointers_[index]);
    const Optional<BlockPath> path = path_to_block(index, volume().geometry().pointers_per_block());
    if (!path) return Errno::FileTooBig;
    u32 block = TRY(checked_block(pointers_[path->index[0]]));
    for (u32 level = 1; level <= path->depth && block != 0; level++) {
        const Block indirect = TRY(volume().read_block(block));
        block = TRY(checked_block(pointers_in(indirect)[path->index[level]]));
    }
    return block;
}

// Behind what was allocated last; else behind the block before; else where the inode's group begins.
u32 Ext2Inode::goal_for(const BlockPath& path) const
{
    if (last_allocated_ != 0) return last_allocated_ + 1;
    for (u32 i = path.index[0]; i > 0; i--)
        if (pointers_[i - 1] != 0) return pointers_[i - 1] + 1;
    return volume().first_block_of_group_of(static_cast<u32>(number_));
}

Result<u32> Ext2Inode::add_pointer(Transaction& transaction, u32* pointer, u32 goal, bool is_metadata)
{
    const BlockRun run = TRY(volume().allocate_blocks(transaction, goal, 1));
    if (is_metadata) {
        const Result<u8*> cleared = transaction.create(run.first);
        if (!cleared.ok()) {
            volume().free_blocks(transaction, run.first, 1);
            return cleared.error();
        }
    }
    *pointer = run.first;
    blocks_ += volume().geometry().block_size / 512;
    last_allocated_ = run.first;
    return run.first;
}

Result<u32> Ext2Inode::find_or_add_block(Transaction& transaction, u32 index, bool& is_new)
{
    const Optional<BlockPath> path = path_to_block(index, volume().geometry().pointers_per_block());
    if (!path) return Errno::FileTooBig;
    const bool contents_are_metadata = !is_regular();
    u32* const first = &pointers_[path->index[0]];
    is_new = *first == 0;
    u32 block =
        is_new
            ? TRY(add_pointer(transaction, first, goal_for(*path), path->depth > 0 || contents_are_metadata))
            : TRY(checked_block(*first));
    for (u32 level = 1; level <= path->depth; level++) {
        const Block indirect = TRY(volume().read_block(block));
        const u32 next = TRY(checked_block(pointers_in(indirect)[path->index[level]]));
        is_new = next == 0;
        if (is_new) {
            u32* const pointers = reinterpret_cast<u32*>(TRY(transaction.modify(block)));
            const bool is_metadata = level < path->depth || contents_are_metadata;
            block =
                TRY(add_pointer(transaction, &pointers[path->index[level]], goal_for(*path), is_metadata));
        } else {
            block = next;
        }
    }
    return block;
}

// ---- Freeing ----

void Ext2Inode::free_run(Transaction& transaction, u32 first, u32 count)
{
    const u32 sectors = count * (volume().geometry().block_size / 512);
    if (!is_regular())
        for (u32 i = 0; i < count; i++)
            transaction.forget(first + i);
    volume().free_blocks(transaction, first, count);
    blocks_ -= sectors < blocks_ ? sectors : blocks_;
}

// Frees the data blocks behind pointers [from, end), those side by side together, and clears the pointers.
void Ext2Inode::prune_pointers(Transaction& transaction, u32* pointers, u32 from, u32 end)
{
    u32 first = 0;
    u32 count = 0;
    for (u32 i = from; i < end; i++) {
        const u32 block = checked_block(pointers[i]).value_or(0);
        pointers[i] = 0;
        if (block == 0) continue;
        if (count > 0 && block == first + count) {
            count++;
            continue;
        }
        if (count > 0) free_run(transaction, first, count);
        first = block;
        count = 1;
    }
    if (count > 0) free_run(transaction, first, count);
}

// Frees the data behind an indirect block, but for the first `skip` blocks of it; without any to keep, the block too.
void Ext2Inode::prune_tree(u32 block, u32 depth, u64 skip, Pruning& pruning)
{
    if (!checked_block(block).ok()) return;
    if (pruning.blocks_left == 0) {
        static_cast<void>(damaged("its indirect blocks lead in circles: block", block));
        return;
    }
    pruning.blocks_left--;
    give_way();
    Transaction transaction{volume()};
    const Result<u8*> bytes = transaction.modify(block);
    if (!bytes.ok()) return;
    u32* const pointers = reinterpret_cast<u32*>(bytes.value());
    const u32 per_block = volume().geometry().pointers_per_block();
    u64 span = 1;  // data blocks behind one pointer
    for (u32 level = 1; level < depth; level++)
        span *= per_block;

    const u32 from = static_cast<u32>(skip / span);
    if (depth == 1) {
        prune_pointers(transaction, pointers, from, per_block);
    } else {
        for (u32 i = from; i < per_block; i++) {
            const u64 kept = i == from ? skip % span : 0;
            if (pointers[i] != 0) prune_tree(pointers[i], depth - 1, kept, pruning);
            if (kept == 0) pointers[i] = 0;
        }
    }
    if (skip != 0) return;
    transaction.forget(block);
    volume().free_blocks(transaction, block, 1);
    const u32 sectors = volume().geometry().block_size / 512;
    blocks_ -= sectors < blocks_ ? sectors : blocks_;
}

void Ext2Inode::free_blocks_from(Transaction& transaction, u32 first)
{
    mapped_end_ = mapped_end_ < first ? mapped_end_ : first;
    last_allocated_ = 0;
    fresh_.remove_from(first);
    if (first < kDirectBlocks) prune_pointers(transaction, pointers_, first, kDirectBlocks);
    const u32 per_block = volume().geometry().pointers_per_block();
    Pruning pruning{volume().geometry().block_count};
    u64 start = kDirectBlocks;
    u64 span = per_block;
    for (u32 depth = 1; depth <= 3; depth++) {
        u32& pointer = pointers_[kDirectBlocks + depth - 1];
        if (pointer != 0 && first < start + span) {
            const u64 skip = first > start ? first - start : 0;
            prune_tree(pointer, depth, skip, pruning);
            if (skip == 0) pointer = 0;
        }
        start += span;
        span *= per_block;
    }
    mark_dirty();
}

}  // namespace faultline::ext2
