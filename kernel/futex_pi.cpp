// Locks whose owner the kernel knows (FUTEX_LOCK_PI): the word holds the owner's tid, and a bit that says somebody sleeps
// for it. Unlocking hands the lock to who came first. Nobody inherits a priority, as there is one for all.
//
// A lock whose owner ended goes to the next with the bit that says so; who asks for it later hears NoProcess.
#include "kernel/futex_robust.h"
#include "kernel/futex_table.h"
#include "kernel/task.h"

namespace faultline {

namespace {

enum class After : u8 { Owned, Sleep, LookAgain, MakePresent };

Task* find_task_locked(u32 tid) REQUIRES(process_lock)
{
    return static_cast<Task*>(pids.find(tid, PidKind::Task));
}

// Is the owner, or whom it waits for, and so on, waiting for us?
bool would_deadlock_locked(const Task& self, const Task* owner) REQUIRES(process_lock)
{
    constexpr u32 kLongestChain = 1024;  // as in Linux
    for (u32 i = 0; owner && i < kLongestChain; i++) {
        if (owner == &self) return true;
        owner = owner->waits_for_owner != 0 ? find_task_locked(owner->waits_for_owner) : nullptr;
    }
    return false;
}

// We shall sleep until `owner` lets go. NoProcess: it will not any more.
Result<void> await_owner(Task& self, u32 owner)
{
    SpinGuard guard{process_lock};
    Task* task = find_task_locked(owner);
    if (!task || task->futexes_released) return Errno::NoProcess;
    if (would_deadlock_locked(self, task)) return Errno::Deadlock;
    task->owner_of_waiters = true;
    self.waits_for_owner = owner;
    return {};
}

// One attempt to get a lock.
class Locking {
public:
    Locking(FutexWord word, const FutexPlace& place)
        : word_{word}, place_{place}, bucket_{futex_bucket(place.key())},
          sleeper_{place, FutexSleeper::Kind::Lock, kFutexAllBits}, self_{current_task()}
    {
    }
    Result<void> lock(u64 deadline_ns);
    Result<void> try_lock();

private:
    Result<After> look(bool may_sleep);
    Result<After> look_locked(u32 value, bool may_sleep) REQUIRES(bucket_.lock);
    Result<After> take_locked(u32 value) REQUIRES(bucket_.lock);
    Result<After> queue_locked(u32 value) REQUIRES(bucket_.lock);
    Result<bool> others_locked() REQUIRES(bucket_.lock);

    const FutexWord word_;
    const FutexPlace& place_;
    FutexBucket& bucket_;
    FutexSleeper sleeper_;
    Task& self_;
    u32 died_ = 0;  // the owner that we waited for, and that ended
};

After after_exchange(const Result<u32>& found, u32 expected, After success)
{
    if (!found.ok()) return After::MakePresent;
    return found.value() == expected ? success : After::LookAgain;
}

// Does anybody else sleep for the lock? Invalid: some sleep there for something else.
Result<bool> Locking::others_locked()
{
    for (const FutexSleeper& sleeper : bucket_.sleepers) {
        if (!(sleeper.key == place_.key())) continue;
        return sleeper.kind == FutexSleeper::Kind::Lock ? Result<bool>{true} : Errno::Invalid;
    }
    return false;
}

Result<After> Locking::take_locked(u32 value)
{
    const u32 waiting = TRY(others_locked()) ? kFutexWaiters : 0;
    const bool died = died_ != 0 && (value & kFutexOwner) == died_;
    const u32 mine = self_.tid() | waiting | (value & kFutexOwnerDied) | (died ? kFutexOwnerDied : 0);
    return after_exchange(compare_exchange_user_word_now(word_.address, value, mine), value, After::Owned);
}

Result<After> Locking::queue_locked(u32 value)
{
    const u32 owner = value & kFutexOwner;
    TRY(others_locked());
    const auto found = compare_exchange_user_word_now(word_.address, value, value | kFutexWaiters);
    const After next = after_exchange(found, value, After::Sleep);
    if (next != After::Sleep) return next;
    TRY(await_owner(self_, owner));
    sleeper_.owner = owner;
    sleeper_.enter_locked(bucket_);
    return After::Sleep;
}

Result<After> Locking::look_locked(u32 value, bool may_sleep)
{
    const u32 owner = value & kFutexOwner;
    if (owner == self_.tid()) return Errno::Deadlock;
    if (owner == 0 || owner == died_) return take_locked(value);
    if (!may_sleep) return Errno::Again;
    return queue_locked(value);
}

Result<After> Locking::look(bool may_sleep)
{
    SpinGuard guard{bucket_.lock};
    const auto value = load_user_word_now(word_.address);
    return value.ok() ? look_locked(value.value(), may_sleep) : After::MakePresent;
}

Result<void> Locking::try_lock()
{
    for (;;) {
        const After next = TRY(look(false));
        if (next == After::Owned) return {};
        if (next == After::MakePresent) TRY(make_word_present(word_.address, WordUse::Store));
    }
}

Result<void> Locking::lock(u64 deadline_ns)
{
    for (;;) {
        const After next = TRY(look(true));
        if (next == After::Owned) return {};
        if (next == After::MakePresent) TRY(make_word_present(word_.address, WordUse::Store));
        if (next != After::Sleep) continue;
        const auto slept = sleeper_.sleep(deadline_ns);
        if (!slept.ok()) return slept.error();
        if (slept.value() == FutexSleeper::Woken::Yes) return {};  // it was handed to us
        died_ = sleeper_.owner;
    }
}

}  // namespace

Result<void> futex_lock(FutexWord word, u64 deadline_ns)
{
    const FutexPlace place = TRY(FutexPlace::of(word));
    return Locking{word, place}.lock(deadline_ns);
}

Result<void> futex_try_lock(FutexWord word)
{
    const FutexPlace place = TRY(FutexPlace::of(word));
    return Locking{word, place}.try_lock();
}

// ---- Letting go ----

namespace {

FutexSleeper* first_for_lock_locked(FutexBucket& bucket, const FutexKey& key) REQUIRES(bucket.lock)
{
    for (FutexSleeper& sleeper : bucket.sleepers)
        if (sleeper.key == key && sleeper.kind == FutexSleeper::Kind::Lock) return &sleeper;
    return nullptr;
}

// The others wait for the new owner now, and that for nobody: else it would seem to wait for us if we asked again.
void tell_of_new_owner_locked(FutexBucket& bucket, const FutexKey& key, Task& owner) REQUIRES(bucket.lock)
{
    SpinGuard guard{process_lock};
    owner.waits_for_owner = 0;
    for (FutexSleeper& sleeper : bucket.sleepers) {
        if (!(sleeper.key == key)) continue;
        sleeper.owner = owner.tid();
        sleeper.task.waits_for_owner = owner.tid();
        owner.owner_of_waiters = true;
    }
}

Result<After> let_go_locked(FutexBucket& bucket, const FutexKey& key, UserAddr word, u32 value)
    REQUIRES(bucket.lock)
{
    FutexSleeper* next = first_for_lock_locked(bucket, key);
    const u32 wanted = next ? next->task.tid() | kFutexWaiters : 0;
    const After done =
        after_exchange(compare_exchange_user_word_now(word, value, wanted), value, After::Owned);
    if (done != After::Owned || !next) return done;
    next->unlink();
    tell_of_new_owner_locked(bucket, key, next->task);
    bucket.sleepers.push_front(*next);
    next->wake_locked(FutexSleeper::Woken::Yes);
    return done;
}

Result<After> try_to_let_go(FutexBucket& bucket, const FutexKey& key, UserAddr word)
{
    SpinGuard guard{bucket.lock};
    const auto value = load_user_word_now(word);
    if (!value.ok()) return After::MakePresent;
    if ((value.value() & kFutexOwner) != current_task().tid()) return Errno::Perm;
    return let_go_locked(bucket, key, word, value.value());
}

}  // namespace

Result<void> futex_unlock(FutexWord word)
{
    const FutexPlace place = TRY(FutexPlace::of(word));
    for (;;) {
        const After next = TRY(try_to_let_go(futex_bucket(place.key()), place.key(), word.address));
        if (next == After::Owned) return {};
        if (next == After::MakePresent) TRY(make_word_present(word.address, WordUse::Store));
    }
}

// Nobody comes to wait for `self` after the first part. A walk of all buckets, only where somebody ever waited.
void abandon_locks(Task& self)
{
    {
        SpinGuard guard{process_lock};
        self.futexes_released = true;
        if (!self.owner_of_waiters) return;
    }
    for (FutexBucket& bucket : futex_buckets) {
        SpinGuard guard{bucket.lock};
        for (FutexSleeper& sleeper : bucket.sleepers)
            if (sleeper.kind == FutexSleeper::Kind::Lock && sleeper.owner == self.tid())
                sleeper.wake_locked(FutexSleeper::Woken::LookAgain);
    }
}

}  // namespace faultline
