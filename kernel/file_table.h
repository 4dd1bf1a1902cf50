// FileTable: which descriptor stands for which open file. Counted: tasks and clones may share one.
//
// The lowest free descriptor is found by a bitmap, a word at a time. Lock: lock_, a spin lock of rank FileTable; a File
// is never dropped under it, because closing may sleep.
#pragma once

#include "core/spinlock.h"
#include "fs/file.h"
#include "lib/ref.h"

namespace faultline {

enum class OnExec : u8 { Keep, Close };

class FileTable final : public RefCounted {
public:
    static constexpr u32 kMost = 1024;  // RLIMIT_NOFILE's ceiling

    static Result<Ref<FileTable>> create();
    Result<Ref<FileTable>> copy();  // for fork: the same files
    void last_ref_dropped();

    Result<Ref<File>> find(i32 fd);  // BadDescriptor
    // The lowest free descriptor from `lowest` on, below `limit`: TooManyFiles.
    Result<u32> add(Ref<File> file, OnExec on_exec, u32 limit, u32 lowest = 0);
    // A descriptor is free and has its place: for callers who must not fail later. The same errors.
    Result<void> prepare(u32 limit);
    // dup2: `fd` stands for `file` now; what it stood for is closed.
    Result<void> replace(u32 fd, Ref<File> file, OnExec on_exec, u32 limit);
    Result<void> close(i32 fd);
    void close_on_exec();
    // Of all that are open in [first, last].
    void close_range(u32 first, u32 last);
    void set_range_on_exec(u32 first, u32 last);

    Result<OnExec> on_exec(i32 fd);
    Result<void> set_on_exec(i32 fd, OnExec on_exec);

    // For /proc/PID/fd: the first open descriptor at or after `from`, and its file.
    Optional<u32> next_open(u32 from);
    // Before a record lock is set in this table's name: from then on each close looks for them.
    void note_record_locks() { has_record_locks_ = true; }

    u32 slot_count() const { return capacity_; }
    u32 open_count() const;  // without the lock: about

private:
    static constexpr u32 kInline = 32;
    static constexpr u32 kWords = kMost / 32;
    static_assert(kInline == 32);

    FileTable() { used_[0] = close_on_exec_[0] = 0; }
    ~FileTable();
    u32 words() const { return capacity_ / 32; }
    template <class T, class... A> friend Result<T*> make(A&&...);
    template <class T> friend void destroy(T*);

    bool is_open_locked(u32 fd) const REQUIRES(lock_)
    {
        return fd < capacity_ && (used_[fd / 32] >> fd % 32 & 1) != 0;
    }
    u32 lowest_free_locked(u32 from) const REQUIRES(lock_);
    Result<void> grow();
    bool copy_to(FileTable& twin);
    void put_locked(u32 fd, File* file, OnExec on_exec) REQUIRES(lock_);
    File* take_locked(u32 fd) REQUIRES(lock_);

    // What stood for this file no longer does: POSIX ends the record locks that the table holds on it.
    void closed(const Ref<File>& file)
    {
        if (__builtin_expect(has_record_locks_, 0) && file) release_record_locks(*file);
    }
    void release_record_locks(File& file);

    SpinLock lock_{LockRank::FileTable};
    bool has_record_locks_ = false;
    u32 capacity_ = kInline;
    File** slots_ GUARDED_BY(lock_) = inline_slots_;  // where used, each owns one count
    // A bit for each slot; words for slots that are not there (yet) mean nothing, nor do slots that are not used.
    u32 used_[kWords] GUARDED_BY(lock_);
    u32 close_on_exec_[kWords] GUARDED_BY(lock_);
    File* inline_slots_[kInline];
};

}  // namespace faultline
