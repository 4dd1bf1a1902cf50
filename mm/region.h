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
    Stack,    // grows down on demand; in the xv6 layout of fixed length
    Guard,  // the xv6 layout's guard page: present, but the supervisor's; no program may change what it allows
};

class Region : public IntervalNode<Region>, public ListNode<ObjectRegionsTag> {
public:
    Region(AddressSpace& space, UserPage first, UserPage end, Rights rights, Sharing sharing, RegionKind kind)
        : space_{space}, first_{first}, end_{end}, rights_{rights}, sharing_{sharing}, kind_{kind}
    {
    }

    UserPage first() const { return first_; }
    UserPage end() const { return end_; }
    u32 pages() const { return end_ - first_; }
    u32 first_key() const { return first_.number(); }  // for IntervalMap
    u32 end_key() const { return end_.number(); }
    bool contains(UserPage page) const { return first_ <= page && page < end_; }
    bool allows(Access access) const { return rights_.include(access); }
    Rights rights() const { return rights_; }
    Rights most_rights() const { return most_rights_; }  // what mprotect may grant
    Sharing sharing() const { return sharing_; }
    bool shared() const { return sharing_ == Sharing::Shared; }
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
    Rights rights_;
    Rights most_rights_ = Rights::all();
    Sharing sharing_;  // Private: a write never reaches the object. Shared: it does.
    RegionKind kind_;
    Ref<MemoryObject> object_;
};

}  // namespace faultline
