// Task: one user thread: core's Thread, the process it belongs to, its signal mask, alternate stack, FPU state and tid.
//
// A process begins with one task and ends with its last. A Task is freed after the last switch away from its stack.
#pragma once

#include "core/thread.h"
#include "kernel/pid_table.h"
#include "kernel/process.h"
#include "kernel/schedule.h"
#include "kernel/signal.h"
#include "kernel/tracing.h"
#include "mm/kernel_stack.h"

namespace faultline {

struct ProcessTasksTag;

// How an interrupted call goes on when it is begun again (restart_syscall): sleeps until a moment, not for a duration.
struct RestartBlock {
    Result<u32> (*function)(Task& self, const RestartBlock& block) = nullptr;
    u64 deadline_ns = 0;
    UserAddr where;
    u32 count = 0;
    u32 words[3] = {};  // what else the call needs
};

class Task final : public Thread, public PidEntry, public ListNode<ProcessTasksTag> {
public:
    // With a kernel stack, not yet started; `gone` and owner are set. The caller makes its first registers.
    static Result<Task*> create(Process& process);
    static void discard(Task* never_started);

    u32 tid() const { return number(); }
    bool is_leader() const { return number() == process_->pid(); }
    Process& process() const { return *process_; }
    TrapFrame& registers() { return user_frame(*this); }  // as they were when it entered the kernel

    // process_lock
    SignalSet blocked;
    SignalSet saved_blocked;  // comes back after a call that changed the mask for its duration
    bool restore_blocked = false;
    SignalSet
        awaited;  // by sigtimedwait: taken without a handler, so not thrown away where they would be ignored
    PendingSignals pending;
    SignalInfo fault{};  // of the last forced signal; taken with it
    TraceSeat trace;
    u32 stop_round = 0;  // the last of the process's stops that this task had a part in
    bool leaving =
        false;  // ends, or is to end on its way back to user mode; takes no signals for the process

    CpuSplit cpu_shown;
    Schedule schedule;  // slice_ns follows it

    // The task's own
    SignalStack alternate_stack = {0, kStackDisabled, 0};
    u32 fault_trap = 0, fault_error = 0, fault_address = 0;  // the last one's, for signal frames
    UserAddr clear_tid;                                      // zeroed, and its futex woken, at exit
    RestartBlock restart;
    UserAddr robust_list;  // the head of the locks that are marked when we end

    // Priority-inheriting futexes (kernel/futex_pi.cpp), process_lock
    u32 waits_for_owner = 0;        // tid of the owner whose lock we sleep for; 0: none
    bool owner_of_waiters = false;  // somebody slept for a lock of ours
    bool futexes_released = false;  // nobody may sleep for ours any more
    FpuState fpu_state;             // filled by whoever makes the task

private:
    friend class Process;
    explicit Task(Process& process);
    ~Task() = default;
    static void on_gone(Thread& thread);

    Ref<Process> process_;
    KernelStack stack_{};
};

Task* find_task_locked(u32 tid) REQUIRES(process_lock);  // null: there is none

inline Task& current_task()
{
    return static_cast<Task&>(current_thread());
}

// "munmap of pid 4 sh", "a page fault of pid 4 sh", or a kernel thread's name: for reports.
void describe_call(Span<char> out);

// A value of eax that says: begin the call again after the signal (Errno::Restart...).
constexpr bool is_restart_code(u32 eax)
{
    return eax - (0u - 516) <= 4;
}

}  // namespace faultline
