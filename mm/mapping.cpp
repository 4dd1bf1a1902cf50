// Changing what an address space maps: mmap, munmap and mprotect, the heap and the stack.
#include "core/scheduler.h"
#include "mm/anonymous_object.h"
#include "mm/commit.h"
#include "mm/frame.h"
#include "mm/space_change.h"
#include "mm/swap.h"

namespace faultline {

namespace {

u32 pages_of(u32 bytes)
{
    return bytes / kPageSize;
}

UserPage higher(UserPage a, UserPage b)
{
    return a < b ? b : a;
}

}  // namespace

// ---- What may be added ----

// The promise is made before the pages are counted, and whatever was not used of it is given back when the change ends.
Result<void> AddressSpace::charge(u32 pages)
{
    if (pages == 0) return {};
    TRY(charge_memory(pages));
    settled_charge_ += pages;
    return {};
}

void AddressSpace::settle_charge()
{
    if (settled_charge_ == charged_pages_) return;
    uncharge_memory(settled_charge_ - charged_pages_);
    settled_charge_ = charged_pages_;
}

// RLIMIT_AS, RLIMIT_DATA and RLIMIT_MEMLOCK, for so many pages more than there are.
Result<void> AddressSpace::may_add(u32 pages, RegionTraits traits, Sharing sharing)
{
    if (traits.has(kRegionLocked) && locked_pages_ + pages > pages_of(limits_.locked_bytes))
        return Errno::Again;
    if (mapped_pages_ + pages > pages_of(limits_.space_bytes)) return Errno::NoMemory;
    if (Region::is_data(traits, sharing) && data_pages_ + pages > pages_of(limits_.data_bytes))
        return Errno::NoMemory;
    return {};
}

RegionTraits AddressSpace::traits_of(const MapRequest& request)
{
    RegionTraits traits{request.rights, static_cast<u16>(request.flags | future_flags_)};
    const bool promises = request.rights.writable() && request.sharing == Sharing::Private;
    if (promises && !traits.has(kRegionNoReserve)) traits.flags |= kRegionCharged;
    return traits;
}

// ---- map ----

// Mappings go below the stack's reserve and its gap.
UserPage AddressSpace::mmap_top() const
{
    if (policy_.layout == Layout::Xv6) return kUserEndPage;  // the heap grows towards it from far below
    const u32 reserve = min(max(pages_of(limits_.stack_bytes), u32{256}), pages_of(kUserEnd / 6 * 5));
    const SpaceShifts& shifts = limits_.shifts;
    return kUserEndPage - reserve - limits_.guard_gap_pages - shifts.stack_pages - shifts.mmap_pages;
}

Result<UserPage> AddressSpace::choose_place(UserPage hint, u32 pages)
{
    if (hint.number() >= lowest_mapping_ && hint < mmap_top() && pages <= mmap_top() - hint) {
        const Region* above = regions_.find_at_or_after(hint.number());
        if (!above || hint.number() + pages <= above->room_key()) return hint;
    }
    if (auto found = regions_.find_highest_gap(pages, lowest_mapping_, mmap_top().number()))
        return UserPage{*found};
    return Errno::NoMemory;
}

Result<UserPage> AddressSpace::find_room(UserPage hint, u32 pages)
{
    const SleepGuard guard{lock_};
    return choose_place(hint, pages);
}

Result<UserPage> AddressSpace::place_for(const MapRequest& request)
{
    if (request.place == MapRequest::Place::Anywhere) return choose_place(request.first, request.pages);
    if (request.first.number() == 0) return Errno::Perm;  // page 0 stays unmapped
    if (kUserEndPage < request.first || request.pages > kUserEndPage - request.first) return Errno::NoMemory;
    if (request.place == MapRequest::Place::FixedNoReplace) {
        const Region* there = regions_.find_at_or_after(request.first.number());
        if (there && there->first_ < request.first + request.pages) return Errno::Exists;
    }
    return request.first;
}

Result<Region*> AddressSpace::make_region(const MapRequest& request, UserPage first)
{
    Region* region =
        TRY(new_region(first, first + request.pages, traits_of(request), request.sharing, request.kind));
    region->object_ = request.object;
    region->object_start_ = request.object_start;
    region->most_rights_ = request.most_rights;
    return region;
}

// A region that ends where the request begins, or begins where it ends, and says the same, simply grows.
Region* AddressSpace::extend_neighbour(const MapRequest& request, UserPage first)
{
    if (request.kind != RegionKind::Mapping) return nullptr;
    const RegionTraits traits = traits_of(request);
    const auto says_the_same = [&request, traits](const Region& region) {
        return region.kind_ == request.kind && region.traits_ == traits &&
               region.most_rights_ == request.most_rights && region.sharing_ == request.sharing &&
               region.object_ == request.object;
    };
    const UserPage end = first + request.pages;
    Region* above = regions_.find_at_or_after(first.number());
    Region* below = above ? regions_.previous(*above) : regions_.last();
    if (below && below->end_ == first && says_the_same(*below) &&
        (!request.object || below->object_start_ + below->pages() == request.object_start)) {
        set_bounds(*below, below->first_, end);
        if (above) merge_with_previous(*above);
        return below;
    }
    if (above && above->first_ == end && says_the_same(*above) &&
        (!request.object || request.object_start + request.pages == above->object_start_)) {
        set_bounds(*above, first, above->end_);
        return above;
    }
    return nullptr;
}

Result<Region*> AddressSpace::add_region(const MapRequest& request, UserPage first)
{
    if (Region* grown = extend_neighbour(request, first)) return grown;
    Region* region = TRY(make_region(request, first));
    insert_region(*region);
    return region;
}

Result<UserAddr> AddressSpace::map_locked(const MapRequest& request)
{
    const UserPage first = TRY(place_for(request));
    const UserPage end = first + request.pages;
    const PagesIn replaced =
        request.place == MapRequest::Place::Fixed ? count_pages_in(first, end) : PagesIn{};
    const RegionTraits traits = traits_of(request);
    TRY(may_add(request.pages - replaced.mapped, traits, request.sharing));
    if (traits.has(kRegionCharged) && request.pages > replaced.charged)
        TRY(charge(request.pages - replaced.charged));
    if (replaced.mapped > 0) {  // all that can fail comes first: what stands there is not lost for nothing
        Region* region = TRY(make_region(request, first));
        if (auto gone = unmap_locked(first, end); !gone.ok()) {
            dead_.push_back(*region);
            return gone.error();
        }
        insert_region(*region);
        region = merge_with_previous(*region);
        if (Region* after = regions_.next(*region)) merge_with_previous(*after);
        return first.address();
    }
    TRY(add_region(request, first));
    return first.address();
}

Result<UserAddr> AddressSpace::map(const MapRequest& request)
{
    if (request.pages == 0 || request.pages >= kUserEndPage.number()) return Errno::NoMemory;
    if (policy_.mappings == When::AtOnce && !request.object && request.rights != Rights::none()) {
        gather_frames(request.pages);
        if (free_frames() <= request.pages) return Errno::NoMemory;  // nobody is to be killed for it
    }
    MapRequest whole = request;
    if (!request.object && request.sharing == Sharing::Shared)
        whole.object = TRY(AnonymousObject::create(
            request.pages, (request.flags & kRegionNoReserve) != 0 ? Promise::No : Promise::Yes));
    bool locked = false;
    const UserAddr start = TRY(changing([this, &whole, &locked]() REQUIRES(lock_) {
        const u16 flags = traits_of(whole).flags;
        locked = (flags & kRegionLocked) != 0 && (flags & kRegionLockedOnFault) == 0;
        return map_locked(whole);
    }));
    const UserPage first = UserPage::containing(start), end = first + request.pages;
    if (request.populate || locked) (void)populate(first, end);
    const auto filled = fill(first, end);
    if (filled.ok()) return start;
    TRY(unmap(first, end));
    return filled.error();
}

// As if the program had touched every page; what cannot be had now is left to the faults. Stops where one fails.
Result<void> AddressSpace::populate(UserPage first, UserPage end)
{
    for (UserPage page = first; page < end;) {
        const auto region = region_at_or_after(page);
        if (!region || end <= region->first) break;
        const bool stores = region->rights.writable() && region->sharing == Sharing::Private;
        const UserPage stop = lower(region->end, end);
        TRY(populate_as(higher(page, region->first), stop, stores ? Access::Write : Access::Read));
        page = stop;
    }
    return {};
}

Result<void> AddressSpace::populate_as(UserPage first, UserPage end, Access access)
{
    for (UserPage page = first; page < end; ++page) {
        const FaultOutcome outcome = make_present(page, access);
        if (outcome == FaultOutcome::OutOfMemory) return Errno::NoMemory;
        if (outcome == FaultOutcome::Interrupted) return Errno::Intr;
        if (outcome != FaultOutcome::Done) return Errno::Fault;
        give_way();
    }
    return {};
}

// ---- unmap ----

Result<void> AddressSpace::unmap(UserPage first, UserPage end)
{
    return changing([this, first, end]() REQUIRES(lock_) { return unmap_locked(first, end); });
}

Result<void> AddressSpace::unmap_locked(UserPage first, UserPage end)
{
    Region* region = regions_.find_at_or_after(first.number());
    if (!region || end <= region->first_) return {};
    TRY(own_tables(first, end));
    if (region->first_ < first && end < region->end_)
        TRY(split(*region, end));  // a hole: the only case that needs memory
    TlbBatch tlb{loaded_};
    while (region && region->first_ < end) {
        Region* next = regions_.next(*region);
        drop_pages(higher(first, region->first_), lower(region->end_, end), tlb);
        if (region->first_ < first)
            set_bounds(*region, region->first_, first);
        else if (end < region->end_)
            set_bounds(*region, end, region->end_);
        else
            drop_region(*region);
        region = next;
    }
    free_empty_tables(first, end, tlb);
    return {};
}

// The pages lose their frames. Ownerships are let go once no CPU can reach them.
void AddressSpace::drop_pages(UserPage first, UserPage end, TlbBatch& tlb)
{
    for (UserPage page = next_with_table(first, end); page < end;) {
        const UserPage stop = lower(end, next_table(page));
        Pte* const entries = directory_.find(page);
        const u32 count = entries ? stop - page : 0;
        for (u32 i = 0; i < count; i++) {
            const Pte old = entries[i];
            if (old.raw() == 0) {
                i = skip_absent(entries, i, count) - 1;
                continue;
            }
            if (old.is_swap()) {
                drop_swapped(old);
                entries[i] = Pte{};
            }
            if (!old.holds_frame()) continue;
            entries[i] = Pte{};
            count_unmapped(old.frame());
            tlb.add(page + i);
            tlb.release_after(old.frame());
        }
        page = next_with_table(stop, end);
    }
}

// Page tables that no region needs any more, among those that hold pages of the range.
void AddressSpace::free_empty_tables(UserPage first, UserPage end, TlbBatch& tlb)
{
    const Region* above = regions_.find_at_or_after(end.number());
    const Region* below = above ? regions_.previous(*above) : regions_.last();
    const u32 free_from = below ? below->end_.number() : 0;
    const u32 free_until = above ? above->first_.number() : kUserEndPage.number();
    const u32 begin = max(round_up(free_from, kEntries), round_down(first.number(), kEntries));
    for (u32 index = tables_.next(begin / kEntries);
         index * kEntries < end.number() && (index + 1) * kEntries <= free_until;
         index = tables_.next(index + 1)) {
        Pde& pde = directory_.entries()[index];
        const Frame table = pde.table();
        pde = Pde{};
        tables_.remove(index);
        table_frames_--;
        tlb.add_all();  // the CPU may have cached the directory's entry
        tlb.release_after(table);
    }
}

// ---- protect ----

Result<void> AddressSpace::protect(UserPage first, UserPage end, Rights rights, From from)
{
    return changing([this, first, end, rights, from]()
                        REQUIRES(lock_) { return protect_locked(first, end, rights, from); });
}

Result<void> AddressSpace::protect_locked(UserPage first, UserPage end, Rights rights, From from)
{
    if (from == From::RegionStart) {
        const Region* region = regions_.find_at_or_after(first.number());
        if (!region || end <= region->first_) return Errno::NoMemory;
        if (!region->has(kRegionGrowsDown)) return Errno::Invalid;
        first = region->first_;
    }
    TRY(own_tables(first, end));
    return alter(first, end, [this, rights](const Region& region, u32 pages) REQUIRES(lock_) {
        return protected_traits(region, pages, rights);
    });
}

// Private memory that may be written from now on is promised from now on, and stays so.
Result<RegionTraits> AddressSpace::protected_traits(const Region& region, u32 pages, Rights rights)
{
    if ((rights.bits() & ~region.most_rights_.bits()) != 0) return Errno::Access;
    if (region.kind_ == RegionKind::Guard) return Errno::Access;
    RegionTraits traits{rights, region.traits_.flags};
    if (traits == region.traits_) return traits;
    const bool becomes_data = Region::is_data(traits, region.sharing_) && !region.is_data();
    if (becomes_data && data_pages_ + pages > pages_of(limits_.data_bytes)) return Errno::NoMemory;
    const bool is_promise = rights.writable() && !region.shared() && !region.has(kRegionNoReserve);
    if (is_promise && !region.has(kRegionCharged)) {
        TRY(charge(pages));
        traits = traits.with(kRegionCharged);
    }
    return traits;
}

// The part [first, end) of the region as a region of its own.
Result<Region*> AddressSpace::cut_out(Region& region, UserPage first, UserPage end)
{
    Region* part = &region;
    if (part->first_ < first) part = TRY(split(*part, first));
    if (end < part->end_) TRY(split(*part, end));
    return part;
}

// Where the pages [first, end) at one edge of the region are to say what the neighbour there says, they become its own: only
// the boundary moves. The neighbour, or null where that cannot be.
Region* AddressSpace::hand_over(Region& region, UserPage first, UserPage end, RegionTraits traits,
                                TlbBatch& tlb)
{
    const bool at_start = region.first_ == first;
    if (at_start == (region.end_ == end)) return nullptr;  // all of it, or the middle
    Region* const heir = at_start ? regions_.previous(region) : regions_.next(region);
    if (!heir || heir->traits_ != traits) return nullptr;
    if (!continues(at_start ? *heir : region, at_start ? region : *heir)) return nullptr;
    const Rights before = region.rights();
    count_pages(region, 0 - (end - first));
    count_pages(*heir, end - first);
    move_bounds(*heir, lower(heir->first_, first), higher(heir->end_, end));
    move_bounds(region, at_start ? end : region.first_, at_start ? region.end_ : first);
    if (before != traits.rights) apply_rights(*heir, first, end, tlb);
    return heir;
}

void AddressSpace::set_traits(Region& region, RegionTraits traits, TlbBatch& tlb)
{
    const bool other_rights = region.rights() != traits.rights;
    count_pages(region, 0 - region.pages());
    region.traits_ = traits;
    count_pages(region, region.pages());
    if (other_rights) apply_rights(region, region.first_, region.end_, tlb);
}

// Makes present PTEs agree with the region's rights. What may be written again gets W by its next fault, which decides
// whether the frame may be shared.
void AddressSpace::apply_rights(Region& region, UserPage first, UserPage end, TlbBatch& tlb)
{
    const bool parks = region.rights().bits() == 0;
    const u32 kept = region.rights().writable() ? ~0u : ~u32{kWritable};
    for (UserPage page = next_with_table(first, end); page < end;) {
        const UserPage stop = lower(end, next_table(page));
        Pte* const entries = directory_.find(page);
        const u32 count = entries ? stop - page : 0;
        for (u32 i = 0; i < count; i++) {
            const Pte old = entries[i];
            if (!old.holds_frame()) continue;
            const Pte wanted = Pte::from_raw((parks ? old.parked() : old.unparked()).raw() & kept);
            if (wanted.raw() == old.raw()) continue;
            entries[i] = wanted;
            if (old.present()) tlb.add(page + i);
        }
        page = next_with_table(stop, end);
    }
}

// ---- Heap and stack ----

void AddressSpace::set_heap_start(UserPage start)
{
    heap_start_ = start;
    heap_end_ = start.address();
}

UserAddr AddressSpace::set_heap_end(UserAddr end)
{
    const UserAddr before = heap_end_;
    if (policy_.heap == When::AtOnce && before < end && end.value() < kUserEnd)
        gather_frames(UserPage::end_of(end) - UserPage::end_of(before));
    if (end < heap_start_.address() || kUserEnd <= end.value()) return before;
    const UserPage old_end = UserPage::end_of(before);
    const UserPage new_end = UserPage::end_of(end);
    auto resized = changing([this, end, old_end, new_end]() REQUIRES(lock_) {
        auto done = resize_heap(old_end, new_end);
        if (done.ok()) heap_end_ = end;
        return done;
    });
    if (!resized.ok()) return before;
    if (future_flags_ == kRegionLocked) (void)populate(old_end, new_end);
    return end;
}

Result<void> AddressSpace::resize_heap(UserPage old_end, UserPage new_end)
{
    if (new_end == old_end) return {};
    if (new_end < old_end) return unmap_locked(new_end, old_end);
    MapRequest request;
    request.pages = new_end - old_end;
    request.rights = Rights::read_write();
    request.kind = RegionKind::Heap;
    const RegionTraits traits = traits_of(request);
    if (new_end - heap_start_ > pages_of(limits_.data_bytes)) return Errno::NoMemory;
    TRY(may_add(request.pages, traits, Sharing::Private));
    const Region* above = regions_.find_at_or_after(old_end.number());
    if ((above ? above->room_key() : kUserEndPage.number()) < new_end.number()) return Errno::NoMemory;
    TRY(charge(request.pages));
    TRY(extend_heap(request, old_end));
    if (policy_.heap == When::OnTouch) return {};
    const auto allocated = allocate_pages(old_end, new_end, Rights::read_write());
    if (!allocated.ok()) TRY(unmap_locked(old_end, new_end));
    starved_ = false;  // nobody is to be killed for it
    return allocated;
}

// The region only; its pages come when they are touched.
Result<void> AddressSpace::extend_heap(const MapRequest& request, UserPage old_end)
{
    const RegionTraits traits = traits_of(request);
    Region* heap = old_end == heap_start_ ? nullptr : regions_.find(old_end.number() - 1);
    if (heap && heap->kind() == RegionKind::Heap && heap->traits() == traits) {
        set_bounds(*heap, heap->first_, old_end + request.pages);
        return {};
    }
    TRY(add_region(request, old_end));
    return {};
}

Result<void> AddressSpace::need_stack(u32 pages)
{
    if (policy_.layout == Layout::Xv6)
        return pages <= max(stack_pages_ / 2, u32{1}) ? Result<void>{} : Errno::TooBig;
    return changing([this, pages]() REQUIRES(lock_) -> Result<void> {
        MapRequest request;
        request.pages = pages;
        request.rights = Rights::read_write();
        request.kind = RegionKind::Stack;
        request.flags = kRegionGrowsDown;
        TRY(charge(pages));
        TRY(add_region(request, stack_top_ - pages));
        return {};
    });
}

}  // namespace faultline
