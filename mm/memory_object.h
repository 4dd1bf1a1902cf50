// A memory object: pages by index, that regions show. Files and disks (mm/page_cache.h), shared anonymous memory
// (mm/anonymous_object.h).
//
// For these the object is the one home of the contents; PTEs are only a cache of it and may be dropped at any time. The
// object keeps one ownership of each resident frame. It also knows the regions that show it: that is the way from a
// frame back to its PTEs (mm/rmap.h).
//
// Locks: lock_ guards the resident pages and the flags of their frames (rank CacheBucket, a spin lock); regions_lock_ the list
// of regions (rank Object, may sleep; taken under a space's lock, and by rmap which then only try-locks spaces).
#pragma once

#include "arch/layout.h"
#include "core/sleep_lock.h"
#include "core/spinlock.h"
#include "core/wait_queue.h"
#include "lib/intrusive_list.h"
#include "lib/radix_map.h"
#include "lib/ref.h"
#include "mm/frame_home.h"
#include "mm/page_source.h"
#include "mm/rights.h"

namespace faultline {

class Region;
struct ObjectRegionsTag;

constexpr u32 kMaxNeighbours = 16;  // pages that one fault may map at most

struct HeapNodes {  // RadixMap's nodes live on the kernel heap
    static Result<void*> allocate(u32 size_bytes);
    static void free(void* node);
};

class MemoryObject : public FrameHome {
public:
    explicit MemoryObject(RefCounted& lifetime, LockRank rank = LockRank::CacheBucket)
        : FrameHome{lifetime}, lock_{rank}
    {
    }

    // The page, valid, with one ownership for the caller (a pin: give it back by release_frame). May sleep, may read.
    // Access::Write: the caller will let a program store into it; its backing is found first.
    // `was_read` is set where a device was asked. Io, NoMemory, NoSpace, or Fault where the page is beyond the end.
    virtual Result<Frame> get_page(PageIndex index, Access access, bool& was_read) = 0;

    // Asked under the space's lock, just before a PTE shows what get_page gave: false where the object has given the page
    // up since. Access::Write: it is dirty again, for it may have been written back since.
    virtual bool confirm_page(PageIndex index, Frame frame, Access access) = 0;

    // As get_page for a page that is there and valid; never sleeps. None otherwise.
    Optional<Frame> find_resident(PageIndex index);
    // Up to `count` resident pages from `first` on, each pinned; frames[i] is meaningful where bit i of the answer is set.
    // count <= kMaxNeighbours. For fault-around: one lock, one walk.
    u32 find_resident_run(PageIndex first, u32 count, Frame* frames);

    // Dirty pages of [first, end) reach the source.
    virtual Result<void> write_back(PageIndex first, PageIndex end) = 0;
    // The same for a program that must be able to rely on it (msync): what finds the pages again is durable, too.
    virtual Result<void> sync(PageIndex first, PageIndex end) { return write_back(first, end); }
    bool take_accessed(Frame frame, PageIndex index) override;
    void for_each_mapping(Frame frame, PageIndex index, const MappingVisitor& visitor) override;

    // The swap slot that holds the page; 0 where none does.
    virtual u32 swap_slot(PageIndex) { return 0; }
    virtual bool has_contents(PageIndex index) = 0;  // false: the first touch makes a page of zeroes
    virtual u32 page_count() const = 0;              // pages from here on are beyond the end
    // How often it grew from within a page. Backing that get_page(Access::Write) found before may not reach the new end.
    u32 growths() const { return growths_.load(); }
    virtual ObjectIdentity identity() const = 0;

    void add_region(Region& region);
    void remove_region(Region& region);
    SleepLock& regions_lock() RETURN_CAPABILITY(regions_lock_) { return regions_lock_; }

protected:
    ~MemoryObject() = default;
    u32 resident_locked(PageIndex index) const REQUIRES(lock_)
    {
        return frame_in(pages_.find(index.number()));
    }
    // What a page of shared anonymous memory has in the map while it is in swap; no frame number is as large.
    static constexpr u32 kInSwap = 1u << 31;
    static u32 frame_in(u32 value) { return value & kInSwap ? 0 : value; }
    // Somebody called for the page since this was last asked.
    bool take_referenced(Frame frame);

    friend class ReverseMap;
    Atomic<u32> growths_;
    friend class MemoryLook;
    SpinLock lock_;
    RadixMap<HeapNodes> pages_ GUARDED_BY(lock_);  // index -> frame number (or swap slot); marked: dirty
    WaitQueue page_ready_;                         // a page of this object is no longer busy or being written
    SleepLock regions_lock_{LockRank::Object};
    IntrusiveList<Region, ObjectRegionsTag> regions_ GUARDED_BY(regions_lock_);
};

}  // namespace faultline
