// For the host: a sleep lock is a mutex.
#pragma once

#include "core/wait_queue.h"

namespace faultline {

class CAPABILITY("sleep lock") SleepLock {
public:
    explicit constexpr SleepLock(LockRank rank) : rank_{rank} {}
    SleepLock(const SleepLock&) = delete;
    SleepLock& operator=(const SleepLock&) = delete;

    void lock() ACQUIRE() NO_THREAD_SAFETY_ANALYSIS
    {
        assert_may_sleep();
        check_lock_order(rank_, false);
        mutex_.lock();
        note_lock(rank_, false);
    }
    void unlock() RELEASE() NO_THREAD_SAFETY_ANALYSIS
    {
        note_unlock(rank_, false);
        mutex_.unlock();
    }

private:
    std::mutex mutex_;
    LockRank rank_;
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

}  // namespace faultline
