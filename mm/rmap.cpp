#include "mm/rmap.h"

#include "core/scheduler.h"
#include "mm/address_space.h"
#include "mm/frame.h"

namespace faultline {

bool ReverseMap::change_in_region(Region& region, PageIndex index, Frame frame,
                                  Change change) NO_THREAD_SAFETY_ANALYSIS
{
    const UserPage page = region.first_ + (index - region.object_start_);
    AddressSpace& space = region.space_;
    if (!space.lock_.try_lock()) return false;
    Pte* pte = space.directory_.find(page);
    if (pte && pte->holds_frame() && pte->frame() == frame) {
        TlbBatch tlb{space.loaded_};
        if (change == Change::Remove) {
            *pte = Pte{};
            space.count_unmapped(frame);
            tlb.release_after(frame);
        } else {
            *pte = pte->read_only();
        }
        tlb.add(page);
    }
    check_page(space, page);
    space.lock_.unlock();
    return true;
}

bool ReverseMap::change_page(MemoryObject& object, PageIndex index, Frame frame, Change change)
{
    bool complete = true;
    SleepGuard guard{object.regions_lock_};
    for (Region& region : object.regions_) {
        const bool shows = !(index < region.object_start_) && index - region.object_start_ < region.pages();
        if (shows && !change_in_region(region, index, frame, change)) complete = false;
    }
    return complete;
}

bool ReverseMap::unmap(MemoryObject& object, PageIndex index, Frame frame)
{
    return change_page(object, index, frame, Change::Remove);
}

bool ReverseMap::write_protect(MemoryObject& object, PageIndex index, Frame frame)
{
    return change_page(object, index, frame, Change::WriteProtect);
}

bool ReverseMap::unmap_region_from(Region& region, PageIndex first) NO_THREAD_SAFETY_ANALYSIS
{
    const PageIndex end = region.object_start_ + region.pages();
    if (!(first < end)) return true;
    const u32 skipped = region.object_start_ < first ? first - region.object_start_ : 0;
    AddressSpace& space = region.space_;
    if (!space.lock_.try_lock()) return false;
    {
        TlbBatch tlb{space.loaded_};
        space.drop_pages(region.first_ + skipped, region.end_, tlb);
    }
    check_space(space);
    space.lock_.unlock();
    return true;
}

void ReverseMap::unmap_from(MemoryObject& object, PageIndex first)
{
    for (bool complete = false; !complete;) {
        complete = true;
        {
            SleepGuard guard{object.regions_lock_};
            for (Region& region : object.regions_)
                if (!unmap_region_from(region, first)) complete = false;
        }
        if (!complete) yield_cpu();
    }
}

}  // namespace faultline
