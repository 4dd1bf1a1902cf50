// Where the pages of a cached object come from and go to: an inode, a disk. Owned by mm, implemented above it.
//
// Called with no mm lock held; may sleep. A PageSource takes block-map locks only, never the inode's lock: write() holds
// that one while it faults pages in. Requests are made beforehand or from the reserve, so that writing a page out does
// not need memory that only writing pages out would free.
#pragma once

#include "arch/layout.h"
#include "lib/result.h"
#include "lib/span.h"

namespace faultline {

// Consecutive pages of one object and the frames that hold them. `sectors` has a byte for each page: bit k stands for
// bytes [512 k, 512 (k + 1)) of the page.
struct PageRun {
    PageIndex first;
    Span<const Frame> frames;
    Span<const u8> sectors;
};

constexpr u8 kAllSectors = 0xff;
constexpr u32 kSectorSize = 512;
constexpr u32 kMaxRun = 32;  // pages in one run

// What /proc/PID/maps says of an object.
struct ObjectIdentity {
    u32 device = 0;  // as st_dev
    u32 inode = 0;
};

class PageSource {
public:
    // Fills the sectors asked for (all of a page that is beyond the end or a hole: with zeroes).
    virtual Result<void> read_pages(const PageRun& run) = 0;
    // Makes the sectors durable, as far as the device goes. Sectors beyond the end of the object are left out.
    virtual Result<void> write_pages(const PageRun& run) = 0;
    // Finds a home for bytes [offset, offset + size) before they are written: NoSpace is said here, not by write_pages.
    virtual Result<void> prepare_write(u32 offset, u32 size_bytes) = 0;
    // What finds written pages again (their places, the size) is durable, too, as far as the device goes.
    virtual Result<void> settle() { return {}; }
    virtual ObjectIdentity identity() const = 0;
    // The path by which the object was opened, for /proc/PID/maps: at most path.size() - 1 bytes and a NUL.
    virtual void describe(Span<char> path) const = 0;
    // The last Ref to the object is gone. An inode that lives and dies with its object ends here.
    virtual void last_object_ref_dropped() = 0;

protected:
    ~PageSource() = default;
};

}  // namespace faultline
