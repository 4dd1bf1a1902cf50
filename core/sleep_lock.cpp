// The contended paths. word_ is kContended as soon as somebody may sleep, so that unlock comes here.

#include "core/sleep_lock.h"

namespace faultline {

void SleepLock::lock_slowly()
{
    SpinGuard guard{waiters_lock_};
    while (word_.exchange(kContended) != kFree)
        (void)waiters_.sleep(waiters_lock_);
}

void SleepLock::unlock_slowly()
{
    SpinGuard guard{waiters_lock_};
    word_.store(kFree);
    waiters_.wake_one();
}

}  // namespace faultline
