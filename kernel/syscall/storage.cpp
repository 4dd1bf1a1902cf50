// System calls on what an open file has stored: its size, its blocks, when they reach the disk, what of it is cached.
#include "core/scheduler.h"
#include "fs/namespace.h"
#include "kernel/syscall/io.h"
#include "kernel/syscall/table.h"
#include "lib/bits.h"
#include "mm/frame.h"
#include "mm/memory_object.h"

namespace faultline {

// ---- Reaching the disk ----

Result<void> sys_fsync(Task& self, Descriptor fd)
{
    Ref<File> file = TRY(file_of(self, fd));
    return file->sync();
}

Result<void> sys_fdatasync(Task& self, Descriptor fd)
{
    Ref<File> file = TRY(file_of(self, fd));
    return file->sync();
}

Result<void> sys_syncfs(Task& self, Descriptor fd)
{
    const Ref<File> file = TRY(file_of(self, fd));
    if (file->is_path_only()) return Errno::BadDescriptor;
    Inode* const inode = file->find_inode();
    return inode ? inode->file_system().sync() : Result<void>{};
}

// Of a part of a file; here all of it reaches the disk.
Result<void> sys_sync_file_range(Task& self, Descriptor fd, u64 offset, u64 size_bytes, u32 flags)
{
    constexpr u32 kWaitBefore = 1, kWrite = 2, kWaitAfter = 4;
    const Ref<File> file = TRY(file_of(self, fd));
    if ((flags & ~(kWaitBefore | kWrite | kWaitAfter)) != 0) return Errno::Invalid;
    if (static_cast<i64>(offset) < 0 || static_cast<i64>(size_bytes) < 0) return Errno::Invalid;
    if (static_cast<i64>(offset + size_bytes) < 0) return Errno::Invalid;
    if (!file->seekable()) return Errno::IllegalSeek;
    return (flags & (kWrite | kWaitAfter)) != 0 ? file->sync() : Result<void>{};
}

// ---- Size and blocks ----

namespace {

Result<void> truncate_open_file(Task& self, Descriptor fd, u64 size_bytes)
{
    Ref<File> file = TRY(file_of(self, fd));
    if (static_cast<i64>(size_bytes) < 0) return Errno::Invalid;
    if (Inode* inode = file->find_inode(); inode && inode->is_regular() && file->writable()) {
        if (size_bytes > inode->size_bytes()) TRY(check_file_limit(self, size_bytes - 1, 1));
        TRY(drop_set_id(*inode, self.process().credentials));
    }
    return file->truncate(size_bytes);
}

}  // namespace

Result<void> sys_ftruncate(Task& self, Descriptor fd, i32 size_bytes)
{
    return truncate_open_file(self, fd, static_cast<u64>(static_cast<i64>(size_bytes)));
}

Result<void> sys_ftruncate64(Task& self, Descriptor fd, u64 size_bytes)
{
    return truncate_open_file(self, fd, size_bytes);
}

Result<void> sys_fallocate(Task& self, Descriptor fd, u32 mode, u64 offset, u64 size_bytes)
{
    constexpr u32 kKeepSize = 1, kPunchHole = 2;
    const Ref<File> file = TRY(file_of(self, fd));
    if (static_cast<i64>(offset) < 0 || static_cast<i64>(size_bytes) <= 0) return Errno::Invalid;
    const bool punches = mode == (kPunchHole | kKeepSize);
    if ((mode & ~kKeepSize) != 0 && !punches) return Errno::NotSupported;
    if (!file->writable()) return Errno::BadDescriptor;
    Inode* const inode = file->find_inode();
    if (!inode || inode->is_fifo()) return Errno::IllegalSeek;
    if (inode->is_directory()) return Errno::IsDirectory;
    if (!inode->is_regular()) return Errno::NoDevice;
    const u64 end = offset + size_bytes;
    if (static_cast<i64>(end) < 0) return Errno::FileTooBig;
    if (end > inode->size_bytes() && !punches) {
        if ((mode & kKeepSize) != 0) return Errno::NotSupported;  // no blocks lie behind the end
        TRY(check_file_limit(self, end - 1, 1));
    }
    TRY(drop_set_id(*inode, self.process().credentials));
    SleepGuard guard{inode->lock()};
    return punches ? inode->punch(offset, end) : inode->allocate(offset, end);
}

// ---- What is cached ----

namespace {

// Whole pages of [offset, offset + size) that are clean and that nobody shows leave the cache. Size 0: to the end.
void drop_cached_pages(MemoryObject& object, u64 offset, u64 size_bytes)
{
    const u64 end_byte = size_bytes == 0 ? ~u64{0} : offset + size_bytes;
    const u64 end = min(u64{object.page_count()}, end_byte >> kPageShift);
    for (u64 index = (offset + kPageSize - 1) >> kPageShift; index < end; index++) {
        const PageIndex page{static_cast<u32>(index)};
        const auto frame = object.find_resident(page);
        if (!frame) continue;
        release_frame(*frame);
        if (frame_owners(*frame) == 1) object.evict(*frame, page);
        give_way();
    }
}

}  // namespace

// "Don't need" is followed; other advice is only heard: reading ahead finds out by itself.
Result<void> sys_fadvise64_64(Task& self, Descriptor fd, u64 offset, u64 size_bytes, u32 advice)
{
    constexpr u32 kDontNeed = 4, kLastAdvice = 5;
    const Ref<File> file = TRY(file_of(self, fd));
    if (!file->seekable()) return Errno::IllegalSeek;
    if (advice > kLastAdvice) return Errno::Invalid;
    if (advice != kDontNeed) return {};
    const auto object = file->object();
    if (object.ok() && object.value())  // else (/dev/zero, /proc) nothing of it is cached
        drop_cached_pages(*object.value(), offset, size_bytes);
    return {};
}

Result<void> sys_fadvise64(Task& self, Descriptor fd, u64 offset, u32 size_bytes, u32 advice)
{
    return sys_fadvise64_64(self, fd, offset, size_bytes, advice);
}

// A hint; the kernel reads ahead by itself.
Result<void> sys_readahead(Task& self, Descriptor fd, u64, u32)
{
    const Ref<File> file = TRY(file_of(self, fd));
    if (!file->readable()) return Errno::BadDescriptor;
    const Inode* const inode = file->find_inode();
    return inode && inode->is_regular() ? Result<void>{} : Errno::Invalid;
}

}  // namespace faultline
