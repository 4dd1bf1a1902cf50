#include "fs/memory_file.h"

#include "fs/file_system.h"
#include "fs/path.h"
#include "fs/with_reclaim.h"
#include "lib/string.h"
#include "mm/page_cache.h"
#include "mm/rmap.h"

namespace faultline {

namespace {

PageIndex page_at(u64 offset)
{
    return PageIndex{static_cast<u32>(offset >> kPageShift)};
}

u32 in_page(u64 offset)
{
    return static_cast<u32>(offset % kPageSize);
}

u32 pages_for(u64 size_bytes)
{
    return static_cast<u32>((size_bytes + kPageSize - 1) >> kPageShift);
}

u32 part_of(u64 offset, u64 wanted)
{
    return static_cast<u32>(min(u64{kPageSize - in_page(offset)}, wanted));
}

}  // namespace

MemoryFile::MemoryFile(Inode& inode, PageBudget& budget)
    : AnonymousObject{inode, 0, 0, &budget}, inode_{inode}
{
}

void MemoryFile::last_ref_dropped()
{
    inode_.last_ref_dropped();
}

ObjectIdentity MemoryFile::identity() const
{
    return {inode_.file_system().device().encoded(), static_cast<u32>(inode_.number())};
}

void MemoryFile::describe(Span<char> path) const
{
    path_of_inode(inode_, path);
}

void MemoryFile::set_size(u64 size_bytes)
{
    {
        SpinGuard guard{lock_};
        size_bytes_ = size_bytes;
    }
    set_page_count(pages_for(size_bytes));
}

// ---- Reading and writing ----

Result<void> MemoryFile::put_part(IoBuffer& buffer, PageIndex index, u32 start, u32 count)
{
    const Optional<Frame> frame = TRY(with_reclaim([&] { return find_page(index); }));
    if (!frame) return buffer.put_zeroes(count);
    const PinnedPage page{*frame};
    return buffer.put(page.data() + start, count);
}

Result<u32> MemoryFile::read(IoBuffer& buffer, u64 offset)
{
    u32 done = 0;
    while (buffer.remaining() != 0 && offset < size_bytes()) {
        const u32 count = part_of(offset, min(u64{buffer.remaining()}, size_bytes() - offset));
        const Result<void> put = put_part(buffer, page_at(offset), in_page(offset), count);
        if (!put.ok()) return done != 0 ? Result<u32>{done} : Result<u32>{put.error()};
        offset += count;
        done += count;
    }
    return done;
}

Result<void> MemoryFile::get_part(IoBuffer& buffer, PageIndex index, u32 start, u32 count)
{
    bool was_read = false;
    const Frame frame = TRY(with_reclaim([&] { return page_for(index, Beyond::Allowed, was_read); }));
    const PinnedPage page{frame};
    return buffer.get(page.data() + start, count);  // may fault, even on this very page
}

Result<u32> MemoryFile::write(IoBuffer& buffer, u64 offset)
{
    u32 done = 0;
    Result<void> failed;
    while (buffer.remaining() != 0 && failed.ok()) {
        const u32 count = part_of(offset, buffer.remaining());
        failed = get_part(buffer, page_at(offset), in_page(offset), count);
        if (!failed.ok()) break;
        offset += count;
        done += count;
        if (offset > size_bytes()) set_size(offset);
    }
    // A page was made for bytes that did not come: it does not stay behind the end.
    if (!failed.ok() && offset >= size_bytes()) drop_pages(PageIndex{page_count()}, PageIndex{~u32{0}});
    return done != 0 || failed.ok() ? Result<u32>{done} : Result<u32>{failed.error()};
}

// ---- Size ----

Result<void> MemoryFile::clear_part(PageIndex index, u32 start, u32 count)
{
    const Optional<Frame> frame = TRY(with_reclaim([&] { return find_page(index); }));
    if (!frame || count == 0) return {};
    const PinnedPage page{*frame};
    memset(page.data() + start, 0, count);
    return {};
}

// What stands behind the new end must read as zero if the file grows again.
Result<void> MemoryFile::truncate(u64 size_bytes)
{
    if (size_bytes > kMaxSize) return Errno::FileTooBig;
    const bool shrinks = size_bytes < this->size_bytes();
    if (shrinks && in_page(size_bytes) != 0)
        TRY(clear_part(page_at(size_bytes), in_page(size_bytes), kPageSize - in_page(size_bytes)));
    set_size(size_bytes);
    if (!shrinks) return {};
    const PageIndex end{page_count()};
    ReverseMap::unmap_from(*this, end);
    drop_pages(end, PageIndex{~u32{0}});
    return {};
}

Result<void> MemoryFile::allocate(u64 offset, u64 size_bytes)
{
    const u32 end = pages_for(offset + size_bytes);
    for (u32 at = page_at(offset).number(); at < end; at++) {
        bool was_read = false;
        const auto frame = with_reclaim([&] { return page_for(PageIndex{at}, Beyond::Allowed, was_read); });
        if (frame.ok()) {
            release_frame(frame.value());
            continue;
        }
        drop_pages(PageIndex{page_count()}, PageIndex{~u32{0}});
        return frame.error();
    }
    return {};
}

Result<void> MemoryFile::punch(u64 offset, u64 size_bytes)
{
    const u64 end = min(offset + size_bytes, this->size_bytes());
    if (offset >= end) return {};
    const u32 first = pages_for(offset);
    const u32 last = end == this->size_bytes() ? pages_for(end) : page_at(end).number();
    if (in_page(offset) != 0)
        TRY(clear_part(page_at(offset), in_page(offset), part_of(offset, end - offset)));
    if (last >= first && in_page(end) != 0 && last != pages_for(end))
        TRY(clear_part(page_at(end), 0, in_page(end)));
    if (first < last) punch_pages(PageIndex{first}, PageIndex{last});
    return {};
}

}  // namespace faultline
