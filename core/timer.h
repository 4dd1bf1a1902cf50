// Timers: a function to be called at a moment of now_ns(), on the CPU that started it, with interrupts off.
//
// Each CPU has its heap and programs its local APIC for the earliest entry only: no periodic tick. The function may
// take spin locks, wake threads and start timers, its own too; it may not sleep.
#pragma once

#include "core/timer_heap.h"
#include "lib/atomic.h"
#include "lib/result.h"
#include "lib/types.h"

namespace faultline {

// A timer that starts itself again from its function does so no sooner than this from now: one that were always due would
// keep its CPU in the interrupt for ever.
constexpr u64 kShortestRepeatNs = 100'000;

// Cancel a timer before it goes away (no destructor does: timers stand in per-CPU data, too).
class Timer : private TimerNode {
public:
    using Function = void (*)(Timer&, void* context);

    constexpr Timer() = default;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void start(u64 deadline_ns, Function function, void* context);  // moves a timer that was started before
    // After it the function is not running and will not run. True: it had not run. The caller must not hold a lock that
    // the function takes (but the function itself may cancel its own timer).
    bool cancel();
    bool is_pending() const { return in_heap(); }
    u64 deadline() const { return deadline_ns(); }

private:
    friend class TimerQueue;
    Function function_ = nullptr;
    void* context_ = nullptr;
    Atomic<u32> home_;  // CPU + 1 whose heap it is in, or was last; 0: never started
};

// In a timer's function: whether its interrupt came while a program ran, not the kernel.
bool timer_interrupted_user();

void timers_init();  // boot CPU: the handler; after apic_init()

// May sleep. Errno::Intr where it is interruptible and a signal is pending.
enum class Wait : u8;
Result<void> sleep_until_ns(u64 deadline_ns, Wait kind);

}  // namespace faultline
