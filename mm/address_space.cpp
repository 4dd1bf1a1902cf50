#include "mm/address_space.h"

#include "core/assert.h"
#include "core/scheduler.h"
#include "lib/atomic.h"
#include "mm/frame.h"
#include "mm/reclaim.h"
#include "mm/space_change.h"
#include "mm/swap.h"

namespace faultline {

namespace {

Atomic<AddressSpace*> the_condemned;  // only compared, never followed

}  // namespace

// ---- Birth and death ----

Result<Ref<AddressSpace>> AddressSpace::create(const Policy& policy, const SpaceLimits& limits)
{
    for (;;) {
        auto family = ForkFamily::create(policy.evictable);
        if (family.ok()) {
            auto made = create(policy, limits, move(family.value()));
            if (made.ok()) return made;
        }
        if (!make_room()) return Errno::NoMemory;
    }
}

Result<Ref<AddressSpace>> AddressSpace::create(const Policy& policy, const SpaceLimits& limits,
                                               Ref<ForkFamily> family)
{
    void* memory = TRY(heap_allocate(sizeof(AddressSpace)));
    auto space = Ref<AddressSpace>::adopt(new (memory) AddressSpace{policy, limits, move(family)});
    space->directory_ = TRY(PageDirectory::create());
    space->loaded_.directory = space->directory_.frame().address();
    space->limits_.fault_around_pages = min(limits.fault_around_pages, policy.fault_around_pages);
    space->stack_top_ = kUserEndPage - limits.shifts.stack_pages;
    space->alive_ = space->takes_faults_ = true;
    note_space_begins(*space);
    space->family_->add(*space);
    return space;
}

void AddressSpace::last_ref_dropped()
{
    tear_down();
    check_all_memory_now_and_then();
    destroy(this);
}

void AddressSpace::tear_down()
{
    unload_everywhere(loaded_);
    Change change{*this};
    if (!alive_) return;
    check_whole_space(*this);
    note_space_ends(*this);
    alive_ = takes_faults_ = false;
    family_->remove(*this);
    for (Region* region = regions_.first(); region; region = regions_.next(*region))
        release_frames_of(*region);
    for (Region* region = regions_.first(); region; region = regions_.next(*region))
        release_tables_of(*region);
    debug_assert(table_frames_ == 0);
    while (Region* region = regions_.first())
        drop_region(*region);
    resident_anonymous_ = resident_file_ = 0;
    release_frame(directory_.frame());
    AddressSpace* self = this;
    (void)the_condemned.compare_exchange(self, nullptr);
}

void AddressSpace::condemn()
{
    the_condemned.store(this);
}

bool AddressSpace::condemned_one_lives()
{
    return the_condemned.load() != nullptr;
}

void AddressSpace::abandon()
{
    SleepGuard guard{lock_};
    takes_faults_ = false;
    TlbBatch tlb{loaded_};
    for (Region* region = regions_.first(); alive_ && region; region = regions_.next(*region))
        for (UserPage page = region->first_; page < region->end_; page = next_table(page))
            if (has_own_table(page)) drop_pages(page, lower(region->end_, next_table(page)), tlb);
}

// Others keep the frames of a table that is shared with them: nothing would be gained.
bool AddressSpace::has_own_table(UserPage page)
{
    if (!shares_table(page)) return true;
    const Frame table = directory_.entries()[page.directory_index()].table();
    return frame_owners(table) == 1 && own_table(page).ok();
}

// The space is dead: entries are not cleared, nothing is flushed.
void AddressSpace::release_frames_of(const Region& region)
{
    for (UserPage page = next_with_table(region.first(), region.end()); page < region.end();) {
        const UserPage end = lower(region.end(), next_table(page));
        if (shares_table(page)) leave_table(page);
        const Pte* const entries = directory_.find(page);
        const u32 count = entries ? end - page : 0;
        for (u32 i = 0; i < count; i++) {
            if (entries[i].holds_frame()) {
                if (!drop_if_shared(entries[i].frame())) release_frame(entries[i].frame());
            } else if (entries[i].is_swap()) {
                drop_swapped(entries[i]);
            }
        }
        page = next_with_table(end, region.end());
    }
}

void AddressSpace::release_tables_of(const Region& region)
{
    const UserPage end = region.end();
    for (UserPage page = next_with_table(region.first(), end); page < end;
         page = next_with_table(next_table(page), end)) {
        Pde& pde = directory_.entries()[page.directory_index()];
        release_frame(pde.table());
        pde = Pde{};
        tables_.remove(page.directory_index());
        table_frames_--;
    }
}

// ---- Fork ----

Result<Ref<AddressSpace>> AddressSpace::fork()
{
    if (policy_.fork == ForkBy::Copying) gather_frames(resident_pages() + table_frames_);
    for (;;) {
        bool starved = true;
        auto made = try_fork(starved);
        if (made.ok() || !starved) return made;
        if (!make_room()) return Errno::NoMemory;
    }
}

// `starved`: it failed for want of frames, and room may be made for them.
Result<Ref<AddressSpace>> AddressSpace::try_fork(bool& starved)
{
    Ref<AddressSpace> child = TRY(create(policy_, limits_, family_));
    Result<void> copied;
    {
        Change change{*this};
        SleepGuard guard{child->lock_};  // the clock may come by as soon as the child has regions
        copied = takes_faults_ ? copy_to(*child) : Result<void>{Errno::Intr};  // else we are dying
        if (!copied.ok())
            child->count_residents_again();  // the counts were the parent's, the pages are fewer
    }
    if (copied.ok()) return child;
    starved =
        child->starved_ && policy_.fork == ForkBy::Sharing;  // else a limit, or nobody is to be killed for it
    return copied.error();
}

Result<void> AddressSpace::copy_to(AddressSpace& child) NO_THREAD_SAFETY_ANALYSIS
{
    bool rights_lost = false;
    Result<void> outcome;
    child.resident_anonymous_ = resident_anonymous_;
    child.resident_file_ = resident_file_;
    child.peak_resident_ = resident_pages();
    TRY(child.charge(charged_pages_));
    for (Region* region = regions_.first(); region && outcome.ok(); region = regions_.next(*region))
        outcome = copy_region_to(child, *region, rights_lost);
    child.heap_start_ = heap_start_;
    child.heap_end_ = heap_end_;
    child.stack_top_ = stack_top_;
    child.stack_pages_ = stack_pages_;
    child.lowest_mapping_ = lowest_mapping_;
    child.loaded_.guard_page = loaded_.guard_page;
    if (outcome.ok()) {
        const bool copies = policy_.fork == ForkBy::Copying;
        forked_.copied += copies ? resident_anonymous_ : 0;
        forked_.shared += copies ? resident_file_ : resident_pages();
    }
    child.settle_charge();
    if (rights_lost) {
        TlbBatch tlb{loaded_};
        tlb.add_all();
    }
    return outcome;
}

Result<void> AddressSpace::copy_region_to(AddressSpace& child, const Region& region,
                                          bool& rights_lost) NO_THREAD_SAFETY_ANALYSIS
{
    if (region.has(kRegionNotForked)) {
        forget_residents(child, region);
        return {};
    }
    Region& copy = *TRY(child.region_like(region, region.first_, region.end_));
    copy.traits_ = region.traits_.without(kRegionLocked | kRegionLockedOnFault);
    child.insert_region(copy);
    if (region.has(kRegionWipedByFork)) {
        forget_residents(child, region);
        return {};
    }
    const bool copies = policy_.fork == ForkBy::Copying && !region.shared();
    return copies ? copy_every_page(child, region) : copy_pages_to(child, region, rights_lost);
}

// The child, whose counts began as ours, does not get these pages.
void AddressSpace::forget_residents(AddressSpace& child, const Region& region)
{
    for (UserPage page = region.first(); page < region.end();) {
        const UserPage end = lower(region.end(), next_table(page));
        const Pte* const entries = directory_.find(page);
        const u32 count = entries ? end - page : 0;
        for (u32 i = 0; i < count; i++)
            if (entries[i].holds_frame()) child.count_unmapped(entries[i].frame());
        page = end;
    }
}

// After a fork that failed half way: the counts began as the parent's.
void AddressSpace::count_residents_again()
{
    resident_anonymous_ = resident_file_ = 0;
    for (const Region* region = regions_.first(); region; region = regions_.next(*region))
        for (UserPage page = region->first(); page < region->end();) {
            const UserPage end = lower(region->end(), next_table(page));
            for (const Pte* pte = directory_.find(page); pte && page < end; ++page, ++pte)
                if (pte->holds_frame() && pte->frame() != zero_frame()) count_mapped(pte->frame());
            page = end;
        }
}

// Parent and child own every frame together from here on. What either may write privately loses W in both: the first who
// writes gets a copy, the last keeps the frame.
Result<void> AddressSpace::copy_pages_to(AddressSpace& child, const Region& region,
                                         bool& rights_lost) NO_THREAD_SAFETY_ANALYSIS
{
    const u32 lost = region.shared() ? 0 : u32{kWritable};
    const u32 kept_by_child = ~(u32{kAccessed | kDirty} | lost);
    for (UserPage page = next_with_table(region.first(), region.end()); page < region.end();) {
        const UserPage end = lower(region.end(), next_table(page));
        if (may_share_table(region, page, end)) {
            share_table(child, page);
            rights_lost = true;
        } else if (Pte* const from = directory_.find(page)) {
            Pte* const to = TRY(child.entry_for(page));
            const u32 count = end - page;
            u32 parents_rights = 0;
            for (u32 i = 0; i < count; i++) {
                const Pte pte = from[i];
                if (!pte.holds_frame()) {
                    if (pte.is_swap()) to[i] = child.share_swapped(pte);
                    continue;
                }
                retain_frame(pte.frame());
                to[i] = Pte::from_raw(pte.raw() & kept_by_child);
                from[i] = Pte::from_raw(pte.raw() & ~lost);
                parents_rights |= pte.raw();
            }
            if (parents_rights & lost)
                rights_lost = true;  // also where there is no memory for the next table
        }
        page = next_with_table(end, region.end());
    }
    return {};
}

// ---- The set of regions ----

Result<Region*> AddressSpace::new_region(UserPage first, UserPage end, RegionTraits traits, Sharing sharing,
                                         RegionKind kind)
{
    if (region_count_ >= kMostRegions) return Errno::NoMemory;
    auto region = make<Region>(*this, first, end, traits, sharing, kind);
    if (!region.ok())
        starved_ = true;
    else if (traits.has(kRegionGrowsDown))
        region.value()->gap_pages_ = static_cast<u16>(min(limits_.guard_gap_pages, u32{0xffff}));
    return region;
}

// Another window of this space onto the same memory, for [first, end).
Result<Region*> AddressSpace::region_like(const Region& region, UserPage first, UserPage end)
{
    Region* copy = TRY(new_region(first, end, region.traits_, region.sharing_, region.kind_));
    copy->object_ = region.object_;
    copy->object_start_ = region.object_start_;
    copy->most_rights_ = region.most_rights_;
    return copy;
}

// `more` pages of a region that is like this one; 0 - n takes n away.
void AddressSpace::count_pages(const Region& region, u32 more)
{
    mapped_pages_ += more;
    if (mapped_pages_ > peak_mapped_) peak_mapped_ = mapped_pages_;
    if (region.is_data()) data_pages_ += more;
    if (region.locked()) locked_pages_ += more;
    if (region.has(kRegionCharged)) charged_pages_ += more;
}

void AddressSpace::insert_region(Region& region)
{
    regions_.insert(region);
    region_count_++;
    count_pages(region, region.pages());
    if (region.object()) region.object()->add_region(region);
}

void AddressSpace::drop_region(Region& region)
{
    if (region.kind() == RegionKind::Guard) loaded_.guard_page = UserAddr{kUserEnd};
    count_pages(region, 0 - region.pages());
    take_out(region);
}

// Its memory and its count on the object go when the lock is free (Change).
void AddressSpace::take_out(Region& region)
{
    if (region.object()) region.object()->remove_region(region);
    if (last_region_ == &region) last_region_ = nullptr;
    regions_.remove(region);
    region_count_--;
    dead_.push_back(region);
}

void AddressSpace::set_bounds(Region& region, UserPage first, UserPage end)
{
    count_pages(region, (end - first) - region.pages());
    move_bounds(region, first, end);
}

// For pages that are counted already, since a neighbour that agrees had them.
// The object's lock is taken only where there is an object, which the analysis cannot follow.
void AddressSpace::move_bounds(Region& region, UserPage first, UserPage end) NO_THREAD_SAFETY_ANALYSIS
{
    MemoryObject* object = region.object();
    if (object) {
        object->regions_lock().lock();
        region.object_start_ =
            PageIndex{region.object_start_.number() + (first.number() - region.first_.number())};
    }
    region.first_ = first;
    region.end_ = end;
    regions_.resized(region);
    if (object) object->regions_lock().unlock();
}

// Cuts the region in two; the answer begins at `at`.
Result<Region*> AddressSpace::split(Region& region, UserPage at)
{
    Region* upper = TRY(region_like(region, at, region.end_));
    upper->object_start_ = region.index_in_object(at);
    regions_.insert_after(region, *upper);
    region_count_++;
    if (upper->object()) upper->object()->add_region(*upper);
    move_bounds(region, region.first_, at);
    return upper;
}

// Whether b goes on where a ends, all but their traits being the same.
bool AddressSpace::continues(const Region& a, const Region& b)
{
    if (a.end_ != b.first_ || a.object_ != b.object_) return false;
    if (a.kind_ != b.kind_ || a.most_rights_ != b.most_rights_ || a.sharing_ != b.sharing_) return false;
    return !a.object_ || a.object_start_ + a.pages() == b.object_start_;
}

// Neighbours that say the same become one region: the region and the one before it. The answer is what is left.
Region* AddressSpace::merge_with_previous(Region& region)
{
    Region* before = regions_.previous(region);
    if (!before || before->traits_ != region.traits_ || !continues(*before, region)) return &region;
    move_bounds(*before, before->first_, region.end_);
    take_out(region);
    return before;
}

AddressSpace::PagesIn AddressSpace::count_pages_in(UserPage first, UserPage end)
{
    PagesIn pages{};
    for (const Region* region = regions_.find_at_or_after(first.number()); region && region->first_ < end;
         region = regions_.next(*region)) {
        const u32 there = lower(region->end_, end) - (first < region->first_ ? region->first_ : first);
        pages.mapped += there;
        if (region->has(kRegionCharged)) pages.charged += there;
    }
    return pages;
}

// ---- Looking in ----

// The first page from `page` on that has a table, or `end`: loops over ranges cost by what is there, not by their size.
UserPage AddressSpace::next_with_table(UserPage page, UserPage end)
{
    const u32 index = tables_.next(page.directory_index());
    if (index == page.directory_index()) return page;
    return lower(end, UserPage{index * kEntries});
}

Result<Pte*> AddressSpace::entry_for(UserPage page)
{
    if (shares_table(page)) TRY(own_table(page));
    const bool has_table = directory_.entries()[page.directory_index()].present();
    auto pte = directory_.find_or_create(page);
    if (!pte.ok())
        starved_ = true;
    else if (!has_table)
        table_frames_++, tables_.add(page.directory_index());
    return pte;
}

void AddressSpace::count_mapped(Frame frame)
{
    (is_private_memory(frame) ? resident_anonymous_ : resident_file_)++;
    if (resident_pages() > peak_resident_) peak_resident_ = resident_pages();
}

void AddressSpace::count_unmapped(Frame frame)
{
    if (frame_record(frame).use == FrameUse::Zero) return;
    (is_private_memory(frame) ? resident_anonymous_ : resident_file_)--;
}

Pte AddressSpace::share_swapped(Pte entry)
{
    swap_area().add_owner(entry.swap_slot());
    swapped_pages_++;
    return entry;
}

void AddressSpace::drop_swapped(Pte entry)
{
    swap_area().drop_owner(entry.swap_slot());
    swapped_pages_--;
}

u32 AddressSpace::footprint_pages() const
{
    return resident_pages() + swapped_pages_ + table_frames_ +
           region_count_ / static_cast<u32>(kPageSize / sizeof(Region));
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
            if (pte && pte->present() && pte->is_user() && (access == Access::Read || pte->writable())) {
                retain_frame(pte->frame());
                return pte->frame();
            }
        }
        const FaultOutcome outcome = handle_fault(page.address(), access);
        if (outcome == FaultOutcome::OutOfMemory) return Errno::NoMemory;
        if (outcome != FaultOutcome::Done) return Errno::Fault;
    }
}

namespace {

// Copies page by page into frames that pin(page) gives.
template <class Pin> Result<void> write_pages(UserAddr to, const void* from, u32 size_bytes, Pin pin)
{
    const u8* source = static_cast<const u8*>(from);
    while (size_bytes > 0) {
        const u32 offset = to.value() % kPageSize;
        const u32 count = min(kPageSize - offset, size_bytes);
        const Frame frame = TRY(pin(UserPage::containing(to)));
        __builtin_memcpy(static_cast<u8*>(frame_memory(frame)) + offset, source, count);
        release_frame(frame);
        to = to + count;
        source += count;
        size_bytes -= count;
    }
    return {};
}

}  // namespace

Result<void> AddressSpace::write_memory(UserAddr to, const void* from, u32 size_bytes)
{
    return write_pages(to, from, size_bytes, [this](UserPage page) { return pin_page(page, Access::Write); });
}

Result<void> AddressSpace::poke_memory(UserAddr to, const void* from, u32 size_bytes)
{
    return write_pages(to, from, size_bytes, [this](UserPage page) { return pin_for_poke(page); });
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

AddressSpace::RegionView AddressSpace::view_of(const Region& region)
{
    return {region.first_,   region.end_,         region.rights(),           region.most_rights_,
            region.sharing_, region.kind_,        region.object_ != nullptr, region.object_start_,
            region.object_,  region.traits_.flags};
}

Optional<AddressSpace::RegionView> AddressSpace::region_at_or_after(UserPage page)
{
    SleepGuard guard{lock_};
    const Region* region = regions_.find_at_or_after(page.number());
    if (!region) return {};
    return view_of(*region);
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
    usage.peak_mapped = peak_mapped_;
    usage.locked_pages = locked_pages_;
    usage.swapped_pages = swapped_pages_;
    for (Region* region = regions_.first(); region; region = regions_.next(*region)) {
        if (region->kind() == RegionKind::Stack)
            usage.stack_pages += region->pages();
        else if (region->rights().writable() && !region->shared())
            usage.data_pages += region->pages();
        else if (region->rights().executable() && !region->rights().writable())
            usage.text_pages += region->pages();
    }
    return usage;
}

}  // namespace faultline
