// Record locks on ranges, against an array that holds for each byte and owner what is locked.
#include <gtest/gtest.h>

#include <cstring>
#include <list>
#include <random>

#include "fs/range_locks.h"

using namespace faultline;

namespace {

constexpr unsigned kBytes = 24, kOwners = 3;

struct Model {
    LockType held[kOwners][kBytes];

    Model()
    {
        for (auto& owner : held)
            for (LockType& type : owner)
                type = LockType::None;
    }
    bool conflicts(unsigned owner, LockType type, unsigned first, unsigned last) const
    {
        for (unsigned other = 0; other < kOwners; other++)
            for (unsigned i = first; other != owner && i <= last; i++)
                if (held[other][i] == LockType::Exclusive ||
                    (held[other][i] == LockType::Shared && type == LockType::Exclusive))
                    return true;
        return false;
    }
};

int owners[kOwners];

// What the list says, as the model does; each byte at most once for each owner, and no two that could be one.
Model read_back(RangeLocks& locks)
{
    Model seen;
    for (const RangeLock& lock : locks.all()) {
        const unsigned owner = static_cast<unsigned>(static_cast<const int*>(lock.owner) - owners);
        for (u64 i = lock.first; i <= lock.last; i++) {
            EXPECT_EQ(seen.held[owner][i], LockType::None);
            seen.held[owner][i] = lock.type;
        }
        for (const RangeLock& other : locks.all())
            EXPECT_FALSE(other.owner == lock.owner && other.type == lock.type &&
                         other.first == lock.last + 1);
    }
    return seen;
}

}  // namespace

TEST(RangeLocks, agree_with_a_lock_for_each_byte)
{
    std::mt19937 random{7};
    std::list<RangeLock> memory;
    RangeLocks::Nodes free;
    RangeLocks locks;
    Model model;
    for (int round = 0; round < 20000; round++) {
        for (unsigned i = 0; i < RangeLocks::kMostNodes; i++) {
            memory.emplace_back();
            free.push_back(memory.back());
        }
        const unsigned owner = random() % kOwners;
        const unsigned a = random() % kBytes, b = random() % kBytes;
        const FileLock wanted{&owners[owner],  1,
                              LockKind::Posix, static_cast<LockType>(random() % 3),
                              a < b ? a : b,   a < b ? b : a};
        const bool taken_away = wanted.type == LockType::None;
        const bool conflicts =
            !taken_away && model.conflicts(owner, wanted.type, static_cast<unsigned>(wanted.first),
                                           static_cast<unsigned>(wanted.last));
        if (!taken_away) ASSERT_EQ(locks.find_conflict(wanted) != nullptr, conflicts);
        if (conflicts) continue;
        locks.set(wanted, free);
        for (u64 i = wanted.first; i <= wanted.last; i++)
            model.held[owner][i] = wanted.type;
        const Model seen = read_back(locks);
        ASSERT_EQ(memcmp(&seen, &model, sizeof model), 0);
    }
}

TEST(RangeLocks, reach_to_the_end_of_all_files)
{
    RangeLock nodes[4];
    RangeLocks::Nodes free;
    for (RangeLock& node : nodes)
        free.push_back(node);
    RangeLocks locks;
    locks.set({owners, 1, LockKind::Posix, LockType::Exclusive, 10, kLockToEnd}, free);
    locks.set({owners, 1, LockKind::Posix, LockType::None, 20, 29}, free);
    const RangeLock* const behind =
        locks.find_conflict({owners + 1, 1, LockKind::Posix, LockType::Shared, 20, kLockToEnd});
    ASSERT_NE(behind, nullptr);
    EXPECT_EQ(behind->first, 30u);
    EXPECT_EQ(behind->last, kLockToEnd);
    EXPECT_EQ(locks.find_conflict({owners + 1, 1, LockKind::Posix, LockType::Shared, 20, 29}), nullptr);
    locks.set({owners, 1, LockKind::Posix, LockType::None, 0, kLockToEnd}, free);
    EXPECT_TRUE(locks.all().empty());
}
