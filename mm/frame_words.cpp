#include "mm/frame_words.h"

#ifdef FAULTLINE_DEBUG

#include "arch/fpu.h"
#include "lib/bits.h"

namespace faultline {

Result<void> FrameWords::create()
{
    for (u32 i = 0; i * kInChunk < frame_limit(); i++)
        chunks_[i] = TRY(allocate_frame(Fill::Zero, FrameUse::Kernel));
    ready_ = true;
    return {};
}

void FrameWords::clear()
{
    for (u32 i = 0; i * kInChunk < frame_limit(); i++)
        clear_page(frame_memory(chunks_[i]));
}

}  // namespace faultline

#endif
