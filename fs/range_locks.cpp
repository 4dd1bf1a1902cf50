#include "fs/range_locks.h"

#include "lib/bits.h"

namespace faultline {

namespace {

bool overlap(const FileLock& lock, u64 first, u64 last)
{
    return lock.first <= last && first <= lock.last;
}

bool touch(const FileLock& lock, u64 first, u64 last)
{
    return overlap(lock, first, last) || lock.last + 1 == first || last + 1 == lock.first;
}

}  // namespace

const RangeLock* RangeLocks::find_conflict(const FileLock& wanted)
{
    for (const RangeLock& held : locks_) {
        if (held.owner == wanted.owner || !overlap(held, wanted.first, wanted.last)) continue;
        if (held.type == LockType::Exclusive || wanted.type == LockType::Exclusive) return &held;
    }
    return nullptr;
}

const RangeLock* RangeLocks::find_of(const void* owner)
{
    for (const RangeLock& held : locks_)
        if (held.owner == owner) return &held;
    return nullptr;
}

// Takes [first, last] out of a lock that overlaps it.
void RangeLocks::cut(RangeLock& held, u64 first, u64 last, Nodes& nodes)
{
    const bool sticks_out_before = held.first<first, sticks_out_behind = held.last> last;
    if (sticks_out_before && sticks_out_behind) {
        RangeLock& rest = *nodes.pop_front();
        static_cast<FileLock&>(rest) = held;
        rest.first = last + 1;
        locks_.push_back(rest);
    }
    if (sticks_out_before) {
        held.last = first - 1;
    } else if (sticks_out_behind) {
        held.first = last + 1;
    } else {
        locks_.remove(held);
        nodes.push_back(held);
    }
}

void RangeLocks::set(const FileLock& wanted, Nodes& nodes)
{
    FileLock joined = wanted;
    for (RangeLock& held : locks_) {
        if (held.owner != wanted.owner || !touch(held, wanted.first, wanted.last)) continue;
        if (held.type == wanted.type) {
            joined.first = min(joined.first, held.first);
            joined.last = max(joined.last, held.last);
            locks_.remove(held);
            nodes.push_back(held);
        } else if (overlap(held, wanted.first, wanted.last)) {
            cut(held, wanted.first, wanted.last, nodes);
        }
    }
    if (wanted.type == LockType::None) return;
    RangeLock& added = *nodes.pop_front();
    static_cast<FileLock&>(added) = joined;
    locks_.push_back(added);
}

}  // namespace faultline
