// The swap area: the disk pages ("slots") that hold private and shared anonymous memory when frames are short.
//
// The area is a cached object over the disk, page n of it being slot n: a page on its way out enters the cache dirty and is
// written like any other; a page on its way in is read like any other. What the area adds is who owns a slot: each PTE
// with the slot's number, each page of a shared anonymous object that names it, and whoever reads it just now. A slot
// without owners and without a page in the cache is free.
//
// A frame in the area (FrameUse::Swap) may still be, or again be, shown by PTEs of the family that the slot names,
// read-only all of them. When no PTE names the slot any more, the frame leaves the area and is plain private memory.
//
// Lock: lock_ (the cached object's) guards slots and the list of free ones. One area at a time.
#pragma once

#include "mm/page_cache.h"

namespace faultline {

class ForkFamily;

class SwapArea final : public RefCounted, public CachedObject {
public:
    // Reads and checks the header that mkswap wrote. Invalid: there is none, or it does not fit the disk. Sleeps.
    static Result<Ref<SwapArea>> create(PageSource& source, u64 size_bytes);
    SwapArea(PageSource& source, u64 size_bytes)
        : CachedObject{source, static_cast<RefCounted&>(*this), size_bytes, LockRank::SwapArea,
                       FrameUse::Swap}
    {
    }
    ~SwapArea();

    using CachedObject::release;
    using CachedObject::retain;
    using CachedObject::retain_if_live;
    void last_ref_dropped() override;

    // ---- Out ----
    // A free slot with one owner, for a page of this family (null: of a shared object). None: the area is full, or is being
    // turned off.
    Optional<u32> take_slot(ForkFamily* family, PageIndex page);
    // The frame enters the area under the slot, dirty. Nobody may store into it any more. False: no memory for the map.
    bool enter(u32 slot, Frame frame);

    // ---- Owners ----
    void add_owner(u32 slot);
    // The slot of a frame that is in the area, with one owner more. None: the frame has left it. A frame of private memory
    // enters only under its family's lock, but any of the family's spaces may take it out.
    Optional<u32> share_slot_of(Frame frame);
    void drop_owner(u32 slot);  // the last one frees the slot
    // mremap: the slot's page stands elsewhere now.
    void set_page(u32 slot, PageIndex page);

    // ---- In ----
    // Again: the slot has no owner any more; the caller looks again at who named it.
    Result<Frame> get_page(PageIndex slot, Access access, bool& was_read) override;
    bool confirm_page(PageIndex slot, Frame frame, Access access) override;
    // Lets go of one ownership of the slot, and if it was the last: the frame leaves the area and stands at `index` of its
    // new home from then on; the area's ownership of it passes to the caller, and the answer is true. False: others own the
    // slot, or the frame is being written.
    bool drop_owner_and_take(u32 slot, Frame frame, FrameHome& home, PageIndex index);
    // After such a false: sleeps while the frame is being written, or gives way to who else fetches it.
    void wait_until_idle(u32 slot);
    // The frame leaves the area, as above, if nobody owns its slot.
    bool take_unowned(Frame frame, FrameHome& home, PageIndex index);

    // ---- For the clock ----
    bool take_accessed(Frame frame, PageIndex slot) override;
    Eviction evict(Frame frame, PageIndex slot) override;
    void for_each_mapping(Frame frame, PageIndex slot, const MappingVisitor& visitor) override;

    // ---- Turning off ----
    void close() { closed_ = true; }  // no slot is given from now on
    void reopen() { closed_ = false; }
    bool is_empty();  // after forgetting pages of slots that nobody owns

    bool is_full() const { return free_count_ == 0 || closed_; }  // as used_slots()
    u32 total_slots() const { return total_; }
    u32 used_slots() const { return total_ - free_count_; }  // without the lock: a moment's value
    u32 owners(u32 slot);                                    // for inspection

private:
    friend class MemoryLook;
    struct Slot {
        ForkFamily* family;
        u32 page;  // in the family's spaces; of a free slot: the next free one
        u32 owners;
        bool in_use;
#ifdef FAULTLINE_DEBUG
        u32 seen = 0;  // entries that name it, in mm/consistency's look
#endif
    };
    static constexpr u32 kSlotsPerChunk = kPageSize / sizeof(Slot);

    Result<void> make_slots(u32 end);
    Slot& slot_at(u32 slot) REQUIRES(lock_);
    void free_slot_locked(u32 slot) REQUIRES(lock_);
    void free_if_unused_locked(u32 slot) REQUIRES(lock_);
    bool take_locked(u32 slot, Frame frame, FrameHome& home, PageIndex index) REQUIRES(lock_);
    u32 slots_in_use_after(u32 slot);
    Ref<ForkFamily> family_of(u32 slot, PageIndex& page);

    RadixMap<HeapNodes> chunks_ GUARDED_BY(lock_);  // slot / kSlotsPerChunk -> frame with Slots
    u32 end_ = 0;                                   // one past the last slot
    u32 total_ = 0;
    u32 free_head_ = 0;  // 0: none; slot 0 is the header
    u32 free_count_ = 0;
    bool closed_ = false;
};

// The area in use, kept alive by the slots that entries name: for who holds the space's lock and has seen such an entry.
SwapArea& swap_area();
// The same for everybody else: null where there is none.
Ref<SwapArea> find_swap_area();

#ifdef FAULTLINE_DEBUG
SwapArea* swap_area_now();  // or null; for mm/consistency, while all other CPUs are stopped
#endif

// swapon(2). `source` must live for good. Busy: there is an area already. Sleeps.
Result<void> swap_on(PageSource& source, u64 size_bytes);
// swapoff(2): bring_in(context) makes every space and object take its pages back. NoMemory: they do not fit; the area goes on.
// Invalid: `source` is not in use. Sleeps.
Result<void> swap_off(PageSource& source, Result<void> (*bring_in)(void* context), void* context);

struct SwapCounts {
    u32 total_pages, free_pages, cached_pages;  // cached: in the area and in memory
    u32 pages_in, pages_out;                    // since boot
};
SwapCounts swap_counts();
u32 swap_capacity();  // pages; no count is taken on the area, so that it may be asked under any lock but a leaf

}  // namespace faultline
