// From a block's number in a file to the pointers that lead there.
#include <gtest/gtest.h>

#include "fs/ext2/block_path.h"

using namespace faultline;
using namespace faultline::ext2;

namespace {

// The number of a block, back from its path.
u64 number_of(const BlockPath& path, u64 p)
{
    u64 start = 0;
    if (path.depth == 0) return path.index[0];
    start = 12;
    for (u64 depth = 1, span = p; depth < path.depth; depth++, span *= p)
        start += span;
    u64 offset = 0;
    for (u32 level = 1; level <= path.depth; level++)
        offset = offset * p + path.index[level];
    return start + offset;
}

}  // namespace

TEST(Ext2BlockPath, edges_of_each_depth)
{
    for (u32 p : {256u, 1024u}) {
        EXPECT_EQ(path_to_block(0, p)->depth, 0u);
        EXPECT_EQ(path_to_block(11, p)->depth, 0u);
        EXPECT_EQ(path_to_block(12, p)->depth, 1u);
        EXPECT_EQ(path_to_block(12 + p - 1, p)->depth, 1u);
        EXPECT_EQ(path_to_block(12 + p, p)->depth, 2u);
        EXPECT_EQ(path_to_block(12 + p + p * p - 1, p)->depth, 2u);
        EXPECT_EQ(path_to_block(12 + p + p * p, p)->depth, 3u);
        EXPECT_EQ(path_to_block(12 + p + p * p, p)->index[0], 14u);
    }
    EXPECT_FALSE(path_to_block(0xffffffff, 256).has_value());
    EXPECT_TRUE(path_to_block(12 + 256 + 65536 + 256 * 65536 - 1, 256).has_value());
    EXPECT_FALSE(path_to_block(12 + 256 + 65536 + 256 * 65536, 256).has_value());
}

TEST(Ext2BlockPath, path_leads_back_to_its_block)
{
    for (u32 p : {256u, 1024u}) {
        for (u64 block = 0; block < 12ull + p + u64{p} * p + u64{p} * p * p && block < 0xffffffff;
             block += 1 + block / 3) {
            const auto path = path_to_block(static_cast<u32>(block), p);
            ASSERT_TRUE(path.has_value());
            EXPECT_EQ(number_of(*path, p), block);
            for (u32 level = 1; level <= path->depth; level++)
                EXPECT_LT(path->index[level], p);
            EXPECT_GE(path->run_length, 1u);
        }
    }
}

TEST(Ext2BlockPath, run_length_ends_with_the_indirect_block)
{
    EXPECT_EQ(path_to_block(3, 256)->run_length, 9u);
    EXPECT_EQ(path_to_block(12, 256)->run_length, 256u);
    EXPECT_EQ(path_to_block(12 + 255, 256)->run_length, 1u);
    EXPECT_EQ(path_to_block(12 + 256 + 10, 256)->run_length, 246u);
}
