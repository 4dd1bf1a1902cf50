// From a frame back to the PTEs that map it. A memory object knows its regions, a fork family its spaces: the page in each is
// computed, then the PTE is looked at whether it really shows the frame. No node for each mapping.
//
// Climbs the lock order backwards (object or family -> space), so spaces are only try-locked: an answer of false means that
// some mapping was left. Sleeps (TLB shootdown). No space lock and no spin lock may be held.
#pragma once

#include "arch/layout.h"
#include "mm/entry.h"
#include "mm/frame_home.h"

namespace faultline {

class AddressSpace;
class ForkFamily;
class MemoryObject;
class Region;
class SwapArea;

class ReverseMap {
public:
    struct Outcome {
        bool complete = true;   // no mapping was left
        bool met_lock = false;  // one was left because its space is locked just now
        bool accessed = false;
        bool changed = false;
    };

    // Every PTE of the page disappears; the next touch faults it in again.
    static Outcome unmap(MemoryObject& object, PageIndex index, Frame frame);
    // No PTE of the page allows a store any more, so that the next one is seen.
    static bool write_protect(MemoryObject& object, PageIndex index, Frame frame);
    // True: some PTE's accessed bit was set. They are cleared; flush_accessed() makes all CPUs see it, once for many pages.
    static bool take_accessed(MemoryObject& object, PageIndex index, Frame frame);
    static bool take_accessed(ForkFamily& family, UserPage page, Frame frame);
    static void flush_accessed();
    // All pages from `first` on leave every mapping (truncation). Waits for spaces that are locked.
    static void unmap_from(MemoryObject& object, PageIndex first);

    // Some region may store into the object: now, or after an mprotect.
    static bool may_be_stored_into(MemoryObject& object);

    // Every PTE of the family's frame becomes an entry of a swap slot; a frame that is not in the area yet enters it with the
    // first.
    static Outcome swap_out(ForkFamily& family, UserPage page, Frame frame, SwapArea& area);

    // Shows each PTE that maps the frame, as far as spaces are not locked. Use FrameHome::for_each_mapping.
    static void for_each_mapping(MemoryObject& object, PageIndex index, Frame frame,
                                 const MappingVisitor& visitor);
    static void for_each_mapping(ForkFamily& family, UserPage page, Frame frame,
                                 const MappingVisitor& visitor);

private:
    enum class Change : unsigned char { Remove, WriteProtect, TakeAccessed };
    static Outcome change_page(MemoryObject& object, PageIndex index, Frame frame, Change change);
    static void change_entry(AddressSpace& space, UserPage page, Frame frame, Change change,
                             Outcome& outcome);
    static bool may_leave(AddressSpace& space, UserPage page);
    static void change_locked(AddressSpace& space, Pte& pte, UserPage page, Change change, Outcome& outcome);
    static void swap_out_entry(AddressSpace& space, UserPage page, Frame frame, SwapArea& area,
                               Outcome& outcome);
    static bool swap_out_locked(AddressSpace& space, Pte& pte, UserPage page, SwapArea& area);
    static void see_entry(AddressSpace& space, UserPage page, Frame frame, const MappingVisitor& visitor);
    static bool unmap_region_from(Region& region, PageIndex first);
};

}  // namespace faultline
