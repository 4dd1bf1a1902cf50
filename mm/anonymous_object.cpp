#include "mm/anonymous_object.h"

#include "core/scheduler.h"
#include "lib/string.h"
#include "mm/binding.h"
#include "mm/commit.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/reclaim.h"
#include "mm/rmap.h"
#include "mm/swap.h"

namespace faultline {

namespace {

void note_page(Frame frame)
{
    frame_record(frame).valid_sectors = kAllSectors;
    frame_record(frame).flags = kFrameShared;
}

}  // namespace

Result<Ref<MemoryObject>> AnonymousObject::create(u32 pages, Promise promise)
{
    const u32 promised = promise == Promise::Yes ? pages : 0;
    TRY(charge_memory(promised));
    for (;;) {
        auto object = make<AnonymousObject>(pages, promised);
        if (object.ok()) return Ref<MemoryObject>::adopt(object.value());
        if (make_room()) continue;
        uncharge_memory(promised);
        return object.error();
    }
}

AnonymousObject::~AnonymousObject()
{
    uncharge_memory(promised_);
    SpinGuard guard{lock_};
    for (auto entry = pages_.next(0); entry; entry = pages_.next(entry->key + 1)) {
        if (entry->value & kInSwap) {
            swap_area().drop_owner(entry->value & ~kInSwap);
            continue;
        }
        unbind_frame(Frame{entry->value});
        release_frame(Frame{entry->value});
    }
}

void AnonymousObject::last_ref_dropped()
{
    destroy(this);
}

bool AnonymousObject::has_contents(PageIndex index)
{
    SpinGuard guard{lock_};
    return pages_.find(index.number()) != 0;
}

// The space's lock keeps evict() from the PTE until it stands; what was evicted before is seen here.
bool AnonymousObject::confirm_page(PageIndex index, Frame frame, Access)
{
    SpinGuard guard{lock_};
    return resident_locked(index) == frame.number();
}

Result<Frame> AnonymousObject::get_page(PageIndex index, Access, bool& was_read)
{
    for (;;) {
        if (auto resident = find_resident(index)) return *resident;
        if (const u32 slot = slot_of(index)) {
            TRY(fetch_from_swap(index, slot, was_read));
            continue;
        }
        auto made = make_page(index);
        if (made.ok() || made.error() != Errno::Again) return made;
    }
}

u32 AnonymousObject::slot_of(PageIndex index)
{
    SpinGuard guard{lock_};
    const u32 value = pages_.find(index.number());
    return value & kInSwap ? value & ~kInSwap : 0;
}

Result<Frame> AnonymousObject::make_page(PageIndex index)
{
    SpinGuard guard{lock_};
    if (pages_.find(index.number()) != 0) return Errno::Again;  // somebody was faster
    const Frame frame = TRY(allocate_frame(Fill::Zero, FrameUse::Cache));
    auto inserted = pages_.insert(index.number(), frame.number());
    if (!inserted.ok()) {
        release_frame(frame);
        return inserted.error();
    }
    note_page(frame);
    bind_frame(frame, *this, index);
    retain_frame(frame);  // one for the object, one for the caller
    return frame;
}

// ---- Swap ----

// Afterwards the page is resident, or somebody else has moved it meanwhile: the caller looks again.
Result<void> AnonymousObject::fetch_from_swap(PageIndex index, u32 slot, bool& was_read)
{
    const Ref<SwapArea> area = find_swap_area();
    if (!area) return {};
    auto frame = area->get_page(PageIndex{slot}, Access::Read, was_read);
    if (!frame.ok()) return frame.error() == Errno::Again ? Result<void>{} : frame.error();
    bool taken;
    {
        SpinGuard guard{lock_};
        taken = take_back_locked(index, slot, frame.value());
    }
    release_frame(frame.value());
    if (!taken) area->wait_until_idle(slot);
    return {};
}

bool AnonymousObject::take_back_locked(PageIndex index, u32 slot, Frame frame)
{
    if (pages_.find(index.number()) != (slot | kInSwap)) return false;
    if (!swap_area().drop_owner_and_take(slot, frame, *this, index)) {
        swap_area().add_owner(slot);
        return false;
    }
    set_frame_use(frame, FrameUse::Cache);
    note_page(frame);
    (void)pages_.insert(index.number(), frame.number());  // the entry is there
    return true;
}

// No PTE and no pin may be left: a store after this would be lost.
Eviction AnonymousObject::evict(Frame frame, PageIndex index)
{
    const Ref<SwapArea> area = find_swap_area();
    if (!area || area->is_full())
        return Eviction::Kept;  // nor does it leave the page tables then: who has it can be told
    if (frame_owners(frame) > 1 && ReverseMap::unmap(*this, index, frame).met_lock) return Eviction::Locked;
    SpinGuard guard{lock_};
    if (resident_locked(index) != frame.number() || frame_owners(frame) != 1) return Eviction::Kept;
    return move_to_swap_locked(*area, index, frame) ? Eviction::ToSwap : Eviction::Kept;
}

bool AnonymousObject::move_to_swap_locked(SwapArea& area, PageIndex index, Frame frame)
{
    const Optional<u32> slot = area.take_slot(nullptr, index);
    if (!slot) return false;
    unbind_frame(frame);
    if (!area.enter(*slot, frame)) {
        area.drop_owner(*slot);
        bind_frame(frame, *this, index);
        return false;
    }
    (void)pages_.insert(index.number(), *slot | kInSwap);  // the entry is there
    release_frame(frame);
    return true;
}

Result<void> AnonymousObject::bring_in()
{
    for (u32 key = 0;;) {
        Optional<RadixMap<HeapNodes>::Entry> entry;
        {
            SpinGuard guard{lock_};
            entry = pages_.next(key);
        }
        if (!entry) return {};
        key = entry->key + 1;
        if (!(entry->value & kInSwap)) continue;
        bool was_read;
        release_frame(TRY(get_page(PageIndex{entry->key}, Access::Read, was_read)));
    }
}

void AnonymousObject::describe(Span<char> path) const
{
    copy_string(path, "/dev/zero (deleted)");
}

}  // namespace faultline
