#include "mm/anonymous_object.h"

#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"

namespace faultline {

Result<Ref<MemoryObject>> AnonymousObject::create(u32 pages)
{
    return Ref<MemoryObject>::adopt(TRY(make<AnonymousObject>(pages)));
}

AnonymousObject::~AnonymousObject()
{
    SpinGuard guard{lock_};
    for (auto entry = pages_.next(0); entry; entry = pages_.next(entry->key + 1))
        release_frame(Frame{entry->value});
}

void AnonymousObject::last_ref_dropped()
{
    destroy(this);
}

bool AnonymousObject::has_contents(PageIndex index)
{
    SpinGuard guard{lock_};
    return resident_locked(index) != 0;
}

Result<Frame> AnonymousObject::get_page(PageIndex index, Access, bool&)
{
    SpinGuard guard{lock_};
    if (const u32 number = resident_locked(index)) {
        retain_frame(Frame{number});
        return Frame{number};
    }
    const Frame frame = TRY(allocate_frame(Fill::Zero, FrameUse::Cache));
    auto inserted = pages_.insert(index.number(), frame.number());
    if (!inserted.ok()) {
        release_frame(frame);
        return inserted.error();
    }
    frame_record(frame).valid_sectors = kAllSectors;
    retain_frame(frame);  // one for the object, one for the caller
    return frame;
}

void AnonymousObject::describe(Span<char> path) const
{
    copy_string(path, "/dev/zero (deleted)");
}

}  // namespace faultline
