// The kernel heap: slabs of equal objects, one frame each, for sizes up to half a frame; a whole frame above that.
//
// A slab's header stands at the start of its frame, so an object finds its slab by rounding its address down. Nothing
// larger than a frame is given: what needs more keeps frames. May be called under any spin lock of a lower rank than
// FrameAllocator; never from an interrupt handler.
#pragma once

#include "lib/new.h"
#include "lib/result.h"
#include "lib/span.h"

namespace faultline {

constexpr u32 kMaxHeapBlock = 4096;

void init_heap();
// 16-byte aligned, contents undefined. NoMemory when there is no frame for it.
Result<void*> heap_allocate(u32 size_bytes);
void heap_free(void* block);  // null is allowed

template <class T, class... Arguments> Result<T*> make(Arguments&&... arguments)
{
    static_assert(sizeof(T) <= kMaxHeapBlock);
    return new (TRY(heap_allocate(sizeof(T)))) T(forward<Arguments>(arguments)...);
}

template <class T> void destroy(T* object)
{
    if (!object) return;
    object->~T();
    heap_free(object);
}

struct SlabInfo {  // for /proc/slabinfo
    u32 object_size, objects_used, objects_total, objects_in_slab, slabs, empty_slabs;
};
u32 slab_classes();
SlabInfo slab_info(u32 size_class);
u32 empty_slab_frames();  // frames kept in slabs without objects
void shrink_heap();       // gives those back

}  // namespace faultline
