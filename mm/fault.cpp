// The page-fault handler: gather facts under the space's lock, decide (mm/fault_action.h), carry out one action. Whatever
// has to sleep for memory or for the source of an object drops the lock first and then begins again from the start.
#include "arch/fpu.h"
#include "arch/percpu.h"
#include "core/scheduler.h"
#include "core/trace.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/address_space.h"
#include "mm/binding.h"
#include "mm/frame.h"
#include "mm/reclaim.h"
#include "mm/space_change.h"
#include "mm/swap.h"

namespace faultline {

namespace {

PER_CPU PerCpu<FaultCounts> cpu_faults;

FaultOutcome outcome_of(Errno error)
{
    if (error == Errno::NoMemory) return FaultOutcome::OutOfMemory;
    if (error == Errno::Intr) return FaultOutcome::Interrupted;
    return FaultOutcome::BusError;
}

}  // namespace

// One fault on its way through. The pin is what the object gave while the lock was dropped; it is used only if everything
// looks the same afterwards.
struct AddressSpace::Fault {
    Fault(UserAddr where, Access how) : address{where}, page{UserPage::containing(where)}, access{how} {}

    const UserAddr address;
    const UserPage page;
    const Access access;
    bool populates = false;        // no touch: the page is made present beforehand
    bool whatever_rights = false;  // swapoff: what stands in swap comes back, also where nobody may touch it
    bool was_read = false;         // a device was asked: a major fault
    bool for_store = false;        // ask the object for a page that a program may store into
    bool has_pin = false;
    bool pin_writable = false;  // it was asked so
    Region* region = nullptr;
    Pte* pte = nullptr;  // null: no table there yet

    MemoryObject* home =
        nullptr;               // where an absent page's contents are: the region's object, or the swap area
    Ref<MemoryObject> object;  // asked, or to be asked
    Ref<MemoryObject> asked_before;  // let go of without the lock: it may be the last count
    PageIndex index;
    Frame pin;
    PageIndex pin_index;
    u32 pin_growths = 0;
    Frame* poked = nullptr;  // a debugger writes: the frame to write into is wanted, pinned

    bool write() const { return access == Access::Write; }
    bool pin_serves(bool for_store_now) const  // what was asked for is still what the fault needs
    {
        if (!has_pin) return false;
        const bool may_store = pin_writable && pin_growths == object->growths();
        return object.get() == home && pin_index == index && (may_store || !for_store_now) &&
               object->confirm_page(index, pin, for_store_now ? Access::Write : Access::Read);
    }
    void drop_pin()
    {
        if (!has_pin) return;
        release_frame(pin);
        has_pin = false;
    }
};

enum class AddressSpace::Step : u8 {
    Done,
    Abandoned,  // the process is dying, and its pages went before
    NoRegion,   // denied: nothing mapped there
    NoAccess,   // denied: the region forbids it
    BeyondEnd,  // of the object
    AskObject,  // fetch the page with the lock dropped, then look again
    NeedFrame,  // make room with the lock dropped, then look again
};

FaultOutcome AddressSpace::handle_fault(UserAddr address, Access access)
{
    Fault fault{address, access};
    return serve(fault);
}

FaultOutcome AddressSpace::make_present(UserPage page, Access access)
{
    Fault fault{page.address(), access};
    fault.populates = true;
    return serve(fault);
}

FaultOutcome AddressSpace::serve(Fault& fault)
{
    for (;;) {
        Step step;
        {
            SleepGuard guard{lock_};
            step = try_fault(fault);
            if (step == Step::Done) fault.drop_pin();  // what it was for is mapped
            check_page(*this, fault.page);
            if (step == Step::Done && fault.poked) *fault.poked = pinned(fault);
        }
        if (step == Step::AskObject) {
            auto asked = ask_object(fault);
            if (asked.ok() || asked.error() == Errno::Again) continue;
            if (asked.error() == Errno::NoMemory && make_room()) continue;
            return outcome_of(asked.error());
        }
        fault.drop_pin();
        switch (step) {
        case Step::Done:
            return FaultOutcome::Done;
        case Step::Abandoned:
            return FaultOutcome::Interrupted;
        case Step::NoRegion:
            return FaultOutcome::DeniedMapError;
        case Step::NoAccess:
            return FaultOutcome::DeniedAccessError;
        case Step::BeyondEnd:
            return FaultOutcome::BusError;
        case Step::NeedFrame:
            if (!make_room()) return FaultOutcome::OutOfMemory;
            break;
        case Step::AskObject:
            break;
        }
    }
}

// Gathers the facts and decides.
AddressSpace::Step AddressSpace::try_fault(Fault& fault)
{
    FaultFacts facts;
    fault.region = fault.page < kUserEndPage && takes_faults_ ? region_for(fault.page) : nullptr;
    if (!fault.region || !(fault.region->allows(fault.access) || fault.whatever_rights)) {
        if (alive_ && !takes_faults_) return Step::Abandoned;
        count_fault(fault, FaultAction::Deny);
        return fault.region ? Step::NoAccess : Step::NoRegion;
    }
    const Region& region = *fault.region;
    if (shares_table(fault.page) && !own_table(fault.page).ok()) return Step::NeedFrame;
    fault.pte = directory_.find(fault.page);
    const Pte pte = fault.pte ? *fault.pte : Pte{};
    facts.present = pte.present();
    facts.allowed = true;
    facts.writable = pte.writable();
    facts.write = fault.write();
    fault.home = region.object();
    if (pte.is_swap()) {
        fault.home = &swap_area();
        fault.index = PageIndex{pte.swap_slot()};
        facts.has_contents = true;
    } else if (fault.home) {
        fault.index = region.index_in_object(fault.page);
        // A private copy has a life of its own: its object may have become shorter.
        facts.beyond_end = !facts.present && fault.index.number() >= fault.home->page_count();
        facts.has_contents = !facts.present && fault.home->has_contents(fault.index);
    } else {
        facts.zero_page_serves = !facts.write && policy_.first_read == FirstRead::SharedZeroFrame;
    }
    if (facts.present && facts.write && !facts.writable) {
        facts.zero_frame = pte.frame() == zero_frame();
        facts.shared_region = region.shared();
        if (frame_record(pte.frame()).use == FrameUse::Swap) leave_swap(pte.frame(), fault.page);
        facts.sole_owner = frame_owners(pte.frame()) == 1;
    }
    if (!facts.present && policy_.absent_page == AbsentPage::Kills && !fault.populates)
        facts.allowed = facts.beyond_end;  // that kills, too, but says why
    const Step step = carry_out(fault, decide(facts));
    if (fault.poked && step == Step::Done && !region.rights().writable()) take_right_to_write(fault);
    return step;
}

// A debugger's copy is made; the program itself may not write to it.
void AddressSpace::take_right_to_write(Fault& fault)
{
    *fault.pte = fault.pte->read_only();
    TlbBatch tlb{loaded_};
    tlb.add(fault.page);
}

Frame AddressSpace::pinned(const Fault& fault)
{
    const Frame frame = fault.pte->frame();
    retain_frame(frame);
    return frame;
}

Result<Frame> AddressSpace::pin_for_poke(UserPage page)
{
    {
        SleepGuard guard{lock_};
        const Region* region = page < kUserEndPage && alive_ ? region_for(page) : nullptr;
        if (!region || !region->rights().readable() || region->kind() == RegionKind::Guard)
            return Errno::Fault;
        if (region->shared() && !region->rights().writable()) return Errno::Fault;
    }
    Frame frame;
    Fault fault{page.address(), Access::Write};
    fault.populates = true;
    fault.whatever_rights = true;
    fault.poked = &frame;
    const FaultOutcome outcome = serve(fault);
    return outcome == FaultOutcome::Done ? Result<Frame>{frame} : Errno::Fault;
}

// One action; counted once it is done, so that a fault that had to wait counts once.
AddressSpace::Step AddressSpace::carry_out(Fault& fault, FaultAction action)
{
    Step step = Step::Done;
    switch (action) {
    case FaultAction::Deny:  // an absent page, under a policy that serves none
        count_fault(fault, FaultAction::Deny);
        return Step::NoAccess;
    case FaultAction::BusError:
        step = Step::BeyondEnd;
        break;
    case FaultAction::Retry:
        break;
    case FaultAction::MapZeroPage:
        step = map_zero_page(fault);
        break;
    case FaultAction::ZeroFill:
        step = fault.region->object() ? fetch(fault) : zero_fill(fault);
        break;
    case FaultAction::Fetch:
        step = fetch(fault);
        break;
    case FaultAction::MakeWritable:
        step = make_writable(fault);
        break;
    case FaultAction::CopyFrame:
        step = copy_frame(fault);
        break;
    }
    if (step != Step::Done && step != Step::BeyondEnd) return step;
    count_fault(fault, action);
    if (fault.populates) return step;  // no fault, as in Linux
    if (fault.was_read)
        faults_.major++, cpu_faults.here().major++;
    else
        faults_.minor++, cpu_faults.here().minor++;
    return step;
}

void AddressSpace::count_fault(const Fault& fault, FaultAction action)
{
    faults_.actions[static_cast<u32>(action)]++;
    cpu_faults.here().actions[static_cast<u32>(action)]++;
    if (traces(TraceKind::Fault)) trace_fault(fault, action);
}

[[gnu::noinline]] void AddressSpace::trace_fault(const Fault& fault, FaultAction action)
{
    const u32 how = static_cast<u32>(fault.access) | (fault.was_read ? kTraceMajor : 0) |
                    (fault.populates ? kTracePopulates : 0);
    const u32 entry = fault.pte ? fault.pte->raw() : 0;
    trace_record(TraceKind::Fault, static_cast<u32>(action), {fault.address.value(), entry, how});
}

// Writes the PTE of the faulting page, making its table if need be.
Result<void> AddressSpace::set_entry(Fault& fault, Pte pte)
{
    if (!fault.pte) fault.pte = TRY(entry_for(fault.page));
    *fault.pte = pte;
    return {};
}

AddressSpace::Step AddressSpace::map_zero_page(Fault& fault)
{
    if (!set_entry(fault, Pte::user(zero_frame(), false)).ok()) return Step::NeedFrame;
    retain_frame(zero_frame());
    return Step::Done;
}

// A frame of private memory, tied to this page of the family.
Result<Frame> AddressSpace::allocate_private(UserPage page, Fill fill)
{
    auto frame = allocate_frame(fill, FrameUse::Anonymous);
    if (frame.ok()) bind_private(frame.value(), *family_, page);
    return frame;
}

// First touch, or first write to the shared zero frame.
AddressSpace::Step AddressSpace::zero_fill(Fault& fault)
{
    auto frame = allocate_private(fault.page, Fill::Zero);
    if (!frame.ok()) return Step::NeedFrame;
    const bool replaces = fault.pte && fault.pte->present();
    if (!set_entry(fault, Pte::user(frame.value(), fault.region->rights().writable())).ok()) {
        release_frame(frame.value());
        return Step::NeedFrame;
    }
    count_mapped(frame.value());
    if (replaces) {
        TlbBatch tlb{loaded_};
        tlb.add(fault.page);
        tlb.release_after(zero_frame());
    }
    return Step::Done;
}

// The page comes from the object: at once if it is resident, otherwise by asking with the lock dropped.
AddressSpace::Step AddressSpace::fetch(Fault& fault)
{
    const bool will_store = fault.write() && fault.region->shared();
    MemoryObject& object = *fault.home;
    if (fault.pin_serves(will_store)) return map_fetched(fault, fault.pin);
    if (!will_store) {
        if (auto resident = object.find_resident(fault.index)) {
            const Step step = map_fetched(fault, *resident);
            release_frame(*resident);
            return step;
        }
    }
    return must_ask(fault, will_store);
}

AddressSpace::Step AddressSpace::must_ask(Fault& fault, bool for_store)
{
    fault.asked_before = move(fault.object);
    fault.object = Ref<MemoryObject>::share(fault.home);
    fault.for_store = for_store;
    return Step::AskObject;
}

// Without the lock: may read from a disk. What it pins is valid for (fault.object, fault.index) only.
Result<void> AddressSpace::ask_object(Fault& fault)
{
    fault.drop_pin();
    fault.asked_before = nullptr;
    const Access access = fault.for_store ? Access::Write : Access::Read;
    fault.pin_growths = fault.object->growths();
    fault.pin = TRY(fault.object->get_page(fault.index, access, fault.was_read));
    fault.pin_index = fault.index;
    fault.pin_writable = fault.for_store;
    fault.has_pin = true;
    return {};
}

AddressSpace::Step AddressSpace::map_fetched(Fault& fault, Frame pinned)
{
    if (fault.home != fault.region->object()) return map_swapped(fault, pinned);
    if (fault.write() && !fault.region->shared()) {
        const Step step = map_own_copy(fault, pinned);
        if (step == Step::Done) count_fault(fault, FaultAction::CopyFrame);
        return step;
    }
    if (!set_entry(fault, Pte::user(pinned, fault.write())).ok()) return Step::NeedFrame;
    retain_frame(pinned);
    count_mapped(pinned);
    if (limits_.fault_around_pages > 1) map_neighbours(fault);
    return Step::Done;
}

// The page is back from its swap slot. Who is the last to own the slot gets the frame itself; until then the frame is shown
// read-only, and whoever wants to write gets a copy.
AddressSpace::Step AddressSpace::map_swapped(Fault& fault, Frame pinned)
{
    SwapArea& area = swap_area();
    const u32 slot = fault.pte->swap_slot();
    if (fault.write() && area.owners(slot) > 1) {
        const Step step = map_own_copy(fault, pinned);
        if (step != Step::Done) return step;
        count_fault(fault, FaultAction::CopyFrame);
        area.drop_owner(slot);
        swapped_pages_--;
        return step;
    }
    const bool taken = area.drop_owner_and_take(slot, pinned, *family_, PageIndex{fault.page.number()});
    swapped_pages_--;
    if (!taken) retain_frame(pinned);                      // else the area's ownership becomes the entry's
    const bool sole = taken && frame_owners(pinned) == 2;  // the entry's and the pin
    const Pte entry = Pte::user(pinned, sole && fault.region->rights().writable());
    *fault.pte = fault.region->rights().bits() != 0 ? entry : entry.parked();
    count_mapped(pinned);
    return Step::Done;
}

Result<void> AddressSpace::bring_in()
{
    for (UserPage from{0}; swapped_pages_ > 0;) {
        {
            SleepGuard guard{lock_};
            const auto found = find_swapped(from);
            if (!found) return {};
            from = *found;
        }
        Fault fault{from.address(), Access::Read};
        fault.whatever_rights = true;
        const FaultOutcome outcome = serve(fault);
        if (outcome == FaultOutcome::BusError) return Errno::Io;
        if (outcome == FaultOutcome::OutOfMemory) return Errno::NoMemory;
        if (outcome == FaultOutcome::Interrupted) return Errno::Intr;
        give_way();
    }
    return {};
}

Optional<UserPage> AddressSpace::find_swapped(UserPage from)
{
    if (!alive_) return {};
    for (Region* region = regions_.find_at_or_after(from.number()); region; region = regions_.next(*region)) {
        UserPage page = from < region->first() ? region->first() : from;
        while (page < region->end()) {
            const UserPage stop = lower(region->end(), next_table(page));
            for (const Pte* pte = directory_.find(page); pte && page < stop; ++page, ++pte)
                if (pte->is_swap()) return page;
            page = stop;
        }
    }
    return {};
}

// A frame that came back from swap and was shown before its slot had lost its last owner: now it may be plain private memory.
void AddressSpace::leave_swap(Frame frame, UserPage page)
{
    if (swap_area().take_unowned(frame, *family_, PageIndex{page.number()}))
        release_frame(frame);  // the area's
}

// A private write: the program gets a frame of its own with the original's contents.
AddressSpace::Step AddressSpace::map_own_copy(Fault& fault, Frame original)
{
    auto frame = allocate_private(fault.page, Fill::Nothing);
    if (!frame.ok()) return Step::NeedFrame;
    copy_page(frame_memory(frame.value()), frame_memory(original));
    if (!set_entry(fault, Pte::user(frame.value(), true)).ok()) {
        release_frame(frame.value());
        return Step::NeedFrame;
    }
    count_mapped(frame.value());
    return Step::Done;
}

// Pages around the fault that are in memory already are mapped with it, read-only, up to the policy's window. None beyond
// the object's end, where a truncation that has passed by here may not have taken them out of memory yet.
void AddressSpace::map_neighbours(const Fault& fault)
{
    const Region& region = *fault.region;
    const u32 window = limits_.fault_around_pages;
    UserPage first{round_down(fault.page.number(), window)};
    UserPage end = first + window;
    if (first < region.first()) first = region.first();
    if (region.end() < end) end = region.end();
    // The fault's page is not beyond the end, or was not when this began.
    const u32 to_end = region.object()->page_count() - fault.index.number();
    if (end - fault.page > to_end) end = fault.page + to_end;

    Frame frames[kMaxNeighbours];
    const u32 found = region.object()->find_resident_run(region.index_in_object(first), end - first, frames);
    Pte* const entries = fault.pte - (fault.page - first);  // a window never crosses a table
    u32 mapped = 0;
    for (u32 left = found; left != 0; left &= left - 1) {
        const u32 i = lowest_bit(left);
        if (entries[i].raw() != 0) {
            release_frame(frames[i]);
            continue;
        }
        entries[i] = Pte::user(frames[i], false);  // the pin becomes the mapping's ownership
        mapped++;
    }
    resident_file_ += mapped;
}

// The last owner keeps the frame; a shared region's page becomes dirty in its object first. A stale TLB entry has fewer
// rights than the table then, and costs at most a Retry: no flush.
AddressSpace::Step AddressSpace::make_writable(Fault& fault)
{
    if (fault.region->shared()) {
        if (!fault.pin_serves(true)) return must_ask(fault, true);
        if (fault.pin != fault.pte->frame()) return replace_stale(fault);
    }
    *fault.pte = fault.pte->made_writable();
    return Step::Done;
}

// The file was cut and grew again: the entry shows a page that the object has given up.
AddressSpace::Step AddressSpace::replace_stale(Fault& fault)
{
    TlbBatch tlb{loaded_};
    const Frame old = fault.pte->frame();
    *fault.pte = Pte{};
    count_unmapped(old);
    tlb.add(fault.page);
    tlb.release_after(old);
    return map_fetched(fault, fault.pin);
}

// Several own the frame: copy what is written to, and let go of the original.
AddressSpace::Step AddressSpace::copy_frame(Fault& fault)
{
    const Frame original = fault.pte->frame();
    auto frame = allocate_private(fault.page, Fill::Nothing);
    if (!frame.ok()) return Step::NeedFrame;
    copy_page(frame_memory(frame.value()), frame_memory(original));
    *fault.pte = Pte::user(frame.value(), true);
    count_unmapped(original);
    count_mapped(frame.value());
    TlbBatch tlb{loaded_};
    tlb.add(fault.page);
    tlb.release_after(original);
    return Step::Done;
}

// ---- Which region ----

Region* AddressSpace::region_for(UserPage page)
{
    if (last_region_ && last_region_->contains(page)) return last_region_;  // faults come in runs
    Region* region = regions_.find_at_or_after(page.number());
    if (!region) return nullptr;
    if (region->contains(page)) return last_region_ = region;
    return region->has(kRegionGrowsDown) ? grow_stack(*region, page) : nullptr;
}

// The stack grows down to the page, if its limit and the guard gap below allow it. As in Linux the gap is kept to what a
// stray store could hit: neither to memory that nobody may touch nor to another stack.
Region* AddressSpace::grow_stack(Region& stack, UserPage page)
{
    if (policy_.layout == Layout::Xv6) return nullptr;  // of fixed length
    if (stack.end() - page > limits_.stack_bytes / kPageSize) return nullptr;
    const Region* below = regions_.previous(stack);
    const bool harmless = below && (below->rights().bits() == 0 || below->has(kRegionGrowsDown));
    const u32 floor = (below ? below->end().number() : 1) + (harmless ? 0 : limits_.guard_gap_pages);
    if (page.number() < floor) return nullptr;
    const u32 more = stack.first() - page;
    if (!may_add(more, stack.traits(), stack.sharing()).ok()) return nullptr;
    if (stack.has(kRegionCharged) && !charge(more).ok()) return nullptr;
    set_bounds(stack, page, stack.end());
    return &stack;
}

void AddressSpace::explain_fault(UserAddr address, Access access, Span<char> out)
{
    const char* verb = access == Access::Write     ? "write to"
                       : access == Access::Execute ? "execution of"
                                                   : "read of";
    if (kUserEnd <= address.value()) {
        format(out, "%s a kernel address (at or above 0x%x)", verb, kUserEnd);
        return;
    }
    const auto region = region_at_or_after(UserPage::containing(address));
    if (address.value() < kPageSize && (!region || region->first.number() != 0)) {
        format(out, "%s page 0, which is never mapped: a null pointer", verb);
        return;
    }
    if (!region || !(region->first.address() <= address)) {
        const bool below_stack = region && (region->flags & kRegionGrowsDown) != 0;
        const u32 distance = below_stack ? region->first.address().value() - address.value() : 0;
        if (below_stack && distance <= limits_.stack_bytes + limits_.guard_gap_pages * kPageSize)
            format(out, "%s the guard gap, %u bytes below the stack, which may grow to %u KiB", verb,
                   distance, limits_.stack_bytes / kKiB);
        else
            format(out, "%s an address where nothing is mapped", verb);
        return;
    }
    if (region->kind == RegionKind::Guard) {
        format(out, "%s the guard page below the stack: 0x%x-0x%x, present but the supervisor's", verb,
               region->first.address().value(), region->end.address().value());
        return;
    }
    char name[64] = "anonymous memory";
    if (region->object) region->object->describe(name);
    format(out, "%s 0x%x-0x%x %c%c%c %s, which forbids it", verb, region->first.address().value(),
           region->end.address().value(), region->rights.readable() ? 'r' : '-',
           region->rights.writable() ? 'w' : '-', region->rights.executable() ? 'x' : '-', name);
}

FaultCounts total_fault_counts()
{
    FaultCounts total{};
    for (u32 cpu = 0; cpu < kMaxCpus; cpu++) {
        const FaultCounts& counts = cpu_faults.on(cpu);
        for (u32 action = 0; action < kFaultActions; action++)
            total.actions[action] += counts.actions[action];
        total.minor += counts.minor;
        total.major += counts.major;
    }
    return total;
}

}  // namespace faultline
