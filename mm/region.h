// A region (VMA): pages [first, end) of one address space, a window onto one memory object, or onto private anonymous
// memory (no object).
//
// Invariants: first < end; regions of a space never overlap; the region holds a count on its object and stands on its list.
// Lock: AddressSpace::lock_; bounds change only under it and under the object's regions lock.
#pragma once

#include "lib/interval_map.h"
#include "lib/intrusive_list.h"
#include "lib/ref.h"
#include "mm/memory_object.h"
#include "mm/rights.h"

namespace faultline {

class AddressSpace;

enum class RegionKind : u8 {
    Mapping,  // mmap, and what exec maps
    Heap,     // the break moves its end
    Stack,    // exec's; in the xv6 layout of fixed length
    Guard,  // the xv6 layout's guard page: present, but the supervisor's; no program may change what it allows
};

enum RegionFlag : u16 {
    kRegionLocked = 1 << 0,         // mlock: reclaim leaves its pages alone
    kRegionLockedOnFault = 1 << 1,  // with kRegionLocked: nobody brings its pages in beforehand
    kRegionGrowsDown = 1 << 2,      // a touch just below makes it longer: the stack, MAP_GROWSDOWN
    kRegionCharged = 1 << 3,        // its pages are promised memory (mm/commit.h)
    kRegionNoReserve = 1 << 4,      // MAP_NORESERVE: they never will be
    kRegionNotForked = 1 << 5,      // MADV_DONTFORK: a child does not get it
    kRegionWipedByFork = 1 << 6,    // MADV_WIPEONFORK: a child gets it empty
};

// What mprotect, mlock and madvise change. Neighbours that agree in it, and continue each other, are one region.
struct RegionTraits {
    Rights rights;
    u16 flags = 0;

    bool has(RegionFlag flag) const { return (flags & flag) != 0; }
    RegionTraits with(u32 more) const { return {rights, static_cast<u16>(flags | more)}; }
    RegionTraits without(u32 less) const { return {rights, static_cast<u16>(flags & ~less)}; }
    bool operator==(const RegionTraits& other) const
    {
        return rights == other.rights && flags == other.flags;
    }
    bool operator!=(const RegionTraits& other) const { return !(*this == other); }
};

class Region : public IntervalNode<Region>, public ListNode<ObjectRegionsTag> {
public:
    Region(AddressSpace& space, UserPage first, UserPage end, RegionTraits traits, Sharing sharing,
           RegionKind kind)
        : space_{space}, first_{first}, end_{end}, traits_{traits}, sharing_{sharing}, kind_{kind}
    {
    }

    UserPage first() const { return first_; }
    UserPage end() const { return end_; }
    u32 pages() const { return end_ - first_; }
    u32 first_key() const { return first_.number(); }  // for IntervalMap
    u32 end_key() const { return end_.number(); }
    u32 room_key() const  // nothing is put between here and first_key() unless it was asked for
    {
        return first_.number() > gap_pages_ ? first_.number() - gap_pages_ : 0;
    }
    bool contains(UserPage page) const { return first_ <= page && page < end_; }
    bool allows(Access access) const { return traits_.rights.include(access); }
    Rights rights() const { return traits_.rights; }
    RegionTraits traits() const { return traits_; }
    bool has(RegionFlag flag) const { return traits_.has(flag); }
    bool locked() const { return has(kRegionLocked); }   // reclaim must leave its pages
    Rights most_rights() const { return most_rights_; }  // what mprotect may grant
    Sharing sharing() const { return sharing_; }
    bool shared() const { return sharing_ == Sharing::Shared; }
    bool is_data() const { return is_data(traits_, sharing_); }  // RLIMIT_DATA counts it
    static bool is_data(RegionTraits traits, Sharing sharing)
    {
        return traits.rights.writable() && sharing == Sharing::Private && !traits.has(kRegionGrowsDown);
    }
    RegionKind kind() const { return kind_; }
    AddressSpace& space() const { return space_; }
    MemoryObject* object() const { return object_.get(); }
    PageIndex index_in_object(UserPage page) const { return object_start_ + (page - first_); }

private:
    friend class AddressSpace;
    friend class ReverseMap;

    AddressSpace& space_;
    UserPage first_, end_;
    PageIndex object_start_;  // the object's page shown at first_; pages, not bytes
    RegionTraits traits_;
    Rights most_rights_ = Rights::all();
    Sharing sharing_;  // Private: a write never reaches the object. Shared: it does.
    RegionKind kind_;
    u16 gap_pages_ = 0;  // in front of one that grows down
    Ref<MemoryObject> object_;
};

}  // namespace faultline
