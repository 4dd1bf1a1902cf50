// For mm/page_cache.cpp and mm/write_back.cpp: the bits in a cached frame's record, and how many pages are dirty.
// Lock: the bits change under the lock_ of the page's object; the counts are of all objects together.
#pragma once

#include "lib/bits.h"
#include "mm/frame.h"
#include "mm/page_source.h"

namespace faultline {

extern Atomic<u32> dirty_page_count;
extern Atomic<u32> writing_page_count;

// The sectors that bytes [offset, offset + size) of a page touch.
constexpr u8 sectors_touched(u32 offset, u32 size_bytes)
{
    const u32 first = offset / kSectorSize;
    const u32 end = divide_up(offset + size_bytes, kSectorSize);
    return static_cast<u8>((1u << end) - (1u << first));
}

constexpr u8 with(u8 a, u8 b)
{
    return static_cast<u8>(a | b);
}
constexpr u8 without(u8 a, u8 b)
{
    return static_cast<u8>(a & ~b);
}

inline void set_flag(FrameRecord& record, FrameFlag flag)
{
    record.flags = with(record.flags, flag);
}
inline void clear_flag(FrameRecord& record, FrameFlag flag)
{
    record.flags = without(record.flags, flag);
}

}  // namespace faultline
