// System calls that move bytes between open files and programs.
#include "kernel/syscall/io.h"
#include "fs/namespace.h"
#include "kernel/syscall/table.h"
#include "lib/bits.h"

namespace faultline {

Result<u32> raise_pipe_signal(Task& self, const Result<u32>& result)
{
    if (!result.ok() && result.error() == Errno::Pipe) {
        SpinGuard guard{process_lock};
        send_task_signal_locked(self, SignalInfo::from_task(kSigPipe, kCodeUser, self));
    }
    return restartable(result);
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

namespace {

constexpr u32 kMostVectors = 1024;

Result<u32> check_range(UserAddr start, u32 size_bytes)
{
    if (static_cast<i32>(size_bytes) < 0) return Errno::Invalid;
    if (start.value() > kUserEnd || size_bytes > kUserEnd - start.value()) return Errno::Fault;
    return min(size_bytes, kMostBytes);
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

namespace {

// Where vectors go to or come from: the descriptor's position, or an offset that moves with them.
struct Where {
    u64 offset = kAtPosition;
    bool at_position() const { return offset == kAtPosition; }
};

Result<u32> read_vectors(Task& self, Descriptor fd, UserPtr<const Iovec> vectors, u32 count, Where where)
{
    Ref<File> file = TRY(file_of(self, fd));
    if (!file->readable()) return Errno::BadDescriptor;
    if (!where.at_position() && !file->seekable()) return Errno::IllegalSeek;
    TRY(check_vectors(vectors, count));
    return restartable(move_vectors(vectors, count, [&](UserAddr start, u32 size) -> Result<u32> {
        IoBuffer buffer = IoBuffer::user(start, size);
        if (where.at_position()) return file->read(buffer);
        const u32 done = TRY(file->read_at(buffer, where.offset));
        where.offset += done;
        return done;
    }));
}

Result<u32> write_vectors(Task& self, Descriptor fd, UserPtr<const Iovec> vectors, u32 count, Where where)
{
    Ref<File> file = TRY(file_of(self, fd));
    if (!file->writable()) return Errno::BadDescriptor;
    if (!where.at_position() && !file->seekable()) return Errno::IllegalSeek;
    TRY(check_vectors(vectors, count));
    const auto move_one = [&](UserAddr start, u32 size) -> Result<u32> {
        IoBuffer buffer = IoBuffer::user(start, TRY(prepare_write(self, *file, where.offset, size)));
        if (where.at_position()) return file->write(buffer);
        const u32 done = TRY(file->write_at(buffer, where.offset));
        where.offset += done;
        return done;
    };
    return raise_pipe_signal(self, move_vectors(vectors, count, move_one));
}

Result<Where> at_offset(u64 offset)
{
    if (static_cast<i64>(offset) < 0) return Errno::Invalid;
    return Where{offset};
}

// preadv2 and pwritev2: an offset of -1 is the position. Of their flags none but the hint of haste means something here
// that plain calls do not do.
Result<Where> where_of(u64 offset, u32 flags)
{
    constexpr u32 kHighPriority = 1;
    if ((flags & ~kHighPriority) != 0) return Errno::NotSupported;
    return offset == kAtPosition ? Result<Where>{Where{}} : at_offset(offset);
}

}  // namespace

Result<u32> sys_readv(Task& self, Descriptor fd, UserPtr<const Iovec> vectors, u32 count)
{
    return read_vectors(self, fd, vectors, count, Where{});
}

Result<u32> sys_writev(Task& self, Descriptor fd, UserPtr<const Iovec> vectors, u32 count)
{
    return write_vectors(self, fd, vectors, count, Where{});
}

Result<u32> sys_preadv(Task& self, Descriptor fd, UserPtr<const Iovec> vectors, u32 count, u64 offset)
{
    return read_vectors(self, fd, vectors, count, TRY(at_offset(offset)));
}

Result<u32> sys_pwritev(Task& self, Descriptor fd, UserPtr<const Iovec> vectors, u32 count, u64 offset)
{
    return write_vectors(self, fd, vectors, count, TRY(at_offset(offset)));
}

Result<u32> sys_preadv2(Task& self, Descriptor fd, UserPtr<const Iovec> vectors, u32 count, u64 offset,
                        u32 flags)
{
    return read_vectors(self, fd, vectors, count, TRY(where_of(offset, flags)));
}

Result<u32> sys_pwritev2(Task& self, Descriptor fd, UserPtr<const Iovec> vectors, u32 count, u64 offset,
                         u32 flags)
{
    return write_vectors(self, fd, vectors, count, TRY(where_of(offset, flags)));
}

Result<u32> sys_lseek(Task& self, Descriptor fd, i32 offset, u32 whence)
{
    Ref<File> file = TRY(file_of(self, fd));
    if (whence > static_cast<u32>(Seek::Hole)) return Errno::Invalid;
    const u64 position = TRY(file->seek(offset, static_cast<Seek>(whence)));
    return position > 0x7fffffff ? Result<u32>{Errno::Overflow} : static_cast<u32>(position);
}

Result<void> sys__llseek(Task& self, Descriptor fd, u32 high, u32 low, UserPtr<u64> result, u32 whence)
{
    Ref<File> file = TRY(file_of(self, fd));
    if (whence > static_cast<u32>(Seek::Hole)) return Errno::Invalid;
    const i64 offset = static_cast<i64>(low | static_cast<u64>(high) << 32);
    const u64 position = TRY(file->seek(offset, static_cast<Seek>(whence)));
    return result.write(position);
}

}  // namespace faultline
