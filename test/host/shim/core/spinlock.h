// For the host: a spin lock is a mutex that checks the order of ranks as the kernel's debug build does.
#pragma once

#include <mutex>

#include "core/lock_rank.h"
#include "lib/annotations.h"
#include "lib/atomic.h"

namespace faultline {

void check_lock_order(LockRank rank, bool is_spin);
void note_lock(LockRank rank, bool is_spin);
void note_unlock(LockRank rank, bool is_spin);
void assert_may_sleep();

class CAPABILITY("spin lock") SpinLock {
public:
    explicit constexpr SpinLock(LockRank rank) : rank_{rank} {}
    SpinLock(const SpinLock&) = delete;
    SpinLock& operator=(const SpinLock&) = delete;

    void lock() ACQUIRE() NO_THREAD_SAFETY_ANALYSIS
    {
        check_lock_order(rank_, true);
        mutex_.lock();
        note_lock(rank_, true);
    }
    void unlock() RELEASE() NO_THREAD_SAFETY_ANALYSIS
    {
        note_unlock(rank_, true);
        mutex_.unlock();
    }

private:
    friend class WaitQueue;
    std::mutex mutex_;
    LockRank rank_;
};

class SCOPED_CAPABILITY SpinGuard {
public:
    explicit SpinGuard(SpinLock& lock) ACQUIRE(lock) : lock_{lock} { lock_.lock(); }
    ~SpinGuard() RELEASE() { lock_.unlock(); }
    SpinGuard(const SpinGuard&) = delete;
    SpinGuard& operator=(const SpinGuard&) = delete;

private:
    SpinLock& lock_;
};

}  // namespace faultline
