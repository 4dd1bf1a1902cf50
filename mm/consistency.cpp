// One address space: its regions, its tables, and the records of the frames that it shows.
#include "mm/consistency.h"

#ifdef FAULTLINE_DEBUG

#include "arch/clock.h"
#include "core/panic.h"
#include "core/scheduler.h"
#include "lib/format.h"
#include "mm/address_space.h"
#include "mm/consistency_report.h"
#include "mm/frame.h"
#include "mm/tlb_shadow.h"

namespace faultline {

namespace {

// A space with up to so many entries in its tables (and regions) is checked at the end of each change; a larger one less
// often, so that a change costs as much on average.
constexpr u32 kEntriesAtOnce = 8192;
constexpr u64 kPatienceNs = 2'000'000'000;  // for pins of others

Atomic<u32> spaces_checked, spaces_left_out, pages_checked;
void (*describer)(Span<char>);

const char* name_of(FrameUse use)
{
    static const char* const kNames[kFrameUses] = {"reserved", "free",      "kernel", "slab",
                                                   "stack",    "directory", "table",  "anonymous",
                                                   "cache",    "pipe",      "zero"};
    const u32 index = static_cast<u32>(use);
    return index < kFrameUses ? kNames[index] : "of no known use";
}

}  // namespace

void report_call()
{
    char call[96] = "nobody knows";
    if (describer) describer({call, sizeof call});
    log_error("consistency: seen at the end of: %s", call);
}

void report_frame(Frame frame)
{
    if (!is_managed(frame)) {
        log_error("consistency: frame 0x%x is no RAM", frame.number());
        return;
    }
    const FrameRecord& record = frame_record(frame);
    log_error("consistency: frame 0x%x: %s, %u owners, flags 0x%x, dirty sectors 0x%x", frame.number(),
              name_of(record.use), record.owners.load(), record.flags, record.dirty_sectors);
}

void report_region(const Region* region)
{
    if (!region) {
        log_error("consistency: no region");
        return;
    }
    const Rights rights = region->rights();
    log_error("consistency: region 0x%x-0x%x %c%c%c%c%s%s", region->first().address().value(),
              region->end().address().value(), rights.readable() ? 'r' : '-', rights.writable() ? 'w' : '-',
              rights.executable() ? 'x' : '-', region->shared() ? 's' : 'p',
              region->kind() == RegionKind::Heap    ? " heap"
              : region->kind() == RegionKind::Stack ? " stack"
                                                    : "",
              region->object() ? ", a window onto an object" : ", anonymous memory");
}

// One look at a space whose lock is held: by the callers of check_space() and its like.
class SpaceCheck {
public:
    explicit SpaceCheck(AddressSpace& space) : space_{space}, region_{space.regions_.first()} {}

    void all();
    void page(UserPage page);
    bool may_be_left_out();

private:
    void table(u32 index, Pde pde);
    void entry(UserPage page, Pte pte, u32* shadow);
    void frame_of(UserPage page, Pte pte);
    void frame_in_region(UserPage page, Pte pte, FrameRecord& record);
    void cached_frame(UserPage page, Pte pte, FrameRecord& record);
    void sole_owner(UserPage page, Pte pte);
    void regions();
    void counters();
    [[noreturn]] void fail(UserPage page, Pte pte, const char* what);
    [[noreturn]] void fail_count(const char* what, u32 noted, u32 counted);

    AddressSpace& space_;
    const Region* region_;  // the one that holds the page, or the first behind it
    u32 looked_at_ = 0;
    u32 mapped_ = 0, tables_ = 0, anonymous_ = 0, file_ = 0, swapped_ = 0;
};

bool SpaceCheck::may_be_left_out()
{
    if (space_.cost_ <= kEntriesAtOnce) return false;
    space_.credit_ += kEntriesAtOnce;
    if (space_.credit_ < space_.cost_) return true;
    space_.credit_ = 0;
    return false;
}

void SpaceCheck::all()
{
    regions();
    const Pde* const directory = space_.directory_.entries();
    for (u32 i = 0; i < kUserDirectoryEntries; i++)
        if (directory[i].raw() != 0) table(i, directory[i]);
    counters();
    space_.cost_ = looked_at_;
    spaces_checked.fetch_add(1);
}

void SpaceCheck::page(UserPage page) NO_THREAD_SAFETY_ANALYSIS
{
    region_ = space_.regions_.find_at_or_after(page.number());
    const Pde pde = space_.directory_.entries()[page.directory_index()];
    if (pde.present())
        entry(page, PageDirectory::table_of(pde)[page.table_index()],
              TlbShadow::of_table(pde.table()) ? TlbShadow::of_table(pde.table()) + page.table_index()
                                               : nullptr);
    pages_checked.fetch_add(1);
}

void SpaceCheck::regions() NO_THREAD_SAFETY_ANALYSIS
{
    const Region* before = nullptr;
    for (const Region* region = space_.regions_.first(); region; region = space_.regions_.next(*region)) {
        if (!(region->first() < region->end()) || kUserEndPage < region->end() ||
            (before && region->first() < before->end())) {
            report_region(before);
            report_region(region);
            fail(region->first(), Pte{}, "its region is empty, beyond the user's half, or overlaps another");
        }
        mapped_ += region->pages();
        looked_at_ += 4;
        before = region;
    }
}

void SpaceCheck::table(u32 index, Pde pde)
{
    const UserPage first{index * kEntries};
    const Frame frame = pde.table();
    if (!pde.present() || pde.is_large() || !is_managed(frame) ||
        frame_record(frame).use != FrameUse::Table || (pde.writable() && frame_owners(frame) != 1)) {
        report_frame(frame);
        fail(first, Pte{}, "its page table is none, or has other owners");
    }
    tables_++;
    looked_at_ += kEntries;
    const Pte* const entries = PageDirectory::table_of(pde);
    u32* const shadow = TlbShadow::of_table(frame);
    for (u32 i = 0; i < kEntries; i++)
        if (!pde.writable() && entries[i].writable())
            fail(first + i, entries[i], "it is writable in a shared table");
    for (u32 i = 0; i < kEntries; i++)
        if (entries[i].raw() != 0 || (shadow && shadow[i] != 0))
            entry(first + i, entries[i], shadow ? shadow + i : nullptr);
}

void SpaceCheck::entry(UserPage page, Pte pte, u32* shadow) NO_THREAD_SAFETY_ANALYSIS
{
    if (shadow) {
        if (const char* what = TlbShadow::stale_right(*shadow, pte)) fail(page, pte, what);
        *shadow = TlbShadow::cached(pte);
    }
    if (pte.raw() == 0) return;
    while (region_ && region_->end() <= page)
        region_ = space_.regions_.next(*region_);
    if (!region_ || page < region_->first()) fail(page, pte, "it is mapped, but no region says so");
    if (pte.holds_frame()) return frame_of(page, pte);
    if (!pte.is_swap()) fail(page, pte, "its entry is neither absent, present, parked nor swapped");
    if (region_->shared()) fail(page, pte, "a shared region has a page in swap");
    swapped_++;
}

void SpaceCheck::frame_of(UserPage page, Pte pte)
{
    if (!is_managed(pte.frame())) fail(page, pte, "its frame is no RAM");
    FrameRecord& record = frame_record(pte.frame());
    if (record.use == FrameUse::Free || record.owners.load() == 0) fail(page, pte, "its frame is free");
    if (record.use != FrameUse::Zero) (is_private_memory(pte.frame()) ? anonymous_ : file_)++;
    const Rights rights = region_->rights();
    if (pte.present() && (pte.raw() & kParked) != 0) fail(page, pte, "it is both present and parked");
    if (!pte.is_user()) {  // the guard page, which fork shares as any other
        if (record.use != FrameUse::Anonymous) fail(page, pte, "a guard page is not private memory");
        if (pte.writable()) sole_owner(page, pte);
        return;
    }
    if (pte.present() && rights.bits() == 0) fail(page, pte, "its region allows nothing, but it is present");
    if (pte.writable() && !rights.writable())
        fail(page, pte, "its region forbids stores, but it is writable");
    frame_in_region(page, pte, record);
}

void SpaceCheck::frame_in_region(UserPage page, Pte pte, FrameRecord& record)
{
    if (record.use == FrameUse::Cache) return cached_frame(page, pte, record);
    if (!is_private_memory(pte.frame()) && record.use != FrameUse::Zero)
        fail(page, pte, "its frame is not for programs");
    if (region_->shared()) fail(page, pte, "a shared region shows private memory");
    if (!pte.writable()) return;
    if (record.use == FrameUse::Zero) fail(page, pte, "the shared zero frame is writable");
    if (record.use == FrameUse::Swap) fail(page, pte, "it can write to a frame of the swap area");
    sole_owner(page, pte);
}

void SpaceCheck::cached_frame(UserPage page, Pte pte, FrameRecord& record)
{
    MemoryObject* const object = region_->object();
    if (!object) fail(page, pte, "anonymous memory shows a page of the cache");
    // Cut off by a truncation that has not come by yet: the frame has no object.
    if (record.object && (record.object != object || !(record.index == region_->index_in_object(page))))
        fail(page, pte, "it shows another page of the cache than its region says");
    if (pte.writable() && !region_->shared()) fail(page, pte, "a private mapping can write to the cache");
}

// Whoever only reads a private page of another process pins it for a moment.
void SpaceCheck::sole_owner(UserPage page, Pte pte)
{
    if (frame_owners(pte.frame()) == 1) return;
    for (const u64 end = now_ns() + kPatienceNs; now_ns() < end; yield_cpu())
        if (frame_owners(pte.frame()) == 1) return;
    fail(page, pte, "it is writable, but its frame has other owners");
}

void SpaceCheck::counters()
{
    if (space_.mapped_pages_ != mapped_) fail_count("mapped pages", space_.mapped_pages_, mapped_);
    if (space_.table_frames_ != tables_) fail_count("page tables", space_.table_frames_, tables_);
    if (space_.resident_anonymous_ != anonymous_)
        fail_count("resident anonymous pages", space_.resident_anonymous_, anonymous_);
    if (space_.swapped_pages_ != swapped_) fail_count("swapped pages", space_.swapped_pages_, swapped_);
    if (space_.resident_file_ != file_) fail_count("resident file pages", space_.resident_file_, file_);
}

void SpaceCheck::fail(UserPage page, Pte pte, const char* what)
{
    if (pte.raw() != 0) report_frame(Frame::containing(PhysAddr{entry_address(pte.raw())}));
    report_region(region_ && region_->contains(page) ? region_ : nullptr);
    report_call();
    panic("consistency: page 0x%x, entry 0x%x: %s", page.address().value(), pte.raw(), what);
}

void SpaceCheck::fail_count(const char* what, u32 noted, u32 counted)
{
    report_call();
    panic("consistency: a space says %u %s and has %u", noted, what, counted);
}

void check_space(AddressSpace& space)
{
    SpaceCheck check{space};
    if (!space.is_alive()) return;
    if (check.may_be_left_out())
        spaces_left_out.fetch_add(1);
    else
        check.all();
}

void check_whole_space(AddressSpace& space)
{
    if (space.is_alive()) SpaceCheck{space}.all();
}

void check_page(AddressSpace& space, UserPage page)
{
    if (space.is_alive() && page < kUserEndPage) SpaceCheck{space}.page(page);
}

void set_call_describer(void (*describe)(Span<char> out))
{
    describer = describe;
}

ConsistencyCounts consistency_counts()
{
    ConsistencyCounts counts{};
    counts.spaces = spaces_checked.load();
    counts.spaces_left_out = spaces_left_out.load();
    counts.pages = pages_checked.load();
    count_memory_checks(counts);
    return counts;
}

}  // namespace faultline

#endif
