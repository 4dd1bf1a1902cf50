// Everything at once: what exec, sbrk and fork do where the policy puts nothing off. These are the functions of the slides
// on an AddressSpace: allocuvm, mappages, loaduvm, copyuvm (deallocuvm is drop_pages, freevm tear_down, growproc
// set_heap_end, setupkvm PageDirectory::create).
//
// Frames are taken under the space's lock, where nothing may reclaim: gather_frames() does so before. What fails is undone.
#include "arch/fpu.h"
#include "arch/report.h"
#include "core/log.h"
#include "core/scheduler.h"
#include "mm/frame.h"
#include "mm/reclaim.h"
#include "mm/space_change.h"

namespace faultline {

// Makes that many frames free if reclaiming can; nobody is killed for it. A hint: others may take them meanwhile.
void AddressSpace::gather_frames(u32 wanted)
{
    constexpr u32 kSlack = 128;  // tables, and the reserve
    constexpr u32 kAttempts = 4;
    if (wanted > managed_frames()) return;
    for (u32 i = 0; i < kAttempts && free_frames() < wanted + kSlack; i++)
        if (reclaim_frames(wanted + kSlack - free_frames()) == 0) return;
}

Result<void> AddressSpace::map_pages(UserPage first, u32 pages, Frame frame, u32 flags)
{
    for (u32 i = 0; i < pages; i++) {
        Pte* const pte = TRY(entry_for(first + i));
        if (pte->present()) panic("remap");
        *pte = Pte::from_raw(Frame{frame.number() + i}.address().value() | flags);
    }
    return {};
}

Result<void> AddressSpace::allocate_pages(UserPage first, UserPage end, Rights rights)
{
    const u32 flags = Pte::user(Frame{}, rights.writable()).raw();
    for (UserPage page = first; page < end; ++page) {
        auto frame = allocate_private(page, Fill::Zero);
        if (!frame.ok()) {
            kprintf("allocuvm out of memory\n");
            TlbBatch tlb{loaded_};
            drop_pages(first, page, tlb);
            return Errno::NoMemory;
        }
        if (!map_pages(page, 1, frame.value(), flags).ok()) {
            kprintf("allocuvm out of memory (2)\n");
            TlbBatch tlb{loaded_};
            drop_pages(first, page, tlb);
            release_frame(frame.value());
            return Errno::NoMemory;
        }
        count_mapped(frame.value());
        give_way();
    }
    return {};
}

// A region with all its pages, or nothing.
Result<void> AddressSpace::add_filled(const MapRequest& request)
{
    const UserPage end = request.first + request.pages;
    TRY(add_region(request, request.first));
    const auto allocated = allocate_pages(request.first, end, request.rights);
    if (!allocated.ok()) TRY(unmap_locked(request.first, end));
    return allocated;
}

// ---- mmap ----

// What forbids every access stays empty, and so does what lies beyond a file's end.
Result<void> AddressSpace::fill(UserPage first, UserPage end)
{
    if (policy_.mappings == When::OnTouch) return {};
    for (UserPage page = first; page < end;) {
        const auto region = region_at_or_after(page);
        if (!region || end <= region->first) break;
        const UserPage stop = lower(region->end, end);
        const bool stores = region->rights.writable() && region->sharing == Sharing::Private;
        if (region->rights != Rights::none()) {
            const UserPage start = page < region->first ? region->first : page;
            const auto filled = populate_as(start, stop, stores ? Access::Write : Access::Read);
            if (!filled.ok() && filled.error() != Errno::Fault) return filled;
        }
        page = stop;
    }
    return {};
}

// ---- exec ----

Result<void> AddressSpace::add_pages(UserPage first, UserPage end, Rights rights)
{
    gather_frames(end - first);
    Change change{*this};
    if (regions_.first() == nullptr && lowest_mapping_ < first.number()) lowest_mapping_ = first.number();
    MapRequest request;
    request.first = first;
    request.pages = end - first;
    request.rights = rights;
    return add_filled(request);
}

// The program's addresses cannot be used: another directory is loaded. Each page's frame is found by the walk, and written
// where the kernel sees all frames (P2V). The file's offset and the address agree within a page.
Result<void> AddressSpace::load_pages(UserAddr to, MemoryObject& file, u32 file_offset, u32 size_bytes)
{
    for (u32 done = 0; done < size_bytes;) {
        const u32 in_page = (file_offset + done) % kPageSize;
        const u32 count = min(kPageSize - in_page, size_bytes - done);
        bool was_read;
        const auto source =
            file.get_page(PageIndex{(file_offset + done) / kPageSize}, Access::Read, was_read);
        if (!source.ok() && source.error() == Errno::NoMemory && make_room()) continue;
        if (!source.ok()) return source.error();
        const Pte pte = entry(UserPage::containing(to + done));
        if (!pte.present()) panic("loaduvm: address should exist");
        __builtin_memcpy(static_cast<u8*>(frame_memory(pte.frame())) + in_page,
                         static_cast<u8*>(frame_memory(source.value())) + in_page, count);
        release_frame(source.value());
        done += count;
    }
    return {};
}

// Guard page and stack, both allocated; then the guard page loses U (the slides' clearpteu).
Result<void> AddressSpace::add_guard_and_stack(UserPage guard, u32 stack_pages)
{
    gather_frames(1 + stack_pages);
    Change change{*this};
    MapRequest request;
    request.first = guard;
    request.pages = 1;
    request.rights = Rights::none();
    request.kind = RegionKind::Guard;
    TRY(add_filled(request));
    Pte* const entry = directory_.find(guard);
    *entry = Pte::guard(entry->frame());
    loaded_.guard_page = guard.address();
    request.first = guard + 1;
    request.pages = stack_pages_ = stack_pages;
    request.rights = Rights::read_write();
    request.kind = RegionKind::Stack;
    TRY(add_filled(request));
    stack_top_ = request.first + stack_pages;
    set_heap_start(stack_top_);
    return {};
}

// ---- fork ----

Result<void> AddressSpace::copy_every_page(AddressSpace& child,
                                           const Region& region) NO_THREAD_SAFETY_ANALYSIS
{
    for (UserPage page = region.first(); page < region.end();) {
        const UserPage end = lower(region.end(), next_table(page));
        const Pte* const from = directory_.find(page);
        const u32 count = from ? end - page : 0;
        for (u32 i = 0; i < count; i++) {
            if (!from[i].holds_frame()) continue;
            Pte* const to =
                TRY(child.entry_for(page + i));  // first: a table without pages goes with the child
            const Frame copy = TRY(child.allocate_private(page + i, Fill::Nothing));
            copy_page(frame_memory(copy), frame_memory(from[i].frame()));
            const u32 flags = from[i].untouched().raw() & (kPageSize - 1);
            *to = Pte::from_raw(copy.address().value() | flags);
            child.count_unmapped(from[i].frame());  // it was counted with the parent's
            child.count_mapped(copy);
            give_way();
        }
        page = end;
    }
    return {};
}

}  // namespace faultline
