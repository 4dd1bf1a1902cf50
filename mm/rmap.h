// From a frame of a memory object back to the PTEs that map it: ask the object for its regions, compute the page in each,
// look whether the PTE really shows the frame. No node for each mapping.
//
// Climbs the lock order backwards (object -> space), so spaces are only try-locked: an answer of false means that some
// mapping was left. Sleeps (TLB shootdown). No space lock and no spin lock may be held.
//
// Private anonymous memory joins when it can be swapped: one object for each fork family.
#pragma once

#include "arch/layout.h"

namespace faultline {

class MemoryObject;
class Region;

class ReverseMap {
public:
    // Every PTE of the page disappears; the next touch faults it in again.
    static bool unmap(MemoryObject& object, PageIndex index, Frame frame);
    // No PTE of the page allows a store any more, so that the next one is seen.
    static bool write_protect(MemoryObject& object, PageIndex index, Frame frame);
    // All pages from `first` on leave every mapping (truncation). Waits for spaces that are locked.
    static void unmap_from(MemoryObject& object, PageIndex first);

private:
    enum class Change : unsigned char { Remove, WriteProtect };
    static bool change_page(MemoryObject& object, PageIndex index, Frame frame, Change change);
    static bool change_in_region(Region& region, PageIndex index, Frame frame, Change change);
    static bool unmap_region_from(Region& region, PageIndex first);
};

}  // namespace faultline
