#include "fs/ext2/bitmap.h"

namespace faultline::ext2 {

namespace {

u32 word_at(const u8* bitmap, u32 byte)
{
    u32 word;
    __builtin_memcpy(&word, bitmap + byte, sizeof word);
    return word;
}

}  // namespace

bool test_bit(const u8* bitmap, u32 bit)
{
    return (bitmap[bit / 8] >> (bit % 8) & 1) != 0;
}
void set_bit(u8* bitmap, u32 bit)
{
    bitmap[bit / 8] = static_cast<u8>(bitmap[bit / 8] | 1u << (bit % 8));
}
void clear_bit(u8* bitmap, u32 bit)
{
    bitmap[bit / 8] = static_cast<u8>(bitmap[bit / 8] & ~(1u << (bit % 8)));
}

Optional<u32> find_clear_bit(const u8* bitmap, u32 from, u32 end)
{
    u32 bit = from;
    while (bit < end) {
        if (bit % 32 == 0 && end - bit >= 32) {
            const u32 word = word_at(bitmap, bit / 8);
            if (word == ~u32{0}) {
                bit += 32;
                continue;
            }
            return bit + static_cast<u32>(__builtin_ctz(~word));
        }
        if (!test_bit(bitmap, bit)) return bit;
        bit++;
    }
    return {};
}

u32 count_clear_run(const u8* bitmap, u32 from, u32 limit)
{
    u32 count = 0;
    while (count < limit && !test_bit(bitmap, from + count))
        count++;
    return count;
}

Optional<u32> find_clear_near(const u8* bitmap, u32 goal, u32 end)
{
    if (goal < end && !test_bit(bitmap, goal)) return goal;
    for (u32 byte = goal / 8 + 1; byte < end / 8; byte++) {
        while (byte % 4 == 0 && byte + 4 <= end / 8 && word_at(bitmap, byte) == ~u32{0})
            byte += 4;
        if (byte < end / 8 && bitmap[byte] == 0) return byte * 8;
    }
    const Optional<u32> behind = goal < end ? find_clear_bit(bitmap, goal, end) : Optional<u32>{};
    return behind ? behind : find_clear_bit(bitmap, 0, goal < end ? goal : end);
}

}  // namespace faultline::ext2
