#include "mm/anonymous_object.h"

#include "lib/string.h"
#include "mm/commit.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/reclaim.h"

namespace faultline {

Result<Ref<MemoryObject>> AnonymousObject::create(u32 pages, Promise promise)
{
    const u32 promised = promise == Promise::Yes ? pages : 0;
    TRY(charge_memory(promised));
    for (;;) {
        auto object = make<AnonymousObject>(pages, promised);
        if (object.ok()) return Ref<MemoryObject>::adopt(object.value());
        if (make_room()) continue;
        uncharge_memory(promised);
        return object.error();
    }
}

AnonymousObject::~AnonymousObject()
{
    uncharge_memory(promised_);
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
