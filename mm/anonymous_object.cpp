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

// Memory that programs share and that no file system knows: lives as long as somebody maps it.
class SharedMemory final : public RefCounted, public AnonymousObject {
public:
    SharedMemory(u32 pages, u32 promised)
        : AnonymousObject{static_cast<RefCounted&>(*this), pages, promised, nullptr}
    {
    }
    using MemoryObject::release;
    using MemoryObject::retain;
    using MemoryObject::retain_if_live;
    void last_ref_dropped() override { destroy(this); }
};

SpinLock all_lock{LockRank::Leaf};
IntrusiveList<AnonymousObject, AllAnonymousTag> all_objects GUARDED_BY(all_lock);
u32 bring_in_round GUARDED_BY(all_lock) = 0;

}  // namespace

// ---- Budgets ----

Result<void> PageBudget::take()
{
    if (used_.fetch_add(1) >= most_.load()) {
        used_.fetch_sub(1);
        return Errno::NoSpace;
    }
    const Result<void> promised = charge_memory(1);
    if (!promised.ok()) used_.fetch_sub(1);
    return promised;
}

void PageBudget::give(u32 pages)
{
    used_.fetch_sub(pages);
    uncharge_memory(pages);
}

// ---- Life ----

Result<Ref<MemoryObject>> AnonymousObject::create(u32 pages, Promise promise)
{
    const u32 promised = promise == Promise::Yes ? pages : 0;
    TRY(charge_memory(promised));
    for (;;) {
        auto object = make<SharedMemory>(pages, promised);
        if (object.ok()) return Ref<MemoryObject>::adopt(object.value());
        if (make_room()) continue;
        uncharge_memory(promised);
        return object.error();
    }
}

AnonymousObject::AnonymousObject(RefCounted& lifetime, u32 pages, u32 promised, PageBudget* budget)
    : MemoryObject{lifetime}, pages_count_{pages}, promised_{promised}, budget_{budget}
{
    SpinGuard guard{all_lock};
    all_objects.push_back(*this);
}

AnonymousObject::~AnonymousObject()
{
    {
        SpinGuard guard{all_lock};
        all_objects.remove(*this);
    }
    drop_pages(PageIndex{0}, PageIndex{~u32{0}});
    uncharge_memory(promised_);
}

// ---- Pages ----

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
    return page_for(index, Beyond::Refused, was_read);
}

Result<Frame> AnonymousObject::page_for(PageIndex index, Beyond beyond, bool& was_read)
{
    for (;;) {
        if (auto resident = find_resident(index)) return *resident;
        if (const u32 slot = slot_of(index)) {
            TRY(fetch_from_swap(index, slot, was_read));
            continue;
        }
        auto made = make_page(index, beyond);
        if (made.ok() || made.error() != Errno::Again) return made;
    }
}

Result<Optional<Frame>> AnonymousObject::find_page(PageIndex index)
{
    for (;;) {
        if (auto resident = find_resident(index)) return resident;
        const u32 slot = slot_of(index);
        bool was_read = false;
        if (slot != 0)
            TRY(fetch_from_swap(index, slot, was_read));
        else if (!has_contents(index))
            return Optional<Frame>{};
    }
}

u32 AnonymousObject::slot_of(PageIndex index)
{
    SpinGuard guard{lock_};
    const u32 value = pages_.find(index.number());
    return value & kInSwap ? value & ~kInSwap : 0;
}

Result<Frame> AnonymousObject::make_page(PageIndex index, Beyond beyond)
{
    SpinGuard guard{lock_};
    if (pages_.find(index.number()) != 0) return Errno::Again;  // somebody was faster
    if (beyond == Beyond::Refused && index.number() >= page_count()) return Errno::Fault;  // cut meanwhile
    const Frame frame = TRY(allocate_frame(Fill::Zero, FrameUse::Cache));
    Result<void> entered = budget_ ? budget_->take() : Result<void>{};
    if (entered.ok()) {
        entered = pages_.insert(index.number(), frame.number());
        if (!entered.ok() && budget_) budget_->give(1);
    }
    if (!entered.ok()) {
        release_frame(frame);
        return entered.error();
    }
    pages_held_++;
    note_page(frame);
    bind_frame(frame, *this, index);
    retain_frame(frame);  // one for the object, one for the caller
    return frame;
}

void AnonymousObject::set_page_count(u32 pages)
{
    SpinGuard guard{lock_};
    pages_count_.store(pages);
}

void AnonymousObject::drop_value_locked(u32 value)
{
    if (value & kInSwap) {
        swap_area().drop_owner(value & ~kInSwap);
    } else {
        unbind_frame(Frame{value});
        release_frame(Frame{value});
    }
    pages_held_--;
    if (budget_) budget_->give(1);
}

// A batch of them, so that the lock is not held for long. 0: none was left.
u32 AnonymousObject::drop_some_locked(PageIndex first, PageIndex end)
{
    constexpr u32 kBatch = 64;
    u32 dropped = 0;
    while (dropped < kBatch) {
        const auto entry = pages_.next(first.number());
        if (!entry || entry->key >= end.number()) break;
        pages_.remove(entry->key);
        drop_value_locked(entry->value);
        dropped++;
    }
    return dropped;
}

void AnonymousObject::drop_pages(PageIndex first, PageIndex end)
{
    for (;;) {
        SpinGuard guard{lock_};
        if (drop_some_locked(first, end) == 0) return;
    }
}

// False: somebody uses the page just now, or it moved.
bool AnonymousObject::punch_page(u32 key, u32 value)
{
    if (!(value & kInSwap)) static_cast<void>(ReverseMap::unmap(*this, PageIndex{key}, Frame{value}));
    SpinGuard guard{lock_};
    if (pages_.find(key) != value) return false;
    if (!(value & kInSwap) && frame_owners(Frame{value}) != 1) return false;
    pages_.remove(key);
    drop_value_locked(value);
    return true;
}

void AnonymousObject::punch_pages(PageIndex first, PageIndex end)
{
    for (u32 key = first.number();;) {
        Optional<RadixMap<HeapNodes>::Entry> entry;
        {
            SpinGuard guard{lock_};
            entry = pages_.next(key);
        }
        if (!entry || entry->key >= end.number()) return;
        key = entry->key;
        if (!punch_page(key, entry->value)) yield_cpu();  // looked at again
    }
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

// Objects that are made meanwhile have nothing in swap: the area gives no slots any more.
Result<void> AnonymousObject::bring_in_all()
{
    u32 round;
    {
        SpinGuard guard{all_lock};
        round = ++bring_in_round;
    }
    for (;;) {
        Ref<MemoryObject> object;
        AnonymousObject* next = nullptr;
        {
            SpinGuard guard{all_lock};
            for (AnonymousObject& candidate : all_objects) {
                if (candidate.brought_in_round_ == round) break;
                all_objects.remove(candidate);
                all_objects.push_back(candidate);
                candidate.brought_in_round_ = round;
                if (!candidate.retain_if_live()) continue;
                next = &candidate;
                break;
            }
        }
        if (!next) return {};
        object = Ref<MemoryObject>::adopt(next);
        TRY(next->bring_in());
    }
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
