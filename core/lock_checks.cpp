// Debug builds: the order of locks, their owners, and that nobody sleeps with a spin lock. Spin locks belong to a CPU
// (interrupts are off), sleep locks to a thread.

#include "core/assert.h"
#include "core/panic.h"
#include "core/sleep_lock.h"
#include "core/spinlock.h"
#include "core/thread.h"

#ifdef FAULTLINE_DEBUG

namespace faultline {

namespace {

struct HeldRanks {
    static constexpr u32 kMax = 8;
    u32 count = 0;
    LockRank ranks[kMax] = {};
};
PER_CPU PerCpu<HeldRanks> held_spin_locks;

void check_order(const LockRank* held, u32 count, LockRank wanted, const char* kind)
{
    for (u32 i = 0; i < count; i++) {
        const bool wrong = held[i] > wanted || (held[i] == wanted && !may_nest_with_itself(wanted));
        if (wrong)
            panic("%s lock of rank %u wanted while one of rank %u is held (core/lock_rank.h)", kind,
                  static_cast<u32>(wanted), static_cast<u32>(held[i]));
    }
}

void push(LockRank* held, u32& count, u32 max, LockRank rank)
{
    if (count == max) panic("too many locks held at once");
    held[count++] = rank;
}

void remove(LockRank* held, u32& count, LockRank rank)
{
    for (u32 i = count; i-- > 0;) {
        if (held[i] != rank) continue;
        for (; i + 1 < count; i++)
            held[i] = held[i + 1];
        count--;
        return;
    }
    panic("a lock of rank %u is released that is not held", static_cast<u32>(rank));
}

}  // namespace

void SpinLock::check_before_lock()
{
    if (panicking()) return;
    if (holder_ == cpu_index() + 1) panic("spin lock of rank %u taken twice", static_cast<u32>(rank_));
    const HeldRanks& held = held_spin_locks.here();
    check_order(held.ranks, held.count, rank_, "spin");
}

void SpinLock::note_locked()
{
    holder_ = cpu_index() + 1;
    HeldRanks& held = held_spin_locks.here();
    push(held.ranks, held.count, HeldRanks::kMax, rank_);
}

void SpinLock::note_unlocked()
{
    assert(holder_ == cpu_index() + 1 || panicking());
    holder_ = 0;
    HeldRanks& held = held_spin_locks.here();
    remove(held.ranks, held.count, rank_);
}

void SleepLock::check_before_lock()
{
    if (panicking()) return;
    assert_may_sleep();
    Thread& self = current_thread();
    if (holder_ == &self) panic("sleep lock of rank %u taken twice", static_cast<u32>(rank_));
    check_order(self.held_sleep_locks, self.held_sleep_lock_count, rank_, "sleep");
}

void SleepLock::note_locked()
{
    Thread& self = current_thread();
    holder_ = &self;
    push(self.held_sleep_locks, self.held_sleep_lock_count, sizeof(self.held_sleep_locks), rank_);
}

void SleepLock::note_unlocked()
{
    Thread& self = current_thread();
    assert(holder_ == &self || panicking());
    holder_ = nullptr;
    remove(self.held_sleep_locks, self.held_sleep_lock_count, rank_);
}

void assert_may_sleep()
{
    if (held_spin_locks.here().count != 0 && !panicking())
        panic("a thread may sleep here, but holds a spin lock of rank %u",
              static_cast<u32>(held_spin_locks.here().ranks[0]));
}

}  // namespace faultline

#endif
