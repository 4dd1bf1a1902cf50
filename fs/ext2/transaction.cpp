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

u8* Transaction::add(u32 block, PinnedPage page)
{
    if (count_ == kMaxBlocks) commit_oldest(kMaxBlocks / 2);
    Named& named = named_[count_++];
    named.block = block;
    named.page = move(page);
    return named.page.data() + volume_.offset_in_page(block);
}

Result<u8*> Transaction::modify(u32 block)
{
    if (Named* named = find(block)) return named->page.data() + volume_.offset_in_page(block);
    return add(block, TRY(volume_.pages().page(volume_.page_of(block))));
}

// The page is read although the block will be cleared: a reader of its neighbours must find nothing invalid to fill in.
Result<u8*> Transaction::create(u32 block)
{
    u8* const bytes = TRY(modify(block));
    memset(bytes, 0, volume_.geometry().block_size);
    return bytes;
}

u8* Transaction::modify_pinned(u32 block, const PinnedPage& page)
{
    if (Named* named = find(block)) return named->page.data() + volume_.offset_in_page(block);
    return add(block, PinnedPage{page});
}

void Transaction::forget(u32 block)
{
    if (Named* named = find(block)) {
        Named& last = named_[--count_];
        swap(named->block, last.block);
        named->page = move(last.page);
        last.page = PinnedPage{};
    }
    volume_.pages().forget(u64{block} << volume_.geometry().block_shift, volume_.geometry().block_size);
}

void Transaction::mark_dirty(const Named& named)
{
    volume_.pages().set_dirty(named.page, volume_.offset_in_page(named.block), volume_.geometry().block_size);
}

// Without a journal nothing is lost when the first part of a very large change is marked dirty before the rest. The
// newest blocks stay: the caller still works on those.
void Transaction::commit_oldest(u32 count)
{
    for (u32 i = 0; i < count; i++)
        mark_dirty(named_[i]);
    for (u32 i = count; i < count_; i++) {
        named_[i - count].block = named_[i].block;
        named_[i - count].page = move(named_[i].page);
    }
    for (u32 i = count_ - count; i < count_; i++)
        named_[i].page = PinnedPage{};
    count_ -= count;
}

void Transaction::commit()
{
    for (u32 i = 0; i < count_; i++) {
        mark_dirty(named_[i]);
        named_[i].page = PinnedPage{};
    }
    count_ = 0;
}

}  // namespace faultline::ext2
