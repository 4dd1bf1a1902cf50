// What programs say about their mappings: madvise, mlock, msync, mincore.
#include "core/scheduler.h"
#include "mm/frame.h"
#include "mm/space_change.h"

namespace faultline {

namespace {

constexpr u16 kLockFlags = kRegionLocked | kRegionLockedOnFault;

}  // namespace

// Calls what(region, first, end) for each mapped part of the range, and says NoMemory at the end if some was not mapped.
template <class What>
Result<void> AddressSpace::for_each_mapped(UserPage first, UserPage end, What what) NO_THREAD_SAFETY_ANALYSIS
{
    Result<void> outcome;
    for (UserPage at = first; at < end;) {
        const Region* region = regions_.find_at_or_after(at.number());
        if (!region || end <= region->first_) return Errno::NoMemory;
        if (at < region->first_) {
            outcome = Errno::NoMemory;
            at = region->first_;
        }
        const UserPage stop = lower(region->end_, end);
        TRY(what(*region, at, stop));
        at = stop;
    }
    return outcome;
}

// ---- madvise ----

Result<void> AddressSpace::advise(UserPage first, UserPage end, Advice advice)
{
    if (advice == Advice::PopulateRead) return populate_for(first, end, Access::Read);
    if (advice == Advice::PopulateWrite) return populate_for(first, end, Access::Write);
    if (advice == Advice::WillNeed) return read_in(first, end);
    return changing([this, first, end, advice]() REQUIRES(lock_) {
        return for_each_mapped(first, end,
                               [this, advice](const Region& region, UserPage from, UserPage to)
                                   REQUIRES(lock_) { return advise_region(region, from, to, advice); });
    });
}

Result<void> AddressSpace::advise_region(const Region& region, UserPage first, UserPage end, Advice advice)
{
    if (region.kind() == RegionKind::Guard) return Errno::Invalid;
    u32 more = 0, less = 0;  // flags
    switch (advice) {
    case Advice::Hint:
    case Advice::WillNeed:
    case Advice::PopulateRead:
    case Advice::PopulateWrite:
        return {};
    case Advice::Cold:
        return region.locked() ? Result<void>{Errno::Invalid} : Result<void>{};
    case Advice::Free:
        if (region.object()) return Errno::Invalid;
        [[fallthrough]];
    case Advice::DontNeed:
        if (region.locked()) return Errno::Invalid;
        [[fallthrough]];
    case Advice::DontNeedLocked:
        return discard(first, end);
    case Advice::WipeOnFork:
        if (region.object()) return Errno::Invalid;
        more = kRegionWipedByFork;
        break;
    case Advice::DontFork:
        more = kRegionNotForked;
        break;
    case Advice::DoFork:
        less = kRegionNotForked;
        break;
    case Advice::KeepOnFork:
        less = kRegionWipedByFork;
        break;
    }
    return alter(first, end, [more, less](const Region& part, u32) -> Result<RegionTraits> {
        return part.traits().with(more).without(less);
    });
}

Result<void> AddressSpace::discard(UserPage first, UserPage end)
{
    TRY(own_tables(first, end));
    TlbBatch tlb{loaded_};
    drop_pages(first, end, tlb);
    return {};
}

// Pages of files come into the cache; the space's lock is free meanwhile. What cannot be read now is left to the faults.
Result<void> AddressSpace::read_in(UserPage first, UserPage end)
{
    Result<void> outcome;
    for (UserPage page = first; page < end;) {
        const auto region = region_at_or_after(page);
        if (!region || page < region->first) outcome = Errno::NoMemory;
        if (!region || end <= region->first) break;
        if (page < region->first) page = region->first;
        const UserPage stop = lower(region->end, end);
        for (; region->object && page < stop; ++page) {
            bool was_read = false;
            const PageIndex index = region->object_start + (page - region->first);
            if (index.number() >= region->object->page_count() || !region->object->has_contents(index)) break;
            auto frame = region->object->get_page(index, Access::Read, was_read);
            if (!frame.ok()) break;
            release_frame(frame.value());
            give_way();
        }
        page = stop;
    }
    return outcome;
}

// MADV_POPULATE_*: as touches would, and says what they would meet. Invalid where the region forbids the access.
Result<void> AddressSpace::populate_for(UserPage first, UserPage end, Access access)
{
    for (UserPage page = first; page < end;) {
        const auto region = region_at_or_after(page);
        if (!region || page < region->first) return Errno::NoMemory;
        if (!region->rights.include(access)) return Errno::Invalid;
        const UserPage stop = lower(region->end, end);
        TRY(populate_as(page, stop, access));
        page = stop;
    }
    return {};
}

// ---- mlock ----

// Pages that are locked already do not count twice.
Result<void> AddressSpace::may_lock(UserPage first, UserPage end)
{
    const u32 limit = limits_.locked_bytes / kPageSize;
    u32 locked = locked_pages_ + (end - first);
    if (locked <= limit) return {};
    (void)for_each_mapped(first, end,
                          [&locked](const Region& region, UserPage from, UserPage to) -> Result<void> {
                              if (region.locked()) locked -= to - from;
                              return {};
                          });
    return locked <= limit ? Result<void>{} : Result<void>{Errno::NoMemory};
}

Result<void> AddressSpace::lock(UserPage first, UserPage end, u16 flags)
{
    const auto marked = changing([this, first, end, flags]() REQUIRES(lock_) -> Result<void> {
        if (flags != 0) TRY(may_lock(first, end));
        return alter(first, end, [flags](const Region& region, u32) -> Result<RegionTraits> {
            return region.traits().without(kLockFlags).with(flags);
        });
    });
    if (!marked.ok() || flags != kRegionLocked) return marked;
    auto present = populate(first, end);
    if (present.ok() || present.error() == Errno::Intr) return present;
    return present.error() == Errno::NoMemory ? Errno::Again : Errno::NoMemory;  // as POSIX words it
}

Result<void> AddressSpace::lock_all(Optional<u16> current, u16 future)
{
    const auto marked = changing([this, current, future]() REQUIRES(lock_) -> Result<void> {
        if (current && *current != 0 && mapped_pages_ > limits_.locked_bytes / kPageSize)
            return Errno::NoMemory;
        future_flags_ = future;
        return current ? lock_current(*current) : Result<void>{};
    });
    if (marked.ok() && current && *current == kRegionLocked) (void)populate(UserPage{0}, kUserEndPage);
    return marked;
}

Result<void> AddressSpace::lock_current(u16 flags)
{
    auto done = for_each_mapped(UserPage{0}, kUserEndPage,
                                [this, flags](const Region&, UserPage first, UserPage end) REQUIRES(lock_) {
                                    return alter(first, end,
                                                 [flags](const Region& region, u32) -> Result<RegionTraits> {
                                                     return region.traits().without(kLockFlags).with(flags);
                                                 });
                                });
    return starved_ ? done : Result<void>{};  // holes are as they should be
}

// ---- msync, mincore ----

Result<void> AddressSpace::sync(UserPage first, UserPage end, SyncRequest request)
{
    Result<void> outcome;
    for (UserPage page = first; page < end;) {
        const auto region = region_at_or_after(page);
        if (!region || page < region->first)
            outcome = Errno::NoMemory;  // a hole; what is behind it is synced, too
        if (!region || end <= region->first) break;
        if (page < region->first) page = region->first;
        const UserPage stop = lower(region->end, end);
        if (request.invalidate && (region->flags & kRegionLocked) != 0) return Errno::Busy;
        if (request.write && region->object && region->sharing == Sharing::Shared) {
            const PageIndex index = region->object_start + (page - region->first);
            TRY(region->object->sync(index, index + (stop - page)));
        }
        page = stop;
    }
    return outcome;
}

Result<u32> AddressSpace::residency(UserPage first, Span<u8> out)
{
    SleepGuard guard{lock_};
    const Region* region = regions_.find(first.number());
    for (u32 i = 0; i < out.size(); i++) {
        const UserPage page = first + i;
        if (region && region->end_ <= page) region = regions_.next(*region);
        if (!region || page < region->first_) return i > 0 ? Result<u32>{i} : Errno::NoMemory;
        const Pte* pte = directory_.find(page);
        bool resident = pte && pte->holds_frame();
        if (!resident && region->object()) {
            if (auto frame = region->object()->find_resident(region->index_in_object(page))) {
                release_frame(*frame);
                resident = true;
            }
        }
        out[i] = resident ? 1 : 0;
    }
    return static_cast<u32>(out.size());
}

}  // namespace faultline
