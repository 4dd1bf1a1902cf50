// lib/string: what the C library does not have. lib/chacha: the RFC's own test vectors.

#include "lib/string.h"

#include <gtest/gtest.h>

#include "lib/chacha.h"

namespace faultline {
namespace {

TEST(String, CopyCutsAndEndsWithNul)
{
    char to[4];
    EXPECT_TRUE(copy_string(to, "abc"));
    EXPECT_STREQ(to, "abc");
    EXPECT_FALSE(copy_string(to, "abcd"));
    EXPECT_STREQ(to, "abc");
    EXPECT_TRUE(copy_string(to, ""));
    EXPECT_STREQ(to, "");
    EXPECT_FALSE(copy_string(Span<char>{to, 0}, "x"));
}

TEST(String, NumbersAreWholeAndFit)
{
    u32 value = 7;
    EXPECT_TRUE(parse_number("0", value));
    EXPECT_EQ(value, 0u);
    EXPECT_TRUE(parse_number("4294967295", value));
    EXPECT_EQ(value, 4294967295u);
    EXPECT_TRUE(parse_number("0xfFfF", value));
    EXPECT_EQ(value, 0xFFFFu);
    for (const char* bad : {"", "0x", "12a", "-1", " 1", "4294967296", "0x100000000", "a"})
        EXPECT_FALSE(parse_number(bad, value)) << bad;
    EXPECT_EQ(value, 0xFFFFu) << "a failure leaves the value alone";
}

// RFC 8439, section 2.3.2.
TEST(ChaCha, BlockOfTheRfc)
{
    ChaChaKey key;
    for (u32 i = 0; i < 8; i++)
        key.words[i] = (4 * i) | (4 * i + 1) << 8 | (4 * i + 2) << 16 | (4 * i + 3) << 24;
    const u32 nonce[3] = {0x09000000, 0x4a000000, 0x00000000};
    u8 block[64];
    chacha20_block(key, 1, nonce, block);
    const u8 expected[64] = {0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3,
                             0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03, 0x04, 0x22,
                             0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa,
                             0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12, 0x9c, 0xd1,
                             0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e};
    for (u32 i = 0; i < 64; i++)
        EXPECT_EQ(block[i], expected[i]) << i;
}

// RFC 8439, appendix A.1, test vector 1: all zero.
TEST(ChaCha, ZeroKey)
{
    const u32 nonce[3] = {};
    u8 block[64];
    chacha20_block(ChaChaKey{}, 0, nonce, block);
    const u8 expected[8] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90};
    for (u32 i = 0; i < 8; i++)
        EXPECT_EQ(block[i], expected[i]) << i;
}

}  // namespace
}  // namespace faultline
