#include "mm/memory_object.h"

#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/region.h"

namespace faultline {

Result<void*> HeapNodes::allocate(u32 size_bytes)
{
    return heap_allocate(size_bytes);
}
void HeapNodes::free(void* node)
{
    heap_free(node);
}

MemoryObject::MemoryObject(RefCounted& lifetime) : lifetime_{lifetime} {}

namespace {

bool is_ready(const FrameRecord& record)
{
    return !(record.flags & kFrameBusy) && record.valid_sectors == kAllSectors;
}

void note_use(FrameRecord& record)
{
    record.flags = static_cast<u8>((record.flags | kFrameReferenced) & ~kFrameFresh);
    record.owners.fetch_add(1);
}

}  // namespace

Optional<Frame> MemoryObject::find_resident(PageIndex index)
{
    SpinGuard guard{lock_};
    const u32 number = pages_.find(index.number());
    if (number == 0) return {};
    FrameRecord& record = frame_record(Frame{number});
    if (!is_ready(record)) return {};
    note_use(record);
    return Frame{number};
}

u32 MemoryObject::find_resident_run(PageIndex first, u32 count, Frame* frames)
{
    u32 found = 0;
    SpinGuard guard{lock_};
    for (u32 i = 0; i < count; i++) {
        const u32 number = pages_.find(first.number() + i);
        if (number == 0 || !is_ready(frame_record(Frame{number}))) continue;
        frame_record(Frame{number}).owners.fetch_add(1);
        frames[i] = Frame{number};
        found |= 1u << i;
    }
    return found;
}

void MemoryObject::add_region(Region& region)
{
    SleepGuard guard{regions_lock_};
    regions_.push_back(region);
}

void MemoryObject::remove_region(Region& region)
{
    SleepGuard guard{regions_lock_};
    regions_.remove(region);
}

}  // namespace faultline
