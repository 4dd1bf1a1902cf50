// The contended path.

#include "core/spinlock.h"

namespace faultline {

void SpinLock::spin()
{
    do {
        while (word_.load_relaxed() != 0)
            pause();
    } while (word_.exchange(1) != 0);
}

}  // namespace faultline
