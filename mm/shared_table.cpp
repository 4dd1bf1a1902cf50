// Page tables that fork shares whole, so that its cost hardly grows with memory.
//
// A table whose pages all belong to one region of private anonymous memory is not copied: both directories point to it, and
// it has one owner more. Its entries lose W, and so do the directories' entries for it, by which it is known as shared. (The
// CPU ANDs the rights of both levels.) Nobody changes it while it is shared: who wants to change an entry takes a table of
// its own first. The frames that it shows have one owner for the table, however many share that.
//
// Lock: each space's own. Spaces that share a table know nothing of each other; who lets go of it last, by its count of
// owners, owns what it shows. Only for policies whose memory is never evicted: the reverse map changes single entries.
#include "mm/frame.h"
#include "mm/space_change.h"

namespace faultline {

namespace {

// One pass over plain words, eight at a time.
void take_write_rights(Pte* entries)
{
    auto* const words = reinterpret_cast<u32*>(entries);
    for (u32 i = 0; i < kEntries; i += 8) {
        for (u32 k = 0; k < 8; k++)
            words[i + k] &= ~u32{kWritable};
    }
}

// After the last flush: nobody reaches the table through us any more.
void release_share(Frame table)
{
    if (drop_if_shared(table)) return;
    const Pte* const entries = static_cast<const Pte*>(frame_memory(table));
    for (u32 i = 0; i < kEntries; i++)
        if (entries[i].holds_frame()) release_frame(entries[i].frame());
    release_frame(table);
}

}  // namespace

bool AddressSpace::may_share_table(const Region& region, UserPage first, UserPage end) const
{
    return policy_.fork == ForkBy::SharingTables && !region.shared() && !region.object() &&
           end - first == kEntries && directory_.entries()[first.directory_index()].present();
}

void AddressSpace::share_table(AddressSpace& child, UserPage first)
{
    Pde& pde = directory_.entries()[first.directory_index()];
    if (pde.writable()) take_write_rights(PageDirectory::table_of(pde));
    pde = pde.read_only();
    retain_frame(pde.table());
    child.directory_.entries()[first.directory_index()] = pde;
    child.tables_.add(first.directory_index());
    child.table_frames_++;
}

// A copy of the table, or the table itself where nobody else has it any more. NoMemory: as before.
Result<void> AddressSpace::own_table(UserPage page)
{
    Pde& pde = directory_.entries()[page.directory_index()];
    const Frame shared = pde.table();
    if (frame_owners(shared) == 1) {
        pde = Pde::to_table(shared);
        return {};
    }
    const auto allocated = allocate_frame(Fill::Nothing, FrameUse::Table);
    starved_ = !allocated.ok();
    const Frame own = TRY(allocated);
    const Pte* const from = static_cast<const Pte*>(frame_memory(shared));
    Pte* const to = static_cast<Pte*>(frame_memory(own));
    for (u32 i = 0; i < kEntries; i++) {
        if (from[i].holds_frame()) retain_frame(from[i].frame());
        to[i] = from[i];
    }
    pde = Pde::to_table(own);
    {
        TlbBatch tlb{loaded_};
        tlb.add_all();  // the CPU may have cached the directory's entry
    }
    release_share(shared);
    return {};
}

Result<void> AddressSpace::own_tables(UserPage first, UserPage end)
{
    if (policy_.fork != ForkBy::SharingTables) return {};
    for (UserPage page = next_with_table(first, end); page < end;
         page = next_with_table(next_table(page), end))
        if (shares_table(page)) TRY(own_table(page));
    return {};
}

// The space is dead, or about to be: no CPU has it loaded.
void AddressSpace::leave_table(UserPage page)
{
    Pde& pde = directory_.entries()[page.directory_index()];
    const Frame table = pde.table();
    pde = Pde{};
    tables_.remove(page.directory_index());
    table_frames_--;
    release_share(table);
}

}  // namespace faultline
