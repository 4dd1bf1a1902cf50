// SleepLock: interrupts stay on; the holder may sleep, do disk I/O, take page faults. Waiters sleep.
// Uncontended, lock and unlock are one locked instruction each.
#pragma once

#include "core/lock_rank.h"
#include "core/spinlock.h"
#include "core/wait_queue.h"
#include "lib/annotations.h"

namespace faultline {

class CAPABILITY("sleep lock") SleepLock {
public:
    explicit constexpr SleepLock(LockRank rank) : rank_{rank} {}
    SleepLock(const SleepLock&) = delete;
    SleepLock& operator=(const SleepLock&) = delete;

    void lock() ACQUIRE() NO_THREAD_SAFETY_ANALYSIS  // may sleep
    {
        check_before_lock();
        u32 expected = kFree;
        if (__builtin_expect(!word_.compare_exchange(expected, kHeld), 0)) lock_slowly();
        note_locked();
    }
    void unlock() RELEASE() NO_THREAD_SAFETY_ANALYSIS
    {
        note_unlocked();
        u32 expected = kHeld;
        if (__builtin_expect(!word_.compare_exchange(expected, kFree), 0)) unlock_slowly();
    }
    bool try_lock() TRY_ACQUIRE(true) NO_THREAD_SAFETY_ANALYSIS
    {
        u32 expected = kFree;
        if (!word_.compare_exchange(expected, kHeld)) return false;
        note_locked();
        return true;
    }

private:
    static constexpr u32 kFree = 0, kHeld = 1, kContended = 2;

    void lock_slowly();
    void unlock_slowly();
#ifdef FAULTLINE_DEBUG
    void check_before_lock();
    void note_locked();
    void note_unlocked();
    Thread* holder_ = nullptr;
#else
    void check_before_lock() {}
    void note_locked() {}
    void note_unlocked() {}
#endif

    Atomic<u32> word_;
    [[maybe_unused]] LockRank rank_;  // debug builds check it
    SpinLock waiters_lock_{LockRank::WaitQueue};
    WaitQueue waiters_;  // guarded by waiters_lock_
};

class SCOPED_CAPABILITY SleepGuard {
public:
    explicit SleepGuard(SleepLock& lock) ACQUIRE(lock) : lock_{lock} { lock_.lock(); }
    ~SleepGuard() RELEASE() { lock_.unlock(); }
    SleepGuard(const SleepGuard&) = delete;
    SleepGuard& operator=(const SleepGuard&) = delete;

private:
    SleepLock& lock_;
};

// For who may come with locks that stand below this one: takes it if nobody has it, else is false. (The analysis cannot
// follow that: the function says NO_THREAD_SAFETY_ANALYSIS.)
class TrySleepGuard {
public:
    explicit TrySleepGuard(SleepLock& lock) NO_THREAD_SAFETY_ANALYSIS : lock_{lock}, holds_{lock.try_lock()}
    {
    }
    ~TrySleepGuard() NO_THREAD_SAFETY_ANALYSIS
    {
        if (holds_) lock_.unlock();
    }
    TrySleepGuard(const TrySleepGuard&) = delete;
    TrySleepGuard& operator=(const TrySleepGuard&) = delete;
    explicit operator bool() const { return holds_; }

private:
    SleepLock& lock_;
    const bool holds_;
};

}  // namespace faultline
