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

bool SpinLock::try_lock()
{
    const u32 flags = save_flags_and_disable_interrupts();
    if (word_.exchange(1) != 0) {
        restore_flags(flags);
        return false;
    }
    note_locked();
    flags_ = flags;
    return true;
}

}  // namespace faultline
