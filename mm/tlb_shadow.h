// Debug builds: what a TLB may still hold of each user page, to find PTEs that lost rights and were not flushed.
//
// A CPU may use a page as its PTE allowed at any time since the page was last flushed. So each page table has a shadow: every
// page's entry as it was when the page was last flushed or looked at. At the end of a change an entry that allows less than
// its shadow, or shows another frame, was changed without a flush, whoever changed it and however.
//
// Shadows come from a pool that is filled at boot, so that no test counts them; page tables beyond the pool (a 64th of memory)
// go unchecked. Lock: the space's; the pool has its own.
#pragma once

#include "core/loaded_space.h"
#include "mm/entry.h"

namespace faultline {

#ifdef FAULTLINE_DEBUG
class TlbShadow {
public:
    static void init();

    // The 1024 entries that belong to a page table, or null.
    static u32* of_table(Frame table);
    // What a TLB may hold of this entry.
    static constexpr u32 cached(Pte pte) { return pte.present() ? pte.raw() & ~kNotCached : 0; }
    // Null where every TLB that holds `cached` may go on; otherwise what it must not go on with.
    static const char* stale_right(u32 cached, Pte now);

    // TlbBatch has flushed these pages of the space, or all (count over kMost).
    static void flushed(const LoadedSpace& space, const UserPage* pages, u32 count, u32 most);
    static void table_freed(Frame table);

private:
    static constexpr u32 kNotCached = 0xe00 | kAccessed | kGlobal | kWriteThrough | kCacheDisabled;
};
#else
class TlbShadow {
public:
    static void init() {}
    static void flushed(const LoadedSpace&, const UserPage*, u32, u32) {}
    static void table_freed(Frame) {}
};
#endif

}  // namespace faultline
