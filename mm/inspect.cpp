#include "mm/inspect.h"

#include "lib/bits.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/space_change.h"
#include "mm/swap.h"

namespace faultline {

namespace {

// Any page, the kernel's half included: a 4 MiB page has no second level.
Pte entry_of(const PageDirectory& directory, UserPage page)
{
    const Pde pde = directory.entries()[page.directory_index()];
    if (!pde.present() || pde.is_large()) return {};
    return PageDirectory::table_of(pde)[page.table_index()];
}

PageBacking backing_in_object(const MemoryObject& object)
{
    return object.identity().device != 0 ? PageBacking::File : PageBacking::Shared;
}

// A frame in the entry says what it is; without one the page is its object's, or nobody's.
PageBacking backing_of(const PageView& view)
{
    if (!view.region) return PageBacking::None;
    if (view.region->kind == RegionKind::Guard) return PageBacking::Guard;
    if (view.pte.is_swap()) return PageBacking::Swap;
    if (view.pte.holds_frame()) {
        const FrameUse use = frame_record(view.pte.frame()).use;
        if (is_private_memory(view.pte.frame())) return PageBacking::Anonymous;
        if (use == FrameUse::Zero) return PageBacking::Zero;
    }
    return view.region->object ? backing_in_object(*view.region->object) : PageBacking::Zero;
}

// Where in its home the page stands: the slot, or the byte in its object.
void find_contents(PageView& view, UserPage page)
{
    if (view.backing == PageBacking::Swap) view.offset = view.pte.swap_slot();
    if (view.backing != PageBacking::File && view.backing != PageBacking::Shared) return;
    const PageIndex index = view.region->object_start + (page - view.region->first);
    view.offset = index.number() << kPageShift;
    if (const u32 slot = view.region->object->swap_slot(index)) {
        view.backing = PageBacking::Swap;
        view.offset = slot;
    }
}

}  // namespace

PageView AddressSpace::view_page(UserPage page)
{
    PageView view;
    SleepGuard guard{lock_};
    if (!alive_) return view;
    view.pde = directory_.entries()[page.directory_index()];
    view.pte = entry_of(directory_, page);
    if (kUserEndPage <= page) {
        view.backing = PageBacking::Kernel;
        return view;
    }
    if (const Region* region = regions_.find(page.number())) view.region = view_of(*region);
    view.backing = backing_of(view);
    find_contents(view, page);
    return view;
}

namespace {

// Absent pages, too: see(page, Pte{}).
template <class See>
void for_each_entry(const PageDirectory& directory, UserPage first, UserPage end, See see)
{
    for (UserPage page = first; page < end;) {
        const UserPage stop = lower(end, next_table(page));
        const Pte* entries = directory.find(page);
        for (; page < stop; ++page)
            see(page, entries ? *entries++ : Pte{});
    }
}

}  // namespace

u32 AddressSpace::copy_entries(UserPage first, Span<Pte> out)
{
    SleepGuard guard{lock_};
    if (!alive_) return 0;
    const UserPage end = lower(first + static_cast<u32>(out.size()), kUserEndPage);
    u32 count = 0;
    for_each_entry(directory_, first, end, [&](UserPage, Pte pte) { out[count++] = pte; });
    return count;
}

RegionUsage AddressSpace::usage_of(UserPage first, UserPage end)
{
    RegionUsage usage;
    SleepGuard guard{lock_};
    if (!alive_) return usage;
    for (UserPage page = first; page < end;) {
        const UserPage stop = lower(end, next_table(page));
        const u32 sharers =
            shares_table(page) ? frame_owners(directory_.entries()[page.directory_index()].table()) : 1;
        for (const Pte* pte = directory_.find(page); pte && page < stop; ++page, ++pte)
            usage.add_page(*pte, sharers);
        page = stop;
    }
    return usage;
}

namespace {

// Bytes of the file on its page `index`.
u32 bytes_on_page(PageIndex index, u64 size_bytes)
{
    const u64 start = u64{index.number()} << kPageShift;
    return start >= size_bytes ? 0 : static_cast<u32>(min(size_bytes - start, u64{kPageSize}));
}

// A that is clear says little where the clock's hand has passed; D and a slot in swap tell of a touch, too.
bool was_touched(Pte pte)
{
    return pte.accessed() || pte.dirty() || pte.is_swap();
}

void add_to_receipt(SpaceReceipt& receipt, Pte pte)
{
    if (!was_touched(pte)) receipt.never_touched++;
    if (!pte.holds_frame() || frame_record(pte.frame()).use == FrameUse::Zero) return;
    receipt.resident++;
    if (frame_owners(pte.frame()) > 1) receipt.shared++;
}

}  // namespace

SpaceReceipt AddressSpace::receipt(const MemoryObject* program, u64 program_size_bytes)
{
    SpaceReceipt receipt;
    SleepGuard guard{lock_};
    if (!alive_) return receipt;
    receipt.forked = forked_;
    for (const Region* region = regions_.first(); region; region = regions_.next(*region)) {
        if (region->kind() == RegionKind::Guard) continue;
        const bool is_program = program && region->object() == program;
        receipt.mapped += region->pages();
        for_each_entry(directory_, region->first(), region->end(), [&](UserPage page, Pte pte) {
            add_to_receipt(receipt, pte);
            if (is_program && pte.raw() == 0)
                receipt.program_bytes_absent +=
                    bytes_on_page(region->index_in_object(page), program_size_bytes);
        });
    }
    return receipt;
}

MemoryUse memory_use()
{
    MemoryUse use;
    for (u32 number = 0; number < frame_limit(); number++) {
        const FrameRecord& record = frame_record(Frame{number});
        const bool is_used = (record.flags & kFrameReferenced) != 0;
        if (record.use == FrameUse::Anonymous) {
            use.active_anonymous += is_used ? 1 : 0;
        } else if (record.use == FrameUse::Swap) {
            use.swap_mapped += record.owners.load() > 1 ? 1 : 0;
            use.writing += (record.flags & kFrameWriting) != 0 ? 1 : 0;
        } else if (record.use == FrameUse::Cache) {
            use.mapped_file += record.owners.load() > 1 ? 1 : 0;
            use.shared += (record.flags & kFrameShared) != 0 ? 1 : 0;
            use.writing += (record.flags & kFrameWriting) != 0 ? 1 : 0;
            use.active_file += is_used ? 1 : 0;
        }
    }
    return use;
}

u32 mapping_count(Frame frame)
{
    const FrameUse use = frame_record(frame).use;
    const bool is_cached = use == FrameUse::Cache || use == FrameUse::Swap;  // its home owns it once
    const u32 owners = frame_owners(frame);
    return is_cached && owners > 1 ? owners - 1 : max(owners, 1u);
}

// Private memory has its only home in the frame: it is dirty, unless the swap area has it, too.
void RegionUsage::add_frame(Pte pte, u32 sharers)
{
    const FrameRecord& record = frame_record(pte.frame());
    const bool is_dirty = record.use == FrameUse::Anonymous || pte.dirty() || record.dirty_sectors != 0;
    const u32 count = mapping_count(pte.frame()) * sharers;
    resident++;
    if (is_private_memory(pte.frame())) anonymous++;
    if (pte.accessed() || (record.flags & kFrameReferenced) != 0) referenced++;
    (count > 1 ? is_dirty ? shared_dirty : shared_clean : is_dirty ? private_dirty : private_clean)++;
    share_bytes += kPageSize / count;
    if (is_dirty) dirty_share_bytes += kPageSize / count;
}

void RegionUsage::add_page(Pte pte, u32 sharers)
{
    if (pte.is_swap()) {
        swapped++;
        swapped_share_bytes += kPageSize / max(swap_area().owners(pte.swap_slot()), 1u);
    } else if (pte.holds_frame() && frame_record(pte.frame()).use != FrameUse::Zero) {
        add_frame(pte, sharers);  // the shared frame of zeroes counts for nobody, as in Linux
    }
}

void RegionUsage::add(const RegionUsage& other)
{
    resident += other.resident;
    shared_clean += other.shared_clean;
    shared_dirty += other.shared_dirty;
    private_clean += other.private_clean;
    private_dirty += other.private_dirty;
    referenced += other.referenced;
    anonymous += other.anonymous;
    swapped += other.swapped;
    share_bytes += other.share_bytes;
    dirty_share_bytes += other.dirty_share_bytes;
    swapped_share_bytes += other.swapped_share_bytes;
}

}  // namespace faultline
