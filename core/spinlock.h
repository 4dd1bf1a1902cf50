// SpinLock: interrupts off, no sleeping, under some hundred instructions. The holder's interrupt flag is kept in the
// lock, so pairs must nest properly. Debug builds check rank, owner and that nobody sleeps with one held.
#pragma once

#include "arch/percpu.h"
#include "arch/x86.h"
#include "core/lock_rank.h"
#include "lib/annotations.h"
#include "lib/atomic.h"

namespace faultline {

class CAPABILITY("spin lock") SpinLock {
public:
    explicit constexpr SpinLock(LockRank rank) : rank_{rank} {}
    SpinLock(const SpinLock&) = delete;
    SpinLock& operator=(const SpinLock&) = delete;

    void lock() ACQUIRE()
    {
        const u32 flags = save_flags_and_disable_interrupts();
        lock_without_flags();
        flags_ = flags;
    }
    void unlock() RELEASE()
    {
        const u32 flags = flags_;
        unlock_without_flags();
        restore_flags(flags);
    }

private:
    friend class WaitQueue;
    friend class Scheduler;

    // Interrupts are off already and stay off.
    void lock_without_flags() NO_THREAD_SAFETY_ANALYSIS
    {
        check_before_lock();
        if (__builtin_expect(word_.exchange(1) != 0, 0)) spin();
        note_locked();
    }
    void unlock_without_flags() NO_THREAD_SAFETY_ANALYSIS
    {
        note_unlocked();
        word_.store_release(0);
    }
    void spin();

#ifdef FAULTLINE_DEBUG
    void check_before_lock();
    void note_locked();
    void note_unlocked();
    u32 holder_ = 0;  // CPU + 1
#else
    void check_before_lock() {}
    void note_locked() {}
    void note_unlocked() {}
#endif
    Atomic<u32> word_;
    u32 flags_ = 0;
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

// Debug builds: panics if this CPU holds a spin lock. Whatever may sleep begins with it.
#ifdef FAULTLINE_DEBUG
void assert_may_sleep();
#else
inline void assert_may_sleep() {}
#endif

}  // namespace faultline
