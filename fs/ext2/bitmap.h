// Bitmaps as ext2 keeps them: bit n is bit n % 8 of byte n / 8. Pure; compiled for the host too.
#pragma once

#include "lib/optional.h"
#include "lib/types.h"

namespace faultline::ext2 {

bool test_bit(const u8* bitmap, u32 bit);
void set_bit(u8* bitmap, u32 bit);
void clear_bit(u8* bitmap, u32 bit);

// The first clear bit of [from, end).
Optional<u32> find_clear_bit(const u8* bitmap, u32 from, u32 end);
// How many bits from `from` on are clear, at most `limit`.
u32 count_clear_run(const u8* bitmap, u32 from, u32 limit);
// A clear bit at or after `goal`, else from the start; one that begins a clear byte before others, for room to grow.
Optional<u32> find_clear_near(const u8* bitmap, u32 goal, u32 end);

}  // namespace faultline::ext2
