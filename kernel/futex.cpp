#include "kernel/futex.h"

#include "core/spinlock.h"
#include "core/wait_queue.h"
#include "kernel/task.h"
#include "mm/user_access.h"

namespace faultline {

namespace {

// One sleeper, on its own stack.
struct Sleeper : ListNode<> {
    const AddressSpace* space;
    UserAddr word;
    u32 bits;
    bool woken = false;
    WaitQueue queue;
};

struct Bucket {
    SpinLock lock{LockRank::Process};
    IntrusiveList<Sleeper> sleepers GUARDED_BY(lock);
};

constexpr u32 kBuckets = 64;
Bucket buckets[kBuckets];

Bucket& bucket_of(const AddressSpace& space, UserAddr word)
{
    const u32 key = static_cast<u32>(reinterpret_cast<usize>(&space)) / 64 ^ word.value() / 4;
    return buckets[(key ^ key >> 8) % kBuckets];
}

void forget(Bucket& bucket, Sleeper& sleeper) REQUIRES(bucket.lock)
{
    if (!sleeper.woken) bucket.sleepers.remove(sleeper);
}

}  // namespace

Result<void> futex_wait(UserAddr word, u32 expected, u64 deadline_ns, u32 bits)
{
    const AddressSpace& space = current_task().process().space();
    Bucket& bucket = bucket_of(space, word);
    Sleeper sleeper;
    sleeper.space = &space;
    sleeper.word = word;
    sleeper.bits = bits;
    {
        SpinGuard guard{bucket.lock};
        bucket.sleepers.push_back(sleeper);
    }
    // Looked at only now: whoever changes it afterwards finds us in the list.
    u32 value = 0;
    const auto copied = copy_from_user(&value, word, sizeof value);
    SpinGuard guard{bucket.lock};
    if (!copied.ok() || value != expected) {
        forget(bucket, sleeper);
        return copied.ok() ? Result<void>{Errno::Again} : copied;
    }
    while (!sleeper.woken) {
        const auto slept = sleeper.queue.sleep_until(bucket.lock, deadline_ns, Wait::Interruptible);
        if (slept.ok() || sleeper.woken) continue;
        forget(bucket, sleeper);
        return slept.error() == Errno::Intr ? Result<void>{Errno::RestartSys} : slept;
    }
    return {};
}

u32 futex_wake(UserAddr word, u32 most, u32 bits)
{
    const AddressSpace& space = current_task().process().space();
    Bucket& bucket = bucket_of(space, word);
    u32 woken = 0;
    SpinGuard guard{bucket.lock};
    for (Sleeper& sleeper : bucket.sleepers) {
        if (woken == most) break;
        if (sleeper.space != &space || sleeper.word != word || (sleeper.bits & bits) == 0) continue;
        bucket.sleepers.remove(sleeper);
        sleeper.woken = true;
        sleeper.queue.wake_all();
        woken++;
    }
    return woken;
}

}  // namespace faultline
