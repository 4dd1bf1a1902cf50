// RangeLocks: who holds which bytes of one file, for reading or for writing. Pure; its owner's lock guards it.
//
// Invariants: ranges of one owner do not overlap, and those of one type that touch are one. An exclusive range overlaps
// nobody else's; whoever sets one has asked find_conflict() first.
#pragma once

#include "lib/intrusive_list.h"
#include "lib/types.h"

namespace faultline {

enum class LockType : u8 { Shared, Exclusive, None };  // None: takes away
enum class LockKind : u8 {
    Posix,        // fcntl's record locks: a table of descriptors owns them, any close of the file ends them
    Description,  // F_OFD_SETLK's: an open-file description owns them
    Whole         // flock's: on the whole file, an open-file description's, and not in the way of the others
};

constexpr u64 kLockToEnd = 0x7fffffffffffffff;

struct FileLock {
    const void* owner;  // only compared
    u32 pid;            // who set it, for F_GETLK and /proc/locks
    LockKind kind;
    LockType type;
    u64 first, last;  // inclusive
};

struct RangeLock : FileLock, ListNode<> {};

class RangeLocks {
public:
    // Nodes at hand, and those that are not needed any more; set() takes at most kMostNodes.
    using Nodes = IntrusiveList<RangeLock>;
    static constexpr u32 kMostNodes = 2;

    // Somebody else's lock that does not go with this one, or null.
    const RangeLock* find_conflict(const FileLock& wanted);
    // The owner holds exactly this on the range from now on: what it held there is cut, split or joined.
    void set(const FileLock& wanted, Nodes& nodes);
    const RangeLock* find_of(const void* owner);
    Nodes& all() { return locks_; }

private:
    void cut(RangeLock& held, u64 first, u64 last, Nodes& nodes);

    Nodes locks_;
};

}  // namespace faultline
