// Who runs. A run queue for each CPU, round robin with a slice of 10 ms; an idle CPU takes threads from the others.
//
// User code is preempted, the kernel is not: a thread gives way where it sleeps, on the way back to user mode
// (kReturnReschedule), or by give_way(). The slice timer runs only while somebody waits for the CPU.
// Lock: each run queue's own; state changes as core/thread.h says.
#pragma once

#include "core/cpu_call.h"
#include "core/thread.h"

namespace faultline {

constexpr u64 kSliceNs = 10'000'000;
constexpr u64 kTickNs = 4'000'000;

void adopt_boot_threads();  // boot/: what runs on each CPU is its idle thread, from the first instruction on
void scheduler_init();      // boot CPU, after apic_init and timers_init: threads may be started
void scheduler_init_this_cpu(KernelAddr stack_low, KernelAddr stack_high);  // another CPU; sets it online
[[noreturn]] void run_idle();  // what kernel_main and ap_main end in

void start(Thread& thread);       // a new thread becomes ready
void schedule();                  // lets another thread run if there is one; interrupts may be on or off
void yield_cpu();                 // to the end of the queue
[[noreturn]] void exit_thread();  // never runs again; `gone` is called later, on another stack
inline void give_way()            // in long kernel loops, without spin locks
{
    if (current_thread().return_work.load_relaxed() & kReturnReschedule) yield_cpu();
}

// Makes a sleeping thread ready. False: it was not asleep (any more).
bool wake_thread(Thread& thread);
// Sets signal_pending and kReturnSignal, ends an interruptible sleep, and kicks the CPU it runs on.
void interrupt_thread(Thread& thread);
// The same for a thread that is to end: ends killable sleep, too.
void end_thread(Thread& thread);
// sched_setaffinity: moves it where it may run, at the latest when it would go back to user mode.
void set_affinity(Thread& thread, CpuMask cpus);
// Sets bits of return_work from anywhere; kicks the thread's CPU, so that user code notices at once.
void request_return_work(Thread& thread, u32 bits);

// ---- For core/wait_queue: sleeping in three steps, and waking ----

enum class Wait : u8;
// Marks the running thread asleep; a waker may make it ready from now on. False: a signal is pending, it stays awake.
bool begin_sleep(Thread& self, Wait kind);
// Awake again, if no waker was faster: after false the thread must go through finish_sleep().
bool cancel_sleep(Thread& self);
void wake_from_queue(Thread& thread);  // wake_thread where interrupts are off already
void finish_sleep();                   // lets others run until it is woken; interrupts off, before and after

// Called every kTickNs on each CPU that runs a user thread, in the timer interrupt, with that thread.
void set_tick_hook(void (*hook)(Thread& thread));

// ---- Numbers for /proc ----

struct CpuTimes {
    u64 busy_ns, idle_ns;
    u64 user_ns, system_ns;  // busy_ns, divided as the ticks found it
};
CpuTimes cpu_times(u32 cpu);
u64 context_switches();
u32 runnable_threads();  // ready or running, idle threads left out
void start_load_average();
u32 load_average(u32 which);  // 0..2: over 1, 5, 15 minutes; fixed point, 11 bits

}  // namespace faultline
