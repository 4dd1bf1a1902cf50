// RadixMap: entries, marks, order, and what happens when there is no memory for a node.
#include "lib/radix_map.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

using namespace faultline;

namespace {

int live_nodes;
int nodes_allowed;

struct CountingNodes {
    static Result<void*> allocate(u32 size_bytes)
    {
        if (nodes_allowed == 0) return Errno::NoMemory;
        nodes_allowed--;
        live_nodes++;
        return std::malloc(size_bytes);
    }
    static void free(void* node)
    {
        live_nodes--;
        std::free(node);
    }
};

class RadixMapTest : public testing::Test {
protected:
    void SetUp() override
    {
        live_nodes = 0;
        nodes_allowed = 1 << 20;
    }
};

}  // namespace

TEST_F(RadixMapTest, behaves_like_a_sorted_map_with_marks)
{
    std::mt19937 random{7};
    std::map<u32, u32> model;
    std::set<u32> marked;
    {
        RadixMap<CountingNodes> map;
        for (int step = 0; step < 20000; step++) {
            const u32 key = random() % 3 == 0 ? random() : random() % 5000;
            switch (random() % 5) {
            case 0:
            case 1: {
                const u32 value = 1 + random() % 1000;
                ASSERT_TRUE(map.insert(key, value).ok());
                model[key] = value;
                break;
            }
            case 2:
                map.remove(key);
                model.erase(key);
                marked.erase(key);
                break;
            case 3:
                if (model.count(key)) {
                    const bool mark = random() % 2;
                    map.set_mark(key, mark);
                    if (mark)
                        marked.insert(key);
                    else
                        marked.erase(key);
                }
                break;
            case 4: {
                ASSERT_EQ(map.find(key), model.count(key) ? model[key] : 0);
                const auto next = map.next(key);
                const auto expected = model.lower_bound(key);
                ASSERT_EQ(next.has_value(), expected != model.end());
                if (next) ASSERT_EQ(next->key, expected->first);
                const auto next_marked = map.next_marked(key);
                const auto expected_mark = marked.lower_bound(key);
                ASSERT_EQ(next_marked.has_value(), expected_mark != marked.end());
                if (next_marked) ASSERT_EQ(next_marked->key, *expected_mark);
            }
            }
        }
        for (const auto& [key, value] : model)
            map.remove(key);
        EXPECT_TRUE(map.empty());
    }
    EXPECT_EQ(live_nodes, 0);
}

TEST_F(RadixMapTest, is_empty_again_after_a_large_key_alone)
{
    RadixMap<CountingNodes> map;
    for (u32 key : {63u, 64u, 100'000u, ~0u}) {
        ASSERT_TRUE(map.insert(key, 7).ok());
        map.remove(key);
        EXPECT_TRUE(map.empty()) << key;
        EXPECT_EQ(live_nodes, 0) << key;
    }
}

TEST_F(RadixMapTest, without_memory_insert_fails_and_the_rest_stays)
{
    RadixMap<CountingNodes> map;
    ASSERT_TRUE(map.insert(5, 50).ok());
    nodes_allowed = 0;
    EXPECT_FALSE(map.insert(100000, 1).ok());
    EXPECT_EQ(map.find(5), 50u);
    EXPECT_EQ(map.find(100000), 0u);
    nodes_allowed = 100;
    EXPECT_TRUE(map.insert(100000, 1).ok());
    EXPECT_EQ(map.find(5), 50u);
    EXPECT_EQ(map.find(100000), 1u);
}
