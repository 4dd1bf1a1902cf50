// A name with its hash, made in one pass while a path is split: four bytes at a time, because every open and stat pays it.
//
// Pure; compiled for the host too.
#pragma once

#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

struct HashedName {
    StringView text;
    u32 hash = 0;
};

namespace name_hash {

constexpr u32 kSeed = 2166136261u;

inline u32 load(const char* bytes)
{
    u32 word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return word;
}

inline u32 mix(u32 hash, u32 word)
{
    hash = (hash ^ word) * 0x9E3779B1u;
    return hash ^ hash >> 15;
}

// The top bit of the first byte that is a slash (and perhaps of bytes behind it); 0: there is none.
inline u32 slashes_in(u32 word)
{
    const u32 difference = word ^ 0x2f2f2f2f;
    return (difference - 0x01010101) & ~difference & 0x80808080;
}

}  // namespace name_hash

// The bytes of `path` up to its first slash or its end. The last group of a name counts as if filled up with zeroes.
inline HashedName first_component(StringView path)
{
    const char* const bytes = path.data();
    const usize size = path.size();
    u32 hash = name_hash::kSeed;
    usize at = 0;
    u32 tail = 0;
    u32 tail_bits = 0;
    bool ended = false;
    for (; at + 4 <= size && !ended; at += 4) {
        const u32 word = name_hash::load(bytes + at);
        const u32 slashes = name_hash::slashes_in(word);
        if (slashes != 0) {
            tail_bits = static_cast<u32>(__builtin_ctz(slashes)) & ~7u;
            tail = word & ((1u << tail_bits) - 1);
            ended = true;
            break;
        }
        hash = name_hash::mix(hash, word);
    }
    if (!ended)
        for (usize i = at; i < size && bytes[i] != '/'; i++, tail_bits += 8)
            tail |= u32{static_cast<u8>(bytes[i])} << tail_bits;
    if (tail_bits != 0) hash = name_hash::mix(hash, tail);
    return HashedName{{bytes, at + tail_bits / 8}, hash};
}

// A name that holds no slash.
inline HashedName hashed(StringView name)
{
    return first_component(name);
}

inline bool same_bytes(StringView a, StringView b)
{
    if (a.size() != b.size()) return false;
    usize at = 0;
    for (; at + 4 <= a.size(); at += 4)
        if (name_hash::load(a.data() + at) != name_hash::load(b.data() + at)) return false;
    for (; at < a.size(); at++)
        if (a[at] != b[at]) return false;
    return true;
}

}  // namespace faultline
