#include "mm/page_table.h"

#include "lib/bits.h"
#include "lib/result.h"
#include "mm/frame.h"

namespace faultline {

Result<Pte*> PageDirectory::find_or_create(UserPage page)
{
    Pde& pde = entries()[page.directory_index()];
    if (!pde.present()) {
        const Frame table = TRY(allocate_frame(Fill::Zero, FrameUse::Table));  // a zero PTE is an absent PTE
        pde = Pde::to_table(table);
    }
    return &table_of(pde)[page.table_index()];
}

u32 TableSet::next(u32 index) const
{
    if (index >= kUserDirectoryEntries) return kUserDirectoryEntries;
    u32 at = index / 32;
    u32 word = words_[at] & ~u32{0} << index % 32;
    while (word == 0) {
        if (++at == kUserDirectoryEntries / 32) return kUserDirectoryEntries;
        word = words_[at];
    }
    return at * 32 + lowest_bit(word);
}

u32 skip_absent(const Pte* entries, u32 i, u32 count)
{
    const auto pair = [entries](u32 at) { return entries[at].raw() | entries[at + 1].raw(); };
    while (i + 8 <= count && (pair(i) | pair(i + 2) | pair(i + 4) | pair(i + 6)) == 0)
        i += 8;
    while (i < count && entries[i].raw() == 0)
        i++;
    return i;
}

}  // namespace faultline
