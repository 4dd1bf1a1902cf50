// Bitmaps: finding clear bits.
#include <gtest/gtest.h>

#include <vector>

#include "fs/ext2/bitmap.h"

using namespace faultline;
using namespace faultline::ext2;

TEST(Ext2Bitmap, find_clear_bit_agrees_with_looking_at_each)
{
    std::vector<u8> bitmap(128, 0xff);
    for (u32 bit : {0u, 31u, 32u, 63u, 100u, 500u, 1023u}) {
        std::fill(bitmap.begin(), bitmap.end(), u8{0xff});
        clear_bit(bitmap.data(), bit);
        for (u32 from = 0; from < 1024; from += 7) {
            const auto found = find_clear_bit(bitmap.data(), from, 1024);
            EXPECT_EQ(found.has_value(), from <= bit);
            if (found) {
                EXPECT_EQ(*found, bit);
            }
        }
        EXPECT_FALSE(find_clear_bit(bitmap.data(), 0, bit).has_value());
    }
}

TEST(Ext2Bitmap, near_prefers_the_goal_then_a_clear_byte_then_anything_behind_then_before)
{
    std::vector<u8> bitmap(16, 0xff);
    clear_bit(bitmap.data(), 5);
    EXPECT_EQ(*find_clear_near(bitmap.data(), 60, 128), 5u);
    clear_bit(bitmap.data(), 70);
    EXPECT_EQ(*find_clear_near(bitmap.data(), 60, 128), 70u);
    bitmap[12] = 0;
    EXPECT_EQ(*find_clear_near(bitmap.data(), 60, 128), 96u);
    clear_bit(bitmap.data(), 60);
    EXPECT_EQ(*find_clear_near(bitmap.data(), 60, 128), 60u);
    EXPECT_EQ(*find_clear_near(bitmap.data(), 500, 128), 5u) << "a goal beyond the end";
}

TEST(Ext2Bitmap, near_finds_none_in_a_full_one)
{
    std::vector<u8> bitmap(16, 0xff);
    EXPECT_FALSE(find_clear_near(bitmap.data(), 3, 128).has_value());
    bitmap[15] = 0;
    EXPECT_FALSE(find_clear_near(bitmap.data(), 3, 120).has_value());
}

TEST(Ext2Bitmap, runs_are_counted_up_to_the_limit)
{
    std::vector<u8> bitmap(4, 0);
    set_bit(bitmap.data(), 20);
    EXPECT_EQ(count_clear_run(bitmap.data(), 3, 100), 17u);
    EXPECT_EQ(count_clear_run(bitmap.data(), 3, 5), 5u);
    EXPECT_TRUE(test_bit(bitmap.data(), 20));
}
