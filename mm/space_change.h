// What the files of mm/ that implement AddressSpace share.
#pragma once

#include "lib/bits.h"
#include "mm/address_space.h"
#include "mm/heap.h"
#include "mm/reclaim.h"

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
        space_.settle_charge();
        check_space(space_);
        IntrusiveList<Region, ObjectRegionsTag> dead;
        dead.take_all(space_.dead_);
        space_.lock_.unlock();
        while (Region* region = dead.pop_front())
            destroy(region);
    }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

private:
    AddressSpace& space_;
};

// One change, which says what it returns. Where kernel memory was short (no limit, no rule), room is made without the lock
// and the change tried again: it left everything as it was, or cut regions that another try wants cut, too.
template <class Attempt> auto AddressSpace::changing(Attempt attempt) NO_THREAD_SAFETY_ANALYSIS
{
    using Answer = decltype(attempt());
    for (;;) {
        {
            Change change{*this};
            starved_ = false;
            Answer done = attempt();
            if (done.ok() || !starved_) return done;
        }
        if (!make_room()) return Answer{Errno::NoMemory};
    }
}

// Gives the part of each region that lies in [first, end) the traits that wanted(region, pages) answers, if it differs,
// cutting and joining regions at the edges. Up to the first hole (NoMemory) or the first that `wanted` refuses.
template <class Wanted>
Result<void> AddressSpace::alter(UserPage first, UserPage end, Wanted wanted) NO_THREAD_SAFETY_ANALYSIS
{
    TlbBatch tlb{loaded_};
    Region* region = regions_.find_at_or_after(first.number());
    for (UserPage at = first; at < end;) {
        if (!region || at < region->first_) return Errno::NoMemory;
        const UserPage stop = lower(region->end_, end);
        const RegionTraits traits = TRY(wanted(*region, stop - at));
        if (traits == region->traits_) {
            region = merge_with_previous(*region);
        } else if (Region* const heir = hand_over(*region, at, stop, traits, tlb)) {
            region = heir;
        } else {
            region = TRY(cut_out(*region, at, stop));
            set_traits(*region, traits, tlb);
            region = merge_with_previous(*region);
        }
        at = stop;
        if (region->end_ == stop) region = regions_.next(*region);
    }
    if (region && region->first_ == end) merge_with_previous(*region);
    return {};
}

}  // namespace faultline
