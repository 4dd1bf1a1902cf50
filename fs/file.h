// File: an open-file description: what descriptors (and dups and forks of them) share: position, flags, access.
//
// Counted; the last count closes it. Lock: position_lock_ makes read, write and seek of one description follow each
// other (POSIX); it is taken for seekable files only, so a reader asleep on a pipe blocks nobody.
#pragma once

#include "core/sleep_lock.h"
#include "fs/file_like.h"
#include "fs/path.h"
#include "mm/memory_object.h"
#include "mm/user_access.h"

namespace faultline {

enum class Seek : u32 { Set = 0, Current = 1, End = 2, Data = 3, Hole = 4 };

// Directory entries as programs read them: getdents64's, and getdents's with 32-bit numbers.
enum class RecordFormat : u8 { Wide, Narrow };

// open(2)'s flags, i386 values.
constexpr u32 kOpenAccessMask = 3;
constexpr u32 kOpenRead = 0;
constexpr u32 kOpenWrite = 1;
constexpr u32 kOpenReadWrite = 2;
constexpr u32 kOpenCreate = 0100;
constexpr u32 kOpenExclusive = 0200;
constexpr u32 kOpenNoTerminal = 0400;
constexpr u32 kOpenTruncate = 01000;
constexpr u32 kOpenAppend = 02000;
constexpr u32 kOpenNonBlock = 04000;
constexpr u32 kOpenDataSync = 010000;
constexpr u32 kOpenDirect = 040000;
constexpr u32 kOpenLargeFile = 0100000;
constexpr u32 kOpenDirectory = 0200000;
constexpr u32 kOpenNoFollow = 0400000;
constexpr u32 kOpenNoAccessTime = 01000000;
constexpr u32 kOpenCloseOnExec = 02000000;  // the descriptor's, not the file's: kernel/ handles it
constexpr u32 kOpenSync = 04010000;
constexpr u32 kOpenPath = 010000000;
constexpr u32 kOpenTemporary = 020200000;  // O_TMPFILE

class EpollItem;

class File final : public RefCounted {
public:
    File(Ref<FileLike> like, Place place, u32 flags);
    ~File();
    // `flags` are open(2)'s. `place` is empty for pipes and such.
    static Result<Ref<File>> create(Ref<FileLike> like, Place place, u32 flags);

    // For an open in two steps: first what may fail for want of memory, then what counts the ends of a fifo.
    void attach(Ref<FileLike> like) { like_ = move(like); }
    void attach(Place place);
    // Its place's inode is open for writing until this ends: TextBusy where it runs as a program.
    Result<void> hold_for_writing();

    // Move up to buffer.remaining() bytes; return how many. They may sleep. Errno::BadDescriptor where access is lacking.
    Result<u32> read(IoBuffer& buffer);
    Result<u32> write(IoBuffer& buffer);
    Result<u32> read_at(IoBuffer& buffer, u64 offset);   // pread: Errno::IllegalSeek if not seekable
    Result<u32> write_at(IoBuffer& buffer, u64 offset);  // pwrite

    Result<u64> seek(i64 offset, Seek whence);

    Result<u32> ioctl(u32 request, UserAddr argument);
    u32 poll(PollTable* table) { return like_->poll(*this, table); }

    // getdents64 or getdents into the caller's memory; returns bytes. Errno::NotDirectory; Invalid if not one entry fits.
    Result<u32> read_directory(IoBuffer& buffer, RecordFormat format);
    // The same for kernel code that wants the entries themselves (old getdents). Moves the position on.
    Result<void> for_each_entry(DirectorySink& sink);

    Result<void> sync();
    Result<void> truncate(u64 size_bytes);  // Errno::Invalid unless open for writing and regular
    Result<Ref<MemoryObject>> object();     // for mmap

    u32 flags() const { return flags_; }
    u64 position() const { return position_; }
    void set_status_flags(u32 flags);  // F_SETFL: append, nonblock and such; access and creation flags stay
    bool is_path_only() const { return (flags_ & kOpenPath) != 0; }
    bool readable() const { return (flags_ & kOpenAccessMask) != kOpenWrite && !is_path_only(); }
    bool writable() const { return (flags_ & kOpenAccessMask) != kOpenRead && !is_path_only(); }
    bool nonblocking() const { return (flags_ & kOpenNonBlock) != 0; }
    bool appends() const { return (flags_ & kOpenAppend) != 0; }
    bool seekable() const { return like_->seekable(); }

    FileLike& like() const { return *like_; }
    const Place& place() const { return place_; }
    Inode* find_inode() const { return place_ ? &place_.inode() : nullptr; }  // null for nameless pipes
    bool is_directory() const { return place_ && place_.inode().is_directory(); }
    void attributes(Attributes& out) const;  // fstat; nameless pipes too

    void last_ref_dropped();

    i32 owner = 0;  // F_SETOWN: who is told of events; a group if negative
    u8 owner_signal = 0;
    bool holds_locks = false;  // of its own, once (flock, F_OFD_SETLK): its end takes them away

private:
    template <class Move> Result<u32> at_position(Move move_bytes);

    Ref<FileLike> like_;
    Place place_;
    u32 flags_;
    friend class Epoll;
    friend void forget_watchers(File& file);
    EpollItem* watchers_ = nullptr;  // fs/epoll.cpp's
    bool counts_as_writer_ = false;  // with the mount
    bool holds_writing_ = false;
    u64 position_ = 0;
    SleepLock position_lock_{LockRank::File};
};

u32 open_file_count();  // of the machine, for /proc/sys/fs/file-nr

}  // namespace faultline
