// System calls that move bytes of open files, and those on their size and pages.
#include "core/scheduler.h"
#include "fs/namespace.h"
#include "kernel/syscall/descriptor.h"
#include "kernel/syscall/table.h"
#include "lib/bits.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/memory_object.h"

namespace faultline {

namespace {

constexpr u32 kMostBytes = 0x7ffff000;  // one call moves no more (Linux's MAX_RW_COUNT)
constexpr u32 kMostVectors = 1024;

Result<u32> raise_pipe_signal(Task& self, const Result<u32>& result)
{
    if (!result.ok() && result.error() == Errno::Pipe) {
        SpinGuard guard{process_lock};
        send_task_signal_locked(self, SignalInfo::from_task(kSigPipe, kCodeUser, self));
    }
    return restartable(result);
}

Result<u32> check_range(UserAddr start, u32 size_bytes)
{
    if (static_cast<i32>(size_bytes) < 0) return Errno::Invalid;
    if (start.value() > kUserEnd || size_bytes > kUserEnd - start.value()) return Errno::Fault;
    return min(size_bytes, kMostBytes);
}

// RLIMIT_FSIZE: how many of `size` bytes may be written at `offset`. None: SIGXFSZ and the error.
Result<u32> check_file_limit(Task& self, u64 offset, u32 size)
{
    const u32 most = self.process().limits[kLimitFileSize].soft;
    if (most == kUnlimited || size == 0) return size;
    if (offset < most) return static_cast<u32>(min(u64{size}, most - offset));
    SpinGuard guard{process_lock};
    send_task_signal_locked(self, SignalInfo::from_task(kSigFileSize, kCodeUser, self));
    return Errno::FileTooBig;
}

constexpr u64 kAtPosition = ~u64{0};

// Before a write: how many bytes it may have.
Result<u32> prepare_write(Task& self, File& file, u64 offset, u32 size)
{
    Inode* inode = file.find_inode();
    if (!inode || !inode->is_regular() || !file.writable()) return size;
    if ((inode->mode() & (kModeSetUser | kModeSetGroup)) != 0)
        TRY(drop_set_id(*inode, self.process().credentials));
    if (__builtin_expect(self.process().limits[kLimitFileSize].soft == kUnlimited, 1)) return size;
    if (offset == kAtPosition)
        offset = file.appends() ? inode->size_bytes() : TRY(file.seek(0, Seek::Current));
    return check_file_limit(self, offset, size);
}

}  // namespace

Result<u32> sys_read(Task& self, Descriptor fd, UserSpan<u8> bytes)
{
    Ref<File> file = TRY(file_of(self, fd));
    const u32 size = TRY(check_range(bytes.start(), bytes.size_bytes()));
    IoBuffer buffer = IoBuffer::user(bytes.start(), size);
    return restartable(file->read(buffer));
}

Result<u32> sys_write(Task& self, Descriptor fd, UserSpan<const u8> bytes)
{
    Ref<File> file = TRY(file_of(self, fd));
    u32 size = TRY(check_range(bytes.start(), bytes.size_bytes()));
    size = TRY(prepare_write(self, *file, kAtPosition, size));
    IoBuffer buffer = IoBuffer::user(bytes.start(), size);
    const Result<u32> written = file->write(buffer);
    return __builtin_expect(written.ok(), 1) ? written : raise_pipe_signal(self, written);
}

Result<u32> sys_pread64(Task& self, Descriptor fd, UserSpan<u8> bytes, u64 offset)
{
    Ref<File> file = TRY(file_of(self, fd));
    const u32 size = TRY(check_range(bytes.start(), bytes.size_bytes()));
    IoBuffer buffer = IoBuffer::user(bytes.start(), size);
    return restartable(file->read_at(buffer, offset));
}

Result<u32> sys_pwrite64(Task& self, Descriptor fd, UserSpan<const u8> bytes, u64 offset)
{
    Ref<File> file = TRY(file_of(self, fd));
    u32 size = TRY(check_range(bytes.start(), bytes.size_bytes()));
    size = TRY(prepare_write(self, *file, offset, size));
    IoBuffer buffer = IoBuffer::user(bytes.start(), size);
    return restartable(file->write_at(buffer, offset));
}

namespace {

Result<void> check_vectors(UserPtr<const Iovec> vectors, u32 count)
{
    if (count > kMostVectors) return Errno::Invalid;
    u32 total = 0;
    for (u32 i = 0; i < count; i++) {
        const Iovec vector = TRY(vectors.at(i).read());
        TRY(check_range(UserAddr{vector.start}, vector.size_bytes));
        if (__builtin_add_overflow(total, vector.size_bytes, &total) || static_cast<i32>(total) < 0)
            return Errno::Invalid;
    }
    return {};
}

// Vector after vector, until one is not filled or drained whole.
template <class Move> Result<u32> move_vectors(UserPtr<const Iovec> vectors, u32 count, Move move_bytes)
{
    u32 total = 0;
    for (u32 i = 0; i < count; i++) {
        const Iovec vector = TRY(vectors.at(i).read());
        if (vector.size_bytes == 0) continue;
        const Result<u32> moved = move_bytes(UserAddr{vector.start}, vector.size_bytes);
        if (!moved.ok()) return total > 0 ? Result<u32>{total} : moved;
        total += moved.value();
        if (moved.value() < vector.size_bytes) break;
    }
    return total;
}

}  // namespace

Result<u32> sys_readv(Task& self, Descriptor fd, UserPtr<const Iovec> vectors, u32 count)
{
    Ref<File> file = TRY(file_of(self, fd));
    if (!file->readable()) return Errno::BadDescriptor;
    TRY(check_vectors(vectors, count));
    return restartable(move_vectors(vectors, count, [&](UserAddr start, u32 size) {
        IoBuffer buffer = IoBuffer::user(start, size);
        return file->read(buffer);
    }));
}

Result<u32> sys_writev(Task& self, Descriptor fd, UserPtr<const Iovec> vectors, u32 count)
{
    Ref<File> file = TRY(file_of(self, fd));
    if (!file->writable()) return Errno::BadDescriptor;
    TRY(check_vectors(vectors, count));
    const Result<u32> written = move_vectors(vectors, count, [&](UserAddr start, u32 size) -> Result<u32> {
        IoBuffer buffer = IoBuffer::user(start, TRY(prepare_write(self, *file, kAtPosition, size)));
        return file->write(buffer);
    });
    return raise_pipe_signal(self, written);
}

Result<u32> sys_lseek(Task& self, Descriptor fd, i32 offset, u32 whence)
{
    Ref<File> file = TRY(file_of(self, fd));
    if (whence > static_cast<u32>(Seek::End)) return Errno::Invalid;
    const u64 position = TRY(file->seek(offset, static_cast<Seek>(whence)));
    return position > 0x7fffffff ? Result<u32>{Errno::Overflow} : static_cast<u32>(position);
}

Result<void> sys__llseek(Task& self, Descriptor fd, u32 high, u32 low, UserPtr<u64> result, u32 whence)
{
    Ref<File> file = TRY(file_of(self, fd));
    if (whence > static_cast<u32>(Seek::End)) return Errno::Invalid;
    const i64 offset = static_cast<i64>(low | static_cast<u64>(high) << 32);
    const u64 position = TRY(file->seek(offset, static_cast<Seek>(whence)));
    return result.write(position);
}

Result<u32> sys_getdents64(Task& self, Descriptor fd, UserSpan<u8> entries)
{
    Ref<File> file = TRY(file_of(self, fd));
    const u32 size = TRY(check_range(entries.start(), entries.size_bytes()));
    IoBuffer buffer = IoBuffer::user(entries.start(), size);
    return file->read_directory(buffer);
}

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

// ---- From file to file ----

namespace {

// Through one page of the kernel. What the reader gave and the writer did not take is read again by the next call.
Result<u32> copy_between(File& in, File& out, u64& offset, u32 count)
{
    void* page = TRY(heap_allocate(kPageSize));
    u32 total = 0;
    Errno failed{};
    while (total < count) {
        IoBuffer room = IoBuffer::kernel(page, min(count - total, kPageSize));
        const Result<u32> got = in.read_at(room, offset);
        failed = got.error();
        if (got.value_or(0) == 0) break;
        IoBuffer bytes = IoBuffer::kernel(page, got.value());
        const Result<u32> put = out.write(bytes);
        failed = put.error();
        if (put.value_or(0) == 0) break;
        total += put.value();
        offset += put.value();
    }
    heap_free(page);
    if (total == 0 && failed != Errno{}) return failed;
    return total;
}

}  // namespace

// Without an offset the position of `in` is used and moves on.
Result<u32> sys_sendfile64(Task& self, Descriptor out, Descriptor in, UserPtr<u64> offset, u32 count)
{
    const Ref<File> from = TRY(file_of(self, in)), to = TRY(file_of(self, out));
    if (!from->readable() || !to->writable()) return Errno::BadDescriptor;
    if (!from->seekable()) return Errno::Invalid;
    u64 position = offset ? TRY(offset.read()) : TRY(from->seek(0, Seek::Current));
    const Result<u32> moved = copy_between(*from, *to, position, min(count, kMostBytes));
    if (!moved.ok()) return raise_pipe_signal(self, moved);
    if (offset)
        TRY(offset.write(position));
    else
        TRY(from->seek(static_cast<i64>(position), Seek::Set));
    return moved;
}

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

}  // namespace faultline
