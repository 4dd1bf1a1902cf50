// core/timer_heap against a multimap, with random additions and removals.

#include "core/timer_heap.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace faultline {
namespace {

TEST(TimerHeap, GivesDeadlinesInOrder)
{
    TimerHeap heap;
    std::vector<TimerNode> nodes(1000);
    std::mt19937 random(1);
    for (TimerNode& node : nodes)
        heap.add(node, random() % 500);
    u64 last = 0;
    for (size_t i = 0; i < nodes.size(); i++) {
        TimerNode* first = heap.first();
        ASSERT_NE(first, nullptr);
        EXPECT_GE(first->deadline_ns(), last);
        last = first->deadline_ns();
        heap.remove(*first);
        EXPECT_FALSE(first->in_heap());
    }
    EXPECT_EQ(heap.first(), nullptr);
}

TEST(TimerHeap, AgreesWithAMultimapOverRandomSteps)
{
    TimerHeap heap;
    std::vector<TimerNode> nodes(200);
    std::multimap<u64, TimerNode*> model;
    std::mt19937 random(2);
    for (int step = 0; step < 100000; step++) {
        TimerNode& node = nodes[random() % nodes.size()];
        if (node.in_heap()) {
            auto range = model.equal_range(node.deadline_ns());
            for (auto it = range.first; it != range.second; ++it)
                if (it->second == &node) {
                    model.erase(it);
                    break;
                }
            heap.remove(node);
        } else {
            const u64 deadline = random() % 1000;
            heap.add(node, deadline);
            model.emplace(deadline, &node);
        }
        ASSERT_EQ(heap.first() == nullptr, model.empty());
        if (!model.empty()) {
            ASSERT_EQ(heap.first()->deadline_ns(), model.begin()->first);
        }
    }
}

}  // namespace
}  // namespace faultline
