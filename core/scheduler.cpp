// Run queues, the switch, idle CPUs. core/thread.h tells the life of a thread.
//
// A woken thread goes to the queue of the CPU that wakes it: the waker often sleeps soon, and then nobody had to be
// interrupted. If it is still waiting kSpreadNs later, an idle CPU is called to take it. The waker first waits until the
// thread's switch away is complete (on_cpu_ clear). So a thread on a queue that is still on a CPU is one that yields
// right there: other CPUs leave it alone. Two queues are never locked at once.

#include "core/scheduler.h"

#include "arch/apic.h"
#include "arch/clock.h"
#include "arch/interrupts.h"
#include "arch/x86.h"
#include "core/assert.h"
#include "core/cpu_call.h"
#include "core/spinlock.h"
#include "core/timer.h"
#include "core/trace.h"
#include "core/wait_queue.h"
#include "lib/bits.h"

namespace faultline {

extern "C" char boot_stack_low[], boot_stack_high[];  // boot/entry.S

namespace {

struct RunQueue {
    SpinLock lock{LockRank::Scheduler};
    IntrusiveList<Thread> ready GUARDED_BY(lock);
    Atomic<u32> length;  // of `ready`; read without the lock as a hint
    Thread* idle = nullptr;
    bool slice_armed = false;  // this CPU only, interrupts off
    Timer slice_timer;
    bool spread_armed = false;  // this CPU only, interrupts off
    Timer spread_timer;
    bool tick_armed = false;  // this CPU only, interrupts off
    Timer tick_timer;
    u32 user_ticks = 0, system_ticks = 0;
    u64 ticks_at_switch = 0;  // rdtsc of the last one
    u64 online_since_ns = 0;
    u32 switches = 0;
};

constexpr u64 kSpreadNs = 100'000;

PER_CPU PerCpu<RunQueue> queues;
PER_CPU PerCpu<Thread*> fpu_owner;  // whose state the FPU registers held last

Thread idle_threads[kMaxCpus];
Atomic<CpuMask> idle_cpus;  // asleep in run_idle, or about to look once more
void (*tick_hook)(Thread& thread);
constexpr u64 kEarlyNs = 100'000;  // a timer that comes a little early still ends a turn

constexpr u32 number(ThreadState state)
{
    return static_cast<u32>(state);
}

bool is_asleep(u32 state)
{
    return state >= number(ThreadState::Sleeping) && state <= number(ThreadState::SleepingKillable);
}

}  // namespace

// The part of the scheduler that may touch a Thread's private fields. All functions: interrupts off.
class Scheduler {
public:
    static void switch_away();
    static void finish_switch(ThreadContext& left);
    static void enqueue(Thread& thread);
    enum class Sleeps : u8 { All, Killable, Interruptible };  // these and what stands behind
    static bool wake(Thread& thread, Sleeps which);
    static bool begin_sleep(Thread& self, Wait kind);
    static bool cancel_sleep(Thread& self);
    static void start(Thread& thread);
    static void exit();
    static void kick_if_running(Thread& thread);
    static void adopt(u32 cpu, KernelAddr stack_low, KernelAddr stack_high);
    static void arm_slice(RunQueue& queue);
    static u64 slice_of_first(RunQueue& queue);
    static void slice_over(Timer&, void*);
    static void arm_spread(RunQueue& queue);
    static void spread(Timer&, void*);
    static void arm_tick(RunQueue& queue);
    static void tick(Timer&, void*);
    static u64 ticks_of(const Thread& thread);

private:
    static Thread* take(RunQueue& queue, Thread& thread);
    static Thread* choose(RunQueue& queue, Thread& from, u32 cpu);
    static void count_switch(RunQueue& queue, Thread& from);
    static void settle(Thread& thread, u32 state);
    static Thread* steal(u32 cpu);
    static Thread* steal_from(RunQueue& queue, u32 cpu);
    static void switch_fpu(Thread& from, Thread& to, u32 cpu);
    static void wake_idle_cpu();
};

// ---- Choosing ----

inline Thread* Scheduler::take(RunQueue& queue, Thread& thread)
{
    thread.unlink();
    queue.length.store_release(queue.length.load_relaxed() - 1);
    return &thread;
}

Thread* Scheduler::steal_from(RunQueue& queue, u32 cpu) NO_THREAD_SAFETY_ANALYSIS
{
    if (queue.length.load() == 0) return nullptr;
    Thread* found = nullptr;
    queue.lock.lock_without_flags();
    for (Thread& thread : queue.ready) {
        if (!(thread.affinity & cpu_bit(cpu)) || thread.on_cpu_.load()) continue;
        found = take(queue, thread);
        break;
    }
    queue.lock.unlock_without_flags();
    return found;
}

Thread* Scheduler::steal(u32 cpu)
{
    const u32 count = cpu_count();
    for (u32 i = 1; i < count; i++)
        if (Thread* thread = steal_from(queues.on((cpu + i) % count), cpu)) return thread;
    return nullptr;
}

// Who is next. `from` goes to the end of the queue unless it sleeps, or may not stay on this CPU.
inline Thread* Scheduler::choose(RunQueue& queue, Thread& from, u32 cpu) NO_THREAD_SAFETY_ANALYSIS
{
    queue.lock.lock_without_flags();
    if (from.state_.load_relaxed() == number(ThreadState::Running) && &from != queue.idle) {
        if (from.affinity & cpu_bit(cpu)) {
            from.state_.store_release(number(ThreadState::Ready));
            queue.ready.push_back(from);
            queue.length.store_release(queue.length.load_relaxed() + 1);
        } else {
            from.state_.store_release(number(ThreadState::Moving));  // finish_switch puts it on another queue
        }
    }
    Thread* const first = queue.length.load_relaxed() == 0 ? nullptr : take(queue, *queue.ready.first());
    queue.lock.unlock_without_flags();
    if (first) return first;
    Thread* const stolen = steal(cpu);
    return stolen ? stolen : queue.idle;
}

inline void Scheduler::count_switch(RunQueue& queue, Thread& from)
{
    const u64 now = rdtsc();
    from.ticks_used_ += now - queue.ticks_at_switch;
    queue.ticks_at_switch = now;
    queue.switches++;
    const bool forced = from.state_.load_relaxed() == number(ThreadState::Ready);
    (forced ? from.switches_forced : from.switches_voluntary)++;
}

void Scheduler::switch_away()
{
    assert_may_sleep();
    const u32 cpu = cpu_index();
    RunQueue& queue = queues.here();
    Thread& from = current_thread();
    if (from.return_work.load_relaxed() & kReturnReschedule) from.return_work.fetch_and(~kReturnReschedule);

    Thread& to = *choose(queue, from, cpu);
    to.state_.store_release(number(ThreadState::Running));
    if (&to == &from) return;
    if (&from == queue.idle) idle_cpus.fetch_and(~cpu_bit(cpu));
    count_switch(queue, from);
    to.cpu_ = cpu;
    to.on_cpu_.store_release(true);
    if (traces(TraceKind::Switch)) trace_record_switch(to);
    if (to.space) {
        load_space(to.space);
        load_tls(to.tls);
    }
    if (to.fpu && !queue.tick_armed) arm_tick(queue);
    switch_fpu(from, to, cpu);
    set_kernel_stack(to.stack_high);
    finish_switch(*switch_context(&from, &to));
}

// The registers keep the state of the last user thread while kernel threads run; it is loaded only where another was
// there meanwhile, here or on the CPU that ran it last.
inline void Scheduler::switch_fpu(Thread& from, Thread& to, u32 cpu)
{
    if (from.fpu) {
        const bool kept = fpu_save(*from.fpu);
        from.fpu_cpu_ = kept ? cpu : ~0u;
        fpu_owner.store(&from);
    }
    if (!to.fpu || (fpu_owner.load() == &to && to.fpu_cpu_ == cpu)) return;
    fpu_restore(*to.fpu);
    if (__builtin_expect(to.debug.control != 0, 0)) load_debug_registers(to.debug);
    to.fpu_cpu_ = cpu;
    fpu_owner.store(&to);
}

inline void Scheduler::finish_switch(ThreadContext& left)
{
    Thread& thread = static_cast<Thread&>(left);
    const u32 state = thread.state_.load_relaxed();
    thread.on_cpu_.store_release(false);  // from now on it may run elsewhere, and be gone
    if (state >= number(ThreadState::Dead)) settle(thread, state);
    RunQueue& queue = queues.here();
    if (idle_cpus.load_relaxed() != 0 && queue.length.load_relaxed() != 0 && !queue.spread_armed)
        arm_spread(queue);
}

void Scheduler::settle(Thread& thread, u32 state)
{
    if (state == number(ThreadState::Dead)) {
        if (thread.gone) thread.gone(thread);
    } else {
        thread.state_.store_release(number(ThreadState::Ready));
        enqueue(thread);
    }
}

// ---- Becoming ready ----

void Scheduler::wake_idle_cpu()
{
    const CpuMask candidates = idle_cpus.load_relaxed() & ~cpu_bit(cpu_index());
    if (candidates == 0) return;
    const u32 cpu = lowest_bit(candidates);
    if (idle_cpus.fetch_and(~cpu_bit(cpu)) & cpu_bit(cpu)) send_ipi(cpu, kRescheduleVector);
}

namespace {

u32 allowed_cpu(CpuMask affinity)
{
    const CpuMask possible = affinity & online_cpus();
    return possible ? lowest_bit(possible) : 0;
}

}  // namespace

inline void Scheduler::enqueue(Thread& thread) NO_THREAD_SAFETY_ANALYSIS
{
    const u32 self = cpu_index();
    while (thread.on_cpu_.load() && &thread != &current_thread())
        pause();
    const u32 cpu = thread.affinity & cpu_bit(self) ? self : allowed_cpu(thread.affinity);
    RunQueue& queue = queues.on(cpu);
    queue.lock.lock_without_flags();
    queue.ready.push_back(thread);
    queue.length.store(queue.length.load_relaxed() +
                       1);  // then look who is idle: run_idle does it the other way round
    queue.lock.unlock_without_flags();

    if (cpu != self) {
        send_ipi(cpu, kRescheduleVector);  // it wakes up, or arms its slice timer
    } else if (&current_thread() != queue.idle) {
        if (!queue.slice_armed) arm_slice(queue);
        if (!queue.spread_armed && idle_cpus.load_relaxed() != 0) arm_spread(queue);
    }
}

inline bool Scheduler::wake(Thread& thread, Sleeps which)
{
    u32 state = thread.state_.load();
    do {
        if (!is_asleep(state)) return false;
        if (which != Sleeps::All && state == number(ThreadState::Sleeping)) return false;
        if (which == Sleeps::Interruptible && state == number(ThreadState::SleepingKillable)) return false;
    } while (!thread.state_.compare_exchange(state, number(ThreadState::Ready)));
    enqueue(thread);
    return true;
}

bool Scheduler::begin_sleep(Thread& self, Wait kind)
{
    assert(&self != queues.here().idle);
    if (kind == Wait::Uninterruptible) {
        self.state_.store(number(ThreadState::Sleeping));
        return true;
    }
    const bool killable = kind == Wait::Killable;
    self.state_.store(number(killable ? ThreadState::SleepingKillable : ThreadState::SleepingInterruptible));
    const bool ended = killable ? self.must_end.load() : self.signal_pending.load();
    return !(ended && cancel_sleep(self));
}

bool Scheduler::cancel_sleep(Thread& self)
{
    u32 state = self.state_.load();
    return is_asleep(state) && self.state_.compare_exchange(state, number(ThreadState::Running));
}

void Scheduler::start(Thread& thread)
{
    thread.cpu_ = cpu_index();
    thread.state_.store(number(ThreadState::Ready));
    enqueue(thread);
}

void Scheduler::exit()
{
    current_thread().state_.store(number(ThreadState::Dead));
    switch_away();
}

void Scheduler::kick_if_running(Thread& thread)
{
    if (!thread.on_cpu_.load() || &thread == &current_thread()) return;
    send_ipi(thread.cpu_, kRescheduleVector);
}

// ---- Slices: the timer runs only while somebody waits ----

void Scheduler::arm_slice(RunQueue& queue)
{
    queue.slice_armed = true;
    queue.slice_timer.start(now_ns() + kSliceNs, slice_over, nullptr);
}

u64 Scheduler::slice_of_first(RunQueue& queue) NO_THREAD_SAFETY_ANALYSIS
{
    queue.lock.lock_without_flags();
    const u64 slice = queue.ready.empty() ? kSliceNs : queue.ready.first()->slice_ns;
    queue.lock.unlock_without_flags();
    return slice;
}

void Scheduler::slice_over(Timer& timer, void*)
{
    RunQueue& queue = queues.here();
    queue.slice_armed = queue.length.load_relaxed() != 0;
    if (!queue.slice_armed) return;
    Thread& thread = current_thread();
    const u64 ran_ns = ticks_to_ns(rdtsc() - queue.ticks_at_switch);
    u64 next = kSliceNs;
    if (ran_ns + kEarlyNs >= thread.slice_ns) {
        thread.return_work.fetch_or(kReturnReschedule);
        next = slice_of_first(queue);
    } else {
        next = thread.slice_ns - ran_ns;
    }
    timer.start(now_ns() + next, slice_over, nullptr);
}

// ---- Spreading: threads that wait although a CPU is idle ----

void Scheduler::arm_spread(RunQueue& queue)
{
    queue.spread_armed = true;
    queue.spread_timer.start(now_ns() + kSpreadNs, spread, nullptr);
}

void Scheduler::spread(Timer&, void*)
{
    RunQueue& queue = queues.here();
    queue.spread_armed = false;
    if (queue.length.load_relaxed() == 0 || &current_thread() == queue.idle) return;
    wake_idle_cpu();
    if (idle_cpus.load_relaxed() != 0) arm_spread(queue);  // one thread at a time
}

// ---- The tick: where user threads spend their time. It stops when it finds none ----

void Scheduler::arm_tick(RunQueue& queue)
{
    queue.tick_armed = true;
    queue.tick_timer.start(now_ns() + kTickNs, tick, nullptr);
}

void Scheduler::tick(Timer& timer, void*)
{
    RunQueue& queue = queues.here();
    Thread& thread = current_thread();
    const bool in_user = timer_interrupted_user();
    queue.tick_armed = &thread != queue.idle;
    if (!queue.tick_armed) return;
    (in_user ? queue.user_ticks : queue.system_ticks)++;
    (in_user ? thread.user_ticks : thread.system_ticks)++;
    if (thread.fpu && tick_hook) tick_hook(thread);
    timer.start(now_ns() + kTickNs, tick, nullptr);
}

u64 Scheduler::ticks_of(const Thread& thread)
{
    const u64 used = thread.ticks_used_;
    return thread.on_cpu_.load() ? used + (rdtsc() - queues.on(thread.cpu_).ticks_at_switch) : used;
}

void Scheduler::adopt(u32 cpu, KernelAddr stack_low, KernelAddr stack_high)
{
    Thread& idle = idle_threads[cpu];
    idle.set_name("idle");
    idle.stack_low = stack_low;
    idle.stack_high = stack_high;
    idle.cpu_ = cpu;
    idle.on_cpu_.store(true);
    idle.state_.store(number(ThreadState::Running));
    queues.on(cpu).idle = &idle;
    queues.on(cpu).ticks_at_switch = rdtsc();
}

// ---- The outside ----

namespace {

// Somebody put a thread on our queue, changed return_work, or wants us to take one: the way out of the interrupt, or
// run_idle, sees to the rest.
void reschedule_interrupt(TrapFrame&, void*)
{
    end_of_interrupt();
    RunQueue& queue = queues.here();
    if (queue.length.load() != 0 && !queue.slice_armed && &current_thread() != queue.idle)
        Scheduler::arm_slice(queue);
}

}  // namespace

extern "C" void thread_begin(ThreadContext* left)
{
    Scheduler::finish_switch(*left);
}

extern "C" [[noreturn]] void thread_end()
{
    exit_thread();
}

void adopt_boot_threads()
{
    for (u32 cpu = 0; cpu < kMaxCpus; cpu++) {
        current_context.on(cpu) = &idle_threads[cpu];
        Scheduler::adopt(cpu, KernelAddr::of(boot_stack_low), KernelAddr::of(boot_stack_high));
    }
    set_cpu_online(0);
}

void scheduler_init()
{
    set_handler(kRescheduleVector, reschedule_interrupt, nullptr);
    cpu_calls_init();
    start_load_average();
}

void scheduler_init_this_cpu(KernelAddr stack_low, KernelAddr stack_high)
{
    Scheduler::adopt(cpu_index(), stack_low, stack_high);
    queues.here().online_since_ns = now_ns();
    set_cpu_online(cpu_index());
}

[[noreturn]] void run_idle()
{
    const CpuMask bit = cpu_bit(cpu_index());
    for (;;) {
        cli();
        idle_cpus.fetch_or(bit);  // from now on whoever makes a thread ready sends an IPI
        Scheduler::switch_away();
        if (idle_cpus.load_relaxed() & bit && queues.here().length.load() == 0) sti_and_hlt();
    }
}

void start(Thread& thread)
{
    InterruptsOff off;
    Scheduler::start(thread);
}

void schedule()
{
    InterruptsOff off;
    Scheduler::switch_away();
}

void yield_cpu()
{
    schedule();
}

[[noreturn]] void exit_thread()
{
    cli();
    Scheduler::exit();
    __builtin_unreachable();
}

bool wake_thread(Thread& thread)
{
    InterruptsOff off;
    return Scheduler::wake(thread, Scheduler::Sleeps::All);
}

void wake_from_queue(Thread& thread)
{
    Scheduler::wake(thread, Scheduler::Sleeps::All);
}

void set_affinity(Thread& thread, CpuMask cpus)
{
    thread.affinity = cpus;
    request_return_work(thread, kReturnReschedule);
}

void request_return_work(Thread& thread, u32 bits)
{
    thread.return_work.fetch_or(bits);
    InterruptsOff off;
    Scheduler::kick_if_running(thread);
}

void interrupt_thread(Thread& thread)
{
    thread.signal_pending.store(true);
    request_return_work(thread, kReturnSignal);
    InterruptsOff off;
    Scheduler::wake(thread, Scheduler::Sleeps::Interruptible);
}

void end_thread(Thread& thread)
{
    thread.must_end.store(true);
    interrupt_thread(thread);
    InterruptsOff off;
    Scheduler::wake(thread, Scheduler::Sleeps::Killable);
}

bool begin_sleep(Thread& self, Wait kind)
{
    return Scheduler::begin_sleep(self, kind);
}

bool cancel_sleep(Thread& self)
{
    return Scheduler::cancel_sleep(self);
}

void finish_sleep()
{
    Scheduler::switch_away();
}

void set_tick_hook(void (*hook)(Thread& thread))
{
    tick_hook = hook;
}

u64 Thread::cpu_ticks() const
{
    return Scheduler::ticks_of(*this);
}

CpuTimes cpu_times(u32 cpu)
{
    const u64 idle = ticks_to_ns(idle_threads[cpu].cpu_ticks());
    const u64 online = now_ns() - queues.on(cpu).online_since_ns;
    const RunQueue& queue = queues.on(cpu);
    const u64 busy = online > idle ? online - idle : 0;
    const u64 ticks = u64{queue.user_ticks} + queue.system_ticks;
    const u64 user = ticks == 0 ? 0 : busy / ticks * queue.user_ticks;
    return {busy, idle, user, busy - user};
}

u64 context_switches()
{
    u64 sum = 0;
    for (u32 cpu = 0; cpu < cpu_count(); cpu++)
        sum += queues.on(cpu).switches;
    return sum;
}

u32 runnable_threads()
{
    u32 sum = 0;
    for (u32 cpu = 0; cpu < cpu_count(); cpu++) {
        const RunQueue& queue = queues.on(cpu);
        sum += queue.length.load() + (current_context.on(cpu) != queue.idle);
    }
    return sum;
}

}  // namespace faultline
