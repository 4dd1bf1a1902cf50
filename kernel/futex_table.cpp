#include "kernel/futex_table.h"

#include "arch/clock.h"
#include "arch/x86.h"
#include "core/scheduler.h"
#include "kernel/task.h"

namespace faultline {

FutexBucket futex_buckets[kFutexBuckets];

FutexBucket& futex_bucket(const FutexKey& key)
{
    const u32 home = static_cast<u32>(reinterpret_cast<usize>(key.home)) / 32;
    const u32 mixed = (home ^ (key.page << 10 | key.offset >> 2)) * 0x9e3779b1;
    return futex_buckets[mixed >> 24];
}

Result<FutexPlace> FutexPlace::of(FutexWord word)
{
    const u32 address = word.address.value();
    if (address % sizeof(u32) != 0) return Errno::Invalid;
    if (address >= kUserEnd) return Errno::Fault;
    AddressSpace& space = current_task().process().space();
    const u32 offset = address % kPageSize;
    if (word.scope == FutexScope::Shared) {
        const UserPage page = UserPage::containing(word.address);
        auto region = space.region_at_or_after(page);
        if (!region || page < region->first) return Errno::Fault;
        if (region->sharing == Sharing::Shared && region->object) {
            const PageIndex index = region->object_start + (page - region->first);
            const FutexKey key{region->object.get(), index.number(), offset};
            return FutexPlace{key, move(region->object)};
        }
    }
    return FutexPlace{{&space, address / kPageSize, offset}, Ref<MemoryObject>{}};
}

FutexSleeper::FutexSleeper(const FutexPlace& place, Kind sleeper_kind, u32 sleeper_bits)
    : key{place.key()}, kind{sleeper_kind}, bits{sleeper_bits}, task{current_task()}, object_{place.object()}
{
}

void FutexSleeper::enter_locked(FutexBucket& bucket) NO_THREAD_SAFETY_ANALYSIS
{
    woken_.store(static_cast<u32>(Woken::No));
    bucket_.store(&bucket);
    bucket.sleepers.push_back(*this);
}

void FutexSleeper::wake_locked(Woken how)
{
    unlink();
    woken_.store(static_cast<u32>(how));
    wake_from_queue(task);
}

// The old home may not be let go of under a spin lock, so there is room for two.
bool FutexSleeper::may_move_locked(const FutexPlace& to) const
{
    return !moved_to_ || moved_to_ == to.object() || object_ == to.object();
}

void FutexSleeper::move_locked(FutexBucket& from, FutexBucket& to,
                               const FutexPlace& place) NO_THREAD_SAFETY_ANALYSIS
{
    if (!moved_to_ && object_ != place.object()) moved_to_ = place.object();
    key = place.key();
    if (&from == &to) return;
    unlink();
    to.sleepers.push_back(*this);
    bucket_.store(&to);
}

namespace {

void wake_by_timer(Timer&, void* thread)
{
    wake_thread(*static_cast<Thread*>(thread));
}

}  // namespace

Result<void> FutexSleeper::doze(u64 deadline_ns)
{
    const auto is_woken = [this] { return woken_.load() != static_cast<u32>(Woken::No); };
    InterruptsOff off;
    while (!is_woken()) {
        if (task.signal_pending.load()) return Errno::Intr;
        if (deadline_ns != kForever && deadline_ns <= now_ns()) return Errno::TimedOut;
        if (!begin_sleep(task, Wait::Interruptible)) continue;
        if (is_woken() && cancel_sleep(task)) break;
        if (deadline_ns == kForever) {
            finish_sleep();
            continue;
        }
        Timer timer;
        timer.start(deadline_ns, wake_by_timer, static_cast<Thread*>(&task));
        finish_sleep();
        timer.cancel();
    }
    return {};
}

void FutexSleeper::forget_owner()
{
    SpinGuard guard{process_lock};
    task.waits_for_owner = 0;
}

// Where we are may change until the lock is taken.
Result<FutexSleeper::Woken> FutexSleeper::sleep(u64 deadline_ns) NO_THREAD_SAFETY_ANALYSIS
{
    const Result<void> slept = doze(deadline_ns);
    for (;;) {
        FutexBucket& bucket = *bucket_.load();
        SpinGuard guard{bucket.lock};
        if (bucket_.load() != &bucket) continue;
        const auto how = static_cast<Woken>(woken_.load());
        if (how == Woken::No) unlink();
        if (kind == Kind::Lock) forget_owner();
        if (how != Woken::No) return how;
        return slept.error();
    }
}

}  // namespace faultline
