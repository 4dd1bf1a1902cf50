// Changing what an address space maps: the mmap family, the heap and the stack.
#include "core/scheduler.h"
#include "lib/bits.h"
#include "mm/address_space.h"
#include "mm/anonymous_object.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/space_change.h"

namespace faultline {

namespace {

u32 pages_of(u32 bytes)
{
    return bytes / kPageSize;
}

}  // namespace

// ---- map ----

// Mappings go below the stack's reserve and its gap.
UserPage AddressSpace::mmap_top() const
{
    if (policy_.layout == Layout::Xv6) return kUserEndPage;  // the heap grows towards it from far below
    const u32 reserve = min(max(pages_of(limits_.stack_bytes), u32{256}), pages_of(kUserEnd / 6 * 5));
    return kUserEndPage - reserve - limits_.guard_gap_pages;
}

Result<UserPage> AddressSpace::choose_place(const MapRequest& request)
{
    const UserPage hint = request.first;
    if (hint.number() >= lowest_mapping_ && hint < mmap_top() && request.pages <= mmap_top() - hint) {
        const Region* above = regions_.find_at_or_after(hint.number());
        if (!above || hint + request.pages <= above->first_) return hint;
    }
    if (auto found = regions_.find_highest_gap(request.pages, lowest_mapping_, mmap_top().number()))
        return UserPage{*found};
    return Errno::NoMemory;
}

// A region that ends where the request begins, or begins where it ends, and says the same, simply grows.
Region* AddressSpace::extend_neighbour(const MapRequest& request, UserPage first)
{
    if (request.kind != RegionKind::Mapping || (!request.object && request.sharing == Sharing::Shared))
        return nullptr;
    const auto says_the_same = [&request](const Region& region) {
        return region.kind_ == request.kind && region.rights_ == request.rights &&
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
    Ref<MemoryObject> object = request.object;
    if (!object && request.sharing == Sharing::Shared) object = TRY(AnonymousObject::create(request.pages));
    Region* region =
        TRY(make<Region>(*this, first, first + request.pages, request.rights, request.sharing, request.kind));
    region->object_ = move(object);
    region->object_start_ = request.object_start;
    region->most_rights_ = request.most_rights;
    insert_region(*region);
    return region;
}

Result<UserAddr> AddressSpace::map(const MapRequest& request)
{
    if (request.pages == 0 || request.pages >= kUserEndPage.number()) return Errno::NoMemory;
    if (policy_.mappings == When::AtOnce && !request.object && request.rights != Rights::none()) {
        gather_frames(request.pages);
        if (free_frames() <= request.pages) return Errno::NoMemory;  // nobody is to be killed for it
    }
    UserPage first = request.first;
    {
        Change change{*this};
        u32 replaced = 0;  // pages; the limit is asked before any of them is lost
        if (request.place == MapRequest::Place::Anywhere) {
            first = TRY(choose_place(request));
        } else {
            if (first.number() == 0) return Errno::Perm;  // page 0 stays unmapped
            if (kUserEndPage < first || request.pages > kUserEndPage - first) return Errno::NoMemory;
            const Region* there = regions_.find_at_or_after(first.number());
            const bool taken = there && there->first_ < first + request.pages;
            if (taken && request.place == MapRequest::Place::FixedNoReplace) return Errno::Exists;
            if (taken) replaced = mapped_pages_in(first, first + request.pages);
        }
        if (mapped_pages_ - replaced + request.pages > limits_.space_bytes / kPageSize)
            return Errno::NoMemory;
        if (replaced > 0) TRY(unmap_locked(first, first + request.pages));
        TRY(add_region(request, first));
    }
    const UserPage end = first + request.pages;
    if (request.populate) (void)populate(first, end);
    const auto filled = fill(first, end);
    if (filled.ok()) return first.address();
    TRY(unmap(first, end));
    return filled.error();
}

// As if the program had touched every page; what cannot be had now is left to the faults.
Result<void> AddressSpace::populate(UserPage first, UserPage end)
{
    for (UserPage page = first; page < end; ++page) {
        Access access = Access::Read;
        {
            SleepGuard guard{lock_};
            const Region* region = regions_.find(page.number());
            if (region && region->rights().writable() && !region->shared()) access = Access::Write;
        }
        const FaultOutcome outcome = make_present(page, access);
        if (outcome == FaultOutcome::OutOfMemory) return Errno::NoMemory;
        if (outcome != FaultOutcome::Done) return {};
        give_way();
    }
    return {};
}

Result<void> AddressSpace::fill(UserPage first, UserPage end)
{
    return policy_.mappings == When::AtOnce ? populate(first, end) : Result<void>{};
}

// ---- unmap ----

Result<void> AddressSpace::unmap(UserPage first, UserPage end)
{
    Change change{*this};
    return unmap_locked(first, end);
}

Result<void> AddressSpace::unmap_locked(UserPage first, UserPage end)
{
    Region* region = regions_.find_at_or_after(first.number());
    if (!region || end <= region->first_) return {};
    if (region->first_ < first && end < region->end_)
        TRY(split(*region, end));  // a hole: the only case that needs memory
    TlbBatch tlb{loaded_};
    while (region && region->first_ < end) {
        Region* next = regions_.next(*region);
        drop_pages(first < region->first_ ? region->first_ : first, lower(region->end_, end), tlb);
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
    for (UserPage page = first; page < end;) {
        const UserPage stop = lower(end, next_table(page));
        Pte* const entries = directory_.find(page);
        const u32 count = entries ? stop - page : 0;
        for (u32 i = 0; i < count; i++) {
            const Pte old = entries[i];
            if (!old.holds_frame()) continue;
            entries[i] = Pte{};
            count_unmapped(old.frame());
            tlb.add(page + i);
            tlb.release_after(old.frame());
        }
        page = stop;
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
    for (u32 page = begin; page < end.number() && page + kEntries <= free_until; page += kEntries) {
        Pde& pde = directory_.entries()[page / kEntries];
        if (!pde.present()) continue;
        const Frame table = pde.table();
        pde = Pde{};
        table_frames_--;
        tlb.add_all();  // the CPU may have cached the directory's entry
        tlb.release_after(table);
    }
}

// ---- protect ----

Result<void> AddressSpace::protect(UserPage first, UserPage end, Rights rights)
{
    Change change{*this};
    Region* region = regions_.find(first.number());
    TRY(may_protect(region, end, rights));
    if (region->first_ != first) region = TRY(split(*region, first));
    TlbBatch tlb{loaded_};
    for (;; region = regions_.next(*region)) {
        if (end < region->end_) TRY(split(*region, end));
        if (region->rights_ != rights) {
            region->rights_ = rights;
            apply_rights(*region, region->first_, region->end_, tlb);
        }
        region = merge_with_previous(*region);
        if (end <= region->end_) break;
    }
    if (Region* after = regions_.next(*region)) merge_with_previous(*after);
    return {};
}

// From `region` to the page before `end` everything is mapped, and its objects allow these rights.
Result<void> AddressSpace::may_protect(Region* region, UserPage end, Rights rights)
{
    for (; region; region = regions_.next(*region)) {
        if ((rights.bits() & ~region->most_rights_.bits()) != 0) return Errno::Access;
        if (region->kind_ == RegionKind::Guard) return Errno::Access;
        if (end <= region->end_) return {};
        const Region* next = regions_.next(*region);
        if (!next || next->first_ != region->end_) break;
    }
    return Errno::NoMemory;
}

// Makes present PTEs agree with the region's rights. What may be written again gets W by its next fault, which decides
// whether the frame may be shared.
void AddressSpace::apply_rights(Region& region, UserPage first, UserPage end, TlbBatch& tlb)
{
    const bool parks = region.rights().bits() == 0;
    const u32 kept = region.rights().writable() ? ~0u : ~u32{kWritable};
    for (UserPage page = first; page < end;) {
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
        page = stop;
    }
}

// ---- remap ----

Result<UserAddr> AddressSpace::remap(UserPage first, u32 old_pages, u32 new_pages, bool may_move)
{
    Change change{*this};
    Region* region = regions_.find(first.number());
    if (!region || region->end_ < first + old_pages || old_pages == 0) return Errno::Fault;
    if (region->kind_ == RegionKind::Guard) return Errno::Fault;
    if (new_pages <= old_pages) {
        if (new_pages < old_pages) TRY(unmap_locked(first + new_pages, first + old_pages));
        return first.address();
    }
    if (mapped_pages_ + (new_pages - old_pages) > limits_.space_bytes / kPageSize) return Errno::NoMemory;
    const Region* above = regions_.next(*region);
    const UserPage ceiling = above ? above->first_ : mmap_top();
    if (region->end_ == first + old_pages && first < ceiling && new_pages <= ceiling - first) {
        set_bounds(*region, region->first_, first + new_pages);
        return first.address();
    }
    if (!may_move) return Errno::NoMemory;
    TRY(split_at(first));
    TRY(split_at(first + old_pages));
    return move_region(*regions_.find(first.number()), first, old_pages, new_pages);
}

Result<UserAddr> AddressSpace::move_region(Region& region, UserPage first, u32 old_pages, u32 new_pages)
{
    MapRequest request;
    request.pages = new_pages;
    request.rights = region.rights_;
    request.most_rights = region.most_rights_;
    request.sharing = region.sharing_;
    request.object = region.object_;
    request.object_start = region.object_start_;
    const UserPage target = TRY(choose_place(request));
    TRY(add_region(request, target));
    TlbBatch tlb{loaded_};
    auto moved = move_pages(first, target, old_pages, tlb);
    if (!moved.ok()) {  // no memory for a table: back to where they were, for which tables exist
        (void)move_pages(target, first, old_pages, tlb);
        TRY(unmap_locked(target, target + new_pages));
        return moved.error();
    }
    TRY(unmap_locked(first, first + old_pages));
    return target.address();
}

Result<void> AddressSpace::move_pages(UserPage from, UserPage to, u32 pages, TlbBatch& tlb)
{
    for (u32 i = 0; i < pages; i++) {
        Pte* old = directory_.find(from + i);
        if (!old || !old->holds_frame()) continue;
        Pte* entry = TRY(entry_for(to + i));
        *entry = *old;
        *old = Pte{};
        tlb.add(from + i);
    }
    return {};
}

// ---- The rest of the mmap family ----

Result<void> AddressSpace::discard(UserPage first, UserPage end)
{
    SleepGuard guard{lock_};
    if (!covers(first, end)) return Errno::NoMemory;
    TlbBatch tlb{loaded_};
    drop_pages(first, end, tlb);
    return {};
}

Result<void> AddressSpace::sync(UserPage first, UserPage end, bool write)
{
    Result<void> outcome;
    for (UserPage page = first; page < end;) {
        const auto region = region_at_or_after(page);
        if (!region || page < region->first)
            outcome = Errno::NoMemory;  // a hole; what is behind it is synced, too
        if (!region || end <= region->first) break;
        if (page < region->first) page = region->first;
        const UserPage stop = lower(region->end, end);
        if (write && region->object && region->sharing == Sharing::Shared) {
            const PageIndex index = region->object_start + (page - region->first);
            TRY(region->object->write_back(index, index + (stop - page)));
        }
        page = stop;
    }
    return outcome;
}

Result<void> AddressSpace::residency(UserPage first, Span<u8> out)
{
    SleepGuard guard{lock_};
    if (!covers(first, first + static_cast<u32>(out.size()))) return Errno::NoMemory;
    for (u32 i = 0; i < out.size(); i++) {
        const UserPage page = first + i;
        const Pte* pte = directory_.find(page);
        bool resident = pte && pte->holds_frame();
        Region* region = regions_.find(page.number());
        if (!resident && region->object()) {
            if (auto frame = region->object()->find_resident(region->index_in_object(page))) {
                release_frame(*frame);
                resident = true;
            }
        }
        out[i] = resident ? 1 : 0;
    }
    return {};
}

// ---- Heap and stack ----

void AddressSpace::set_heap_start(UserPage start)
{
    heap_start_ = start;
    heap_end_ = start.address();
}

UserAddr AddressSpace::set_heap_end(UserAddr end)
{
    if (policy_.heap == When::AtOnce && heap_end_ < end && end.value() < kUserEnd)
        gather_frames(UserPage::end_of(end) - UserPage::end_of(heap_end_));
    Change change{*this};
    if (end < heap_start_.address() || kUserEnd <= end.value()) return heap_end_;
    const UserPage old_end = UserPage::end_of(heap_end_);
    const UserPage new_end = UserPage::end_of(end);
    if (resize_heap(old_end, new_end).ok()) heap_end_ = end;
    return heap_end_;
}

Result<void> AddressSpace::resize_heap(UserPage old_end, UserPage new_end)
{
    if (new_end == old_end) return {};
    if (new_end < old_end) return unmap_locked(new_end, old_end);
    const u32 growth = new_end - old_end;
    if (new_end - heap_start_ > limits_.data_bytes / kPageSize) return Errno::NoMemory;
    if (mapped_pages_ + growth > limits_.space_bytes / kPageSize) return Errno::NoMemory;
    const Region* above = regions_.find_at_or_after(old_end.number());
    const u32 gap = above && above->kind() == RegionKind::Stack ? limits_.guard_gap_pages : 0;
    const UserPage ceiling = above ? above->first() : kUserEndPage;
    if (ceiling < new_end + gap) return Errno::NoMemory;
    TRY(extend_heap(old_end, new_end));
    if (policy_.heap == When::OnTouch) return {};
    const auto allocated = allocate_pages(old_end, new_end, Rights::read_write());
    if (!allocated.ok()) TRY(unmap_locked(old_end, new_end));
    return allocated;
}

// The region only; its pages come when they are touched.
Result<void> AddressSpace::extend_heap(UserPage old_end, UserPage new_end)
{
    Region* heap = old_end == heap_start_ ? nullptr : regions_.find(old_end.number() - 1);
    if (heap && heap->kind() == RegionKind::Heap && heap->rights() == Rights::read_write()) {
        set_bounds(*heap, heap->first_, new_end);
        return {};
    }
    MapRequest request;
    request.pages = new_end - old_end;
    request.rights = Rights::read_write();
    request.kind = RegionKind::Heap;
    TRY(add_region(request, old_end));
    return {};
}

Result<void> AddressSpace::need_stack(u32 pages)
{
    if (policy_.layout == Layout::Xv6)
        return pages <= max(stack_pages_ / 2, u32{1}) ? Result<void>{} : Errno::TooBig;
    Change change{*this};
    MapRequest request;
    request.pages = pages;
    request.rights = Rights::read_write();
    request.kind = RegionKind::Stack;
    TRY(add_region(request, kUserEndPage - pages));
    return {};
}

}  // namespace faultline
