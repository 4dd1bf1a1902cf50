// Shared anonymous memory: an object without a source. The first touch of a page makes a frame of zeroes, which every
// mapping then shows. The object owns it until the last mapping is gone, or until the page goes to swap: then the object
// owns the slot, and the next touch brings the page back.
#pragma once

#include "mm/memory_object.h"

namespace faultline {

class SwapArea;

enum class Promise : u8 { No, Yes };  // whether its pages are promised memory (mm/commit.h)

class AnonymousObject final : public RefCounted, public MemoryObject {
public:
    static Result<Ref<MemoryObject>> create(u32 pages, Promise promise);  // may reclaim
    AnonymousObject(u32 pages, u32 promised)
        : MemoryObject{static_cast<RefCounted&>(*this)}, pages_count_{pages}, promised_{promised}
    {
    }
    ~AnonymousObject();

    using MemoryObject::release;
    using MemoryObject::retain;
    using MemoryObject::retain_if_live;
    void last_ref_dropped() override;
    Result<Frame> get_page(PageIndex index, Access access, bool& was_read) override;
    bool confirm_page(PageIndex index, Frame frame, Access access) override;
    Result<void> write_back(PageIndex, PageIndex) override { return {}; }
    Eviction evict(Frame frame, PageIndex index) override;
    // swapoff: all pages that are in swap come back. NoMemory, Io. Sleeps.
    Result<void> bring_in();
    u32 swap_slot(PageIndex index) override { return slot_of(index); }
    bool has_contents(PageIndex index) override;
    u32 page_count() const override { return pages_count_; }
    ObjectIdentity identity() const override { return {}; }
    void describe(Span<char> path) const override;

private:
    Result<Frame> make_page(PageIndex index);
    Result<void> fetch_from_swap(PageIndex index, u32 slot, bool& was_read);
    bool take_back_locked(PageIndex index, u32 slot, Frame frame) REQUIRES(lock_);
    u32 slot_of(PageIndex index);
    bool move_to_swap_locked(SwapArea& area, PageIndex index, Frame frame) REQUIRES(lock_);

    u32 pages_count_;
    u32 promised_;
};

}  // namespace faultline
