// Timers of timer_create: each belongs to a process and sends it, or one of its tasks, a signal.
//
// A timer's place in the queue of pending signals is a part of it, so that ringing needs no memory. While its signal
// waits it does not run: when the signal is taken it counts the intervals that passed (overruns) and starts again.
// Lock: process_lock; Process::timers_lock is taken before by who sets or deletes one.
#pragma once

#include "core/timer.h"
#include "kernel/clocks.h"
#include "kernel/pending_signals.h"
#include "lib/intrusive_list.h"

namespace faultline {

class Process;
class Task;

struct TimerState {
    u64 left_ns = 0, interval_ns = 0;  // 0: not running; once
};

struct TimerNotice {
    u32 signal = 0;  // 0: none, it is only looked at
    u32 value = 0;
    u32 tid = 0;  // 0: to the process
    bool value_is_id = false;
};

enum class TimerStart : u8 { After, At };

class PosixTimer final : public ListNode<>, private QueuedSignal {
private:
    friend class PosixTimerSet;
    template <class T, class... A> friend Result<T*> make(A&&...);
    template <class T> friend void destroy(T*);
    PosixTimer(Process& process, const Clock& clock, TimerNotice notice);

    u64 now_locked() const REQUIRES(process_lock);  // of its clock; wall time counts from boot
    u32 signal() const { return notice_.signal; }
    TimerState state_locked() const REQUIRES(process_lock);
    void run_locked() REQUIRES(process_lock);
    void ring_locked() REQUIRES(process_lock);
    void pass_until_locked(u64 moment) REQUIRES(process_lock);
    static void rang(Timer& timer, void* context);
    static void left_queue(QueuedSignal& queued, SignalInfo* taken);

    Process& process_;
    const Clock clock_;
    const TimerNotice notice_;
    i32 id_ = 0;
    PendingSignals* queue_ = nullptr;  // where its signal waits
    Timer timer_;                      // but for CPU clocks
    u64 deadline_ns_ = 0, interval_ns_ = 0;
    bool runs_ = false;             // to ring at the deadline
    bool waits_for_take_ = false;   // to run again when its signal is taken
    u32 passed_ = 0, overrun_ = 0;  // intervals, since it rang; and when its signal was taken last
};

// A process's timers.
class PosixTimerSet {
public:
    Result<i32> create(Process& process, const Clock& clock, TimerNotice notice) EXCLUDES(process_lock);
    Result<TimerState> set(Process& process, i32 id, TimerStart start, TimerState wanted)
        EXCLUDES(process_lock);
    Result<TimerState> state(i32 id) EXCLUDES(process_lock);
    Result<u32> overrun(i32 id) EXCLUDES(process_lock);
    Result<void> remove(Process& process, i32 id) EXCLUDES(process_lock);
    void remove_all(Process& process) EXCLUDES(process_lock);  // exec, exit

    bool watches_cpu() const { return cpu_timers_ != 0; }
    void tick_locked() REQUIRES(process_lock);  // of CPU time

private:
    Result<PosixTimer*> find_locked(i32 id) REQUIRES(process_lock);
    void forget(PosixTimer& timer) EXCLUDES(process_lock);

    IntrusiveList<PosixTimer> timers_ GUARDED_BY(process_lock);
    i32 next_id_ = 0;
    u32 cpu_timers_ = 0;
};

}  // namespace faultline
