// What an open file does: the interface behind File. Inodes are file-like themselves (regular files, directories);
// devices and pipe ends are the other kinds. Counted: Ref<FileLike>.
//
// A FileLike keeps no per-open state of its own unless it was made for one open; position and flags are File's.
#pragma once

#include "arch/layout.h"
#include "lib/ref.h"
#include "lib/result.h"
#include "lib/span.h"

namespace faultline {

struct Attributes;
class File;
class FileLocks;
class IoBuffer;
class MemoryObject;
class MemorySeals;
class PollTable;
class UnixSocket;
class Epoll;
class TimerFile;
class SignalFile;  // kernel/signal_file.h
class Process;     // kernel/process.h
class TextBuffer;

class FileLike : public RefCounted {
public:
    // Both may sleep. They move up to buffer.remaining() bytes and return how many; an error only when none moved.
    // `offset` means something to seekable files only. Default: Errno::Invalid.
    virtual Result<u32> read(File& file, u64 offset, IoBuffer& buffer);
    virtual Result<u32> write(File& file, u64 offset, IoBuffer& buffer);

    // The last descriptor of `file` was closed. Pipes count their ends here.
    virtual void closed(File& file);

    // Errno::NotTty unless the device knows the request; `argument` may be a number or the caller's address.
    virtual Result<u32> ioctl(File& file, u32 request, UserAddr argument);

    // The events of fs/poll.h that hold now. With a table also registers there for later changes.
    // Default: always readable and writable.
    virtual u32 poll(File& file, PollTable* table);

    // What mmap shows. A null Ref with success means anonymous memory (/dev/zero). Errno::NoDevice: not mappable.
    virtual Result<Ref<MemoryObject>> object();

    virtual UnixSocket* as_socket() { return nullptr; }
    virtual Epoll* as_epoll() { return nullptr; }
    virtual TimerFile* as_timer() { return nullptr; }
    virtual SignalFile* as_signals() { return nullptr; }
    virtual Process* as_process() { return nullptr; }  // a pidfd, or a directory /proc/PID
    // Files in memory that can be sealed; null for all others.
    virtual MemorySeals* seals() { return nullptr; }

    virtual Result<void> sync();  // fsync; Errno::Invalid where nothing is stored

    virtual bool seekable() const { return false; }
    virtual u64 size_bytes() const { return 0; }  // what SEEK_END counts from

    // What opening /proc/PID/fd/N gives where the file has no name: a pipe counts a new end. Errno::NoDeviceOrAddress.
    virtual Result<Ref<FileLike>> open_again(u32 flags);

    // For files without a name (pipes): what fstat shows, and what /proc/PID/fd/N leads to ("pipe:[7]").
    virtual void attributes(Attributes& out) const;
    virtual void describe(Span<char> text) const;
    virtual void print_state(TextBuffer& out) const;  // more lines of /proc/PID/fdinfo/N

    virtual void last_ref_dropped() = 0;  // may sleep: no spin lock is held where a Ref goes

    FileLocks* locks =
        nullptr;  // from the first lock on that a program set (fs/file_locks.cpp, whose lock guards it)

protected:
    ~FileLike()
    {
        if (__builtin_expect(locks != nullptr, 0)) forget_locks();
    }

private:
    void forget_locks();
};

}  // namespace faultline
