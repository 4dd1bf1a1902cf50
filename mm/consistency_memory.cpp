// All of memory: every frame's owners against everything that refers to it, and the lists of free frames.
//
// One look happens with all other CPUs stopped outside of spin locks, so lists and maps are whole; but a thread may be between
// two steps: it has taken a frame and not mapped it yet, or has pinned one. So what looks wrong is a suspect, and the look is
// repeated after others could run, until no suspect is left or one stays. Too few owners are never right for longer than a
// moment; too many may be a pin whose holder waits for a disk: that takes kPatienceNs.
#include "mm/consistency.h"

#ifdef FAULTLINE_DEBUG

#include "arch/clock.h"
#include "arch/x86.h"
#include "core/cpu_call.h"
#include "core/panic.h"
#include "core/scheduler.h"
#include "core/spinlock.h"
#include "core/wait_queue.h"
#include "lib/bits.h"
#include "mm/address_space.h"
#include "mm/consistency_report.h"
#include "mm/frame.h"
#include "mm/frame_words.h"
#include "mm/swap.h"
#include "mm/tlb_shadow.h"

namespace faultline {

namespace {

constexpr u32 kMostSuspects = 16;
constexpr u32 kTimePart = 5;                     // at most a fifth of the time goes into checks at exits
constexpr u64 kPatienceNs = 10'000'000'000;      // with a pin that is seen at each check
constexpr u64 kShortPatienceNs = 2'000'000'000;  // while nobody has reason to pin anything for long

enum class Wrong : u8 {
    No,
    FreeButMapped,
    FreeButUnlisted,
    ListedButUsed,
    FreeMiscounted,
    TooFewOwners,
    TooManyOwners,
    SlotTooFewOwners,
    SlotTooManyOwners,
    Lost
};

const char* words_for(Wrong wrong)
{
    switch (wrong) {
    case Wrong::No:
        return "nothing";
    case Wrong::FreeButMapped:
        return "a page table refers to a free frame";
    case Wrong::FreeButUnlisted:
        return "a free frame is on no list";
    case Wrong::ListedButUsed:
        return "a frame in use is on a list of free ones";
    case Wrong::FreeMiscounted:
        return "not as many frames are free as the lists of free frames hold";
    case Wrong::TooFewOwners:
        return "more refer to a frame than own it";
    case Wrong::TooManyOwners:
        return "a frame has more owners than refer to it";
    case Wrong::SlotTooFewOwners:
        return "more entries name a swap slot than own it";
    case Wrong::SlotTooManyOwners:
        return "a swap slot has more owners than entries name it";
    case Wrong::Lost:
        return "a frame is lost: it is in use, but nothing refers to it";
    }
    return "?";
}

bool may_be_a_pin(Wrong wrong)
{
    return wrong == Wrong::TooManyOwners || wrong == Wrong::SlotTooManyOwners || wrong == Wrong::Lost;
}

struct Suspect {
    Frame frame;  // or, for Slot..., the slot's number
    Wrong wrong = Wrong::No;
    u32 references = 0, owners = 0;
    u64 since_ns = 0;
};

struct Suspects {
    Suspect list[kMostSuspects];
    u32 count = 0;

    void add(const Suspect& suspect)
    {
        if (count < kMostSuspects) list[count++] = suspect;
    }
    const Suspect* find(const Suspect& like) const
    {
        for (u32 i = 0; i < count; i++)
            if (list[i].frame == like.frame && list[i].wrong == like.wrong) return &list[i];
        return nullptr;
    }
};

SpinLock lists_lock{LockRank::Leaf};
IntrusiveList<AddressSpace, CheckedSpacesTag> spaces GUARDED_BY(lists_lock);

constexpr u32 kListed = 1u << 31;  // on a list of free frames; below it: how many refer to the frame
FrameWords references;             // of the look under way
IntrusiveList<PinHolder> pin_holders GUARDED_BY(lists_lock);

Atomic<bool> checking;  // who set it owns what follows
u64 due_ns;
u64 looks_took_ns;  // of the check under way: the others stood still so long
Suspects held;      // seen by the last check, perhaps pinned

Atomic<u32> checks_done, checks_left_out;

// Who owns these frames can be found; the kernel's own stacks, slabs and pipes are listed nowhere.
bool are_owners_listed(FrameUse use)
{
    return use == FrameUse::Directory || use == FrameUse::Table || use == FrameUse::Anonymous ||
           use == FrameUse::Cache || use == FrameUse::Swap || use == FrameUse::Zero;
}

}  // namespace

// One look; all other CPUs are stopped, so no lock is taken.
class MemoryLook {
public:
    struct Request {
        Suspects found;
        bool walk_free_lists;  // dear: each free frame is touched; otherwise they are counted
    };
    static void run(void* request) { MemoryLook{*static_cast<Request*>(request)}.all(); }

private:
    explicit MemoryLook(Request& request) : request_{request} {}
    void all();
    void space(const AddressSpace& space);
    void frames();
    template <class F> void for_each_slot(F f) NO_THREAD_SAFETY_ANALYSIS;
    void slots();
    static void see_slot(u32 slot);
    void judge(Frame frame, u32 found);
    Wrong verdict(Frame frame, u32 found) const;
    static u32 cache_entries(Frame frame);
    static u32 writers(Frame frame);
    static void refer(Frame frame)
    {
        if (is_managed(frame)) references[frame]++;
    }
    static void note_listed(Frame frame) { references[frame] |= kListed; }

    Request& request_;
    u32 free_ = 0;
};

void MemoryLook::all() NO_THREAD_SAFETY_ANALYSIS
{
    references.clear();
    if (request_.walk_free_lists) for_each_listed_free_frame(note_listed);
    for_each_slot([](u32, SwapArea::Slot& slot) { slot.seen = 0; });
    for (AddressSpace& one : spaces)
        space(one);
    slots();
    refer(zero_frame());  // its own
    for (const PinHolder& holder : pin_holders)
        holder.name_pins(refer);
    frames();
    if (free_ != listed_free_frames())
        request_.found.add({Frame{0}, Wrong::FreeMiscounted, listed_free_frames(), free_, now_ns()});
}

void MemoryLook::frames()
{
    const u32 free_and_well = request_.walk_free_lists ? kListed : 0;
    for (u32 first = 0; first < frame_limit(); first += FrameWords::kInChunk) {
        const u32* const found = references.group(Frame{first});
        const u32 count = min(FrameWords::kInChunk, frame_limit() - first);
        for (u32 i = 0; i < count; i++) {
            const FrameUse use = frame_table[first + i].use;
            if (use == FrameUse::Free) free_++;
            if (use == FrameUse::Reserved || (use == FrameUse::Free && found[i] == free_and_well)) continue;
            judge(Frame{first + i}, found[i]);
        }
    }
}

// f(number, slot) for each slot of the swap area, if there is one.
template <class F> void MemoryLook::for_each_slot(F f) NO_THREAD_SAFETY_ANALYSIS
{
    SwapArea* const area = swap_area_now();
    if (!area) return;
    for (u32 first = 0; first < area->end_; first += SwapArea::kSlotsPerChunk) {
        SwapArea::Slot* const chunk = &area->slot_at(first);
        for (u32 i = 0; i < SwapArea::kSlotsPerChunk && first + i < area->end_; i++)
            f(first + i, chunk[i]);
    }
}

void MemoryLook::see_slot(u32 number) NO_THREAD_SAFETY_ANALYSIS
{
    SwapArea* const area = swap_area_now();
    if (area && number < area->end_) area->slot_at(number).seen++;
}

// A slot without a family is owned by a page of a shared object, not by entries.
void MemoryLook::slots()
{
    for_each_slot([this](u32 number, const SwapArea::Slot& slot) {
        const u32 named = slot.seen + (slot.in_use && slot.owners != 0 && !slot.family ? 1 : 0);
        if (named == slot.owners) return;
        const Wrong wrong = named > slot.owners ? Wrong::SlotTooFewOwners : Wrong::SlotTooManyOwners;
        request_.found.add({Frame{number}, wrong, named, slot.owners, now_ns()});
    });
}

void MemoryLook::space(const AddressSpace& space)
{
    refer(space.directory_.frame());
    for (u32 i = 0; i < kUserDirectoryEntries; i++) {
        const Pde pde = space.directory_.entries()[i];
        if (!pde.present()) continue;
        refer(pde.table());
        if (!pde.writable() && references[pde.table()] > 1) continue;  // shared: it owns its frames once
        const Pte* const entries = PageDirectory::table_of(pde);
        for (u32 k = 0; k < kEntries; k++)
            if (entries[k].holds_frame())
                refer(entries[k].frame());
            else if (entries[k].is_swap())
                see_slot(entries[k].swap_slot());
    }
}

// The object's own map decides, not what the frame says of itself.
u32 MemoryLook::cache_entries(Frame frame) NO_THREAD_SAFETY_ANALYSIS
{
    const FrameRecord& record = frame_record(frame);
    if ((record.use != FrameUse::Cache && record.use != FrameUse::Swap) || !record.object) return 0;
    const auto& object = static_cast<const MemoryObject&>(*record.object);
    return object.pages_.find(record.index.number()) == frame.number() ? 1 : 0;
}

// Who writes a page back has a pin on it from the setting of the flag on, both under the object's lock. A page that is
// written again and again is never seen without.
u32 MemoryLook::writers(Frame frame)
{
    return (frame_record(frame).flags & kFrameWriting) != 0 ? 1 : 0;
}

Wrong MemoryLook::verdict(Frame frame, u32 found) const
{
    const FrameRecord& record = frame_record(frame);
    const u32 refer = found & ~kListed;
    const bool listed = (found & kListed) != 0;
    if (record.use == FrameUse::Free) return refer != 0 ? Wrong::FreeButMapped : Wrong::FreeButUnlisted;
    if (listed) return Wrong::ListedButUsed;
    const u32 owners = record.owners.load();
    if (refer > owners) return Wrong::TooFewOwners;
    if (refer == owners || !are_owners_listed(record.use)) return Wrong::No;
    return refer == 0 ? Wrong::Lost : Wrong::TooManyOwners;
}

void MemoryLook::judge(Frame frame, u32 found)
{
    found += cache_entries(frame) + writers(frame);
    const Wrong wrong = verdict(frame, found);
    if (wrong != Wrong::No)
        request_.found.add({frame, wrong, found & ~kListed, frame_owners(frame), now_ns()});
}

namespace {

void let_others_run(u64 ns)
{
    static SpinLock lock{LockRank::WaitQueue};
    static WaitQueue nobody_wakes_us;
    SpinGuard guard{lock};
    (void)nobody_wakes_us.sleep_until(lock, now_ns() + ns, Wait::Uninterruptible);
}

Suspects look(bool walk_free_lists)
{
    MemoryLook::Request request{{}, walk_free_lists};
    const u64 start = now_ns();
    run_alone(MemoryLook::run, &request);
    looks_took_ns += now_ns() - start;
    return request.found;
}

// Those of `now` that were suspects before, with the time since when.
Suspects both(const Suspects& before, const Suspects& now)
{
    Suspects still;
    for (u32 i = 0; i < now.count; i++)
        if (const Suspect* old = before.find(now.list[i])) {
            still.add(now.list[i]);
            still.list[still.count - 1].since_ns = old->since_ns;
        }
    return still;
}

// Suspects that stay while others run for a few milliseconds.
Suspects look_until_quiet(bool walk_free_lists)
{
    Suspects suspects = look(walk_free_lists);
    for (u32 round = 0; round < 5 && suspects.count != 0; round++) {
        let_others_run(kNsPerMs << round);
        suspects = both(suspects, look(walk_free_lists));
    }
    return suspects;
}

[[noreturn]] void fail(const Suspect& suspect)
{
    report_call();
    if (suspect.wrong == Wrong::SlotTooFewOwners || suspect.wrong == Wrong::SlotTooManyOwners)
        panic("consistency: %s: slot %u has %u owners, and %u name it", words_for(suspect.wrong),
              suspect.frame.number(), suspect.owners, suspect.references);
    report_frame(suspect.frame);
    panic("consistency: %s: frame 0x%x has %u owners, and %u refer to it", words_for(suspect.wrong),
          suspect.frame.number(), suspect.owners, suspect.references);
}

void fail_for_certain(const Suspects& suspects, u64 patience_ns)
{
    for (u32 i = 0; i < suspects.count; i++)
        if (!may_be_a_pin(suspects.list[i].wrong) || now_ns() - suspects.list[i].since_ns > patience_ns)
            fail(suspects.list[i]);
}

// What may be a pin is kept in mind until it is gone or too old.
void check_once(bool walk_free_lists, u64 patience_ns)
{
    Suspects suspects = look_until_quiet(walk_free_lists);
    for (u32 i = 0; i < suspects.count; i++)
        if (const Suspect* old = held.find(suspects.list[i])) suspects.list[i].since_ns = old->since_ns;
    fail_for_certain(suspects, patience_ns);
    held = suspects;
    checks_done.fetch_add(1);
}

}  // namespace

void check_all_memory_now_and_then()
{
    if (!references.ready() || checking.exchange(true)) return;
    if (now_ns() < due_ns) {
        checks_left_out.fetch_add(1);
    } else {
        looks_took_ns = 0;
        check_once(false, kPatienceNs);
        due_ns = now_ns() + (kTimePart - 1) * looks_took_ns;
    }
    checking.store(false);
}

void check_all_memory()
{
    if (!references.ready()) return;
    while (checking.exchange(true))
        let_others_run(kNsPerMs);
    check_once(true, kShortPatienceNs);
    while (held.count != 0) {
        let_others_run(100 * kNsPerMs);
        check_once(true, kShortPatienceNs);
    }
    checking.store(false);
}

void init_consistency()
{
    TlbShadow::init();
    if (!references.create().ok()) log_warn("consistency: no memory to check all of memory");
}

void note_space_begins(AddressSpace& space)
{
    SpinGuard guard{lists_lock};
    spaces.push_back(space);
}

void note_space_ends(AddressSpace& space)
{
    SpinGuard guard{lists_lock};
    if (static_cast<ListNode<CheckedSpacesTag>&>(space).on_list()) spaces.remove(space);
}

PinHolder::PinHolder(NamePins namer) : name_pins_{namer}
{
    SpinGuard guard{lists_lock};
    pin_holders.push_back(*this);
}

PinHolder::~PinHolder()
{
    SpinGuard guard{lists_lock};
    pin_holders.remove(*this);
}

void count_memory_checks(ConsistencyCounts& counts)
{
    counts.everything = checks_done.load();
    counts.everything_left_out = checks_left_out.load();
}

}  // namespace faultline

#endif
