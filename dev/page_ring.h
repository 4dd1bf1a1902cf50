// A ring of bytes over a few pages of the kernel's heap. Lock: the owner's.
#pragma once

#include "lib/bits.h"
#include "lib/span.h"
#include "mm/heap.h"

namespace faultline {

template <u32 Pages> class PageRing {
public:
    static constexpr u32 kSize = Pages * kMaxHeapBlock;

    PageRing() = default;
    PageRing(const PageRing&) = delete;
    PageRing& operator=(const PageRing&) = delete;
    ~PageRing()
    {
        for (u8* page : pages_)
            heap_free(page);
    }
    Result<void> allocate()
    {
        for (u8*& page : pages_)
            page = static_cast<u8*>(TRY(heap_allocate(kMaxHeapBlock)));
        return {};
    }

    u32 size() const { return size_; }
    u32 room() const { return kSize - size_; }

    usize put(Span<const u8> bytes)
    {
        const u32 size = static_cast<u32>(min<usize>(bytes.size(), room()));
        for (u32 i = 0; i < size; i++)
            at(size_++) = bytes[i];
        return size;
    }
    usize take(Span<u8> to)
    {
        const u32 size = static_cast<u32>(min<usize>(to.size(), size_));
        for (u32 i = 0; i < size; i++)
            to[i] = at(i);
        first_ = (first_ + size) % kSize;
        size_ -= size;
        return size;
    }
    void cut(u32 size) { size_ = min(size_, size); }  // forgets what came last

private:
    u8& at(u32 index)
    {
        const u32 place = (first_ + index) % kSize;
        return pages_[place / kMaxHeapBlock][place % kMaxHeapBlock];
    }

    u8* pages_[Pages] = {};
    u32 first_ = 0, size_ = 0;
};

}  // namespace faultline
