// The page cache: the pages of files and disks that are in memory. read, write, exec and mmap all see these frames.
//
// A CachedObject is the cached side of one PageSource (an inode's data, a whole disk). A page is absent, busy (being read;
// wait for it), or valid; each 512-byte sector of it has a valid and a dirty bit, because with small blocks a page of a
// disk holds blocks of different kinds. Dirty pages are marked in the object's map; objects with dirty pages stand on one
// list for sync and the writer.
//
// No lock is held while the PageSource is called; afterwards everything is looked up again.
#pragma once

#include "mm/frame.h"
#include "mm/memory_object.h"
#include "mm/user_access.h"

namespace faultline {

// A page that cannot go away while this lives. Bytes may be read and, after set_dirty, stored through data().
class PinnedPage {
public:
    PinnedPage() = default;
    explicit PinnedPage(Frame frame) : frame_{frame}, holds_{true} {}  // takes over one ownership
    PinnedPage(PinnedPage&& other) : frame_{other.frame_}, holds_{other.holds_} { other.holds_ = false; }
    PinnedPage& operator=(PinnedPage&& other);
    ~PinnedPage();
    Frame frame() const { return frame_; }
    u8* data() const { return static_cast<u8*>(frame_memory(frame_)); }
    explicit operator bool() const { return holds_; }

private:
    Frame frame_;
    bool holds_ = false;
};

struct DirtyObjectsTag;

class CachedObject : public MemoryObject, public ListNode<DirtyObjectsTag> {
public:
    CachedObject(PageSource& source, RefCounted& lifetime, u64 size_bytes,
                 LockRank rank = LockRank::CacheBucket, FrameUse use = FrameUse::Cache);
    ~CachedObject();  // drops all pages, written or not: sync first where they matter

    void last_ref_dropped() override { source_.last_object_ref_dropped(); }
    Result<Frame> get_page(PageIndex index, Access access, bool& was_read) override;
    bool confirm_page(PageIndex index, Frame frame, Access access) override;
    bool has_contents(PageIndex) override { return true; }
    u32 page_count() const override;
    ObjectIdentity identity() const override { return source_.identity(); }
    void describe(Span<char> path) const override { source_.describe(path); }

    u64 size_bytes() const;
    void set_size(u64 size_bytes);  // only grows or states; truncate() shrinks

    // The page, whole and valid; reads it if need be, and up to `read_ahead` pages behind it with the same request.
    Result<PinnedPage> page(PageIndex index, u32 read_ahead = 0);
    // Bytes [offset, offset + size) of the page were stored: they are valid, and newer than the source.
    void set_dirty(const PinnedPage& page, u32 offset, u32 size_bytes);
    // The blocks at these bytes belong to somebody else now: forget them, unwritten. [offset, offset+size) of the object.
    void forget(u64 offset, u32 size_bytes);

    // Cached reads and writes through a buffer of user or kernel memory: as many bytes as came over (an error only where
    // none did). write() extends size_bytes(); the caller holds what keeps writers apart (the inode's lock).
    Result<u32> read(IoBuffer& buffer, u64 offset);
    Result<u32> write(IoBuffer& buffer, u64 offset);

    // Cuts the object to size_bytes: pages beyond leave the cache and every mapping; the rest of the last page is zeroed.
    // Io: the last page could not be read; nothing was cut then.
    Result<void> truncate(u64 size_bytes);

    // Writes dirty pages of [first, end) and waits for writes under way. The first error met, after trying all.
    Result<void> write_back(PageIndex first, PageIndex end) override;
    Result<void> sync(PageIndex first, PageIndex end) override;
    Result<void> write_back_all() { return write_back(PageIndex{0}, PageIndex{~u32{0}}); }
    // sync(2): every object that was dirty when this began is on the disk, whoever wrote it.
    static Result<void> write_back_everything();
    bool is_dirty();
    u64 dirty_since_ns() const { return dirty_since_ns_; }

    Eviction evict(Frame frame, PageIndex index) override;
    PageSource& source() const { return source_; }
    u32 resident_pages() const { return resident_pages_; }
    bool drop_clean_pages();  // all that can be evicted; true: none is left

protected:
    // Whether a page beyond the end may enter the cache: only a writer that holds off truncation makes one.
    enum class Beyond : u8 { Refused, Allowed };
    // The page with at least the wanted sectors valid, pinned. Reads what is missing, and missing pages behind it. Fault:
    // it is missing and refused.
    Result<PinnedPage> claim(PageIndex index, u8 wanted, u32 read_ahead, bool& was_read,
                             Beyond beyond = Beyond::Allowed);
    // A page whose contents the caller has. False: it is there already, or the map has no memory. The cache takes an
    // ownership of its own.
    bool enter_valid(PageIndex index, Frame frame);
    void set_dirty(Frame frame, u32 offset, u32 size_bytes);
    void wait_for_writes(PageIndex first, PageIndex end);
    // The page leaves the cache; its contents, if dirty, are lost to the source. The cache's ownership of the frame ends
    // (remove) or passes to the caller (detach).
    void remove_locked(PageIndex index, Frame frame) REQUIRES(lock_);
    void detach_locked(PageIndex index, Frame frame) REQUIRES(lock_);

private:
    Result<u32> enter_missing(PageIndex index, u32 read_ahead, Beyond beyond, Frame* frames);
    u32 may_enter_locked(PageIndex index, u32 count, Beyond beyond) REQUIRES(lock_);
    Result<void> read_run(PageIndex first, Span<const Frame> frames, Span<const u8> sectors);
    u32 add_missing_locked(PageIndex first, u32 count, Frame* frames) REQUIRES(lock_);
    void finish_read(PageIndex first, Span<const Frame> frames, Span<const u8> sectors, bool good);
    bool is_resident(PageIndex index);
    Result<void> write_new_page(IoBuffer& buffer, PageIndex index);
    Result<void> write_page_part(IoBuffer& buffer, PageIndex index, u32 in_page, u32 count);
    u32 collect_dirty(PageIndex end, PageIndex& start, Frame* frames, u8* sectors);
    void finish_write(u32 count, const Frame* frames, const u8* sectors, u32 still_dirty);
    void grow_to(u64 size_bytes);
    Result<void> write_back_excess();
    void put_on_dirty_list();
    void renew_on_dirty_list();
    void leave_dirty_list();
    void leave_dirty_list_if_clean();
    static Ref<CachedObject> next_to_sync(u32 round);

    PageSource& source_;
    const FrameUse use_;        // of frames that are read in
    u64 size_bytes_ = 0;        // read without a lock
    u64 dirty_since_ns_ = 0;    // guarded by the list of dirty objects
    u32 synced_in_ = 0;         // the same; which sync wrote it last
    u32 resident_pages_ = 0;    // lock_
    u32 writes_under_way_ = 0;  // lock_
    u32 dirtied_ = 0;           // pages, since write_back() last began; a hint
    u32 next_sequential_ = 0;   // the page after the last read; a hint
};

// All cached objects that have been dirty for so long: the periodic writer.
Result<void> write_back_older_than(u64 dirtied_before_ns);
u32 dirty_pages();
u32 unwritten_pages();  // dirty, or being written: not to be had yet
u32 cached_pages();

}  // namespace faultline
