// A fork family: the address spaces that came from one exec by fork. It is the home of their private memory.
//
// A frame of private memory stands at the same page in every space of the family that shows it, so (family, page) in the
// frame's record leads from the frame to its PTEs: one look into each space, and no node for each mapping. What mremap has
// moved while it was shared is not found there; it stays in memory until its owners part.
//
// Families are never given back to the heap but used again, so a stale pointer to one (from a frame's record) still points to
// a family: who comes that way takes a count and then looks whether the PTE agrees.
// Lock: lock_ (rank Object, sleeps) guards the list; a space's lock is only try-locked under it.
#pragma once

#include "core/sleep_lock.h"
#include "lib/intrusive_list.h"
#include "mm/frame_home.h"

namespace faultline {

class AddressSpace;
struct FamilySpacesTag;

class ForkFamily final : public RefCounted, public FrameHome {
public:
    // `evictable`: whether the policy lets its memory go to swap.
    static Result<Ref<ForkFamily>> create(bool evictable);
    explicit ForkFamily(bool evictable) : FrameHome{static_cast<RefCounted&>(*this)}, evictable_{evictable} {}

    using FrameHome::release;
    using FrameHome::retain;
    using FrameHome::retain_if_live;
    void last_ref_dropped() override;

    void add(AddressSpace& space);
    void remove(AddressSpace& space);

    bool take_accessed(Frame frame, PageIndex page) override;
    Eviction evict(Frame frame, PageIndex page) override;
    void describe(Span<char> path) const override { path[0] = 0; }
    void for_each_mapping(Frame frame, PageIndex page, const MappingVisitor& visitor) override;

private:
    friend class ReverseMap;

    SleepLock lock_{LockRank::Object};
    IntrusiveList<AddressSpace, FamilySpacesTag> spaces_ GUARDED_BY(lock_);
    bool evictable_;
    ForkFamily* next_free_ = nullptr;  // in the pool
};

}  // namespace faultline
