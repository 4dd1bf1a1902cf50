#include "mm/page_table.h"

#include "lib/result.h"
#include "mm/frame.h"

namespace faultline {

Pte* PageDirectory::find(UserPage page) const
{
    const Pde pde = entries()[page.directory_index()];
    return pde.present() ? &table_of(pde)[page.table_index()] : nullptr;
}

Result<Pte*> PageDirectory::find_or_create(UserPage page)
{
    Pde& pde = entries()[page.directory_index()];
    if (!pde.present()) {
        const Frame table = TRY(allocate_frame(Fill::Zero, FrameUse::Table));  // a zero PTE is an absent PTE
        pde = Pde::to_table(table);
    }
    return &table_of(pde)[page.table_index()];
}

}  // namespace faultline
