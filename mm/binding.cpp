#include "mm/binding.h"

#include "core/spinlock.h"
#include "mm/frame.h"
#include "mm/memory_object.h"

namespace faultline {

namespace {

constexpr u32 kLocks = 16;

struct BindingLock {
    SpinLock lock{LockRank::Leaf};
};
BindingLock locks[kLocks];

SpinLock& lock_of(Frame frame)
{
    return locks[frame.number() % kLocks].lock;
}

}  // namespace

void bind_frame(Frame frame, MemoryObject& object, PageIndex index)
{
    SpinGuard guard{lock_of(frame)};
    frame_record(frame).object = &object;
    frame_record(frame).index = index;
}

void unbind_frame(Frame frame)
{
    SpinGuard guard{lock_of(frame)};
    frame_record(frame).object = nullptr;
}

Ref<MemoryObject> object_of(Frame frame, PageIndex& index)
{
    SpinGuard guard{lock_of(frame)};
    const FrameRecord& record = frame_record(frame);
    if (record.use != FrameUse::Cache || !record.object || !record.object->retain_if_live()) return nullptr;
    index = record.index;
    return Ref<MemoryObject>::adopt(record.object);
}

}  // namespace faultline
