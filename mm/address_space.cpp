#include "mm/address_space.h"

#include "core/assert.h"
#include "core/scheduler.h"
#include "lib/bits.h"
#include "mm/anonymous_object.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/reclaim.h"

namespace faultline {

namespace {

constexpr u32 kPagesOfTable = kEntries;

UserPage lower(UserPage a, UserPage b)
{
    return b < a ? b : a;
}

// The first page that the next page table holds.
UserPage next_table(UserPage page)
{
    return UserPage{round_down(page.number(), kPagesOfTable) + kPagesOfTable};
}

u32 pages_of(u32 bytes)
{
    return bytes / kPageSize;
}

}  // namespace

// Holds the space's lock for one change. Regions that the change dropped are destroyed after the lock is free, because the
// last count on an object may go with them. (The scope's order does it: first unlock, then bury.)
class SCOPED_CAPABILITY AddressSpace::Change {
public:
    explicit Change(AddressSpace& space) ACQUIRE(space.lock_) NO_THREAD_SAFETY_ANALYSIS : space_{space}
    {
        space_.lock_.lock();
    }
    ~Change() RELEASE() NO_THREAD_SAFETY_ANALYSIS
    {
        Region* dead[kAtOnce];
        for (;;) {
            u32 count = 0;
            while (count < kAtOnce && (dead[count] = space_.dead_.pop_front()))
                count++;
            space_.lock_.unlock();
            for (u32 i = 0; i < count; i++)
                destroy(dead[i]);
            if (count < kAtOnce) return;
            space_.lock_.lock();
        }
    }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

private:
    static constexpr u32 kAtOnce = 16;
    AddressSpace& space_;
};

// ---- Birth and death ----

Result<Ref<AddressSpace>> AddressSpace::create(const Policy& policy, const SpaceLimits& limits)
{
    void* memory = TRY(heap_allocate(sizeof(AddressSpace)));
    auto space = Ref<AddressSpace>::adopt(new (memory) AddressSpace{policy, limits});
    space->directory_ = TRY(PageDirectory::create());
    space->loaded_.directory = space->directory_.frame().address();
    space->alive_ = true;
    return space;
}

void AddressSpace::last_ref_dropped()
{
    tear_down();
    destroy(this);
}

void AddressSpace::tear_down()
{
    unload_everywhere(loaded_);
    Change change{*this};
    if (!alive_) return;
    alive_ = false;
    for (Region* region = regions_.first(); region; region = regions_.next(*region))
        release_frames_of(*region);
    for (Region* region = regions_.first(); region; region = regions_.next(*region))
        release_tables_of(*region);
    debug_assert(table_frames_ == 0);
    while (Region* region = regions_.first())
        drop_region(*region);
    resident_anonymous_ = resident_file_ = 0;
    release_frame(directory_.frame());
}

// The space is dead: entries are not cleared, nothing is flushed.
void AddressSpace::release_frames_of(const Region& region)
{
    for (UserPage page = region.first(); page < region.end();) {
        const UserPage end = lower(region.end(), next_table(page));
        const Pte* const entries = directory_.find(page);
        const u32 count = entries ? end - page : 0;
        for (u32 i = 0; i < count; i++)
            if (entries[i].holds_frame() && !drop_if_shared(entries[i].frame()))
                release_frame(entries[i].frame());
        page = end;
    }
}

void AddressSpace::release_tables_of(const Region& region)
{
    for (UserPage page = region.first(); page < region.end(); page = next_table(page)) {
        Pde& pde = directory_.entries()[page.directory_index()];
        if (!pde.present()) continue;
        release_frame(pde.table());
        pde = Pde{};
        table_frames_--;
    }
}

// ---- Fork ----

Result<Ref<AddressSpace>> AddressSpace::fork()
{
    for (;;) {
        auto made = create(policy_, limits_);
        if (made.ok()) {
            AddressSpace& child = *made.value();
            Result<void> copied;
            {
                Change change{*this};
                copied = copy_to(child);
            }
            if (copied.ok()) return made;
            if (copied.error() != Errno::NoMemory) return copied.error();
        }
        if (!make_room()) return Errno::NoMemory;
    }
}

Result<void>
AddressSpace::copy_to(AddressSpace& child) NO_THREAD_SAFETY_ANALYSIS  // nobody else knows the child yet
{
    bool rights_lost = false;
    Result<void> outcome;
    for (Region* region = regions_.first(); region && outcome.ok(); region = regions_.next(*region)) {
        auto made = make<Region>(child, region->first_, region->end_, region->rights_, region->sharing_,
                                 region->kind_);
        if (!made.ok()) {
            outcome = made.error();
            break;
        }
        Region& copy = *made.value();
        copy.object_ = region->object_;
        copy.object_start_ = region->object_start_;
        copy.most_rights_ = region->most_rights_;
        child.insert_region(copy);
        outcome = copy_pages_to(child, *region, rights_lost);
    }
    child.heap_start_ = heap_start_;
    child.heap_end_ = heap_end_;
    child.resident_anonymous_ = resident_anonymous_;
    child.resident_file_ = resident_file_;
    if (rights_lost) {
        TlbBatch tlb{loaded_};
        tlb.add_all();
    }
    return outcome;
}

// Parent and child own every frame together from here on. What either may write privately loses W in both: the first who
// writes gets a copy, the last keeps the frame.
Result<void> AddressSpace::copy_pages_to(AddressSpace& child, const Region& region,
                                         bool& rights_lost) NO_THREAD_SAFETY_ANALYSIS
{
    const u32 lost = region.shared() ? 0 : u32{kWritable};
    const u32 kept_by_child = ~(u32{kAccessed | kDirty} | lost);
    u32 parents_rights = 0;
    for (UserPage page = region.first(); page < region.end();) {
        const UserPage end = lower(region.end(), next_table(page));
        if (Pte* const from = directory_.find(page)) {
            Pte* const to = TRY(child.entry_for(page));
            const u32 count = end - page;
            for (u32 i = 0; i < count; i++) {
                const Pte pte = from[i];
                if (!pte.holds_frame()) continue;
                retain_frame(pte.frame());
                to[i] = Pte::from_raw(pte.raw() & kept_by_child);
                from[i] = Pte::from_raw(pte.raw() & ~lost);
                parents_rights |= pte.raw();
            }
        }
        page = end;
    }
    if (parents_rights & lost) rights_lost = true;
    return {};
}

// ---- The set of regions ----

void AddressSpace::insert_region(Region& region)
{
    regions_.insert(region);
    mapped_pages_ += region.pages();
    if (region.object()) region.object()->add_region(region);
}

// Takes it out; its memory and its count on the object go when the lock is free (Change).
void AddressSpace::drop_region(Region& region)
{
    if (region.object()) region.object()->remove_region(region);
    if (last_region_ == &region) last_region_ = nullptr;
    regions_.remove(region);
    mapped_pages_ -= region.pages();
    dead_.push_back(region);
}

// The object's lock is taken only where there is an object, which the analysis cannot follow.
void AddressSpace::set_bounds(Region& region, UserPage first, UserPage end) NO_THREAD_SAFETY_ANALYSIS
{
    MemoryObject* object = region.object();
    if (object) object->regions_lock().lock();
    mapped_pages_ += (end - first) - region.pages();
    if (object)
        region.object_start_ =
            PageIndex{region.object_start_.number() + (first.number() - region.first_.number())};
    region.first_ = first;
    region.end_ = end;
    regions_.resized(region);
    if (object) object->regions_lock().unlock();
}

// Cuts the region in two; the answer begins at `at`.
Result<Region*> AddressSpace::split(Region& region, UserPage at)
{
    Region* upper = TRY(make<Region>(*this, at, region.end_, region.rights_, region.sharing_, region.kind_));
    upper->object_ = region.object_;
    upper->object_start_ = region.index_in_object(at);
    upper->most_rights_ = region.most_rights_;
    if (region.kind_ == RegionKind::Stack)
        upper->kind_ = RegionKind::Mapping;  // the lower part is what grows
    set_bounds(region, region.first_, at);
    insert_region(*upper);
    return upper;
}

Result<void> AddressSpace::split_at(UserPage page)
{
    Region* region = regions_.find(page.number());
    if (region && region->first_ != page) TRY(split(*region, page));
    return {};
}

bool AddressSpace::can_merge(const Region& a, const Region& b)
{
    if (a.end_ != b.first_ || a.kind_ != RegionKind::Mapping || b.kind_ != RegionKind::Mapping) return false;
    if (a.rights_ != b.rights_ || a.most_rights_ != b.most_rights_ || a.sharing_ != b.sharing_) return false;
    if (a.object_ != b.object_) return false;
    return !a.object_ || a.object_start_ + a.pages() == b.object_start_;
}

// Neighbours that say the same become one region: the region and the one before it. The answer is what is left.
Region* AddressSpace::merge_with_previous(Region& region)
{
    Region* before = regions_.previous(region);
    if (!before || !can_merge(*before, region)) return &region;
    const UserPage end = region.end_;
    drop_region(region);
    set_bounds(*before, before->first_, end);
    return before;
}

// Every page of the range belongs to some region.
bool AddressSpace::covers(UserPage first, UserPage end)
{
    for (UserPage page = first; page < end;) {
        const Region* region = regions_.find(page.number());
        if (!region) return false;
        page = region->end_;
    }
    return true;
}

// ---- map ----

// Mappings go below the stack's reserve and its gap.
UserPage AddressSpace::mmap_top() const
{
    const u32 reserve = min(max(pages_of(limits_.stack_bytes), u32{256}), pages_of(kUserEnd / 6 * 5));
    return kUserEndPage - reserve - limits_.guard_gap_pages;
}

Result<UserPage> AddressSpace::choose_place(const MapRequest& request)
{
    constexpr u32 kLowest = 16;  // pages: no mapping is put lower unless it was asked for
    const UserPage hint = request.first;
    if (hint.number() >= kLowest && hint < mmap_top() && request.pages <= mmap_top() - hint) {
        const Region* above = regions_.find_at_or_after(hint.number());
        if (!above || hint + request.pages <= above->first_) return hint;
    }
    if (auto found = regions_.find_highest_gap(request.pages, kLowest, mmap_top().number()))
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
    UserPage first = request.first;
    {
        Change change{*this};
        if (request.place == MapRequest::Place::Anywhere) {
            first = TRY(choose_place(request));
        } else {
            if (first.number() == 0) return Errno::Perm;  // page 0 stays unmapped
            if (kUserEndPage < first || request.pages > kUserEndPage - first) return Errno::NoMemory;
            const Region* there = regions_.find_at_or_after(first.number());
            const bool taken = there && there->first_ < first + request.pages;
            if (taken && request.place == MapRequest::Place::FixedNoReplace) return Errno::Exists;
            if (taken) TRY(unmap_locked(first, first + request.pages));
        }
        if (mapped_pages_ + request.pages > limits_.space_bytes / kPageSize) return Errno::NoMemory;
        TRY(add_region(request, first));
    }
    if (request.populate) (void)populate(first, first + request.pages);
    return first.address();
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
        if (handle_fault(page.address(), access) != FaultOutcome::Done) return Errno::NoMemory;
        give_way();
    }
    return {};
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
    const u32 begin = max(round_up(free_from, kPagesOfTable), round_down(first.number(), kPagesOfTable));
    for (u32 page = begin; page < end.number() && page + kPagesOfTable <= free_until; page += kPagesOfTable) {
        Pde& pde = directory_.entries()[page / kPagesOfTable];
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

Result<void> AddressSpace::sync(UserPage first, UserPage end)
{
    for (UserPage page = first; page < end;) {
        const auto region = region_at_or_after(page);
        if (!region || page < region->first) return Errno::NoMemory;
        const UserPage stop = lower(region->end, end);
        if (region->object && region->sharing == Sharing::Shared) {
            const PageIndex index = region->object_start + (page - region->first);
            TRY(region->object->write_back(index, index + (stop - page)));
        }
        page = stop;
    }
    return {};
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
    Region* heap = old_end == heap_start_ ? nullptr : regions_.find(old_end.number() - 1);
    if (heap && heap->kind() == RegionKind::Heap) {
        set_bounds(*heap, heap->first_, new_end);
        return {};
    }
    MapRequest request;
    request.pages = growth;
    request.rights = Rights::read_write();
    request.kind = RegionKind::Heap;
    TRY(add_region(request, old_end));
    return {};
}

Result<void> AddressSpace::add_stack(u32 pages)
{
    Change change{*this};
    MapRequest request;
    request.pages = pages;
    request.rights = Rights::read_write();
    request.kind = RegionKind::Stack;
    TRY(add_region(request, kUserEndPage - pages));
    return {};
}

// ---- Looking in ----

Result<Pte*> AddressSpace::entry_for(UserPage page)
{
    const bool has_table = directory_.entries()[page.directory_index()].present();
    Pte* pte = TRY(directory_.find_or_create(page));
    if (!has_table) table_frames_++;
    return pte;
}

void AddressSpace::count_mapped(Frame frame)
{
    (frame_record(frame).use == FrameUse::Anonymous ? resident_anonymous_ : resident_file_)++;
    if (resident_pages() > peak_resident_) peak_resident_ = resident_pages();
}

void AddressSpace::count_unmapped(Frame frame)
{
    const FrameUse use = frame_record(frame).use;
    if (use == FrameUse::Zero) return;
    (use == FrameUse::Anonymous ? resident_anonymous_ : resident_file_)--;
}

Pte AddressSpace::entry(UserPage page)
{
    SleepGuard guard{lock_};
    if (!alive_ || kUserEndPage <= page) return {};
    const Pte* pte = directory_.find(page);
    return pte ? *pte : Pte{};
}

Pde AddressSpace::directory_entry(UserPage page)
{
    SleepGuard guard{lock_};
    return alive_ && page < kUserEndPage ? directory_.entries()[page.directory_index()] : Pde{};
}

// The page's frame with a pin, after making it present for the access.
Result<Frame> AddressSpace::pin_page(UserPage page, Access access)
{
    for (;;) {
        {
            SleepGuard guard{lock_};
            const Pte* pte = alive_ ? directory_.find(page) : nullptr;
            if (pte && pte->present() && (access == Access::Read || pte->writable())) {
                retain_frame(pte->frame());
                return pte->frame();
            }
        }
        const FaultOutcome outcome = handle_fault(page.address(), access);
        if (outcome == FaultOutcome::OutOfMemory) return Errno::NoMemory;
        if (outcome != FaultOutcome::Done) return Errno::Fault;
    }
}

Result<void> AddressSpace::write_memory(UserAddr to, const void* from, u32 size_bytes)
{
    const u8* source = static_cast<const u8*>(from);
    while (size_bytes > 0) {
        const u32 offset = to.value() % kPageSize;
        const u32 count = min(kPageSize - offset, size_bytes);
        const Frame frame = TRY(pin_page(UserPage::containing(to), Access::Write));
        __builtin_memcpy(static_cast<u8*>(frame_memory(frame)) + offset, source, count);
        release_frame(frame);
        to = to + count;
        source += count;
        size_bytes -= count;
    }
    return {};
}

Result<void> AddressSpace::clear_memory(UserAddr to, u32 size_bytes)
{
    static constexpr u8 kZeroes[256] = {};
    for (u32 done = 0; done < size_bytes;) {
        const u32 count = min(size_bytes - done, u32{sizeof(kZeroes)});
        TRY(write_memory(to + done, kZeroes, count));
        done += count;
    }
    return {};
}

u32 AddressSpace::read_memory(void* to, UserAddr from, u32 size_bytes)
{
    u32 done = 0;
    while (done < size_bytes) {
        const UserAddr at = from + done;
        const u32 offset = at.value() % kPageSize;
        const u32 count = min(kPageSize - offset, size_bytes - done);
        auto frame = pin_page(UserPage::containing(at), Access::Read);
        if (!frame.ok()) break;
        __builtin_memcpy(static_cast<u8*>(to) + done, static_cast<u8*>(frame_memory(frame.value())) + offset,
                         count);
        release_frame(frame.value());
        done += count;
    }
    return done;
}

Optional<AddressSpace::RegionView> AddressSpace::region_at_or_after(UserPage page)
{
    SleepGuard guard{lock_};
    const Region* region = regions_.find_at_or_after(page.number());
    if (!region) return {};
    return RegionView{region->first_,        region->end_,   region->rights_,
                      region->sharing_,      region->kind_,  region->object() != nullptr,
                      region->object_start_, region->object_};
}

void AddressSpace::for_each_present(void (*see)(void*, UserPage, Pte), void* context)
{
    SleepGuard guard{lock_};
    if (!alive_) return;
    for (Region* region = regions_.first(); region; region = regions_.next(*region)) {
        for (UserPage page = region->first_; page < region->end_;) {
            const UserPage stop = lower(region->end_, next_table(page));
            for (const Pte* pte = directory_.find(page); pte && page < stop; ++page, ++pte)
                if (pte->present()) see(context, page, *pte);
            page = stop;
        }
    }
}

SpaceUsage AddressSpace::usage()
{
    SleepGuard guard{lock_};
    SpaceUsage usage{};
    usage.resident_anonymous = resident_anonymous_;
    usage.resident_file = resident_file_;
    usage.mapped_pages = mapped_pages_;
    usage.table_frames = table_frames_;
    usage.peak_resident = peak_resident_;
    for (Region* region = regions_.first(); region; region = regions_.next(*region)) {
        if (region->kind() == RegionKind::Stack)
            usage.stack_pages += region->pages();
        else if (region->rights().executable())
            usage.text_pages += region->pages();
        else if (region->rights().writable() && !region->shared())
            usage.data_pages += region->pages();
    }
    return usage;
}

}  // namespace faultline
