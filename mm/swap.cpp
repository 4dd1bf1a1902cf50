#include "mm/swap.h"

#include "core/assert.h"
#include "core/scheduler.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/binding.h"
#include "mm/fork_family.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/reclaim.h"
#include "mm/rmap.h"

namespace faultline {

namespace {

constexpr u32 kReadAhead = 7;  // slots behind the wanted one that are read with it
constexpr u32 kMaxSlots = 1 << 20;

// The first page of the disk, as mkswap(8) writes it (Linux: union swap_header, version 1).
struct SwapHeader {
    u8 boot_bits[1024];
    u32 version;
    u32 last_page;
    u32 bad_page_count;
    u8 uuid[16];
    u8 label[16];
    u32 padding[117];
    u32 bad_pages[637];
    u8 end_of_list[2];
    char signature[10];
};
constexpr char kSignature[] = "SWAPSPACE2";

SpinLock area_lock{LockRank::Leaf};
SwapArea* area GUARDED_BY(area_lock);  // holds a count
Atomic<u32> pages_in, pages_out;

// Pages that the disk has for programs, by its header.
Result<u32> check_header(const SwapHeader& header, u64 size_bytes)
{
    if (memcmp(header.signature, kSignature, sizeof(header.signature)) != 0) return Errno::Invalid;
    if (header.version != 1 || header.bad_page_count != 0) return Errno::Invalid;
    const u64 pages = u64{header.last_page} + 1;  // a stranger wrote it: all 32 bits may be set
    if (header.last_page == 0 || pages * kPageSize > size_bytes) return Errno::Invalid;
    return static_cast<u32>(min(pages, u64{kMaxSlots}));
}

// Frames that are free or can be made free without a swap disk; about.
u32 room_for_swapped()
{
    const u32 cached = cached_pages();
    return free_frames() + cached - min(cached, dirty_pages());
}

}  // namespace

static_assert(__builtin_offsetof(SwapHeader, bad_pages) == 1536 && sizeof(SwapHeader) == kPageSize);

// ---- Birth and death ----

Result<Ref<SwapArea>> SwapArea::create(PageSource& source, u64 size_bytes)
{
    auto made = Ref<SwapArea>::adopt(TRY(make<SwapArea>(source, size_bytes)));
    u32 end;
    {
        PinnedPage page = TRY(made->page(PageIndex{0}));
        const auto* header = reinterpret_cast<const SwapHeader*>(page.data());
        end = TRY(check_header(*header, size_bytes));
    }
    (void)made->drop_clean_pages();  // the header; slots only from here on
    TRY(made->make_slots(end));
    return made;
}

// All slots free, in order: what goes out together stands together.
Result<void> SwapArea::make_slots(u32 end)
{
    for (u32 chunk = 0; chunk <= (end - 1) / kSlotsPerChunk; chunk++) {
        const Frame frame = TRY(allocate_frame_reclaiming(Fill::Zero, FrameUse::Kernel));
        SpinGuard guard{lock_};
        const auto entered = chunks_.insert(chunk, frame.number());
        if (entered.ok()) continue;
        release_frame(frame);
        return entered.error();
    }
    end_ = end;
    total_ = end - 1;
    for (u32 slot = end; --slot > 0;) {
        SpinGuard guard{lock_};
        free_slot_locked(slot);
    }
    return {};
}

SwapArea::~SwapArea()
{
    SpinGuard guard{lock_};
    for (auto chunk = chunks_.next(0); chunk; chunk = chunks_.next(chunk->key + 1))
        release_frame(Frame{chunk->value});
}

void SwapArea::last_ref_dropped()
{
    destroy(this);
}

// ---- Slots ----

SwapArea::Slot& SwapArea::slot_at(u32 slot)
{
    const Frame chunk{chunks_.find(slot / kSlotsPerChunk)};
    return static_cast<Slot*>(frame_memory(chunk))[slot % kSlotsPerChunk];
}

void SwapArea::free_slot_locked(u32 slot)
{
    debug_assert(slot_at(slot).owners == 0);
    slot_at(slot) = Slot{nullptr, free_head_, 0, false};
    free_head_ = slot;
    free_count_++;
}

Optional<u32> SwapArea::take_slot(ForkFamily* family, PageIndex page)
{
    SpinGuard guard{lock_};
    if (closed_ || free_head_ == 0) return {};
    const u32 slot = free_head_;
    free_head_ = slot_at(slot).page;
    free_count_--;
    slot_at(slot) = Slot{family, page.number(), 1, true};
    return slot;
}

void SwapArea::add_owner(u32 slot)
{
    SpinGuard guard{lock_};
    debug_assert(slot_at(slot).in_use);
    slot_at(slot).owners++;
}

Optional<u32> SwapArea::share_slot_of(Frame frame)
{
    SpinGuard guard{lock_};
    if (frame_record(frame).object != this) return {};
    const u32 slot = frame_record(frame).index.number();
    slot_at(slot).owners++;
    return slot;
}

void SwapArea::drop_owner(u32 slot)
{
    SpinGuard guard{lock_};
    debug_assert(slot_at(slot).owners > 0);
    slot_at(slot).owners--;
    free_if_unused_locked(slot);
}

// A frame that is being moved, or that somebody has pinned, keeps the slot until the clock comes by.
void SwapArea::free_if_unused_locked(u32 slot)
{
    if (slot_at(slot).owners != 0) return;
    if (const u32 number = resident_locked(PageIndex{slot})) {
        const FrameRecord& record = frame_record(Frame{number});
        if (record.flags & (kFrameBusy | kFrameWriting) || record.owners.load() != 1) return;
        remove_locked(PageIndex{slot}, Frame{number});
    }
    free_slot_locked(slot);
}

void SwapArea::set_page(u32 slot, PageIndex page)
{
    SpinGuard guard{lock_};
    if (slot_at(slot).owners == 1) slot_at(slot).page = page.number();
}

u32 SwapArea::owners(u32 slot)
{
    SpinGuard guard{lock_};
    return slot > 0 && slot < end_ ? slot_at(slot).owners : 0;
}

// ---- Out ----

bool SwapArea::enter(u32 slot, Frame frame)
{
    if (!enter_valid(PageIndex{slot}, frame)) return false;
    set_frame_use(frame, FrameUse::Swap);
    set_dirty(frame, 0, kPageSize);
    pages_out.fetch_add(1);
    return true;
}

// ---- In ----

u32 SwapArea::slots_in_use_after(u32 slot)
{
    SpinGuard guard{lock_};
    u32 count = 0;
    while (count < kReadAhead && slot + count + 1 < end_ && slot_at(slot + count + 1).owners > 0)
        count++;
    return count;
}

// The slot cannot become free, and so another page's, while it is read: the reader owns it, too.
Result<Frame> SwapArea::get_page(PageIndex index, Access, bool& was_read)
{
    const u32 slot = index.number();
    {
        SpinGuard guard{lock_};
        if (slot_at(slot).owners == 0) return Errno::Again;
        slot_at(slot).owners++;
    }
    bool read_now = false;
    auto page = claim(index, kAllSectors, slots_in_use_after(slot), read_now);
    if (page.ok()) retain_frame(page.value().frame());  // the caller's own
    drop_owner(slot);
    if (!page.ok()) return page.error();
    if (read_now) pages_in.fetch_add(1);
    was_read |= read_now;
    return page.value().frame();
}

bool SwapArea::confirm_page(PageIndex slot, Frame frame, Access)
{
    SpinGuard guard{lock_};
    return resident_locked(slot) == frame.number();
}

bool SwapArea::take_locked(u32 slot, Frame frame, FrameHome& home, PageIndex index)
{
    const FrameRecord& record = frame_record(frame);
    if (slot_at(slot).owners != 0 || record.flags & (kFrameBusy | kFrameWriting)) return false;
    detach_locked(PageIndex{slot}, frame);
    bind_frame(frame, home, index);
    set_frame_use(frame, FrameUse::Anonymous);
    free_slot_locked(slot);
    return true;
}

bool SwapArea::drop_owner_and_take(u32 slot, Frame frame, FrameHome& home, PageIndex index)
{
    SpinGuard guard{lock_};
    slot_at(slot).owners--;
    return take_locked(slot, frame, home, index);
}

void SwapArea::wait_until_idle(u32 slot)
{
    wait_for_writes(PageIndex{slot}, PageIndex{slot + 1});
    yield_cpu();
}

bool SwapArea::take_unowned(Frame frame, FrameHome& home, PageIndex index)
{
    SpinGuard guard{lock_};
    const FrameRecord& record = frame_record(frame);
    return record.object == this && take_locked(record.index.number(), frame, home, index);
}

// ---- For the clock ----

Ref<ForkFamily> SwapArea::family_of(u32 slot, PageIndex& page)
{
    SpinGuard guard{lock_};
    const Slot& found = slot_at(slot);
    if (!found.family || !found.family->retain_if_live()) return nullptr;
    page = PageIndex{found.page};
    return Ref<ForkFamily>::adopt(found.family);
}

bool SwapArea::take_accessed(Frame frame, PageIndex slot)
{
    bool accessed = take_referenced(frame);
    PageIndex page;
    if (frame_owners(frame) == 1) return accessed;
    const Ref<ForkFamily> family = family_of(slot.number(), page);
    return (family && family->take_accessed(frame, page)) || accessed;
}

Eviction SwapArea::evict(Frame frame, PageIndex slot)
{
    PageIndex page;
    if (frame_owners(frame) > 1) {
        const Ref<ForkFamily> family = family_of(slot.number(), page);
        if (family && ReverseMap::swap_out(*family, UserPage{page.number()}, frame, *this).met_lock)
            return Eviction::Locked;
    }
    SpinGuard guard{lock_};
    const FrameRecord& record = frame_record(frame);
    if (record.object != this || record.index != slot) return Eviction::Kept;
    if (record.flags & (kFrameBusy | kFrameWriting) || record.owners.load() != 1) return Eviction::Kept;
    const bool wanted = slot_at(slot.number()).owners != 0;
    if (wanted && record.dirty_sectors != 0) return Eviction::ToSwap;
    remove_locked(slot, frame);
    // A slot that became free just before its page was read ahead is on the list already.
    if (slot_at(slot.number()).in_use && !wanted) free_slot_locked(slot.number());
    return Eviction::Freed;
}

void SwapArea::for_each_mapping(Frame frame, PageIndex slot, const MappingVisitor& visitor)
{
    PageIndex page;
    if (const Ref<ForkFamily> family = family_of(slot.number(), page))
        family->for_each_mapping(frame, page, visitor);
}

bool SwapArea::is_empty()
{
    bool empty = true;
    for (u32 slot = 1; slot < end_; slot++) {
        SpinGuard guard{lock_};  // for each: there may be a million, and interrupts are off under it
        if (slot_at(slot).in_use) free_if_unused_locked(slot);
        if (slot_at(slot).in_use) empty = false;
    }
    return empty;
}

// ---- The area in use ----

SwapArea& swap_area() NO_THREAD_SAFETY_ANALYSIS
{
    return *area;
}

#ifdef FAULTLINE_DEBUG
SwapArea* swap_area_now() NO_THREAD_SAFETY_ANALYSIS
{
    return area;
}
#endif

Ref<SwapArea> find_swap_area()
{
    SpinGuard guard{area_lock};
    return Ref<SwapArea>::share(area);
}

Result<void> swap_on(PageSource& source, u64 size_bytes)
{
    Ref<SwapArea> made = TRY(SwapArea::create(source, size_bytes));
    SpinGuard guard{area_lock};
    if (area) return Errno::Busy;
    area = made.leak();
    return {};
}

Result<void> swap_off(PageSource& source, Result<void> (*bring_in)(void*), void* context)
{
    Ref<SwapArea> closing = find_swap_area();
    if (!closing || &closing->source() != &source) return Errno::Invalid;
    if (closing->used_slots() > room_for_swapped()) return Errno::NoMemory;
    closing->close();
    while (!closing->is_empty()) {
        const auto outcome = bring_in(context);
        if (!outcome.ok()) {
            closing->reopen();
            return outcome;
        }
        yield_cpu();  // pages that others are moving just now
    }
    SpinGuard guard{area_lock};
    (void)area->release();  // never the last: `closing` holds one
    area = nullptr;
    return {};
}

u32 swap_capacity()
{
    SpinGuard guard{area_lock};
    return area ? area->total_slots() : 0;
}

SwapCounts swap_counts()
{
    SwapCounts counts{};
    if (const Ref<SwapArea> here = find_swap_area()) {
        counts.total_pages = here->total_slots();
        counts.free_pages = here->total_slots() - here->used_slots();
        counts.cached_pages = here->resident_pages();
    }
    counts.pages_in = pages_in.load();
    counts.pages_out = pages_out.load();
    return counts;
}

}  // namespace faultline
