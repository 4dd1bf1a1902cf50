#include "mm/inspect.h"

#include "mm/frame.h"

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
    if (view.pte.present() && !view.pte.is_user()) return PageBacking::Guard;
    if (!view.region) return PageBacking::None;
    if (view.pte.holds_frame()) {
        const FrameUse use = frame_record(view.pte.frame()).use;
        if (use == FrameUse::Anonymous) return PageBacking::Anonymous;
        if (use == FrameUse::Zero) return PageBacking::Zero;
    }
    return view.region->object ? backing_in_object(*view.region->object) : PageBacking::Zero;
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
    if (view.backing == PageBacking::File || view.backing == PageBacking::Shared)
        view.offset = (view.region->object_start + (page - view.region->first)).number() << kPageShift;
    return view;
}

}  // namespace faultline
