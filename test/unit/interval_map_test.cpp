// IntervalMap against a plain sorted model: the same answers after thousands of random changes.
#include "lib/interval_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>

using namespace faultline;

namespace {

struct Range : IntervalNode<Range> {
    Range(u32 first, u32 end) : first_{first}, end_{end} {}
    u32 first_key() const { return first_; }
    u32 end_key() const { return end_; }
    u32 room_key() const { return first_ < room_ ? 0 : first_ - room_; }
    u32 first_, end_;
    u32 room_ = 0;
};

class Model {
public:
    explicit Model(u32 seed) : random_{seed} {}

    u32 pick(u32 limit) { return static_cast<u32>(random_() % limit); }

    bool is_free(u32 first, u32 end) const
    {
        for (const auto& [start, range] : ranges_)
            if (start < end && first < range->end_) return false;
        return true;
    }

    void add(u32 first, u32 end)
    {
        if (!is_free(first, end)) return;
        auto range = std::make_unique<Range>(first, end);
        if (pick(4) == 0) range->room_ = 1 + pick(5);
        map_.insert(*range);
        ranges_[first] = std::move(range);
    }

    void remove_one()
    {
        if (ranges_.empty()) return;
        auto at = std::next(ranges_.begin(), pick(static_cast<u32>(ranges_.size())));
        map_.remove(*at->second);
        ranges_.erase(at);
    }

    void shrink_one()
    {
        if (ranges_.empty()) return;
        Range& range = *std::next(ranges_.begin(), pick(static_cast<u32>(ranges_.size())))->second;
        if (range.end_ - range.first_ < 2) return;
        range.end_--;
        map_.resized(range);
    }

    // As a region is split and merged: the two overlap for a moment.
    void split_one()
    {
        if (ranges_.empty()) return;
        Range& range = *std::next(ranges_.begin(), pick(static_cast<u32>(ranges_.size())))->second;
        if (range.end_ - range.first_ < 2) return;
        auto upper = std::make_unique<Range>(range.first_ + 1, range.end_);
        map_.insert_after(range, *upper);
        range.end_ = upper->first_;
        map_.resized(range);
        ranges_[upper->first_] = std::move(upper);
    }

    void merge_two()
    {
        if (ranges_.empty()) return;
        auto at = std::next(ranges_.begin(), pick(static_cast<u32>(ranges_.size())));
        const auto after = std::next(at);
        if (after == ranges_.end() || after->first != at->second->end_) return;
        at->second->end_ = after->second->end_;
        map_.resized(*at->second);
        map_.remove(*after->second);
        ranges_.erase(after);
    }

    bool has_room(u32 first,
                  u32 end) const  // the room that an element keeps free ends at the element before it
    {
        u32 previous_end = 0;
        for (const auto& [start, range] : ranges_) {
            if (std::max(range->room_key(), previous_end) < end && first < range->end_) return false;
            previous_end = range->end_;
        }
        return true;
    }

    Optional<u32> highest_gap(u32 size, u32 low, u32 high) const
    {
        for (u32 start = high - size;; start--) {
            if (has_room(start, start + size)) return start;
            if (start == low) return {};
        }
    }

    IntervalMap<Range> map_;
    std::map<u32, std::unique_ptr<Range>> ranges_;

private:
    std::mt19937 random_;
};

void expect_same(const Model& model)
{
    const Range* at = model.map_.first();
    for (const auto& [first, range] : model.ranges_) {
        ASSERT_EQ(at, range.get());
        at = model.map_.next(*at);
    }
    EXPECT_EQ(at, nullptr);
    EXPECT_EQ(model.map_.size(), model.ranges_.size());
}

}  // namespace

TEST(IntervalMap, finds_what_a_sorted_list_finds)
{
    for (u32 seed = 1; seed <= 8; seed++) {
        Model model{seed};
        for (u32 step = 0; step < 600; step++) {
            const u32 first = model.pick(400);
            switch (model.pick(6)) {
            case 0:
            case 1:
                model.add(first, first + 1 + model.pick(6));
                break;
            case 2:
                model.remove_one();
                break;
            case 3:
                model.shrink_one();
                break;
            case 4:
                model.split_one();
                break;
            case 5:
                model.merge_two();
                break;
            }
            const u32 key = model.pick(410);
            const Range* expected = nullptr;
            for (const auto& [start, range] : model.ranges_)
                if (!expected && key < range->end_) expected = range.get();
            ASSERT_EQ(model.map_.find_at_or_after(key), expected);
            const u32 size = 1 + model.pick(12), low = model.pick(50), high = 350 + model.pick(60);
            const auto found = model.map_.find_highest_gap(size, low, high);
            const auto wanted = model.highest_gap(size, low, high);
            ASSERT_EQ(found.has_value(), wanted.has_value()) << "seed " << seed << " step " << step;
            if (found) ASSERT_EQ(*found, *wanted) << "seed " << seed << " step " << step;
        }
        expect_same(model);
    }
}

TEST(IntervalMap, an_empty_map_is_one_gap)
{
    IntervalMap<Range> map;
    EXPECT_TRUE(map.empty());
    EXPECT_EQ(map.find_at_or_after(0), nullptr);
    EXPECT_EQ(*map.find_highest_gap(10, 0, 100), 90u);
    EXPECT_FALSE(map.find_highest_gap(101, 0, 100).has_value());
}
