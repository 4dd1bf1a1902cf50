// The timers of each CPU, and the interrupt that runs those that are due.

#include "core/timer.h"

#include "arch/apic.h"
#include "arch/clock.h"
#include "arch/interrupts.h"
#include "core/spinlock.h"
#include "core/wait_queue.h"

namespace faultline {

// Lock: lock_. `firing_` is the timer whose function this CPU is in; a canceller on another CPU waits for it to change.
class TimerQueue {
public:
    constexpr TimerQueue() = default;

    void add(Timer& timer, u64 deadline_ns);
    bool remove(Timer& timer, bool& is_firing);
    void run_due(bool from_user);
    bool interrupted_user() const { return interrupted_user_; }

private:
    void program_locked(u64 now) REQUIRES(lock_);

    SpinLock lock_{LockRank::Timer};
    TimerHeap heap_ GUARDED_BY(lock_);
    Timer* firing_ GUARDED_BY(lock_) = nullptr;
    bool interrupted_user_ = false;                   // this CPU only, interrupts off
    u64 programmed_ns_ GUARDED_BY(lock_) = kForever;  // when the interrupt will come
};

namespace {

PER_CPU PerCpu<TimerQueue> queues;

void timer_interrupt(TrapFrame& frame, void*)
{
    end_of_interrupt();
    queues.here().run_due(frame.from_user());
}

}  // namespace

void TimerQueue::program_locked(u64 now)
{
    const TimerNode* first = heap_.first();
    if (!first || first->deadline_ns() >= programmed_ns_) return;
    programmed_ns_ = first->deadline_ns();
    set_timer(programmed_ns_ > now ? programmed_ns_ - now : 0);
}

void TimerQueue::add(Timer& timer, u64 deadline_ns)
{
    SpinGuard guard{lock_};
    heap_.add(timer, deadline_ns);
    program_locked(now_ns());
}

bool TimerQueue::remove(Timer& timer, bool& is_firing)
{
    SpinGuard guard{lock_};
    is_firing = firing_ == &timer;
    if (!timer.in_heap()) return false;
    heap_.remove(timer);
    return true;  // an interrupt that is programmed for it finds nothing due
}

void TimerQueue::run_due(bool from_user)
{
    interrupted_user_ = from_user;
    lock_.lock();
    programmed_ns_ = kForever;
    for (;;) {
        const u64 now = now_ns();
        TimerNode* first = heap_.first();
        if (!first || first->deadline_ns() > now) {
            program_locked(now);
            break;
        }
        Timer& timer = *static_cast<Timer*>(first);
        heap_.remove(timer);
        firing_ = &timer;
        const Timer::Function function = timer.function_;
        void* const context = timer.context_;
        lock_.unlock();
        function(timer, context);  // the timer may be gone when it returns
        lock_.lock();
        firing_ = nullptr;
    }
    lock_.unlock();
}

void Timer::start(u64 deadline_ns, Function function, void* context)
{
    cancel();
    InterruptsOff off;  // stay on this CPU
    function_ = function;
    context_ = context;
    home_.store(cpu_index() + 1);
    queues.here().add(*this, deadline_ns);
}

bool Timer::cancel()
{
    const u32 home = home_.load();
    if (home == 0) return false;
    for (;;) {
        bool is_firing;
        if (queues.on(home - 1).remove(*this, is_firing)) return true;
        if (!is_firing || home - 1 == cpu_index()) return false;
        pause();
    }
}

bool timer_interrupted_user()
{
    return queues.here().interrupted_user();
}

void timers_init()
{
    set_handler(kTimerVector, timer_interrupt, nullptr);
}

Result<void> sleep_until_ns(u64 deadline_ns, Wait kind)
{
    SpinLock lock{LockRank::WaitQueue};
    WaitQueue queue;
    SpinGuard guard{lock};
    for (;;) {
        const Result<void> slept = queue.sleep_until(lock, deadline_ns, kind);
        if (slept.ok()) continue;
        if (slept.error() == Errno::TimedOut) return {};
        return slept.error();
    }
}

}  // namespace faultline
