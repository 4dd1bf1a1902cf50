// Debug builds: a word of the checkers' own for each frame of RAM, in frames of its own. Lock: the user's.
#pragma once

#include "mm/frame.h"

namespace faultline {

class FrameWords {
public:
    Result<void> create();  // after init_frames; all words are 0
    bool ready() const { return ready_; }
    u32& operator[](Frame frame)
    {
        return static_cast<u32*>(frame_memory(chunks_[frame.number() / kInChunk]))[frame.number() % kInChunk];
    }
    u32* group(Frame first)
    {
        return &(*this)[first];
    }  // the words of kInChunk frames, from a multiple of it
    void clear();
    static constexpr u32 kInChunk = kPageSize / 4;

private:
    static constexpr u32 kMostChunks = (kDirectMapEnd - kKernelBase) / kPageSize / kInChunk;

    Frame chunks_[kMostChunks];
    bool ready_ = false;
};

}  // namespace faultline
