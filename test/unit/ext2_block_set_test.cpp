// The set of a file's fresh blocks, against std::set.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <set>

#include "fs/ext2/block_set.h"

using namespace faultline;
using namespace faultline::ext2;

namespace {

struct HostNodes {
    static Result<void*> allocate(u32 size_bytes) { return malloc(size_bytes); }
    static void free(void* node) { ::free(node); }
};

}  // namespace

TEST(Ext2BlockSet, agrees_with_a_std_set)
{
    std::mt19937 random{3};
    for (u32 range : {20u, 100u, 5000u, 1000000u}) {
        BlockSet<HostNodes> blocks;
        std::set<u32> model;
        for (int i = 0; i < 20000; i++) {
            const u32 block = random() % range;
            switch (random() % 8) {
            case 0:
            case 1:
            case 2:
            case 3:
                ASSERT_TRUE(blocks.add(block).ok());
                model.insert(block);
                break;
            case 4:
            case 5:
                blocks.remove(block);
                model.erase(block);
                break;
            case 6:
                if (random() % 50 != 0) break;
                blocks.remove_from(block);
                model.erase(model.lower_bound(block), model.end());
                break;
            default: {
                const auto next = blocks.next(block);
                const auto expected = model.lower_bound(block);
                ASSERT_EQ(next.has_value(), expected != model.end());
                if (next) {
                    ASSERT_EQ(*next, *expected);
                }
            }
            }
            ASSERT_EQ(blocks.contains(block), model.count(block) != 0);
            ASSERT_EQ(blocks.empty(), model.empty());
        }
        blocks.remove_from(0);
        EXPECT_TRUE(blocks.empty());
    }
}
