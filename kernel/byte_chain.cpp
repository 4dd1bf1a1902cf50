#include "kernel/byte_chain.h"

#include "lib/string.h"
#include "mm/reclaim.h"

namespace faultline {

ByteChain::~ByteChain()
{
    while (first_) {
        Block* next = first_->next;
        heap_free(first_);
        first_ = next;
    }
}

Result<Span<u8>> ByteChain::room()
{
    if (!last_ || last_->used == Block::kRoom) {
        auto* block = static_cast<Block*>(TRY(with_room([] { return heap_allocate(sizeof(Block)); })));
        block->next = nullptr;
        block->used = 0;
        (last_ ? last_->next : first_) = block;
        last_ = block;
    }
    return Span<u8>{last_->bytes + last_->used, Block::kRoom - last_->used};
}

void ByteChain::took(u32 size_bytes)
{
    last_->used += size_bytes;
    size_ += size_bytes;
}

Result<void> ByteChain::append(const void* bytes, u32 size_bytes)
{
    const u8* from = static_cast<const u8*>(bytes);
    while (size_bytes > 0) {
        const Span<u8> to = TRY(room());
        const u32 part = min(size_bytes, static_cast<u32>(to.size()));
        memcpy(to.data(), from, part);
        took(part);
        from += part;
        size_bytes -= part;
    }
    return {};
}

}  // namespace faultline
