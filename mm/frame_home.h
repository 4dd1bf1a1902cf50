// Whom a frame with pages of programs or files belongs to, as the one who looks for frames to evict sees it: a memory object
// (files, shared memory, swap) or a fork family (private memory).
//
// A frame's record names its home (mm/binding.h); who comes from the frame's side first takes a count on the home.
#pragma once

#include "arch/layout.h"
#include "lib/ref.h"
#include "lib/span.h"

namespace faultline {

enum class Eviction : u8 {
    Freed,   // the frame is on the free list
    Kept,    // in use, locked in memory, or there is no swap
    Locked,  // somebody holds a space's lock just now: try again later
    Dirty,   // its contents must be written first, by the writer
    ToSwap,  // no mapping shows it any more; it is free once the swap area has been written
};

class AddressSpace;

// What for_each_mapping calls: under the space's lock, so it may not sleep.
struct MappingVisitor {
    void (*see)(void* context, AddressSpace& space, UserPage page);
    void* context;
};

class FrameHome {
public:
    // The home lives as long as `lifetime` has counts: its own, or those of the inode that it belongs to.
    explicit FrameHome(RefCounted& lifetime) : lifetime_{lifetime} {}
    FrameHome(const FrameHome&) = delete;
    FrameHome& operator=(const FrameHome&) = delete;

    void retain() { lifetime_.retain(); }
    bool retain_if_live() { return lifetime_.retain_if_live(); }
    bool release() { return lifetime_.release(); }
    virtual void last_ref_dropped() = 0;

    // Was the page used since this was last asked? Clears what says so (accessed bits: the caller sees to the flush).
    // Sleeps; no space lock and no spin lock may be held.
    virtual bool take_accessed(Frame frame, PageIndex index) = 0;
    // Gives the frame back, if that can be done without waiting for a device. Sleeps; locks as above.
    virtual Eviction evict(Frame frame, PageIndex index) = 0;

    // The path of the file or disk, "" for memory without one: at most path.size() - 1 bytes and a NUL.
    virtual void describe(Span<char> path) const = 0;
    // Each PTE that shows the frame, as far as spaces are not locked just now. Sleeps; locks as above.
    virtual void for_each_mapping(Frame frame, PageIndex index, const MappingVisitor& visitor) = 0;

protected:
    ~FrameHome() = default;
    RefCounted& lifetime_;
};

}  // namespace faultline
