// Pages that enter the cache, are read and written through it, and leave it. Dirty ones: mm/write_back.cpp.
#include "mm/page_cache.h"

#include "arch/fpu.h"
#include "core/assert.h"
#include "core/scheduler.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/binding.h"
#include "mm/cached_sectors.h"
#include "mm/frame.h"
#include "mm/reclaim.h"
#include "mm/rmap.h"

namespace faultline {

PinnedPage& PinnedPage::operator=(PinnedPage&& other)
{
    swap(frame_, other.frame_);
    swap(holds_, other.holds_);
    return *this;
}

PinnedPage::~PinnedPage()
{
    if (holds_) release_frame(frame_);
}

CachedObject::CachedObject(PageSource& source, RefCounted& lifetime, u64 size_bytes, LockRank rank,
                           FrameUse use)
    : MemoryObject{lifetime, rank}, source_{source}, use_{use}, size_bytes_{size_bytes}
{
}

CachedObject::~CachedObject()
{
    SpinGuard guard{lock_};
    for (auto entry = pages_.next(0); entry; entry = pages_.next(entry->key)) {
        const Frame frame{entry->value};
        debug_assert(!(frame_record(frame).flags & (kFrameBusy | kFrameWriting)));
        remove_locked(PageIndex{entry->key}, frame);
    }
    leave_dirty_list();
}

u32 CachedObject::page_count() const
{
    return static_cast<u32>((size_bytes() + kPageSize - 1) / kPageSize);
}

// Read without a lock in two halves, of which only the lower ever changes: files end below 2 GiB, disks do not grow.
u64 CachedObject::size_bytes() const
{
    return *const_cast<const volatile u64*>(&size_bytes_);
}

void CachedObject::set_size(u64 size_bytes)
{
    *const_cast<volatile u64*>(&size_bytes_) = size_bytes;
}

// ---- Residents ----

void CachedObject::remove_locked(PageIndex index, Frame frame)
{
    detach_locked(index, frame);
    release_frame(frame);
}

void CachedObject::detach_locked(PageIndex index, Frame frame)
{
    FrameRecord& record = frame_record(frame);
    if (record.dirty_sectors != 0) dirty_page_count.fetch_sub(1);
    record.dirty_sectors = 0;
    pages_.remove(index.number());
    unbind_frame(frame);
    resident_pages_--;
}

// Enters up to `count` frames as busy pages from `first` on, as long as the pages are missing. How many were.
u32 CachedObject::add_missing_locked(PageIndex first, u32 count, Frame* frames)
{
    for (u32 i = 0; i < count; i++) {
        const PageIndex index = first + i;
        if (resident_locked(index) != 0) return i;
        if (!pages_.insert(index.number(), frames[i].number()).ok()) return i;
        FrameRecord& record = frame_record(frames[i]);
        record.flags = kFrameBusy;
        bind_frame(frames[i], *this, index);
        resident_pages_++;
    }
    return count;
}

// Reads the sectors; those beyond the end of the object are zeroes and nobody is asked for them.
Result<void> CachedObject::read_run(PageIndex first, Span<const Frame> frames, Span<const u8> sectors)
{
    if (u64{first.number()} * kPageSize < size_bytes()) return source_.read_pages({first, frames, sectors});
    for (usize i = 0; i < frames.size(); i++) {
        u8* const bytes = static_cast<u8*>(frame_memory(frames[i]));
        if (sectors[i] == kAllSectors) {
            clear_page(bytes);
            continue;
        }
        for (u32 sector = 0; sector < 8; sector++)
            if (sectors[i] >> sector & 1) memset(bytes + sector * kSectorSize, 0, kSectorSize);
    }
    return {};
}

// How many pages from `index` on may enter. Asked with the lock held: truncate() says the new end first and looks for
// pages behind it afterwards, so that it meets whatever entered before it, and nothing enters after it.
u32 CachedObject::may_enter_locked(PageIndex index, u32 count, Beyond beyond)
{
    const u32 end = page_count();
    if (index.number() < end) return min(count, end - index.number());
    return beyond == Beyond::Allowed ? 1 : 0;
}

// Enters a busy page at `index`, and others behind it as far as they are missing too. How many; 0: look again.
Result<u32> CachedObject::enter_missing(PageIndex index, u32 read_ahead, Beyond beyond, Frame* frames)
{
    const u32 end = page_count();
    const u32 left = end > index.number() ? end - index.number() : 1;
    const u32 wanted = min(min(read_ahead + 1, kMaxRun), left);
    u32 allocated = 0;
    frames[allocated++] = TRY(allocate_frame_reclaiming(Fill::Nothing, use_));
    while (allocated < wanted) {
        auto frame = allocate_frame(Fill::Nothing, use_);
        if (!frame.ok()) break;
        frames[allocated++] = frame.value();
    }
    u32 entered;
    bool refused, no_nodes;  // no memory for the map itself
    {
        SpinGuard guard{lock_};
        const u32 allowed = may_enter_locked(index, allocated, beyond);
        refused = allowed == 0;
        entered = add_missing_locked(index, allowed, frames);
        no_nodes = entered == 0 && resident_locked(index) == 0;
        if (entered > 0) retain_frame(frames[0]);  // the caller's pin
    }
    for (u32 i = entered; i < allocated; i++)
        release_frame(frames[i]);
    if (refused) return Errno::Fault;
    if (no_nodes && !make_room()) return Errno::NoMemory;
    return entered;
}

Result<PinnedPage> CachedObject::claim(PageIndex index, u8 wanted, u32 read_ahead, bool& was_read,
                                       Beyond beyond)
{
    for (;;) {
        Frame frames[kMaxRun];
        u8 sectors[kMaxRun];
        u32 count = 0;
        {
            SpinGuard guard{lock_};
            if (const u32 number = resident_locked(index)) {
                FrameRecord& record = frame_record(Frame{number});
                if (record.flags & kFrameBusy) {
                    (void)page_ready_.sleep(lock_);
                    continue;
                }
                retain_frame(Frame{number});
                set_flag(record, kFrameReferenced);
                sectors[0] = without(wanted, record.valid_sectors);
                if (sectors[0] == 0) return PinnedPage{Frame{number}};
                set_flag(record, kFrameBusy);
                frames[count++] = Frame{number};
            }
        }
        if (count == 0) {
            count = TRY(enter_missing(index, read_ahead, beyond, frames));
            for (u32 i = 0; i < count; i++)
                sectors[i] = i == 0 ? wanted : kAllSectors;
        }
        if (count == 0) continue;
        auto read = count == 1 && sectors[0] == 0 ? Result<void>{}
                                                  : read_run(index, {frames, count}, {sectors, count});
        was_read = true;
        finish_read(index, {frames, count}, {sectors, count}, read.ok());
        if (read.ok()) return PinnedPage{frames[0]};
        release_frame(frames[0]);
        return read.error();
    }
}

// The pages are no longer busy. Where the read failed, those that hold nothing else leave the cache.
void CachedObject::finish_read(PageIndex first, Span<const Frame> frames, Span<const u8> sectors, bool good)
{
    SpinGuard guard{lock_};
    for (usize i = 0; i < frames.size(); i++) {
        FrameRecord& record = frame_record(frames[i]);
        clear_flag(record, kFrameBusy);
        if (good)
            record.valid_sectors = with(record.valid_sectors, sectors[i]);
        else if (record.valid_sectors == 0)
            remove_locked(first + static_cast<u32>(i), frames[i]);
    }
    page_ready_.wake_all();
}

// ---- What callers use ----

Result<Frame> CachedObject::get_page(PageIndex index, Access access, bool& was_read)
{
    const u64 start = u64{index.number()} * kPageSize;
    const u64 end = size_bytes();  // asked once: somebody may be cutting
    if (start >= end) return Errno::Fault;
    if (access == Access::Write) {
        TRY(write_back_excess());
        const u32 size = static_cast<u32>(min(u64{kPageSize}, end - start));
        TRY(source_.prepare_write(static_cast<u32>(start), size));
    }
    PinnedPage page = TRY(claim(index, kAllSectors, 15, was_read, Beyond::Refused));
    retain_frame(page.frame());  // the caller's own
    return page.frame();
}

// The space's lock keeps write_back from protecting the PTE, and truncate from looking for it, until the PTE stands: both
// come again then. What happened before is seen here.
bool CachedObject::confirm_page(PageIndex index, Frame frame, Access access)
{
    {
        SpinGuard guard{lock_};
        if (resident_locked(index) != frame.number()) return false;
    }
    if (access == Access::Write) set_dirty(frame, 0, kPageSize);
    return true;
}

Result<PinnedPage> CachedObject::page(PageIndex index, u32 read_ahead)
{
    bool was_read = false;
    return claim(index, kAllSectors, read_ahead, was_read);
}

void CachedObject::forget(u64 offset, u32 size_bytes)
{
    for (u32 done = 0; done < size_bytes;) {
        const u32 in_page = static_cast<u32>((offset + done) % kPageSize);
        const u32 count = min(kPageSize - in_page, size_bytes - done);
        const PageIndex index{static_cast<u32>((offset + done) / kPageSize)};
        done += count;
        SpinGuard guard{lock_};
        u32 number = resident_locked(index);
        while (number != 0 && frame_record(Frame{number}).flags & (kFrameBusy | kFrameWriting)) {
            (void)page_ready_.sleep(lock_);
            number = resident_locked(index);
        }
        if (number == 0) continue;
        FrameRecord& record = frame_record(Frame{number});
        const u8 sectors = sectors_touched(in_page, count);
        const bool was_dirty = record.dirty_sectors != 0;
        record.dirty_sectors = without(record.dirty_sectors, sectors);
        record.valid_sectors = without(record.valid_sectors, sectors);
        if (!was_dirty || record.dirty_sectors != 0) continue;
        dirty_page_count.fetch_sub(1);
        pages_.set_mark(index.number(), false);
    }
}

Result<u32> CachedObject::read(IoBuffer& buffer, u64 offset)
{
    u32 done = 0;
    while (buffer.remaining() > 0 && offset < size_bytes()) {
        const PageIndex index{static_cast<u32>(offset / kPageSize)};
        const u32 in_page = static_cast<u32>(offset % kPageSize);
        const u64 left = min(size_bytes() - offset, u64{buffer.remaining()});
        const u32 count = static_cast<u32>(min(u64{kPageSize - in_page}, left));
        Optional<Frame> resident = find_resident(index);
        PinnedPage page;
        if (resident) {
            page = PinnedPage{*resident};
        } else {
            const bool sequential = index.number() == next_sequential_ || index.number() == 0;
            bool was_read = false;
            auto claimed = claim(index, kAllSectors, sequential ? kMaxRun - 1 : 0, was_read, Beyond::Refused);
            if (!claimed.ok() && claimed.error() == Errno::Fault) break;  // cut meanwhile
            if (!claimed.ok()) return done > 0 ? Result<u32>{done} : claimed.error();
            page = move(claimed.value());
        }
        next_sequential_ = index.number() + 1;
        auto put = buffer.put(page.data() + in_page, count);
        if (!put.ok()) return done > 0 ? Result<u32>{done} : put.error();
        offset += count;
        done += count;
    }
    return done;
}

Result<u32> CachedObject::write(IoBuffer& buffer, u64 offset)
{
    u32 done = 0;
    while (buffer.remaining() > 0) {
        const PageIndex index{static_cast<u32>(offset / kPageSize)};
        const u32 in_page = static_cast<u32>(offset % kPageSize);
        const u32 count = min(kPageSize - in_page, buffer.remaining());
        auto written = write_page_part(buffer, index, in_page, count);
        if (!written.ok()) return done > 0 ? Result<u32>{done} : written.error();
        offset += count;
        done += count;
        if (offset > size_bytes()) grow_to(offset);
        TRY(write_back_excess());
    }
    return done;
}

// One page's share of a write. The bytes go into a page that is valid already, or into a frame that nobody sees yet:
// whoever found sectors missing meanwhile would read old ones over them.
Result<void> CachedObject::write_page_part(IoBuffer& buffer, PageIndex index, u32 in_page, u32 count)
{
    TRY(source_.prepare_write(index.number() * kPageSize + in_page, count));
    if (count == kPageSize && !is_resident(index)) return write_new_page(buffer, index);
    PinnedPage page = TRY(this->page(index));
    TRY(buffer.get(page.data() + in_page, count));  // may fault, and fault on this very page
    set_dirty(page, in_page, count);
    return {};
}

bool CachedObject::is_resident(PageIndex index)
{
    SpinGuard guard{lock_};
    return resident_locked(index) != 0;
}

// The whole page is written, so what it held before need not be read.
Result<void> CachedObject::write_new_page(IoBuffer& buffer, PageIndex index)
{
    Frame frame = TRY(allocate_frame_reclaiming(Fill::Nothing, FrameUse::Cache));
    PinnedPage page{frame};
    TRY(buffer.get(page.data(), kPageSize));
    if (!enter_valid(index, frame)) {
        // Somebody else brought the page in, or there was no memory for the map.
        PinnedPage present = TRY(this->page(index));
        copy_page(present.data(), page.data());
        page = move(present);
    }
    set_dirty(page, 0, kPageSize);
    return {};
}

bool CachedObject::enter_valid(PageIndex index, Frame frame)
{
    SpinGuard guard{lock_};
    if (add_missing_locked(index, 1, &frame) == 0) return false;
    retain_frame(frame);  // the cache's own
    FrameRecord& record = frame_record(frame);
    clear_flag(record, kFrameBusy);
    record.valid_sectors = kAllSectors;
    return true;
}

// Where the last page may be stored into by mappings, backing was found up to the old end only: the next store asks again.
void CachedObject::grow_to(u64 size_bytes)
{
    const u64 old_end = this->size_bytes();
    set_size(size_bytes);
    if (old_end % kPageSize == 0) return;
    growths_.fetch_add(1);  // a fault on its way asks again; where it was faster, its entry is found below
    const PageIndex last{static_cast<u32>(old_end / kPageSize)};
    const Optional<Frame> frame = find_resident(last);
    if (!frame) return;
    const PinnedPage page{*frame};
    while (!ReverseMap::write_protect(*this, last, *frame))
        yield_cpu();  // a space is locked: by somebody who does not wait for us
}

Result<void> CachedObject::truncate(u64 size_bytes)
{
    const u32 tail = static_cast<u32>(size_bytes % kPageSize);
    if (size_bytes < this->size_bytes() && tail != 0) {
        // What stands behind the new end must read as zero if the file grows again.
        PinnedPage last = TRY(page(PageIndex{static_cast<u32>(size_bytes / kPageSize)}));
        memset(last.data() + tail, 0, kPageSize - tail);
        set_dirty(last, tail, kPageSize - tail);
    }
    if (size_bytes >= this->size_bytes()) {
        grow_to(size_bytes);
        return {};
    }
    set_size(size_bytes);
    const PageIndex end{page_count()};
    ReverseMap::unmap_from(*this, end);
    SpinGuard guard{lock_};
    for (auto entry = pages_.next(end.number()); entry; entry = pages_.next(end.number())) {
        const Frame frame{entry->value};
        if (frame_record(frame).flags & (kFrameBusy | kFrameWriting))
            (void)page_ready_.sleep(lock_);
        else
            remove_locked(PageIndex{entry->key}, frame);
    }
    return {};
}

// ---- Giving back ----

Eviction CachedObject::evict(Frame frame, PageIndex index)
{
    const FrameRecord& record = frame_record(frame);
    if (record.dirty_sectors != 0) return Eviction::Dirty;
    if (frame_owners(frame) > 1 && ReverseMap::unmap(*this, index, frame).met_lock) return Eviction::Locked;
    SpinGuard guard{lock_};
    if (record.use != FrameUse::Cache || record.object != this) return Eviction::Kept;
    if (record.flags & (kFrameBusy | kFrameWriting) || record.dirty_sectors != 0) return Eviction::Kept;
    if (record.owners.load() != 1) return Eviction::Kept;
    remove_locked(record.index, frame);
    return Eviction::Freed;
}

bool CachedObject::drop_clean_pages()
{
    SpinGuard guard{lock_};
    for (auto entry = pages_.next(0); entry; entry = pages_.next(entry->key + 1)) {
        const Frame frame{entry->value};
        const FrameRecord& record = frame_record(frame);
        const bool held = record.flags & (kFrameBusy | kFrameWriting) || record.dirty_sectors != 0;
        if (!held && record.owners.load() == 1) remove_locked(PageIndex{entry->key}, frame);
    }
    return pages_.empty();
}

u32 cached_pages()
{
    return count_frames().by_use[static_cast<u32>(FrameUse::Cache)];
}

}  // namespace faultline
