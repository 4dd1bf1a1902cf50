// WaitQueue: threads that sleep until something guarded by a spin lock changes.
//
// The queue belongs to that lock: sleep*, wake_* and attach are called with it held (always the same one), and sleep
// gives it back meanwhile, so no wake-up between looking and sleeping is lost. The woken look again.
#pragma once

#include "core/spinlock.h"
#include "core/timer.h"
#include "lib/intrusive_list.h"
#include "lib/result.h"

namespace faultline {

class Thread;
class ObserverGroup;

enum class Wait : u8 {
    Uninterruptible,
    Interruptible,  // a pending signal ends it with Errno::Intr
    Killable,       // only one that ends the thread does
};

constexpr u64 kForever = ~u64{0};  // as a deadline

// One place in one queue. Made by WaitQueue::sleep on the sleeper's stack, or as Observer.
class Waiter : public ListNode<> {
protected:
    friend class WaitQueue;
    Thread* thread_ = nullptr;
    ObserverGroup* group_ = nullptr;  // set: an observer
    // Set: nobody sleeps here; it is called instead, with the queue's lock held, and must not sleep.
    void (*called_)(Waiter& self) = nullptr;
};

class WaitQueue {
public:
    constexpr WaitQueue() = default;

    // May sleep. Errno::Intr: a signal is pending; Errno::TimedOut: the deadline (now_ns) passed, and nobody woke us.
    Result<void> sleep(SpinLock& held, Wait kind = Wait::Uninterruptible) REQUIRES(held);
    Result<void> sleep_until(SpinLock& held, u64 deadline_ns, Wait kind) REQUIRES(held)
    {
        return deadline_ns == kForever ? sleep(held, kind) : sleep_with_deadline(held, deadline_ns, kind);
    }

    void wake_one();  // and the observers that stand before it
    void wake_all();
    bool empty() const { return waiters_.empty(); }

private:
    friend class Observer;
    friend class WakeCall;
    Result<void> sleep_with_deadline(SpinLock& held, u64 deadline_ns, Wait kind) REQUIRES(held);
    void wake(Waiter& waiter);

    IntrusiveList<Waiter> waiters_;
};

// Sleeps until condition() holds, looking at it with `held` locked.
template <class Condition>
Result<void> wait_until(WaitQueue& queue, SpinLock& held, Condition condition,
                        Wait kind = Wait::Uninterruptible, u64 deadline_ns = kForever) REQUIRES(held)
{
    while (!condition()) {
        auto slept = queue.sleep_until(held, deadline_ns, kind);
        if (!slept.ok()) {
            if (condition()) break;
            return slept.error();
        }
    }
    return {};
}

// For poll(2): one thread watches several queues. Make a group, attach an Observer to each queue while holding that
// queue's lock (and look at the state then), wait, detach all. A wake-up between attach and wait is not lost.
class ObserverGroup {
public:
    ObserverGroup();
    // May sleep. Ok: something was woken since the group was made or re-armed.
    Result<void> wait_until(u64 deadline_ns, Wait kind);
    void rearm() { fired_.store(0); }

private:
    friend class WaitQueue;
    Thread& thread_;
    Atomic<u32> fired_;
};

// Calls a function when the queue is woken, once: then it is off the queue, and may be attached again later.
class WakeCall : public Waiter {
public:
    explicit WakeCall(void (*called)(Waiter& self)) { called_ = called; }
    ~WakeCall() { detach(); }
    void attach(WaitQueue& queue, SpinLock& held) REQUIRES(held);
    void detach();  // as Observer's

private:
    SpinLock* lock_ = nullptr;
};

class Observer : public Waiter {
public:
    Observer() = default;
    ~Observer() { detach(); }
    void attach(ObserverGroup& group, WaitQueue& queue, SpinLock& held) REQUIRES(held);
    void detach();  // takes the queue's lock; harmless if not attached

private:
    SpinLock* lock_ = nullptr;
};

}  // namespace faultline
