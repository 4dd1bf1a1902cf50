#include "mm/fork_family.h"

#include "mm/address_space.h"
#include "mm/heap.h"
#include "mm/rmap.h"
#include "mm/swap.h"

namespace faultline {

namespace {

// Families without members, to be used again. They never go back to the heap (see the header).
struct Pool {
    SpinLock lock{LockRank::Leaf};
    ForkFamily* first = nullptr;
};
Pool pool;

}  // namespace

Result<Ref<ForkFamily>> ForkFamily::create(bool evictable)
{
    ForkFamily* family;
    {
        SpinGuard guard{pool.lock};
        family = pool.first;
        if (family) pool.first = family->next_free_;
    }
    if (!family) return Ref<ForkFamily>::adopt(TRY(make<ForkFamily>(evictable)));
    family->evictable_ = evictable;  // all else is as it was when it was made
    family->revive();
    return Ref<ForkFamily>::adopt(family);
}

void ForkFamily::last_ref_dropped()
{
    SpinGuard guard{pool.lock};
    next_free_ = pool.first;
    pool.first = this;
}

void ForkFamily::add(AddressSpace& space)
{
    SleepGuard guard{lock_};
    spaces_.push_back(space);
}

void ForkFamily::remove(AddressSpace& space)
{
    SleepGuard guard{lock_};
    spaces_.remove(space);
}

bool ForkFamily::take_accessed(Frame frame, PageIndex page)
{
    return ReverseMap::take_accessed(*this, UserPage{page.number()}, frame);
}

Eviction ForkFamily::evict(Frame frame, PageIndex page)
{
    const Ref<SwapArea> area = evictable_ ? find_swap_area() : nullptr;
    if (!area || area->is_full()) return Eviction::Kept;
    const auto outcome = ReverseMap::swap_out(*this, UserPage{page.number()}, frame, *area);
    if (outcome.changed) return Eviction::ToSwap;
    return outcome.met_lock ? Eviction::Locked : Eviction::Kept;
}

void ForkFamily::for_each_mapping(Frame frame, PageIndex page, const MappingVisitor& visitor)
{
    ReverseMap::for_each_mapping(*this, UserPage{page.number()}, frame, visitor);
}

}  // namespace faultline
