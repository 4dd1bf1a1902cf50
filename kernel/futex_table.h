// Which words somebody sleeps on: keys, sleepers, and the hash table they hang in. For kernel/futex*.cpp alone.
//
// Lock: each bucket's, a spin lock. User words are read and changed under it (mm/user_access.h: ..._now), so that between
// looking and sleeping nothing is lost; where that faults the lock is dropped, the page made present, and all begins anew.
#pragma once

#include "core/spinlock.h"
#include "core/wait_queue.h"
#include "kernel/futex.h"
#include "lib/intrusive_list.h"
#include "mm/memory_object.h"
#include "mm/user_access.h"

namespace faultline {

struct FutexKey {
    const void* home;  // a memory object or an address space
    u32 page, offset;

    bool operator==(const FutexKey& other) const
    {
        return home == other.home && page == other.page && offset == other.offset;
    }
};

// A key whose object stays while this lives. Fault, Invalid (not aligned).
class FutexPlace {
public:
    static Result<FutexPlace> of(FutexWord word);
    const FutexKey& key() const { return key_; }
    const Ref<MemoryObject>& object() const { return object_; }

private:
    FutexPlace(const FutexKey& key, Ref<MemoryObject> object) : key_{key}, object_{move(object)} {}
    FutexKey key_;
    Ref<MemoryObject> object_;  // none: private
};

class FutexSleeper;

struct FutexBucket {
    SpinLock lock{LockRank::Futex};
    IntrusiveList<FutexSleeper> sleepers GUARDED_BY(lock);
};
FutexBucket& futex_bucket(const FutexKey& key);
constexpr u32 kFutexBuckets = 256;
extern FutexBucket futex_buckets[kFutexBuckets];

// One sleeper, on its own stack. Who wakes it does so under its bucket's lock, and it takes that lock before it leaves: so
// it is there for as long as anybody looks at it.
class FutexSleeper : public ListNode<> {
public:
    enum class Kind : u8 { Plain, Lock };
    enum class Woken : u32 { No, Yes, LookAgain };

    FutexSleeper(const FutexPlace& place, Kind kind, u32 bits);

    // bucket's lock
    void enter_locked(FutexBucket& bucket);
    void wake_locked(Woken how);
    bool may_move_locked(const FutexPlace& to) const;
    void move_locked(FutexBucket& from, FutexBucket& to, const FutexPlace& place);

    // Until woken; then, or with an error, it is in no bucket. Intr, TimedOut.
    Result<Woken> sleep(u64 deadline_ns);

    FutexKey key;
    const Kind kind;
    const u32 bits;
    Task& task;
    u32 owner = 0;  // of the lock: its tid

private:
    Result<void> doze(u64 deadline_ns);
    void forget_owner();

    Ref<MemoryObject> object_, moved_to_;  // keep the key's home
    Atomic<FutexBucket*> bucket_;
    Atomic<u32> woken_;
};

}  // namespace faultline
