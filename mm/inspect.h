// What a page is, for those who look from outside: its entries, where its contents live, the region that allows it.
//
// An answer is one moment's truth, copied out under the space's lock; it may be stale when it is read.
#pragma once

#include "mm/address_space.h"

namespace faultline {

// Where the contents of a page live. The numbers are call 1006's.
enum class PageBacking : u8 {
    None,       // no region holds the address
    Zero,       // nowhere yet: it reads as zeroes
    Anonymous,  // a frame of private memory
    File,       // a page of a file or a disk
    Shared,     // a page of shared anonymous memory
    Swap,       // a swap slot
    Guard,      // the guard page of the xv6 layout
    Kernel,     // the kernel's half of the map
};

struct PageView {
    Pde pde;
    Pte pte;
    PageBacking backing = PageBacking::None;
    u32 offset = 0;  // File, Shared: in bytes, of the page in its object. Swap: the slot
    Optional<AddressSpace::RegionView> region;
};

// What smaps adds up for one region: pages, and shares of pages in bytes.
struct RegionUsage {
    u32 resident = 0;
    u32 shared_clean = 0, shared_dirty = 0, private_clean = 0, private_dirty = 0;
    u32 referenced = 0, anonymous = 0, swapped = 0;
    u64 share_bytes = 0, dirty_share_bytes = 0;  // a page shown n times counts one n-th (Pss)
    u64 swapped_share_bytes = 0;

    void add(const RegionUsage& other);
    void add_page(Pte pte, u32 sharers);  // spaces that share its page table

private:
    void add_frame(Pte pte, u32 sharers);
};

// What a space's memory came to, so far.
struct SpaceReceipt {
    u32 mapped = 0;         // pages of all regions
    u32 never_touched = 0;  // pages without a frame, or mapped but with A and D clear
    u32 resident = 0;
    u32 shared = 0;  // of these, the frames that somebody else owns, too
    u32 program_bytes_absent = 0;
    ForkCounts forked;
};

// What frames of programs and files are used for, counted frame by frame: for meminfo and vmstat.
struct MemoryUse {
    u32 mapped_file = 0;                        // pages of files and shared memory that entries show
    u32 shared = 0;                             // pages of shared anonymous memory
    u32 writing = 0;                            // on their way to a device
    u32 swap_mapped = 0;                        // private memory that stands in the swap area, too
    u32 active_file = 0, active_anonymous = 0;  // used since the clock's hand passed
};
MemoryUse memory_use();  // without a lock: each frame's truth is a moment's

// How many entries show the frame: its owners but for the cache or the swap area. A pin counts, too: it is gone soon.
u32 mapping_count(Frame frame);

}  // namespace faultline
