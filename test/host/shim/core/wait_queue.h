// For the host: a wait queue is a condition variable.
#pragma once

#include <condition_variable>

#include "core/spinlock.h"
#include "lib/result.h"
#include "lib/types.h"

namespace faultline {

enum class Wait : u8 { Uninterruptible, Interruptible };
constexpr u64 kForever = ~u64{0};

class WaitQueue {
public:
    Result<void> sleep(SpinLock& held, Wait = Wait::Uninterruptible)
    {
        std::unique_lock<std::mutex> lock{held.mutex_, std::adopt_lock};
        note_unlock(held.rank_, true);
        waiters_++;
        changed_.wait(lock);
        waiters_--;
        note_lock(held.rank_, true);
        lock.release();
        return {};
    }
    void wake_one() { changed_.notify_all(); }
    void wake_all() { changed_.notify_all(); }
    bool empty() const { return waiters_ == 0; }

private:
    std::condition_variable changed_;
    unsigned waiters_ = 0;
};

class ObserverGroup {};
class Observer {};

}  // namespace faultline
