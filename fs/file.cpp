#include "fs/file.h"
#include "fs/epoll.h"
#include "fs/file_locks.h"
#include "fs/with_reclaim.h"

#include "lib/string.h"
#include "mm/heap.h"
#include "mm/memory_object.h"

namespace faultline {

namespace {

constexpr u32 kReadableBytes = 0x541B;  // FIONREAD

constexpr u32 kChangeableFlags = kOpenAppend | kOpenNonBlock | kOpenDirect | kOpenNoAccessTime;

// struct linux_dirent64 and struct linux_dirent, without their names. The narrow one has its type in its last byte.
struct __attribute__((packed)) WideRecord {
    u64 inode;
    u64 next_position;
    u16 record_size;
    u8 type;
};
struct __attribute__((packed)) NarrowRecord {
    u32 inode;
    u32 next_position;
    u16 record_size;
};

// Gathers records in a kernel page; the caller's memory is written when no lock is held any more.
struct RecordSink : DirectorySink {
    char* out;
    u32 size, used;
    bool refused;  // an entry did not fit
    RecordFormat format;
};

constexpr u32 record_size_of(RecordFormat format, usize name_length)
{
    const u32 name = static_cast<u32>(name_length) + 1;
    return format == RecordFormat::Wide ? (static_cast<u32>(sizeof(WideRecord)) + name + 7) & ~7u
                                        : (static_cast<u32>(sizeof(NarrowRecord)) + name + 1 + 3) & ~3u;
}

// Writes what stands before the name; returns how much that is.
u32 put_head(char* at, RecordFormat format, u32 size, u64 inode, u8 type, u64 next_position)
{
    if (format == RecordFormat::Wide) {
        const WideRecord head{inode, next_position, static_cast<u16>(size), type};
        memcpy(at, &head, sizeof head);
        return sizeof head;
    }
    const NarrowRecord head{static_cast<u32>(inode), static_cast<u32>(next_position), static_cast<u16>(size)};
    memcpy(at, &head, sizeof head);
    return sizeof head;
}

bool take_record(DirectorySink& base, StringView name, u64 inode, u8 type, u64 next_position)
{
    RecordSink& sink = static_cast<RecordSink&>(base);
    const u32 size = record_size_of(sink.format, name.size());
    sink.refused = sink.size - sink.used < size;
    if (sink.refused) return false;
    char* const at = sink.out + sink.used;
    const u32 head = put_head(at, sink.format, size, inode, type, next_position);
    memcpy(at + head, name.data(), name.size());
    memset(at + head + name.size(), 0, size - head - name.size());
    if (sink.format == RecordFormat::Narrow) at[size - 1] = static_cast<char>(type);
    sink.used += size;
    return true;
}

}  // namespace

Result<Ref<File>> File::create(Ref<FileLike> like, Place place, u32 flags)
{
    return Ref<File>::adopt(TRY(with_reclaim(
        [&] { return make<File>(move(like), move(place), flags); })));  // moved only once there is memory
}

void File::attach(Place place)
{
    place_ = move(place);
    place_.mount->note_use();
    counts_as_writer_ = writable() && place_.inode().is_regular();
    if (counts_as_writer_) place_.mount->add_writer();
}

namespace {

Atomic<u32> open_files;

}  // namespace

u32 open_file_count()
{
    return open_files.load();
}

File::File(Ref<FileLike> like, Place place, u32 flags) : like_{move(like)}, place_{move(place)}, flags_{flags}
{
    open_files.fetch_add(1);
}

File::~File()
{
    open_files.fetch_sub(1);
}

void File::last_ref_dropped()
{
    if (holds_locks) {
        release_locks(*this, LockKind::Whole, this);
        release_locks(*this, LockKind::Description, this);
    }
    if (counts_as_writer_) place_.mount->drop_writer();
    if (watchers_) forget_watchers(*this);
    if (like_ && !is_path_only()) like_->closed(*this);
    if (holds_writing_) place_.inode().end_writing();
    destroy(this);
}

Result<void> File::hold_for_writing()
{
    TRY(place_.inode().begin_writing());
    holds_writing_ = true;
    return {};
}

// Runs move_bytes(offset) at the position and moves that on.
template <class Move> Result<u32> File::at_position(Move move_bytes)
{
    if (!like_->seekable()) return move_bytes(u64{0});
    SleepGuard guard{position_lock_};
    const Result<u32> done = move_bytes(position_);
    if (done.ok()) position_ += done.value();
    return done;
}

Result<u32> File::read(IoBuffer& buffer)
{
    if (!readable()) return Errno::BadDescriptor;
    const Result<u32> done = at_position([&](u64 offset) { return like_->read(*this, offset, buffer); });
    return done.ok() || !is_directory() ? done : Errno::IsDirectory;
}

Result<u32> File::write(IoBuffer& buffer)
{
    if (!writable()) return Errno::BadDescriptor;
    if (!appends()) return at_position([&](u64 offset) { return like_->write(*this, offset, buffer); });
    return at_position([&](u64) {
        const Result<u32> done = like_->write(*this, 0, buffer);  // it finds the end itself, under its lock
        if (done.ok() && like_->seekable()) position_ = like_->size_bytes() - done.value();
        return done;
    });
}

Result<u32> File::read_at(IoBuffer& buffer, u64 offset)
{
    if (!readable()) return Errno::BadDescriptor;
    if (!like_->seekable()) return Errno::IllegalSeek;
    if (static_cast<i64>(offset) < 0) return Errno::Invalid;
    if (is_directory()) return Errno::IsDirectory;
    return like_->read(*this, offset, buffer);
}

Result<u32> File::write_at(IoBuffer& buffer, u64 offset)
{
    if (!writable()) return Errno::BadDescriptor;
    if (!like_->seekable()) return Errno::IllegalSeek;
    if (static_cast<i64>(offset) < 0) return Errno::Invalid;
    return like_->write(*this, offset, buffer);
}

Result<u64> File::seek(i64 offset, Seek whence)
{
    if (is_path_only()) return Errno::BadDescriptor;
    if (!like_->seekable()) return Errno::IllegalSeek;
    SleepGuard guard{position_lock_};
    i64 base = 0;
    switch (whence) {
    case Seek::Set:
        break;
    case Seek::Current:
        base = static_cast<i64>(position_);
        break;
    case Seek::End:
        base = static_cast<i64>(like_->size_bytes());
        break;
    case Seek::Data:  // no holes are told of: all up to the end is data
    case Seek::Hole:
        if (offset < 0 || static_cast<u64>(offset) >= like_->size_bytes()) return Errno::NoDeviceOrAddress;
        if (whence == Seek::Hole) offset = static_cast<i64>(like_->size_bytes());
        break;
    default:
        return Errno::Invalid;
    }
    i64 target;
    if (__builtin_add_overflow(base, offset, &target)) return Errno::Overflow;
    if (target < 0) return Errno::Invalid;
    position_ = static_cast<u64>(target);
    return position_;
}

Result<u32> File::ioctl(u32 request, UserAddr argument)
{
    if (is_path_only()) return Errno::BadDescriptor;
    const Result<u32> done = like_->ioctl(*this, request, argument);
    const Inode* const inode = find_inode();
    if (request != kReadableBytes || done.ok() || !inode || !inode->is_regular()) return done;
    const u64 size = like_->size_bytes();
    const u32 left = size > position_ ? static_cast<u32>(size - position_) : 0;
    TRY(copy_to_user(argument, &left, sizeof left));
    return u32{0};
}

Result<void> File::for_each_entry(DirectorySink& sink)
{
    Inode* const inode = find_inode();
    if (!inode || !inode->is_directory()) return Errno::NotDirectory;
    if (!readable()) return Errno::BadDescriptor;
    SleepGuard guard{position_lock_};
    SleepGuard inode_guard{inode->lock()};
    if (inode->link_count() == 0) return Errno::NoEntry;  // removed while it was open
    position_ = TRY(inode->read_directory(position_, sink));
    inode->note_read(*this);
    return {};
}

Result<u32> File::read_directory(IoBuffer& buffer, RecordFormat format)
{
    RecordSink sink;
    sink.format = format;
    sink.take = take_record;
    sink.size = min(buffer.remaining(), kPageSize);
    sink.used = 0;
    sink.refused = false;
    sink.out = static_cast<char*>(TRY(with_reclaim([] { return heap_allocate(kPageSize); })));
    const u64 before = position_;
    Result<void> done = for_each_entry(sink);
    if (done.ok() && sink.refused && sink.used == 0) done = Errno::Invalid;
    if (done.ok()) done = buffer.put(sink.out, sink.used);
    if (!done.ok()) position_ = before;  // what nobody got is still to be read
    heap_free(sink.out);
    TRY(done);
    return sink.used;
}

Result<void> File::sync()
{
    if (is_path_only()) return Errno::BadDescriptor;
    return like_->sync();
}

Result<void> File::truncate(u64 size_bytes)
{
    Inode* const inode = find_inode();
    if (is_path_only()) return Errno::BadDescriptor;
    if (!writable() || !inode || !inode->is_regular()) return Errno::Invalid;
    SleepGuard guard{inode->lock()};
    return inode->truncate(size_bytes);
}

Result<Ref<MemoryObject>> File::object()
{
    return like_->object();
}

void File::set_status_flags(u32 flags)
{
    flags_ = (flags_ & ~kChangeableFlags) | (flags & kChangeableFlags);
}

void File::attributes(Attributes& out) const
{
    if (const Inode* inode = find_inode())
        inode->attributes(out);
    else
        like_->attributes(out);
}

}  // namespace faultline
