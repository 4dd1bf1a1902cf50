// Thread: a stack, registers, and the address space they run in. It knows no process: `owner` is kernel/'s.
//
// state_ goes Running -> Sleeping (by itself) -> Ready (whoever wins the exchange in wake()) -> Running (the scheduler).
// A thread is on a run queue when Ready (Moving: about to be put on another CPU's). on_cpu_ stays set until the switch
// away from its stack is complete.
#pragma once

#include "arch/debug_registers.h"
#include "arch/fpu.h"
#include "arch/percpu.h"
#include "arch/segments.h"
#include "arch/thread_switch.h"
#include "core/loaded_space.h"
#include "core/lock_rank.h"
#include "lib/atomic.h"
#include "lib/intrusive_list.h"
#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

enum class ThreadState : u32 {
    Running,
    Ready,
    Sleeping,
    SleepingInterruptible,
    SleepingKillable,
    New,
    Dead,
    Moving
};

// Bits of return_work: what a thread has to do before it goes back to user mode.
constexpr u32 kReturnReschedule = 1;
constexpr u32 kReturnSignal = 2;
constexpr u32 kReturnFirstFree = 4;  // bits from here on are kernel/'s

class Thread : public ThreadContext, public ListNode<> {
public:
    constexpr Thread() = default;
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;

    void set_name(StringView name);
    ThreadState state() const { return static_cast<ThreadState>(state_.load()); }
    u64 cpu_ticks() const;  // time on a CPU in rdtsc ticks, up to now

    // Set before start() or by the thread itself (space: by switch_space only, once it runs).
    LoadedSpace* space = nullptr;    // null: a kernel thread; it borrows what is loaded
    FpuState* fpu = nullptr;         // null: a kernel thread
    DebugRegisters debug;            // its tracer's; after a change the thread calls load_debug_registers
    TlsDescriptor tls[kTlsEntries];  // after a change of its own the thread calls load_tls
    CpuMask affinity = ~0u;          // later: set_affinity
    u32 slice_ns = 10'000'000;       // its turn, where others wait; at most 100 ms
    void* owner = nullptr;           // kernel/'s Task
    void (*gone)(Thread&) =
        nullptr;  // after the last switch away from its stack; on another stack, interrupts off, may not sleep
    char name[16] = {};
    u32 id = 0;  // kernel/'s number for it (tid); 0: a kernel thread

    Atomic<bool> signal_pending;     // ends interruptible sleep; set by interrupt_thread()
    Atomic<bool> must_end;           // ends killable sleep, too; set by end_thread(), for good
    bool may_use_reserve = false;    // mm: the frames kept for writers
    u32 reclaim_depth = 0;           // mm: in reclaim already
    u32 fail_nth = 0;                // mm: the nth allocation from now fails; 0: none
    bool failed_on_purpose = false;  // mm: the last one was failed so

    u32 last_cpu() const { return cpu_; }
    u32 switches_voluntary = 0, switches_forced = 0;
    u32 user_ticks = 0, system_ticks = 0;  // of kTickNs, by where each found it

private:
    friend class Scheduler;

    Atomic<u32> state_{static_cast<u32>(ThreadState::New)};
    Atomic<bool> on_cpu_;
    u32 cpu_ = 0;         // runs there, or ran there last
    u64 ticks_used_ = 0;  // up to the last switch
    u32 fpu_cpu_ = ~0u;   // whose registers may still hold its state
#ifdef FAULTLINE_DEBUG
public:
    LockRank held_sleep_locks[8] = {};
    u32 held_sleep_lock_count = 0;
#endif
};

inline Thread& current_thread()
{
    return *static_cast<Thread*>(current_context.load());
}

// Prepares a thread that runs entry(argument) in the kernel, on the stack [low, high).
void thread_init(Thread& thread, KernelAddr stack_low, KernelAddr stack_high, void (*entry)(void*),
                 void* argument);
// Prepares a thread that begins in user mode with these registers (fork, clone).
void thread_init_user(Thread& thread, KernelAddr stack_low, KernelAddr stack_high, const TrapFrame& frame);

}  // namespace faultline
