// What the files of mm/ that implement AddressSpace share.
#pragma once

#include "lib/bits.h"
#include "mm/address_space.h"
#include "mm/heap.h"

namespace faultline {

inline UserPage lower(UserPage a, UserPage b)
{
    return b < a ? b : a;
}

// The first page that the next page table holds.
inline UserPage next_table(UserPage page)
{
    return UserPage{round_down(page.number(), kEntries) + kEntries};
}

// Holds the space's lock for one change. Regions that the change dropped are destroyed after the lock is free, because the
// last count on an object may go with them. (The scope's order does it: first unlock, then bury.)
class SCOPED_CAPABILITY AddressSpace::Change {
public:
    explicit Change(AddressSpace& space) ACQUIRE(space.lock_) NO_THREAD_SAFETY_ANALYSIS : space_{space}
    {
        space_.lock_.lock();
    }
    ~Change() RELEASE() NO_THREAD_SAFETY_ANALYSIS
    {
        Region* dead[kAtOnce];
        for (;;) {
            u32 count = 0;
            while (count < kAtOnce && (dead[count] = space_.dead_.pop_front()))
                count++;
            space_.lock_.unlock();
            for (u32 i = 0; i < count; i++)
                destroy(dead[i]);
            if (count < kAtOnce) return;
            space_.lock_.lock();
        }
    }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

private:
    static constexpr u32 kAtOnce = 16;
    AddressSpace& space_;
};

}  // namespace faultline
