// System calls about memory. The work is AddressSpace's; here stand Linux's flags, units and the order of its errors.
#include "fs/memory_seals.h"
#include "kernel/pid_file.h"
#include "kernel/syscall/pid_files.h"
#include "kernel/syscall/table.h"
#include "kernel/task.h"
#include "lib/bits.h"
#include "mm/commit.h"

namespace faultline {

namespace {

constexpr u32 kProtectionMask = 7, kProtectionAtomic = 8, kProtectionGrowsDown = 0x01000000,
              kProtectionGrowsUp = 0x02000000;

enum MapFlag : u32 {
    kMapShared = 1,
    kMapPrivate = 2,
    kMapSharedValidate = 3,
    kMapTypeMask = 15,
    kMapFixed = 0x10,
    kMapAnonymous = 0x20,
    kMapGrowsDown = 0x100,
    kMapLocked = 0x2000,
    kMapNoReserve = 0x4000,
    kMapPopulate = 0x8000,
    kMapNonBlock = 0x10000,
    kMapHuge = 0x40000,
    kMapFixedNoReplace = 0x100000,
    // What MAP_SHARED_VALIDATE accepts: the flags that are older than it, meaningful here or not.
    kMapValidated = 0x7f9f3,
};

// What the protection asks for; READ_IMPLIES_EXEC adds to it.
Rights rights_for(const Process& process, u32 protection)
{
    const bool adds = (process.personality & kReadIsExecute) != 0 && (protection & 1) != 0;
    return Rights::from_bits((protection & kProtectionMask) | (adds ? 4 : 0));
}

constexpr u32 kAllPages = 1 << 20;  // of the address space, the kernel's half included

struct PageRange {
    UserPage first, end;
    u32 pages() const { return end - first; }
};

// [start, start + size) in whole pages; `start` stands on one. Invalid: it does not; NoMemory: the range wraps.
Result<PageRange> page_range(UserAddr start, u32 size_bytes)
{
    if (start.value() % kPageSize != 0) return Errno::Invalid;
    const UserPage first = UserPage::containing(start);
    const u32 pages = size_bytes / kPageSize + (size_bytes % kPageSize != 0);
    if (first.number() + pages > kAllPages) return Errno::NoMemory;
    return PageRange{first, first + pages};
}

// The same for calls that take the pages that the bytes touch.
Result<PageRange> touched_range(UserAddr start, u32 size_bytes)
{
    const u32 offset = start.value() % kPageSize;
    if (size_bytes > ~u32{0} - offset) return Errno::Invalid;
    return page_range(UserAddr{start.value() - offset}, size_bytes + offset);
}

// ---- mmap ----

// What a file may be mapped for, by how it was opened.
Result<void> add_file(MapRequest& request, File& file, u32 offset_pages)
{
    if (request.sharing == Sharing::Shared && !file.writable()) {
        if (request.rights.writable()) return Errno::Access;
        request.most_rights = Rights::read_execute();
    }
    const MemorySeals* const seals = file.like().seals();
    if (request.sharing == Sharing::Shared && seals && seals->forbids_write()) {
        if (request.rights.writable()) return Errno::Perm;
        request.most_rights = Rights::read_execute();
    }
    if (!file.readable()) return Errno::Access;
    if (file.place() && (file.place().mount->flags() & kMountNoExec) != 0) {
        if (request.rights.executable()) return Errno::Perm;
        request.most_rights = request.most_rights.without_execute();
    }
    request.object = TRY(file.object());
    request.object_start = PageIndex{offset_pages};
    return {};
}

MapRequest::Place place_of(u32 flags)
{
    if ((flags & kMapFixedNoReplace) != 0) return MapRequest::Place::FixedNoReplace;
    return (flags & kMapFixed) != 0 ? MapRequest::Place::Fixed : MapRequest::Place::Anywhere;
}

Result<Sharing> sharing_of(u32 flags)
{
    const bool anonymous = (flags & kMapAnonymous) != 0;
    switch (flags & kMapTypeMask) {
    case kMapSharedValidate:
        if (anonymous) return Errno::Invalid;
        if ((flags & ~u32{kMapValidated}) != 0) return Errno::NotSupported;
        return Sharing::Shared;
    case kMapShared:
        if (anonymous && (flags & kMapGrowsDown) != 0) return Errno::Invalid;
        return Sharing::Shared;
    case kMapPrivate:
        return Sharing::Private;
    default:
        return Errno::Invalid;
    }
}

u16 region_flags_of(u32 flags)
{
    u32 wanted = 0;
    if ((flags & kMapLocked) != 0) wanted |= kRegionLocked;
    if ((flags & kMapGrowsDown) != 0) wanted |= kRegionGrowsDown;
    if ((flags & kMapNoReserve) != 0 && commit_state().policy != Overcommit::Never)
        wanted |= kRegionNoReserve;
    return static_cast<u16>(wanted);
}

// RLIMIT_MEMLOCK, which does not bind root. Looked up where something may be locked: ids change, too.
u32 most_locked_bytes(const Process& process)
{
    return process.credentials.is_root() ? kUnlimited : process.limits[kLimitLocked].soft;
}

AddressSpace& space_to_lock_in(Task& self)
{
    AddressSpace& space = self.process().space();
    space.limits().locked_bytes = most_locked_bytes(self.process());
    return space;
}

Result<void> check_fixed(UserAddr start, u32 size_bytes)
{
    if (start.value() > kUserEnd - page_round_up(size_bytes)) return Errno::NoMemory;
    return start.value() % kPageSize != 0 ? Result<void>{Errno::Invalid} : Result<void>{};
}

Result<u32> map_memory(Task& self, UserAddr start, u32 size_bytes, u32 protection, u32 flags, Descriptor fd,
                       u32 offset_pages)
{
    const bool anonymous = (flags & kMapAnonymous) != 0;
    Ref<File> file;
    if (!anonymous) file = TRY(self.process().files->find(fd.number));
    if (file && file->is_path_only()) return Errno::BadDescriptor;
    if (size_bytes == 0 || (!anonymous && (flags & kMapHuge) != 0)) return Errno::Invalid;
    if (size_bytes > kUserEnd) return Errno::NoMemory;
    MapRequest request;
    request.pages = page_round_up(size_bytes) / kPageSize;
    if (offset_pages + request.pages < offset_pages) return Errno::Overflow;
    request.place = place_of(flags);
    if (request.place != MapRequest::Place::Anywhere) TRY(check_fixed(start, size_bytes));
    if ((flags & kMapHuge) != 0) return Errno::NoMemory;  // none are set aside
    AddressSpace& space = space_to_lock_in(self);
    if ((flags & kMapLocked) != 0 && space.limits().locked_bytes == 0) return Errno::Perm;
    request.first = UserPage::containing(start);
    request.rights = rights_for(self.process(), protection);
    request.sharing = TRY(sharing_of(flags));
    request.flags = region_flags_of(flags);
    request.populate = (flags & (kMapPopulate | kMapNonBlock)) == kMapPopulate;
    if (file) TRY(add_file(request, *file, offset_pages));
    if (file && (flags & kMapGrowsDown) != 0) return Errno::Invalid;
    const UserAddr mapped = TRY(space.map(request));
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
    const u32 value = start.value();
    if (value % kPageSize != 0 || size_bytes == 0) return Errno::Invalid;
    if (value > kUserEnd || size_bytes > kUserEnd - value) return Errno::Invalid;
    const UserPage first = UserPage::containing(start);
    return self.process().space().unmap(first, first + page_round_up(size_bytes) / kPageSize);
}

Result<void> sys_mprotect(Task& self, UserAddr start, u32 size_bytes, u32 protection)
{
    constexpr u32 kGrows = kProtectionGrowsDown | kProtectionGrowsUp;
    const u32 grows = protection & kGrows;
    if (grows == kGrows || start.value() % kPageSize != 0) return Errno::Invalid;
    if (size_bytes == 0) return {};
    const PageRange range = TRY(page_range(start, size_bytes));
    if ((protection & ~(kProtectionMask | kProtectionAtomic | kGrows)) != 0) return Errno::Invalid;
    if (grows == kProtectionGrowsUp) return Errno::Invalid;  // nothing does here
    const From from = grows == 0 ? From::Address : From::RegionStart;
    AddressSpace& space = self.process().space();
    TRY(space.protect(range.first, range.end, rights_for(self.process(), protection), from));
    return space.fill(range.first, range.end);
}

// Here, since nothing but the memory of programs depends on it: there are no other systems to be like.
u32 sys_personality(Task& self, u32 wanted)
{
    const u32 old = self.process().personality;
    if (wanted != kPersonalityAsk) self.process().personality = wanted;
    return old;
}

// ---- mremap ----

namespace {

constexpr u32 kRemapMayMove = 1, kRemapFixed = 2, kRemapDontUnmap = 4;

// What must hold where the new place is named.
Result<void> check_target(const RemapRequest& request, UserAddr new_start, u32 flags)
{
    if (new_start.value() % kPageSize != 0 || (flags & kRemapMayMove) == 0) return Errno::Invalid;
    if (request.target.number() + request.new_pages > kUserEndPage.number()) return Errno::Invalid;
    if (request.keep_old && request.old_pages != request.new_pages) return Errno::Invalid;
    const bool overlap = request.target < request.first + request.old_pages &&
                         request.first < request.target + request.new_pages;
    return overlap ? Result<void>{Errno::Invalid} : Result<void>{};
}

}  // namespace

Result<u32> sys_mremap(Task& self, UserAddr start, u32 old_size, u32 new_size, u32 flags, UserAddr new_start)
{
    if ((flags & ~(kRemapMayMove | kRemapFixed | kRemapDontUnmap)) != 0) return Errno::Invalid;
    if (start.value() % kPageSize != 0 || new_size == 0 || new_size > kUserEnd) return Errno::Invalid;
    RemapRequest request;
    request.first = UserPage::containing(start);
    request.old_pages = TRY(page_range(start, old_size)).pages();
    request.new_pages = page_round_up(new_size) / kPageSize;
    request.keep_old = (flags & kRemapDontUnmap) != 0;
    if ((flags & kRemapMayMove) != 0) request.place = RemapRequest::Place::Anywhere;
    if ((flags & kRemapFixed) != 0) request.place = RemapRequest::Place::Fixed;
    if ((flags & (kRemapFixed | kRemapDontUnmap)) != 0) {
        request.target = UserPage::containing(new_start);
        TRY(check_target(request, new_start, flags));
    }
    AddressSpace& space = space_to_lock_in(self);
    const UserAddr moved = TRY(space.remap(request));
    const UserPage first = UserPage::containing(moved);
    TRY(space.fill(first, first + request.new_pages));
    return moved.value();
}

// ---- msync, madvise, mincore ----

Result<void> sys_msync(Task& self, UserAddr start, u32 size_bytes, u32 flags)
{
    constexpr u32 kAsync = 1, kInvalidate = 2, kSync = 4;
    if ((flags & ~(kAsync | kInvalidate | kSync)) != 0) return Errno::Invalid;
    if ((flags & kAsync) != 0 && (flags & kSync) != 0) return Errno::Invalid;
    const PageRange range = TRY(page_range(start, size_bytes));
    SyncRequest request;
    request.write = (flags & kSync) != 0;
    request.invalidate = (flags & kInvalidate) != 0;
    return self.process().space().sync(range.first, range.end, request);
}

namespace {

// Linux's numbers. None: not one of them.
Optional<Advice> advice_of(u32 number)
{
    switch (number) {
    case 3:
        return Advice::WillNeed;
    case 4:
        return Advice::DontNeed;
    case 8:
        return Advice::Free;
    case 10:
        return Advice::DontFork;
    case 11:
        return Advice::DoFork;
    case 18:
        return Advice::WipeOnFork;
    case 19:
        return Advice::KeepOnFork;
    case 20:  // MADV_COLD
    case 21:  // MADV_PAGEOUT
        return Advice::Cold;
    case 22:
        return Advice::PopulateRead;
    case 23:
        return Advice::PopulateWrite;
    case 24:
        return Advice::DontNeedLocked;
    case 0:  // MADV_NORMAL, RANDOM, SEQUENTIAL
    case 1:
    case 2:
    case 12:  // MADV_MERGEABLE, UNMERGEABLE
    case 13:
    case 14:  // MADV_HUGEPAGE, NOHUGEPAGE
    case 15:
    case 16:  // MADV_DONTDUMP, DODUMP
    case 17:
        return Advice::Hint;
    default:
        return {};
    }
}

}  // namespace

Result<void> sys_madvise(Task& self, UserAddr start, u32 size_bytes, u32 number)
{
    const Optional<Advice> advice = advice_of(number);
    const auto range = page_range(start, size_bytes);
    if (!advice || !range.ok()) return Errno::Invalid;
    AddressSpace& space = self.process().space();
    TRY(space.advise(range.value().first, range.value().end, *advice));
    return space.fill(range.value().first, range.value().end);
}

namespace {

// What one process may advise another: nothing that changes what the other reads.
bool is_for_others(Advice advice)
{
    return advice == Advice::Cold || advice == Advice::WillNeed;
}

Result<Ref<AddressSpace>> space_to_advise(Task& self, Descriptor fd, Optional<Advice> advice)
{
    const PidFileChoice chosen = TRY(process_of_descriptor(self, fd));
    SpinGuard guard{process_lock};
    Process& process = *chosen.process;
    if (!find_listed_locked(&process) || !process.space_) return Errno::NoProcess;
    if (!may_trace(self, process)) return Errno::Access;
    if (!advice) return Errno::Invalid;
    const bool is_own = process.space_.get() == &self.process().space();
    if (!is_own && !is_for_others(*advice)) return Errno::Invalid;
    if (!is_own && !self.process().credentials.is_root()) return Errno::Perm;
    return process.space_;
}

Result<void> advise_range(AddressSpace& space, const Iovec& piece, Advice advice)
{
    const auto range = page_range(UserAddr{piece.start}, piece.size_bytes);
    if (!range.ok()) return Errno::Invalid;
    return space.advise(range.value().first, range.value().end, advice);
}

}  // namespace

// As far as it goes: the bytes that were advised, or the error of the first range.
Result<u32> sys_process_madvise(Task& self, Descriptor fd, UserPtr<const Iovec> ranges, u32 count, u32 number,
                                u32 flags)
{
    constexpr u32 kMostRanges = 1024;
    if (flags != 0 || count > kMostRanges) return Errno::Invalid;
    const Optional<Advice> advice = advice_of(number);
    const Ref<AddressSpace> space = TRY(space_to_advise(self, fd, advice));
    u32 done = 0;
    for (u32 i = 0; i < count; i++) {
        const Iovec piece = TRY(ranges.at(i).read());
        const Result<void> advised = advise_range(*space, piece, *advice);
        if (!advised.ok()) return done != 0 ? Result<u32>{done} : advised.error();
        done += piece.size_bytes;
    }
    return done;
}

Result<void> sys_mincore(Task& self, UserAddr start, u32 size_bytes, UserAddr vector)
{
    const PageRange range = TRY(page_range(start, size_bytes));
    u8 part[128];
    for (u32 done = 0; done < range.pages();) {
        const u32 wanted = min(range.pages() - done, static_cast<u32>(sizeof part));
        const u32 count = TRY(self.process().space().residency(range.first + done, {part, wanted}));
        TRY(copy_to_user(vector + done, part, count));
        done += count;
    }
    return {};
}

// ---- mlock ----

namespace {

Result<void> lock_range(Task& self, UserAddr start, u32 size_bytes, u16 flags)
{
    AddressSpace& space = space_to_lock_in(self);
    if (space.limits().locked_bytes == 0) return Errno::Perm;
    const PageRange range = TRY(touched_range(start, size_bytes));
    return space.lock(range.first, range.end, flags);
}

}  // namespace

Result<void> sys_mlock(Task& self, UserAddr start, u32 size_bytes)
{
    return lock_range(self, start, size_bytes, kRegionLocked);
}

Result<void> sys_mlock2(Task& self, UserAddr start, u32 size_bytes, u32 flags)
{
    constexpr u32 kOnFault = 1;
    if ((flags & ~kOnFault) != 0) return Errno::Invalid;
    const u32 on_fault = flags == kOnFault ? u32{kRegionLockedOnFault} : 0;
    return lock_range(self, start, size_bytes, static_cast<u16>(kRegionLocked | on_fault));
}

Result<void> sys_munlock(Task& self, UserAddr start, u32 size_bytes)
{
    const PageRange range = TRY(touched_range(start, size_bytes));
    return self.process().space().lock(range.first, range.end, 0);
}

Result<void> sys_mlockall(Task& self, u32 flags)
{
    constexpr u32 kCurrent = 1, kFuture = 2, kOnFault = 4;
    if ((flags & ~(kCurrent | kFuture | kOnFault)) != 0) return Errno::Invalid;
    if ((flags & (kCurrent | kFuture)) == 0) return Errno::Invalid;
    AddressSpace& space = space_to_lock_in(self);
    if (space.limits().locked_bytes == 0) return Errno::Perm;
    const u32 on_fault = (flags & kOnFault) != 0 ? u32{kRegionLockedOnFault} : 0;
    const u16 locked = static_cast<u16>(kRegionLocked | on_fault);
    Optional<u16> current;
    if ((flags & kCurrent) != 0) current = locked;
    return space.lock_all(current, (flags & kFuture) != 0 ? locked : u16{0});
}

Result<void> sys_munlockall(Task& self)
{
    return self.process().space().lock_all(u16{0}, 0);
}

}  // namespace faultline
