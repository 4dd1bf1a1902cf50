// A set of block numbers of one file. The first 32 stand in a word, so that small files need no memory for it; the others
// as words of a RadixMap. The lock is the owner's.
#pragma once

#include "lib/bits.h"
#include "lib/optional.h"
#include "lib/radix_map.h"
#include "lib/result.h"

namespace faultline::ext2 {

template <class Allocator> class BlockSet {
public:
    bool empty() const { return low_ == 0 && high_.empty(); }
    bool contains(u32 block) const { return (word(block / 32) >> (block % 32) & 1) != 0; }

    Result<void> add(u32 block)  // NoMemory: nothing changed
    {
        const u32 with = word(block / 32) | bit(block);
        if (block >= 32) return high_.insert(block / 32, with);
        low_ = with;
        return {};
    }
    void remove(u32 block) { replace(block / 32, word(block / 32) & ~bit(block)); }

    // All from `first` on.
    void remove_from(u32 first)
    {
        if (empty()) return;
        replace(first / 32, word(first / 32) & (bit(first) - 1));
        for (auto entry = high_.next(first / 32 + 1); entry; entry = high_.next(first / 32 + 1))
            high_.remove(entry->key);
    }

    // The smallest that is not below `from`.
    Optional<u32> next(u32 from) const
    {
        const u32 here = word(from / 32) & ~(bit(from) - 1);
        if (here != 0) return from / 32 * 32 + lowest_bit(here);
        const auto entry = high_.next(from / 32 + 1);
        if (!entry) return {};
        return entry->key * 32 + lowest_bit(entry->value);
    }

private:
    static u32 bit(u32 block) { return 1u << (block % 32); }
    u32 word(u32 index) const { return index == 0 ? low_ : high_.find(index); }
    // Only ever by less than stood there, so no memory is needed.
    void replace(u32 index, u32 value)
    {
        if (index == 0)
            low_ = value;
        else if (value == 0)
            high_.remove(index);
        else
            static_cast<void>(high_.insert(index, value));
    }

    u32 low_ = 0;
    RadixMap<Allocator> high_;  // word number -> its bits, never 0; word 0 is low_
};

}  // namespace faultline::ext2
