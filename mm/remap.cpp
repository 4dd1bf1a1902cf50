// mremap: a mapping changes its size or its place; its pages go with it, frames and contents.
#include "mm/frame.h"
#include "mm/space_change.h"
#include "mm/swap.h"

namespace faultline {

Result<UserAddr> AddressSpace::remap(const RemapRequest& request)
{
    bool locked = false;
    const UserAddr start = TRY(changing([this, &request, &locked]() REQUIRES(lock_) {
        const Region* region = regions_.find(request.first.number());
        locked = region && region->locked() && !region->has(kRegionLockedOnFault);
        return remap_locked(request);
    }));
    const UserPage first = UserPage::containing(start);
    if (locked && request.old_pages < request.new_pages)
        (void)populate(first + request.old_pages, first + request.new_pages);
    return start;
}

Result<UserAddr> AddressSpace::remap_locked(RemapRequest request)
{
    Region* region = regions_.find(request.first.number());
    if (!region || region->kind_ == RegionKind::Guard) return Errno::Fault;
    const UserPage first = request.first;
    const bool goes_elsewhere = request.place == RemapRequest::Place::Fixed || request.keep_old;
    if (!goes_elsewhere && request.new_pages <= request.old_pages) {
        TRY(unmap_locked(first + request.new_pages, first + request.old_pages));
        return first.address();
    }
    if (request.old_pages == 0 && !region->shared()) return Errno::Invalid;
    if (request.old_pages > region->end_ - first) return Errno::Fault;
    const PageIndex start = region->index_in_object(first);
    if (region->object() && start.number() + request.new_pages < start.number()) return Errno::Invalid;
    const u32 more = request.new_pages > request.old_pages ? request.new_pages - request.old_pages : 0;
    TRY(may_add(request.keep_old ? request.new_pages : more, region->traits_, region->sharing_));
    if (!goes_elsewhere) {
        if (TRY(grow_in_place(*region, request))) return first.address();
        if (request.place == RemapRequest::Place::Here) return Errno::NoMemory;
    }
    return move_region(request);
}

Result<bool> AddressSpace::grow_in_place(Region& region, const RemapRequest& request)
{
    const UserPage new_end = request.first + request.new_pages;
    const Region* above = regions_.next(region);
    const UserPage ceiling = above ? above->first_ : kUserEndPage;
    if (region.end_ != request.first + request.old_pages) return false;
    if (request.new_pages > ceiling - request.first) return false;
    if (region.has(kRegionCharged)) TRY(charge(request.new_pages - request.old_pages));
    set_bounds(region, region.first_, new_end);
    if (Region* after = regions_.next(region)) merge_with_previous(*after);
    return true;
}

// Where it goes; at a fixed place, what stood there is gone.
Result<UserPage> AddressSpace::target_for(const RemapRequest& request)
{
    if (request.place != RemapRequest::Place::Fixed) return choose_place(request.target, request.new_pages);
    if (request.target.number() == 0) return Errno::Perm;  // page 0 stays unmapped
    TRY(unmap_locked(request.target, request.target + request.new_pages));
    return request.target;
}

// All that can fail comes before the first entry moves.
Result<UserAddr> AddressSpace::move_region(const RemapRequest& request)
{
    const UserPage first = request.first;
    const u32 kept = min(request.old_pages, request.new_pages);  // pages that move
    const UserPage target = TRY(target_for(request));
    const RegionTraits traits = regions_.find(first.number())->traits();
    if (traits.has(kRegionCharged))
        TRY(charge(request.keep_old ? request.new_pages : request.new_pages - kept));
    TRY(make_tables(first, target, kept));
    TRY(make_leavable(request));
    const Region* region = regions_.find(first.number());
    Region* moved = TRY(region_like(*region, target, target + request.new_pages));
    moved->object_start_ = region->index_in_object(first);
    moved->kind_ = RegionKind::Mapping;
    moved->traits_ = traits;
    insert_region(*moved);
    {
        TlbBatch tlb{loaded_};
        move_pages(first, target, kept, tlb);
    }
    if (!request.keep_old && request.old_pages > 0)
        TRY(unmap_locked(first, first + request.old_pages));  // was made leavable: needs no memory
    moved = merge_with_previous(*moved);
    if (Region* after = regions_.next(*moved)) merge_with_previous(*after);
    return target.address();
}

// The range that is left: what stays there is not locked; what goes does not leave a hole in one region.
Result<void> AddressSpace::make_leavable(const RemapRequest& request)
{
    const UserPage first = request.first, end = first + request.old_pages;
    Region* region = regions_.find(first.number());
    if (request.keep_old && region->locked())
        return alter(first, end, [](const Region& old, u32) -> Result<RegionTraits> {
            return old.traits().without(kRegionLocked | kRegionLockedOnFault);
        });
    if (request.keep_old || request.old_pages == 0) return {};
    if (region->first_ < first && end < region->end_) TRY(split(*region, end));
    return {};
}

// Tables for the pages that will move from `from` to `to`.
Result<void> AddressSpace::make_tables(UserPage from, UserPage to, u32 pages)
{
    TRY(own_tables(from, from + pages));
    for (u32 i = 0; i < pages; i++) {
        const Pte* old = directory_.find(from + i);
        if (!old || old->raw() == 0 || directory_.find(to + i)) continue;
        if (auto made = entry_for(to + i); !made.ok()) {
            TlbBatch tlb{loaded_};
            free_empty_tables(to, to + pages, tlb);
            return made.error();
        }
    }
    return {};
}

namespace {

// The way back from the frame to its PTE leads to the new page. What others own too stays where they have it.
void note_moved(Pte pte, UserPage to)
{
    if (pte.is_swap())
        swap_area().set_page(pte.swap_slot(), PageIndex{to.number()});
    else if (frame_record(pte.frame()).use == FrameUse::Anonymous && frame_owners(pte.frame()) == 1)
        frame_record(pte.frame()).index = PageIndex{to.number()};
}

}  // namespace

void AddressSpace::move_pages(UserPage from, UserPage to, u32 pages, TlbBatch& tlb)
{
    for (u32 i = 0; i < pages; i++) {
        Pte* const old = directory_.find(from + i);
        if (!old || old->raw() == 0) continue;
        note_moved(*old, to + i);
        *directory_.find(to + i) = *old;
        *old = Pte{};
        tlb.add(from + i);
    }
}

}  // namespace faultline
