#include "mm/heap.h"

#include "arch/layout.h"
#include "core/assert.h"
#include "core/spinlock.h"
#include "lib/intrusive_list.h"
#include "mm/fail.h"
#include "mm/frame.h"

namespace faultline {

namespace {

struct FreeObject {
    FreeObject* next;
};

// Stands at the start of the slab's frame; the objects follow.
struct Slab : ListNode<> {
    u32 size_class = 0;
    u32 used = 0;
    FreeObject* free = nullptr;
};
constexpr u32 kHeaderSize = 64;
static_assert(sizeof(Slab) <= kHeaderSize);

// Multiples of 16; the larger ones divide what the header leaves of a frame.
constexpr u32 kSizes[] = {16, 32, 48, 64, 96, 128, 192, 256, 320, 448, 672, 1008, 1344, 2016};
constexpr u32 kClasses = sizeof(kSizes) / sizeof(kSizes[0]);
constexpr u32 kLargestObject = kSizes[kClasses - 1];

struct SizeClass {
    SpinLock lock{LockRank::Heap};
    IntrusiveList<Slab> with_room GUARDED_BY(lock);  // at least one object free
    u32 objects_used GUARDED_BY(lock) = 0;
    u32 slabs GUARDED_BY(lock) = 0;
    u32 empty_slabs GUARDED_BY(lock) = 0;
};

SizeClass classes[kClasses];
u32 plain_up_to =
    kLargestObject;  // bytes: larger ones take the slow way, all of them while one may have to fail
u8 class_of_size[kLargestObject / 16 + 1];

constexpr u32 objects_in_slab(u32 size_class)
{
    return (kPageSize - kHeaderSize) / kSizes[size_class];
}

Slab* slab_of(void* object)
{
    return KernelAddr{page_round_down(KernelAddr::of(object).value())}.as<Slab>();
}

bool is_whole_frame(void* block)
{
    return KernelAddr::of(block).value() % kPageSize == 0;
}

Frame frame_of(void* block)
{
    return Frame::containing(KernelAddr::of(block).to_phys());
}

Slab* make_slab(Frame frame, u32 size_class)
{
    u8* const memory = static_cast<u8*>(frame_memory(frame));
    Slab* slab = new (memory) Slab;
    slab->size_class = size_class;
    for (u32 i = objects_in_slab(size_class); i-- > 0;) {
        auto* object = reinterpret_cast<FreeObject*>(memory + kHeaderSize + i * kSizes[size_class]);
        object->next = slab->free;
        slab->free = object;
    }
    return slab;
}

void* take_object(SizeClass& c, Slab& slab) REQUIRES(c.lock)
{
    FreeObject* object = slab.free;
    slab.free = object->next;
    if (slab.used++ == 0) c.empty_slabs--;
    if (!slab.free) c.with_room.remove(slab);
    c.objects_used++;
    return object;
}

Result<void*> allocate_object(u32 size_bytes)
{
    const u32 size_class = class_of_size[(size_bytes + 15) / 16];
    SizeClass& c = classes[size_class];
    SpinGuard guard{c.lock};
    Slab* slab = c.with_room.first();
    if (!slab) {
        slab = make_slab(TRY(allocate_frame(Fill::Zero, FrameUse::Slab)), size_class);
        c.with_room.push_front(*slab);
        c.slabs++;
        c.empty_slabs++;
    }
    return take_object(c, *slab);
}

[[gnu::noinline]] Result<void*> allocate_slowly(u32 size_bytes)
{
    assert(size_bytes <= kMaxHeapBlock);
    if (plain_up_to != kLargestObject && must_fail_on_purpose()) return Errno::NoMemory;
    if (size_bytes > kLargestObject) return frame_memory(TRY(allocate_frame(Fill::Nothing, FrameUse::Slab)));
    return allocate_object(size_bytes);
}

}  // namespace

void init_heap()
{
    u32 size_class = 0;
    for (u32 units = 0; units <= kLargestObject / 16; units++) {
        if (units * 16 > kSizes[size_class]) size_class++;
        class_of_size[units] = static_cast<u8>(size_class);
    }
}

void let_heap_fail(bool on)
{
    plain_up_to = on ? 0 : kLargestObject;
}

Result<void*> heap_allocate(u32 size_bytes)
{
    return size_bytes > plain_up_to ? allocate_slowly(size_bytes) : allocate_object(size_bytes);
}

void heap_free(void* block)
{
    if (!block) return;
    if (is_whole_frame(block)) {
        release_frame(frame_of(block));
        return;
    }
    Slab* slab = slab_of(block);
    SizeClass& c = classes[slab->size_class];
    SpinGuard guard{c.lock};
    debug_assert(slab->used > 0);
    auto* object = static_cast<FreeObject*>(block);
    if (!slab->free) c.with_room.push_front(*slab);
    object->next = slab->free;
    slab->free = object;
    c.objects_used--;
    if (--slab->used > 0) return;
    c.with_room.remove(*slab);
    if (c.empty_slabs == 0) {  // one stays, for when the others are full
        c.empty_slabs++;
        c.with_room.push_back(*slab);
        return;
    }
    c.slabs--;
    release_frame(frame_of(slab));
}

u32 slab_classes()
{
    return kClasses;
}

SlabInfo slab_info(u32 size_class)
{
    SizeClass& c = classes[size_class];
    SpinGuard guard{c.lock};
    const u32 in_slab = objects_in_slab(size_class);
    return {kSizes[size_class], c.objects_used, c.slabs * in_slab, in_slab, c.slabs, c.empty_slabs};
}

u32 empty_slab_frames()
{
    u32 frames = 0;
    for (SizeClass& c : classes) {
        SpinGuard guard{c.lock};
        frames += c.empty_slabs;
    }
    return frames;
}

void shrink_heap()
{
    for (SizeClass& c : classes) {
        SpinGuard guard{c.lock};
        for (Slab& slab : c.with_room) {
            if (slab.used > 0) continue;
            c.with_room.remove(slab);
            c.empty_slabs--;
            c.slabs--;
            release_frame(frame_of(&slab));
        }
    }
}

}  // namespace faultline
