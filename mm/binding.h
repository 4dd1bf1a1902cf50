// The tie between a frame and its home (FrameRecord::object, index), for whoever comes from the frame's side and holds no
// lock of the home: the clock.
//
// Ties to memory objects change under one of a few spin locks, picked by frame number. Who reads a tie there can take a count
// on the object before letting go, so the object cannot vanish: one without counts is no longer given out. Ties to fork
// families are simply written, and never cut: families do not vanish (mm/fork_family.h), and a frame of private memory is
// made on the fault path, which has no time for a lock.
#pragma once

#include "arch/layout.h"
#include "lib/ref.h"
#include "mm/frame_home.h"

namespace faultline {

void bind_frame(Frame frame, FrameHome& home, PageIndex index);
void unbind_frame(Frame frame);
// A frame of private memory, which its maker alone knows yet, stands at this page of the family's spaces.
void bind_private(Frame frame, FrameHome& family, UserPage page);
// The frame's home, kept alive, and the page's index in it; null where there is none, or where it goes just now.
Ref<FrameHome> home_of(Frame frame, PageIndex& index);

}  // namespace faultline
