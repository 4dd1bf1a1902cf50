#include "mm/memory_object.h"

#include "lib/new.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/region.h"
#include "mm/rmap.h"

namespace faultline {

Result<void*> HeapNodes::allocate(u32 size_bytes)
{
    return heap_allocate(size_bytes);
}
void HeapNodes::free(void* node)
{
    heap_free(node);
}

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
    const u32 number = resident_locked(index);
    if (number == 0) return {};
    FrameRecord& record = frame_record(Frame{number});
    if (!is_ready(record)) return {};
    note_use(record);
    return Frame{number};
}

u32 MemoryObject::find_resident_run(PageIndex first, u32 count, Frame* frames)
{
    u32 numbers[kMaxNeighbours];
    const u32 to_boundary = 64 - first.number() % 64;  // the map answers for groups of 64
    const u32 here = min(count, to_boundary);
    u32 found = 0;
    SpinGuard guard{lock_};
    pages_.find_group(first.number(), here, numbers);
    if (here < count) pages_.find_group(first.number() + here, count - here, numbers + here);
    for (u32 i = 0; i < count; i++) {
        if (frame_in(numbers[i]) == 0) continue;
        FrameRecord& record = frame_record(Frame{numbers[i]});
        if (!is_ready(record)) continue;
        record.owners.fetch_add(1);
        frames[i] = Frame{numbers[i]};
        found |= 1u << i;
    }
    return found;
}

bool MemoryObject::take_accessed(Frame frame, PageIndex index)
{
    const bool called_for = take_referenced(frame);
    return (frame_owners(frame) > 1 && ReverseMap::take_accessed(*this, index, frame)) || called_for;
}

void MemoryObject::for_each_mapping(Frame frame, PageIndex index, const MappingVisitor& visitor)
{
    ReverseMap::for_each_mapping(*this, index, frame, visitor);
}

bool MemoryObject::take_referenced(Frame frame)
{
    SpinGuard guard{lock_};
    FrameRecord& record = frame_record(frame);
    if (record.object != this || !(record.flags & kFrameReferenced)) return false;
    record.flags = static_cast<u8>(record.flags & ~kFrameReferenced);
    return true;
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
