// Sleeping and waking. A sleeper is linked and marked asleep under the queue's lock, so a waker sees both or neither.

#include "core/wait_queue.h"

#include "arch/clock.h"
#include "core/assert.h"
#include "core/scheduler.h"
#include "core/thread.h"

namespace faultline {

namespace {

void wake_by_timer(Timer&, void* thread)
{
    wake_thread(*static_cast<Thread*>(thread));
}

bool interrupted(const Thread& self, Wait kind)
{
    if (kind == Wait::Interruptible) return self.signal_pending.load();
    return kind == Wait::Killable && self.must_end.load();
}

}  // namespace

Result<void> WaitQueue::sleep(SpinLock& held, Wait kind)
{
    Thread& self = current_thread();
    Waiter waiter;
    waiter.thread_ = &self;
    waiters_.push_back(waiter);
    const u32 flags = held.flags_;
    if (begin_sleep(self, kind)) {
        held.unlock_without_flags();
        finish_sleep();
        held.lock_without_flags();
        held.flags_ = flags;
    }
    if (!waiter.on_list()) return {};
    waiter.unlink();
    if (interrupted(self, kind)) return Errno::Intr;
    return {};
}

Result<void> WaitQueue::sleep_with_deadline(SpinLock& held, u64 deadline_ns, Wait kind)
{
    if (deadline_ns <= now_ns()) return Errno::TimedOut;
    Thread& self = current_thread();
    Waiter waiter;
    waiter.thread_ = &self;
    waiters_.push_back(waiter);
    const u32 flags = held.flags_;
    if (begin_sleep(self, kind)) {
        Timer timer;
        timer.start(deadline_ns, wake_by_timer, &self);
        held.unlock_without_flags();
        finish_sleep();
        timer.cancel();
        held.lock_without_flags();
        held.flags_ = flags;
    }
    if (!waiter.on_list()) return {};
    waiter.unlink();
    if (interrupted(self, kind)) return Errno::Intr;
    if (deadline_ns <= now_ns()) return Errno::TimedOut;
    return {};
}

// Unlinks before it wakes: the waiter is on the sleeper's stack.
inline void WaitQueue::wake(Waiter& waiter)
{
    Thread& thread = *waiter.thread_;
    waiter.unlink();
    if (__builtin_expect(waiter.called_ != nullptr, 0)) return waiter.called_(waiter);
    if (waiter.group_) waiter.group_->fired_.store(1);
    wake_from_queue(thread);
}

void WaitQueue::wake_one()
{
    while (Waiter* waiter = waiters_.first()) {
        const bool observer = waiter->group_ != nullptr || waiter->called_ != nullptr;
        wake(*waiter);
        if (!observer) return;
    }
}

void WaitQueue::wake_all()
{
    while (Waiter* waiter = waiters_.first())
        wake(*waiter);
}

ObserverGroup::ObserverGroup() : thread_{current_thread()} {}

Result<void> ObserverGroup::wait_until(u64 deadline_ns, Wait kind)
{
    assert_may_sleep();
    InterruptsOff off;
    for (;;) {
        if (fired_.load()) return {};
        if (interrupted(thread_, kind)) return Errno::Intr;
        if (deadline_ns != kForever && deadline_ns <= now_ns()) return Errno::TimedOut;
        if (!begin_sleep(thread_, kind)) continue;
        if (fired_.load() && cancel_sleep(thread_)) return {};
        Timer timer;
        if (deadline_ns != kForever) timer.start(deadline_ns, wake_by_timer, &thread_);
        finish_sleep();
        timer.cancel();
    }
}

void WakeCall::attach(WaitQueue& queue, SpinLock& held)
{
    debug_assert(!lock_);
    lock_ = &held;
    queue.waiters_.push_back(*this);
}

void WakeCall::detach()
{
    if (!lock_) return;
    SpinGuard guard{*lock_};
    if (on_list()) unlink();
    lock_ = nullptr;
}

void Observer::attach(ObserverGroup& group, WaitQueue& queue, SpinLock& held)
{
    debug_assert(!lock_);
    lock_ = &held;
    group_ = &group;
    thread_ = &current_thread();
    queue.waiters_.push_back(*this);
}

void Observer::detach()
{
    if (!lock_) return;
    SpinGuard guard{*lock_};
    if (on_list()) unlink();
    lock_ = nullptr;
}

}  // namespace faultline
