// System calls about memory. The work is AddressSpace's; here stand Linux's flags, units and the order of its errors.
#include "kernel/syscall/table.h"
#include "kernel/task.h"
#include "lib/bits.h"

namespace faultline {

namespace {

// Of the types 1 (MAP_SHARED) and 3 (MAP_SHARED_VALIDATE) are both shared.
constexpr u32 kMapTypeMask = 3, kMapPrivate = 2, kMapFixed = 0x10, kMapAnonymous = 0x20,
              kMapPopulate = 0x8000, kMapFixedNoReplace = 0x100000;
constexpr u32 kProtectionMask = 7, kProtectionAtomic = 8;

struct PageRange {
    UserPage first, end;
    u32 pages() const { return end - first; }
};

// [start, start + size) in whole pages. Invalid: not on a page; NoMemory: not in the user's half.
Result<PageRange> page_range(UserAddr start, u32 size_bytes)
{
    if (start.value() % kPageSize != 0) return Errno::Invalid;
    if (size_bytes > kUserEnd || start.value() > kUserEnd - page_round_up(size_bytes)) return Errno::NoMemory;
    const UserPage first = UserPage::containing(start);
    return PageRange{first, first + page_round_up(size_bytes) / kPageSize};
}

// What a file may be mapped for, by how it was opened.
Result<void> add_file(MapRequest& request, Process& process, Descriptor fd, u32 offset_pages)
{
    Ref<File> file = TRY(process.files->find(fd.number));
    if (!file->readable()) return Errno::Access;
    const bool shared = request.sharing == Sharing::Shared;
    if (shared && !file->writable()) {
        if (request.rights.writable()) return Errno::Access;
        request.most_rights = Rights::read_execute();
    }
    request.object = TRY(file->object());
    request.object_start = PageIndex{offset_pages};
    return {};
}

MapRequest::Place place_of(u32 flags)
{
    if ((flags & kMapFixedNoReplace) != 0) return MapRequest::Place::FixedNoReplace;
    return (flags & kMapFixed) != 0 ? MapRequest::Place::Fixed : MapRequest::Place::Anywhere;
}

Result<u32> map_memory(Task& self, UserAddr start, u32 size_bytes, u32 protection, u32 flags, Descriptor fd,
                       u32 offset_pages)
{
    const u32 type = flags & kMapTypeMask;
    if (size_bytes == 0 || type == 0) return Errno::Invalid;
    if (size_bytes > kUserEnd) return Errno::NoMemory;
    MapRequest request;
    request.place = place_of(flags);
    request.pages = page_round_up(size_bytes) / kPageSize;
    if (request.place != MapRequest::Place::Anywhere) {
        if (start.value() % kPageSize != 0) return Errno::Invalid;
        if (start.value() > kUserEnd - page_round_up(size_bytes)) return Errno::NoMemory;
    }
    request.first = UserPage::containing(start);
    request.rights = Rights::from_bits(protection & kProtectionMask);
    request.sharing = type == kMapPrivate ? Sharing::Private : Sharing::Shared;
    request.populate = (flags & kMapPopulate) != 0;
    if (offset_pages + request.pages < offset_pages) return Errno::Overflow;
    if ((flags & kMapAnonymous) == 0) TRY(add_file(request, self.process(), fd, offset_pages));
    const UserAddr mapped = TRY(self.process().space().map(request));
    return mapped.value();
}

}  // namespace

UserAddr sys_brk(Task& self, UserAddr new_end)  // the break as it now stands: never an error, as in Linux
{
    return self.process().space().set_heap_end(new_end);
}

Result<u32> sys_mmap2(Task& self, UserAddr start, u32 size_bytes, u32 protection, u32 flags, Descriptor fd,
                      u32 offset_pages)
{
    return map_memory(self, start, size_bytes, protection, flags, fd, offset_pages);
}

Result<u32> sys_mmap(Task& self, UserPtr<const u32> arguments)
{
    u32 a[6];
    TRY(copy_from_user(a, arguments.address(), sizeof a));
    if (a[5] % kPageSize != 0) return Errno::Invalid;
    return map_memory(self, UserAddr{a[0]}, a[1], a[2], a[3], Descriptor{static_cast<i32>(a[4])},
                      a[5] / kPageSize);
}

Result<void> sys_munmap(Task& self, UserAddr start, u32 size_bytes)
{
    auto range = page_range(start, size_bytes);
    if (!range.ok() || range.value().pages() == 0) return Errno::Invalid;
    return self.process().space().unmap(range.value().first, range.value().end);
}

Result<void> sys_mprotect(Task& self, UserAddr start, u32 size_bytes, u32 protection)
{
    if ((protection & ~(kProtectionMask | kProtectionAtomic)) != 0) return Errno::Invalid;
    const PageRange range = TRY(page_range(start, size_bytes));
    if (range.pages() == 0) return {};
    AddressSpace& space = self.process().space();
    TRY(space.protect(range.first, range.end, Rights::from_bits(protection & kProtectionMask)));
    return space.fill(range.first, range.end);
}

Result<u32> sys_mremap(Task& self, UserAddr start, u32 old_size, u32 new_size, u32 flags, UserAddr)
{
    constexpr u32 kMayMove = 1;
    if ((flags & ~kMayMove) != 0) return Errno::Invalid;  // to a fixed place: not offered
    if (start.value() % kPageSize != 0 || new_size == 0) return Errno::Invalid;
    const u32 old_pages = TRY(page_range(start, old_size)).pages();
    if (new_size > kUserEnd) return Errno::NoMemory;
    if (old_pages == 0) return Errno::Invalid;
    AddressSpace& space = self.process().space();
    const u32 new_pages = page_round_up(new_size) / kPageSize;
    const UserAddr moved =
        TRY(space.remap(UserPage::containing(start), old_pages, new_pages, (flags & kMayMove) != 0));
    const UserPage first = UserPage::containing(moved);
    TRY(space.fill(first, first + new_pages));
    return moved.value();
}

Result<void> sys_msync(Task& self, UserAddr start, u32 size_bytes, u32 flags)
{
    constexpr u32 kAsync = 1, kInvalidate = 2, kSync = 4;
    if ((flags & ~(kAsync | kInvalidate | kSync)) != 0) return Errno::Invalid;
    if ((flags & kAsync) != 0 && (flags & kSync) != 0) return Errno::Invalid;
    const PageRange range = TRY(page_range(start, size_bytes));
    return self.process().space().sync(range.first, range.end, (flags & kSync) != 0);
}

Result<void> sys_madvise(Task& self, UserAddr start, u32 size_bytes, u32 advice)
{
    enum Advice : u32 {
        Normal,
        Random,
        Sequential,
        WillNeed,
        DontNeed,
        Free = 8,
        HugePage = 14,
        NoHugePage,
        DontDump,
        Dump
    };
    const PageRange range = TRY(page_range(start, size_bytes));
    switch (advice) {
    case Normal:
    case Random:
    case Sequential:
    case WillNeed:
    case HugePage:
    case NoHugePage:
    case DontDump:
    case Dump:
        return {};  // hints that we need not take
    case DontNeed:
    case Free:
        if (range.pages() == 0) return {};
        TRY(self.process().space().discard(range.first, range.end));
        return self.process().space().fill(range.first, range.end);
    default:
        return Errno::Invalid;
    }
}

Result<void> sys_mincore(Task& self, UserAddr start, u32 size_bytes, UserAddr vector)
{
    const PageRange range = TRY(page_range(start, size_bytes));
    u8 part[128];
    for (u32 done = 0; done < range.pages();) {
        const u32 count = min(range.pages() - done, static_cast<u32>(sizeof part));
        TRY(self.process().space().residency(range.first + done, {part, count}));
        TRY(copy_to_user(vector + done, part, count));
        done += count;
    }
    return {};
}

}  // namespace faultline
