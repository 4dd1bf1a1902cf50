// The frame table: who uses each frame of RAM, and the allocator.
//
// One record of 16 bytes for each frame. Free frames are linked through their own first word (the slides' kalloc list);
// each CPU keeps a short list of its own in front of the global one. A frame is freed when its last owner lets go.
//
// Owners of a frame: each PTE that maps it, the memory object that caches it, each pin. Counts are atomic. What the
// other fields' locks are stands at each field. Interrupt handlers neither allocate nor free.
#pragma once

#include "arch/layout.h"
#include "lib/atomic.h"
#include "lib/result.h"

namespace faultline {

class FrameHome;
struct BootInfo;

enum class FrameUse : u8 {
    Reserved,  // firmware, holes, frames beyond the direct map
    Free,
    Kernel,     // image, boot data, kernel page tables
    Slab,       // kernel heap
    Stack,      // kernel stacks
    Directory,  // a space's page directory
    Table,      // a space's page table
    Anonymous,  // private memory of programs
    Cache,      // a page of a memory object: file, disk, shared memory
    Pipe,       // a pipe's ring
    Zero,       // the one shared zero frame
    Swap,       // private memory that stands in the swap area, too
};
constexpr u32 kFrameUses = 12;

// Nothing: the new owner writes all of it. A page that is written in part only, for long, wants Zero even where its contents
// do not matter: QEMU keeps the translation of code that a frame held before until those bytes are written, and as long as
// there is any, each store to the page goes a way that is a hundred times as long. Kernel stacks and slabs are such pages.
enum class Fill { Zero, Nothing };

// Bits of FrameRecord::flags; guarded by the object's lock.
enum FrameFlag : u8 {
    kFrameBusy = 1,        // being read in: contents are not valid yet
    kFrameWriting = 2,     // a write to the source is under way
    kFrameReferenced = 4,  // used since the clock's hand passed
    kFrameFresh = 8,       // read ahead, not asked for yet
    kFrameShared = 16,     // a page of shared anonymous memory
};

struct FrameRecord {
    Atomic<u32> owners;
    FrameHome* object;  // Cache, Swap: whose page; Anonymous: of which family (mm/binding.h)
    PageIndex index;    // which page of it; of a family: the number of the user page
    FrameUse use;
    u8 flags;
    u8 valid_sectors;  // Cache: which 512-byte sectors hold the source's contents or newer; the object's lock
    u8 dirty_sectors;  // Cache: which are newer than the source; the object's lock
};
static_assert(sizeof(void*) > 4 || sizeof(FrameRecord) == 16);

struct FrameCounts {
    u32 total;  // frames that the table manages: RAM in use
    u32 free;
    u32 by_use[kFrameUses];
};

// Builds the table from the boot loader's memory map; `limit_bytes` is mem= (0: none). Logs what is left out.
// Beside it stands a zeroed table of `side_bytes` for each frame, for who else keeps something about every frame.
void init_frames(const BootInfo& boot, u32 limit_bytes, u32 side_bytes);
void* frame_side_table();

extern FrameRecord* frame_table;  // set once, by init_frames
inline FrameRecord& frame_record(Frame frame)
{
    return frame_table[frame.number()];
}
bool is_managed(Frame frame);  // RAM that the table knows (not Reserved)
u32 frame_limit();             // one past the highest frame number in the table

// One frame with one owner, or NoMemory. Never sleeps, never reclaims.  // xv6: kalloc ; ours says what the frame is for
Result<Frame> allocate_frame(Fill fill, FrameUse use);
// The same for callers that hold no lock: reclaims, and waits for a victim of the out-of-memory killer.
Result<Frame> allocate_frame_reclaiming(Fill fill, FrameUse use);

inline void retain_frame(Frame frame)
{
    frame_record(frame).owners.fetch_add(1);
}
// Lets go of one ownership unless it is the last one; then false, and the frame is the caller's alone.
inline bool drop_if_shared(Frame frame)
{
    Atomic<u32>& owners = frame_record(frame).owners;
    u32 count = owners.load();
    while (count > 1)
        if (owners.compare_exchange(count, count - 1)) return true;
    return false;
}
// Lets go of one ownership; the last frees the frame.  // xv6: kfree
void release_frame(Frame frame);
// The same for several, with the free list taken once.
void release_frames(const Frame* frames, u32 count);
inline u32 frame_owners(Frame frame)
{
    return frame_record(frame).owners.load();
}
// A frame changes hands between private memory and the swap area.
void set_frame_use(Frame frame, FrameUse use);
inline bool is_private_memory(Frame frame)
{
    const FrameUse use = frame_record(frame).use;
    return use == FrameUse::Anonymous || use == FrameUse::Swap;
}

u32 free_frames();
u32 managed_frames();  // FrameCounts::total, without counting
FrameCounts count_frames();
u32 frames_of_use(FrameUse use);
bool is_frame_free(Frame frame);  // on a free list, or a clean page of the cache that nobody maps
#ifdef FAULTLINE_DEBUG
// For mm/consistency; all other CPUs are stopped. How many frames are on free lists; see(frame) for each of them.
u32 listed_free_frames();
void for_each_listed_free_frame(void (*see)(Frame));
#endif
extern Frame the_zero_frame;  // set once, by init_frames
inline Frame zero_frame()     // always zero; mapped read-only for first reads of private memory
{
    return the_zero_frame;
}

}  // namespace faultline
