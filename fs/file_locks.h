// The locks that programs set on files: fcntl's record locks, those of open-file descriptions, and flock's. They bind
// nobody but those who ask.
//
// A file has a FileLocks from its first lock on. Lock: one spin lock for all of them; a search for deadlocks goes from
// file to file.
#pragma once

#include "core/wait_queue.h"
#include "fs/range_locks.h"
#include "lib/optional.h"
#include "lib/result.h"
#include "lib/span.h"

namespace faultline {

class File;
class FileLike;

enum class OnConflict : u8 { Fail, Sleep };

// Sets what `wanted` says, or takes away (LockType::None). Again: somebody else's is in the way. Sleeping: Intr, and for
// LockKind::Posix Deadlock, where the others wait for us.
Result<void> set_lock(File& file, const FileLock& wanted, OnConflict on_conflict);
// The lock that set_lock would find in its way.
Optional<FileLock> find_lock_conflict(File& file, const FileLock& wanted);
// All that this owner holds of the file.
void release_locks(File& file, LockKind kind, const void* owner);

// For /proc/locks.
struct LockDescription {
    FileLock lock;
    u32 device;  // encoded
    u64 inode;
};
// Describes locks from number `first` on; how many.
u32 describe_locks(u32 first, Span<LockDescription> out);

class FileLocks final : public ListNode<> {
public:
    explicit FileLocks(FileLike& locked) : file{locked} {}

    FileLike& file;  // whose they are
    RangeLocks ranges, whole;
    WaitQueue released;

    RangeLocks& of(LockKind kind) { return kind == LockKind::Whole ? whole : ranges; }
};
// The file goes, and nobody holds or waits for a lock of it.
void destroy_locks(FileLocks& locks);

}  // namespace faultline
