// Shared anonymous memory: an object without a source. The first touch of a page makes a frame of zeroes, which every
// mapping then shows. The object owns it until the last mapping is gone, or until the page goes to swap: then the object
// owns the slot, and the next touch brings the page back. Files in memory (fs/memory_file.h) are such objects too; they can
// grow and shrink, and a budget bounds what all files of one file system may have.
//
// All objects stand on one list, for swapoff: pages of a file that nobody maps are in swap, too.
#pragma once

#include "mm/memory_object.h"

namespace faultline {

class SwapArea;

enum class Promise : u8 { No, Yes };  // whether its pages are promised memory (mm/commit.h)

// How many pages the objects that share it may have, in memory or in swap. Each is promised memory, too.
class PageBudget {
public:
    explicit PageBudget(u32 most) : most_{most} {}
    Result<void> take();  // one page: NoSpace, NoMemory
    void give(u32 pages);
    u32 used() const { return used_.load(); }
    u32 most() const { return most_.load(); }
    void set_most(u32 most) { most_.store(most); }

private:
    Atomic<u32> used_;
    Atomic<u32> most_;
};

struct AllAnonymousTag;

class AnonymousObject : public MemoryObject, public ListNode<AllAnonymousTag> {
public:
    static Result<Ref<MemoryObject>> create(u32 pages, Promise promise);  // may reclaim

    Result<Frame> get_page(PageIndex index, Access access, bool& was_read) override;
    bool confirm_page(PageIndex index, Frame frame, Access access) override;
    Result<void> write_back(PageIndex, PageIndex) override { return {}; }
    Eviction evict(Frame frame, PageIndex index) override;
    // swapoff: all pages that are in swap come back. NoMemory, Io. Sleeps.
    static Result<void> bring_in_all();
    u32 swap_slot(PageIndex index) override { return slot_of(index); }
    bool has_contents(PageIndex index) override;
    u32 page_count() const override { return pages_count_.load(); }
    ObjectIdentity identity() const override { return {}; }
    void describe(Span<char> path) const override;

protected:
    // `budget`, if there is one, outlives the object.
    AnonymousObject(RefCounted& lifetime, u32 pages, u32 promised, PageBudget* budget);
    ~AnonymousObject();

    // Whether a page beyond the end may be made: by a writer that is about to move the end.
    enum class Beyond : u8 { Refused, Allowed };
    Result<Frame> page_for(PageIndex index, Beyond beyond, bool& was_read);
    // The page, if it has contents, in memory or in swap. None: a hole.
    Result<Optional<Frame>> find_page(PageIndex index);
    u32 pages_held() const { return pages_held_; }  // in memory or in swap: a moment's value
    // The end is where the caller says from here on; pages behind it are still there.
    void set_page_count(u32 pages);
    // What [first, end) held is gone: it reads as zeroes. No PTE of them is left; see ReverseMap::unmap_from.
    void drop_pages(PageIndex first, PageIndex end);
    // The same where PTEs may be left, and private copies stay. Sleeps.
    void punch_pages(PageIndex first, PageIndex end);

private:
    bool punch_page(u32 key, u32 value);
    Result<Frame> make_page(PageIndex index, Beyond beyond);
    Result<void> bring_in();
    u32 drop_some_locked(PageIndex first, PageIndex end) REQUIRES(lock_);
    void drop_value_locked(u32 value) REQUIRES(lock_);
    Result<void> fetch_from_swap(PageIndex index, u32 slot, bool& was_read);
    bool take_back_locked(PageIndex index, u32 slot, Frame frame) REQUIRES(lock_);
    u32 slot_of(PageIndex index);
    bool move_to_swap_locked(SwapArea& area, PageIndex index, Frame frame) REQUIRES(lock_);

    Atomic<u32> pages_count_;
    u32 promised_;
    u32 pages_held_ = 0;        // lock_
    PageBudget* budget_;        // or null
    u32 brought_in_round_ = 0;  // guarded by the list of all objects
};

}  // namespace faultline
