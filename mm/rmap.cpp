#include "mm/rmap.h"

#include "arch/percpu.h"
#include "core/scheduler.h"
#include "mm/address_space.h"
#include "mm/binding.h"
#include "mm/fork_family.h"
#include "mm/frame.h"
#include "mm/swap.h"

namespace faultline {

namespace {

Atomic<bool> accessed_bits_cleared;  // and not flushed yet

// The CPU may set A and D at any moment: an entry that some CPU may be using is changed in one step.
Pte exchange_entry(Pte& pte, Pte value)
{
    return Pte::from_raw(__atomic_exchange_n(reinterpret_cast<u32*>(&pte), value.raw(), __ATOMIC_SEQ_CST));
}
Pte clear_bits(Pte& pte, u32 bits)
{
    return Pte::from_raw(__atomic_fetch_and(reinterpret_cast<u32*>(&pte), ~bits, __ATOMIC_SEQ_CST));
}

// Private memory is spared once more than pages of files: to bring it back means a read from the swap disk, where a file's
// page has often been read ahead. Its flags change here only, under the family's lock.
bool take_accessed_bit(Pte& pte)
{
    FrameRecord& record = frame_record(pte.frame());
    const bool used = pte.accessed();
    const bool is_private = record.use == FrameUse::Anonymous;
    const bool used_before = is_private && (record.flags & kFrameReferenced) != 0;
    if (is_private) record.flags = used ? kFrameReferenced : 0;
    if (!used) return used_before;
    clear_bits(pte, kAccessed);
    accessed_bits_cleared.store(true);
    return true;
}

}  // namespace

// ---- Objects ----

void ReverseMap::change_locked(AddressSpace& space, Pte& pte, UserPage page, Change change,
                               Outcome& outcome) NO_THREAD_SAFETY_ANALYSIS
{
    TlbBatch tlb{space.loaded_};
    switch (change) {
    case Change::Remove: {
        const Frame frame = exchange_entry(pte, Pte{}).frame();
        space.count_unmapped(frame);
        tlb.add(page);
        tlb.release_after(frame);
        break;
    }
    case Change::WriteProtect:
        if (clear_bits(pte, kWritable).writable()) tlb.add(page);
        break;
    case Change::TakeAccessed:
        if (take_accessed_bit(pte)) outcome.accessed = true;
        break;
    }
}

// Not where the policy or mlock keeps pages in memory.
bool ReverseMap::may_leave(AddressSpace& space, UserPage page) NO_THREAD_SAFETY_ANALYSIS
{
    const Region* region = space.regions_.find(page.number());
    return space.policy_.evictable && region && !region->locked();
}

void ReverseMap::change_entry(AddressSpace& space, UserPage page, Frame frame, Change change,
                              Outcome& outcome) NO_THREAD_SAFETY_ANALYSIS
{
    if (!space.lock_.try_lock()) {
        outcome.complete = false;
        outcome.met_lock = true;
        return;
    }
    Pte* pte = space.alive_ ? space.directory_.find(page) : nullptr;
    const bool shows = pte && pte->holds_frame() && pte->frame() == frame;
    if (shows && change == Change::Remove && !may_leave(space, page))
        outcome.complete = false;
    else if (shows)
        change_locked(space, *pte, page, change, outcome);
    check_page(space, page);
    space.lock_.unlock();
}

// Eviction may come with locks held that stand below the object's (a block map's, when a file system wants a page), so the
// object's and the family's are only tried, as the spaces' are.
ReverseMap::Outcome ReverseMap::change_page(MemoryObject& object, PageIndex index, Frame frame,
                                            Change change) NO_THREAD_SAFETY_ANALYSIS
{
    Outcome outcome;
    const TrySleepGuard guard{object.regions_lock_};
    if (!guard) return {false, true, false, false};
    for (Region& region : object.regions_) {
        const bool shows = !(index < region.object_start_) && index - region.object_start_ < region.pages();
        if (!shows) continue;
        change_entry(region.space_, region.first_ + (index - region.object_start_), frame, change, outcome);
    }
    return outcome;
}

ReverseMap::Outcome ReverseMap::unmap(MemoryObject& object, PageIndex index, Frame frame)
{
    return change_page(object, index, frame, Change::Remove);
}

bool ReverseMap::write_protect(MemoryObject& object, PageIndex index, Frame frame)
{
    return change_page(object, index, frame, Change::WriteProtect).complete;
}

bool ReverseMap::take_accessed(MemoryObject& object, PageIndex index, Frame frame)
{
    return change_page(object, index, frame, Change::TakeAccessed).accessed;
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

bool ReverseMap::may_be_stored_into(MemoryObject& object)
{
    SleepGuard guard{object.regions_lock_};
    for (const Region& region : object.regions_)
        if (region.shared() && region.most_rights().writable()) return true;
    return false;
}

// ---- Accessed bits ----

bool ReverseMap::take_accessed(ForkFamily& family, UserPage page, Frame frame) NO_THREAD_SAFETY_ANALYSIS
{
    Outcome outcome;
    const TrySleepGuard guard{family.lock_};
    if (!guard) return false;  // evict() meets the lock, too, and says so
    for (AddressSpace& space : family.spaces_)
        change_entry(space, page, frame, Change::TakeAccessed, outcome);
    return outcome.accessed;
}

void ReverseMap::flush_accessed()
{
    if (accessed_bits_cleared.exchange(false)) flush_all_spaces();
}

// ---- Private memory to swap ----

ReverseMap::Outcome ReverseMap::swap_out(ForkFamily& family, UserPage page, Frame frame,
                                         SwapArea& area) NO_THREAD_SAFETY_ANALYSIS
{
    Outcome outcome;
    const TrySleepGuard guard{family.lock_};
    if (!guard) return {false, true, false, false};
    for (AddressSpace& space : family.spaces_)
        swap_out_entry(space, page, frame, area, outcome);
    return outcome;
}

void ReverseMap::swap_out_entry(AddressSpace& space, UserPage page, Frame frame, SwapArea& area,
                                Outcome& outcome) NO_THREAD_SAFETY_ANALYSIS
{
    if (!space.lock_.try_lock()) {
        outcome.complete = false;
        outcome.met_lock = true;
        return;
    }
    Pte* pte = space.alive_ ? space.directory_.find(page) : nullptr;
    const bool shows = pte && pte->holds_frame() && pte->frame() == frame && is_private_memory(frame);
    if (shows && may_leave(space, page) && swap_out_locked(space, *pte, page, area))
        outcome.changed = true;
    else if (shows)
        outcome.complete = false;
    check_page(space, page);
    space.lock_.unlock();
}

// The entry is exchanged and forgotten by every CPU before the frame is the area's to write: no store can be missed. A frame
// that a PTE may store into and that has other owners is pinned by a call that writes into it: it stays.
bool ReverseMap::swap_out_locked(AddressSpace& space, Pte& pte, UserPage page,
                                 SwapArea& area) NO_THREAD_SAFETY_ANALYSIS
{
    const Frame frame = pte.frame();
    if (pte.writable() && frame_owners(frame) != 1) return false;
    auto slot = area.share_slot_of(frame);
    const bool enters = !slot;
    if (enters) slot = area.take_slot(space.family_.get(), PageIndex{page.number()});
    if (!slot) return false;
    TlbBatch tlb{space.loaded_};
    const Pte old = exchange_entry(pte, Pte::swapped(*slot));
    tlb.add(page);
    tlb.flush();
    if (enters && !area.enter(*slot, frame)) {
        pte = old;
        area.drop_owner(*slot);
        return false;
    }
    space.count_unmapped(frame);
    space.swapped_pages_++;
    release_frame(frame);
    return true;
}

// ---- Looking ----

void ReverseMap::see_entry(AddressSpace& space, UserPage page, Frame frame,
                           const MappingVisitor& visitor) NO_THREAD_SAFETY_ANALYSIS
{
    if (!space.lock_.try_lock()) return;
    const Pte* pte = space.alive_ ? space.directory_.find(page) : nullptr;
    if (pte && pte->holds_frame() && pte->frame() == frame) visitor.see(visitor.context, space, page);
    space.lock_.unlock();
}

void ReverseMap::for_each_mapping(MemoryObject& object, PageIndex index, Frame frame,
                                  const MappingVisitor& visitor)
{
    SleepGuard guard{object.regions_lock_};
    for (Region& region : object.regions_) {
        const bool shows = !(index < region.object_start_) && index - region.object_start_ < region.pages();
        if (shows) see_entry(region.space_, region.first_ + (index - region.object_start_), frame, visitor);
    }
}

void ReverseMap::for_each_mapping(ForkFamily& family, UserPage page, Frame frame,
                                  const MappingVisitor& visitor)
{
    SleepGuard guard{family.lock_};
    for (AddressSpace& space : family.spaces_)
        see_entry(space, page, frame, visitor);
}

}  // namespace faultline
