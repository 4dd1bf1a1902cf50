// Which pages of the cache are newer than their source, and how they get there: by sync, by the periodic writer, and by who
// has dirtied too many. Locks: the object's for its pages; dirty_list_lock, behind it, for the list of objects.
#include "mm/page_cache.h"

#include "arch/clock.h"
#include "mm/cached_sectors.h"
#include "mm/rmap.h"

namespace faultline {

Atomic<u32> dirty_page_count;
Atomic<u32> writing_page_count;

namespace {

// Objects with dirty pages or writes under way, in the order in which they became dirty. Writing one whole makes it the
// newest; it leaves when it is clean and on the disk.
SpinLock dirty_list_lock{LockRank::Leaf};
IntrusiveList<CachedObject, DirtyObjectsTag> dirty_objects GUARDED_BY(dirty_list_lock);
u32 sync_round GUARDED_BY(dirty_list_lock);
SleepLock sync_lock{LockRank::Sync};

bool too_much_dirty()
{
    return dirty_page_count.load_relaxed() > managed_frames() / 4;
}

}  // namespace

// ---- Becoming dirty ----

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

// Who dirties pages, by write() or by storing into a mapping, pays for what goes beyond a quarter of memory by writing it out;
// not for a page or two, while the others' are the many.
Result<void> CachedObject::write_back_excess()
{
    constexpr u32 kWorthIt = 64;
    return too_much_dirty() && dirtied_ >= kWorthIt ? write_back_all() : Result<void>{};
}

// ---- Writing ----

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
    if (writes_under_way_ == 0 && !pages_.next_marked(0)) leave_dirty_list();
}

void CachedObject::put_on_dirty_list()
{
    SpinGuard list{dirty_list_lock};
    if (on_list()) return;
    dirty_since_ns_ = now_ns();
    synced_in_ = sync_round;
    dirty_objects.push_back(*this);
}

void CachedObject::leave_dirty_list()
{
    SpinGuard list{dirty_list_lock};
    if (on_list()) dirty_objects.remove(*this);
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

}  // namespace faultline
