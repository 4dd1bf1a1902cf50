#include "mm/binding.h"

#include "core/spinlock.h"
#include "mm/eviction.h"
#include "mm/frame.h"

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

void bind_frame(Frame frame, FrameHome& home, PageIndex index)
{
    {
        SpinGuard guard{lock_of(frame)};
        frame_record(frame).object = &home;
        frame_record(frame).index = index;
    }
    if (eviction_keeps_order) note_arrival(frame);
}

void unbind_frame(Frame frame)
{
    SpinGuard guard{lock_of(frame)};
    frame_record(frame).object = nullptr;
}

void bind_private(Frame frame, FrameHome& family, UserPage page)
{
    frame_record(frame).index = PageIndex{page.number()};
    frame_record(frame).object = &family;
    if (__builtin_expect(eviction_keeps_order, false)) note_arrival(frame);
}

Ref<FrameHome> home_of(Frame frame, PageIndex& index)
{
    SpinGuard guard{lock_of(frame)};
    FrameHome* const home = *const_cast<FrameHome* volatile*>(&frame_record(frame).object);
    if (!home || !home->retain_if_live()) return nullptr;
    index = frame_record(frame).index;
    return Ref<FrameHome>::adopt(home);
}

}  // namespace faultline
