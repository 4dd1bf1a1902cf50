// The tie between a frame and the object that caches it (FrameRecord::object, index), for whoever comes from the frame's
// side and holds no lock of the object: the clock.
//
// The tie changes under one of a few spin locks, picked by frame number. Who reads it there can take a count on the object
// before letting go, so the object cannot vanish: an object without counts is no longer given out.
#pragma once

#include "arch/layout.h"
#include "lib/ref.h"

namespace faultline {

class MemoryObject;

void bind_frame(Frame frame, MemoryObject& object, PageIndex index);
void unbind_frame(Frame frame);
// The object that caches the frame, kept alive, and the page's index in it; null where there is none.
Ref<MemoryObject> object_of(Frame frame, PageIndex& index);

}  // namespace faultline
