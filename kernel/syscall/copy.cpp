// System calls that move bytes from file to file.
#include "fs/file_system.h"
#include "fs/namespace.h"
#include "kernel/syscall/io.h"
#include "kernel/syscall/table.h"
#include "lib/bits.h"
#include "mm/heap.h"

namespace faultline {

namespace {

// Through one page of the kernel. What the reader gave and the writer did not take is read again by the next call.
// `out_offset` null: at the position of `out`.
Result<u32> copy_between(File& in, File& out, u64& offset, u64* out_offset, u32 count)
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
        const Result<u32> put = out_offset ? out.write_at(bytes, *out_offset) : out.write(bytes);
        failed = put.error();
        if (put.value_or(0) == 0) break;
        total += put.value();
        offset += put.value();
        if (out_offset) *out_offset += put.value();
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
    if (!from->seekable() || from->is_directory() || to->appends()) return Errno::Invalid;
    u64 position = offset ? TRY(offset.read()) : TRY(from->seek(0, Seek::Current));
    const Result<u32> moved = copy_between(*from, *to, position, nullptr, min(count, kMostBytes));
    if (!moved.ok()) return raise_pipe_signal(self, moved);
    if (offset)
        TRY(offset.write(position));
    else
        TRY(from->seek(static_cast<i64>(position), Seek::Set));
    return moved;
}

Result<u32> sys_sendfile(Task& self, Descriptor out, Descriptor in, UserPtr<i32> offset, u32 count)
{
    const Ref<File> from = TRY(file_of(self, in));
    if (!offset) return sys_sendfile64(self, out, in, UserPtr<u64>{}, count);
    const Ref<File> to = TRY(file_of(self, out));
    if (!from->readable() || !to->writable()) return Errno::BadDescriptor;
    if (!from->seekable() || from->is_directory() || to->appends()) return Errno::Invalid;
    u64 position = static_cast<u64>(static_cast<i64>(TRY(offset.read())));
    const Result<u32> moved = copy_between(*from, *to, position, nullptr, min(count, kMostBytes));
    TRY(offset.write(static_cast<i32>(position)));
    return raise_pipe_signal(self, moved);
}

namespace {

Result<void> check_copy(const File& in, const File& out, u32 flags)
{
    if (flags != 0) return Errno::Invalid;
    const Inode* const from = in.find_inode();
    const Inode* const to = out.find_inode();
    if (!from || !to) return Errno::Invalid;
    if (from->is_directory() || to->is_directory()) return Errno::IsDirectory;
    if (!from->is_regular() || !to->is_regular()) return Errno::Invalid;
    if (!in.readable() || !out.writable() || out.appends()) return Errno::BadDescriptor;
    return &from->file_system() == &to->file_system() ? Result<void>{} : Errno::CrossDevice;
}

// Without a pointer the position counts; returns it.
Result<u64> start_of(File& file, UserPtr<u64> offset)
{
    return offset ? offset.read() : file.seek(0, Seek::Current);
}

Result<void> note_end(File& file, UserPtr<u64> offset, u64 end)
{
    if (offset) return offset.write(end);
    TRY(file.seek(static_cast<i64>(end), Seek::Set));
    return {};
}

}  // namespace

Result<u32> sys_copy_file_range(Task& self, Descriptor in, UserPtr<u64> in_offset, Descriptor out,
                                UserPtr<u64> out_offset, u32 count, u32 flags)
{
    const Ref<File> from = TRY(file_of(self, in)), to = TRY(file_of(self, out));
    TRY(check_copy(*from, *to, flags));
    u64 source = TRY(start_of(*from, in_offset)), target = TRY(start_of(*to, out_offset));
    count = min(count, kMostBytes);
    if (static_cast<i64>(source) < 0 || static_cast<i64>(target) < 0) return Errno::Invalid;
    const bool is_same = from->find_inode() == to->find_inode();
    if (is_same && source < target + count && target < source + count) return Errno::Invalid;
    count = TRY(check_file_limit(self, target, count));
    TRY(drop_set_id(*to->find_inode(), self.process().credentials));
    const u32 moved = TRY(copy_between(*from, *to, source, &target, count));
    TRY(note_end(*from, in_offset, source));
    TRY(note_end(*to, out_offset, target));
    return moved;
}

}  // namespace faultline
