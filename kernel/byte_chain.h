// ByteChain: bytes that are appended, in heap blocks of one page. exec collects a program's arguments in it: they may be
// megabytes, and the heap gives no more than a page at once.
#pragma once

#include "lib/result.h"
#include "lib/span.h"
#include "mm/heap.h"

namespace faultline {

class ByteChain {
public:
    struct Block {
        static constexpr u32 kRoom = kMaxHeapBlock - 8;
        Block* next;
        u32 used;
        u8 bytes[kRoom];
    };
    static_assert(sizeof(void*) != 4 || sizeof(Block) == kMaxHeapBlock);

    ByteChain() = default;
    ByteChain(const ByteChain&) = delete;
    ByteChain& operator=(const ByteChain&) = delete;
    ~ByteChain();

    u32 size() const { return size_; }
    Block* first() const { return first_; }

    Result<Span<u8>> room();  // where the next bytes go: at least one byte; then took()
    void took(u32 size_bytes);
    Result<void> append(const void* bytes, u32 size_bytes);
    Result<void> append_word(u32 word) { return append(&word, sizeof word); }

private:
    Block* first_ = nullptr;
    Block* last_ = nullptr;
    u32 size_ = 0;
};

}  // namespace faultline
