#include "mm/page_cache.h"

#include "arch/clock.h"
#include "arch/fpu.h"
#include "core/assert.h"
#include "core/log.h"
#include "core/scheduler.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/binding.h"
#include "mm/frame.h"
#include "mm/reclaim.h"
#include "mm/rmap.h"

namespace faultline {

namespace {

// Objects with dirty pages or writes under way, in the order in which they became dirty. Writing one whole makes it the
// newest; it leaves when it is clean and on the disk.
SpinLock dirty_list_lock{LockRank::Leaf};
IntrusiveList<CachedObject, DirtyObjectsTag> dirty_objects GUARDED_BY(dirty_list_lock);
u32 sync_round GUARDED_BY(dirty_list_lock);
SleepLock sync_lock{LockRank::Sync};
Atomic<u32> dirty_page_count;
Atomic<u32> writing_page_count;

// The sectors that bytes [offset, offset + size) of a page touch.
u8 sectors_touched(u32 offset, u32 size_bytes)
{
    const u32 first = offset / kSectorSize;
    const u32 end = divide_up(offset + size_bytes, kSectorSize);
    return static_cast<u8>((1u << end) - (1u << first));
}

u8 with(u8 a, u8 b)
{
    return static_cast<u8>(a | b);
}
u8 without(u8 a, u8 b)
{
    return static_cast<u8>(a & ~b);
}

void set_flag(FrameRecord& record, FrameFlag flag)
{
    record.flags = with(record.flags, flag);
}
void clear_flag(FrameRecord& record, FrameFlag flag)
{
    record.flags = without(record.flags, flag);
}

bool too_much_dirty()
{
    return dirty_page_count.load_relaxed() > managed_frames() / 4;
}

}  // namespace

PinnedPage::PinnedPage(const PinnedPage& other) : frame_{other.frame_}, holds_{other.holds_}
{
    if (holds_) retain_frame(frame_);
}

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
    SpinGuard list{dirty_list_lock};
    if (on_list()) dirty_objects.remove(*this);
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

void CachedObject::set_dirty(const PinnedPage& page, u32 offset, u32 size_bytes)
{
    set_dirty(page.frame(), offset, size_bytes);
}

void CachedObject::set_dirty(Frame frame, u32 offset, u32 size_bytes)
{
    const u8 sectors = sectors_touched(offset, size_bytes);
    bool first_dirty = false;
    {
        SpinGuard guard{lock_};
        FrameRecord& record = frame_record(frame);
        if (record.object != this) return;  // truncated meanwhile
        set_flag(record, kFrameReferenced);
        record.valid_sectors = with(record.valid_sectors, sectors);
        if (record.dirty_sectors == 0) {
            dirty_page_count.fetch_add(1);
            pages_.set_mark(record.index.number(), true);
            first_dirty = true;
            dirtied_++;
        }
        record.dirty_sectors = with(record.dirty_sectors, sectors);
    }
    if (first_dirty) put_on_dirty_list();
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

// Who dirties pages, by write() or by storing into a mapping, pays for what goes beyond a quarter of memory by writing it out;
// not for a page or two, while the others' are the many.
Result<void> CachedObject::write_back_excess()
{
    constexpr u32 kWorthIt = 64;
    return too_much_dirty() && dirtied_ >= kWorthIt ? write_back_all() : Result<void>{};
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

// ---- Writing back ----

// Takes the next run of dirty pages at or after `start`: they count as clean from here on, are marked as being written, and
// are pinned. Waits for a page that is being written already. How many; `start` is the first.
u32 CachedObject::collect_dirty(PageIndex end, PageIndex& start, Frame* frames, u8* sectors)
{
    SpinGuard guard{lock_};
    u32 count = 0;
    while (count < kMaxRun) {
        const auto entry = pages_.next_marked(count == 0 ? start.number() : start.number() + count);
        if (!entry || entry->key >= end.number()) break;
        if (count > 0 && entry->key != start.number() + count) break;
        FrameRecord& record = frame_record(Frame{entry->value});
        if (record.flags & (kFrameBusy | kFrameWriting)) {
            if (count > 0) break;
            (void)page_ready_.sleep(lock_);
            continue;
        }
        if (count == 0) start = PageIndex{entry->key};
        frames[count] = Frame{entry->value};
        sectors[count] = record.dirty_sectors;
        record.dirty_sectors = 0;
        set_flag(record, kFrameWriting);
        retain_frame(frames[count]);
        pages_.set_mark(entry->key, false);
        dirty_page_count.fetch_sub(1);
        writes_under_way_++;
        count++;
    }
    writing_page_count.fetch_add(count);
    return count;
}

// The run was written, or not: then its sectors are dirty again. Pages that a mapping may still store into stay dirty too.
void CachedObject::finish_write(u32 count, const Frame* frames, const u8* sectors, u32 still_dirty)
{
    {
        SpinGuard guard{lock_};
        for (u32 i = 0; i < count; i++)
            clear_flag(frame_record(frames[i]), kFrameWriting);
        writes_under_way_ -= count;
        writing_page_count.fetch_sub(count);
        page_ready_.wake_all();
    }
    for (u32 i = 0; i < count; i++) {
        const PinnedPage page{frames[i]};
        if (!(still_dirty >> i & 1)) continue;
        for (u32 sector = 0; sector < 8; sector++)
            if (sectors[i] >> sector & 1) set_dirty(page, sector * kSectorSize, kSectorSize);
    }
}

Result<void> CachedObject::write_back(PageIndex first, PageIndex end)
{
    Result<void> outcome;
    if (first.number() == 0 && end.number() == ~u32{0}) renew_on_dirty_list();
    dirtied_ = 0;
    Frame frames[kMaxRun];
    u8 sectors[kMaxRun];
    PageIndex at = first;
    while (const u32 count = collect_dirty(end, at, frames, sectors)) {
        u32 still_dirty = 0;
        for (u32 i = 0; i < count; i++)
            if (frame_owners(frames[i]) > 2 && !ReverseMap::write_protect(*this, at + i, frames[i]))
                still_dirty |= 1u << i;
        auto written = source_.write_pages({at, {frames, count}, {sectors, count}});
        if (!written.ok() && outcome.ok()) outcome = written;
        finish_write(count, frames, sectors, written.ok() ? still_dirty : ~0u);
        at = at + count;
    }
    wait_for_writes(first, end);
    leave_dirty_list_if_clean();
    return outcome;
}

Result<void> CachedObject::sync(PageIndex first, PageIndex end)
{
    TRY(write_back(first, end));
    return source_.settle();
}

// Pages that another thread took to write before us are on the disk, too, when this returns.
void CachedObject::wait_for_writes(PageIndex first, PageIndex end)
{
    SpinGuard guard{lock_};
    for (u32 key = first.number();;) {
        const auto entry = writes_under_way_ > 0 ? pages_.next(key) : Optional<RadixMap<HeapNodes>::Entry>{};
        if (!entry || entry->key >= end.number()) return;
        if (frame_record(Frame{entry->value}).flags & kFrameWriting)
            (void)page_ready_.sleep(lock_);
        else
            key = entry->key + 1;
    }
}

// All of it is being written: what becomes dirty from here on is new.
void CachedObject::renew_on_dirty_list()
{
    SpinGuard list{dirty_list_lock};
    if (!on_list()) return;
    dirty_objects.remove(*this);
    dirty_since_ns_ = now_ns();
    dirty_objects.push_back(*this);
}

void CachedObject::leave_dirty_list_if_clean()
{
    SpinGuard guard{lock_};
    if (writes_under_way_ > 0 || pages_.next_marked(0)) return;
    SpinGuard list{dirty_list_lock};
    if (on_list()) dirty_objects.remove(*this);
}

void CachedObject::put_on_dirty_list()
{
    SpinGuard list{dirty_list_lock};
    if (on_list()) return;
    dirty_since_ns_ = now_ns();
    synced_in_ = sync_round;
    dirty_objects.push_back(*this);
}

// One of those that the sync under way has yet to write: dirty or being written since before it began.
Ref<CachedObject> CachedObject::next_to_sync(u32 round)
{
    SpinGuard list{dirty_list_lock};
    for (CachedObject& candidate : dirty_objects) {
        if (candidate.synced_in_ == round || !candidate.retain_if_live()) continue;
        candidate.synced_in_ = round;
        return Ref<CachedObject>::adopt(&candidate);
    }
    return nullptr;
}

Result<void> CachedObject::write_back_everything()
{
    SleepGuard one_at_a_time{sync_lock};
    u32 round;
    {
        SpinGuard list{dirty_list_lock};
        round = ++sync_round;
    }
    Result<void> outcome;
    while (const Ref<CachedObject> object = next_to_sync(round)) {
        auto written = object->write_back_all();
        if (!written.ok() && outcome.ok()) outcome = written;
    }
    return outcome;
}

bool CachedObject::is_dirty()
{
    SpinGuard guard{lock_};
    return pages_.next_marked(0).has_value();
}

Result<void> write_back_older_than(u64 dirtied_before_ns)
{
    Result<void> outcome;
    for (;;) {
        Ref<CachedObject> object;
        {
            SpinGuard list{dirty_list_lock};
            for (CachedObject& candidate : dirty_objects) {
                if (candidate.dirty_since_ns() > dirtied_before_ns) return outcome;
                if (!candidate.retain_if_live()) continue;  // on its way out: whoever drops it decides
                object = Ref<CachedObject>::adopt(&candidate);
                break;
            }
        }
        if (!object) return outcome;
        auto written = object->write_back_all();
        if (!written.ok() && outcome.ok()) outcome = written;
    }
}

u32 dirty_pages()
{
    return dirty_page_count.load();
}

u32 unwritten_pages()
{
    return dirty_page_count.load() + writing_page_count.load();
}

u32 cached_pages()
{
    return count_frames().by_use[static_cast<u32>(FrameUse::Cache)];
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

}  // namespace faultline
