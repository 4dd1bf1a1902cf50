// File: an open-file description: what descriptors (and dups and forks of them) share: position, flags, access.
//
// Counted; the last count closes it. Lock: position_lock_ makes read, write and seek of one description follow each
// other (POSIX); it is taken for seekable files only, so a reader asleep on a pipe blocks nobody.
#pragma once

#include "core/sleep_lock.h"
#include "fs/file_like.h"
#include "fs/path.h"
#include "mm/user_access.h"

namespace faultline {

enum class Seek : u32 { Set = 0, Current = 1, End = 2 };

// What a sequential reader will want next (fs/file_data.cpp); a hint, kept without a lock.
struct ReadAhead {
    u32 next_page = 0;     // where the last read ended
    u32 window_pages = 0;  // 0 while reads are not sequential
};

class File final : public RefCounted {
public:
    void last_ref_dropped();

    // `flags` are open(2)'s (fs/namespace.h). `place` is empty for pipes and such.
    static Result<Ref<File>> create(Ref<FileLike> like, Place place, u32 flags);

    // Move up to buffer.remaining() bytes; return how many. They may sleep. Errno::BadDescriptor where access is lacking.
    Result<u32> read(IoBuffer& buffer);
    Result<u32> write(IoBuffer& buffer);
    Result<u32> read_at(IoBuffer& buffer, u64 offset);   // pread: Errno::IllegalSeek if not seekable
    Result<u32> write_at(IoBuffer& buffer, u64 offset);  // pwrite

    Result<u64> seek(i64 offset, Seek whence);

    Result<u32> ioctl(u32 request, UserAddr argument);
    u32 poll(PollTable* table) { return like_->poll(*this, table); }

    // getdents64 into the caller's memory; returns bytes. Errno::NotDirectory; Invalid if not one entry fits.
    Result<u32> read_directory(IoBuffer& buffer);
    // The same for kernel code that wants the entries themselves (old getdents). Advances the position.
    Result<void> for_each_entry(DirectorySink& sink);

    Result<void> sync();
    Result<void> truncate(u64 size_bytes);  // Errno::Invalid unless open for writing and regular
    Result<Ref<MemoryObject>> object() { return like_->object(); }

    u32 flags() const { return flags_; }
    void set_status_flags(u32 flags);  // F_SETFL: append, nonblock (others stay)
    bool readable() const { return (flags_ & 3) != 1; }
    bool writable() const { return (flags_ & 3) != 0; }
    bool nonblocking() const { return (flags_ & 04000) != 0; }
    bool seekable() const { return like_->seekable(); }

    FileLike& like() const { return *like_; }
    const Place& place() const { return place_; }
    // The inode behind it; null for nameless pipes.
    Inode* find_inode() const { return place_ ? &place_.inode() : nullptr; }
    // fstat; nameless pipes too.
    void attributes(Attributes& out) const;

    ReadAhead& read_ahead() { return read_ahead_; }

private:
    Ref<FileLike> like_;
    Place place_;
    u32 flags_ = 0;
    u64 position_ = 0;
    ReadAhead read_ahead_;
    SleepLock position_lock_{LockRank::FilePosition};
};

}  // namespace faultline
