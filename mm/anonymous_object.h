// Shared anonymous memory: an object without a source. The first touch of a page makes a frame of zeroes, which every
// mapping then shows; the object owns it until the last mapping is gone.
#pragma once

#include "mm/memory_object.h"

namespace faultline {

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
    bool confirm_page(PageIndex, Frame, Access) override { return true; }  // pages stay
    Result<void> write_back(PageIndex, PageIndex) override { return {}; }
    bool try_evict(Frame) override { return false; }  // its only home is the frame
    bool has_contents(PageIndex index) override;
    u32 page_count() const override { return pages_count_; }
    ObjectIdentity identity() const override { return {}; }
    void describe(Span<char> path) const override;

private:
    u32 pages_count_;
    u32 promised_;
};

}  // namespace faultline
