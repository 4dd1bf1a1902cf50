#include "fs/ext2/transaction.h"

#include "fs/ext2/volume.h"
#include "lib/string.h"

namespace faultline::ext2 {

Transaction::Named* Transaction::find(u32 block)
{
    for (u32 i = 0; i < count_; i++)
        if (named_[i].block == block) return &named_[i];
    return nullptr;
}

u8* Transaction::bytes_of(const Named& named) const
{
    return static_cast<u8*>(frame_memory(named.frame())) + volume_.offset_in_page(named.block);
}

// Takes over one count of the frame.
u8* Transaction::add(u32 block, Frame frame)
{
    if (count_ == kMaxBlocks) commit_oldest(kMaxBlocks / 2);
    named_[count_] = Named{block, frame.number()};
    return bytes_of(named_[count_++]);
}

Result<u8*> Transaction::modify(u32 block)
{
    if (const Named* named = find(block)) return bytes_of(*named);
    return add(block, TRY(volume_.pin_page_of(block)));
}

// The page is read although the block will be cleared: a reader of its neighbours must find nothing invalid to fill in.
Result<u8*> Transaction::create(u32 block)
{
    u8* const bytes = TRY(modify(block));
    memset(bytes, 0, volume_.geometry().block_size);
    return bytes;
}

u8* Transaction::modify_pinned(u32 block, Frame frame)
{
    if (const Named* named = find(block)) return bytes_of(*named);
    retain_frame(frame);
    return add(block, frame);
}

void Transaction::forget(u32 block)
{
    if (Named* named = find(block)) {
        unpin(named->frame());
        *named = named_[--count_];
    }
    volume_.forget_block(block);
}

// Whoever writes a page out takes its dirty bits first. So if they are set after our changes were made, our changes are
// among what will be written, and nothing needs to be said.
bool Transaction::is_dirty_already(const Named& named) const
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    const u32 sectors = volume_.geometry().block_size / kSectorSize;
    const u32 mask = ((1u << sectors) - 1) << (volume_.offset_in_page(named.block) / kSectorSize);
    return (__atomic_load_n(&frame_record(named.frame()).dirty_sectors, __ATOMIC_RELAXED) & mask) == mask;
}

void Transaction::finish(const Named& named)
{
    if (is_dirty_already(named)) return unpin(named.frame());
    const PinnedPage page{named.frame()};  // lets go at its end
    volume_.pages().set_dirty(page, volume_.offset_in_page(named.block), volume_.geometry().block_size);
}

// Without a journal nothing is lost when the first part of a very large change is marked dirty before the rest. The
// newest blocks stay: the caller still works on those.
void Transaction::commit_oldest(u32 count)
{
    for (u32 i = 0; i < count; i++)
        finish(named_[i]);
    for (u32 i = count; i < count_; i++)
        named_[i - count] = named_[i];
    count_ -= count;
}

void Transaction::commit()
{
    for (u32 i = 0; i < count_; i++)
        finish(named_[i]);
    count_ = 0;
}

}  // namespace faultline::ext2
