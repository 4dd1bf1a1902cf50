// Tracing: how one process sees and steers the tasks of another: ptrace(2). strace and debuggers live on it.
//
// A traced task stops where its tracer wants to know: before a signal, at the two ends of a system call, at fork, exec and
// exit. It sleeps in trace_stop_locked with its registers in its frame and its FPU state saved, until the tracer lets
// it go on. The tie is a Tracing, on the tracer's list; it outlives the tracee, so that its end can be waited for.
// Lock: process_lock guards all of it. A task that nobody traces pays for a test on paths that are slow anyway; system calls
// take the path of kTraceTasks (core/trace.h) while anything is traced.
#pragma once

#include "core/wait_queue.h"
#include "kernel/process_lock.h"
#include "kernel/signal.h"
#include "lib/intrusive_list.h"
#include "lib/result.h"

namespace faultline {

class Process;
class Task;
struct TraceesTag;
struct WaitAnswer;
struct TrapFrame;

enum TraceOption : u32 {
    kTraceSysGood = 1,
    kTraceFork = 2,
    kTraceVfork = 4,
    kTraceClone = 8,
    kTraceExec = 0x10,
    kTraceVforkDone = 0x20,
    kTraceExit = 0x40,
    kTraceSeccomp = 0x80,  // accepted: there is no seccomp
    kTraceExitKill = 0x100000,
};
constexpr u32 kTraceOptions = 0x1000ff;

enum class TraceEventKind : u32 {
    None = 0,
    Fork = 1,
    Vfork = 2,
    Clone = 3,
    Exec = 4,
    VforkDone = 5,
    Exit = 6,
    Stop = 128,  // of a task that was seized: group-stop, or PTRACE_INTERRUPT
};

enum class CallStop : u8 { None, Entry, Exit };

class Tracing : public ListNode<TraceesTag> {
public:
    Process* tracer = nullptr;
    Task* tracee = nullptr;    // null: it has left
    Process* leads = nullptr;  // the tracee led this process, which has other tasks yet
    Process* held = nullptr;   // or which is a zombie that its parent may not have yet
    u32 tid = 0;
    u32 options = 0;
    bool seized = false;

    // The stop that is, or was last
    u32 code = 0;  // as wait4 shows it, shifted right by 8: signal, event << 8
    bool unreported = false;
    bool listening = false;  // PTRACE_LISTEN: as stopped as others of its group, not to be asked anything
    bool has_info = false;
    SignalInfo info{};
    u32 message = 0;
    CallStop call = CallStop::None;

    // What it does from now on
    bool at_calls = false;     // PTRACE_SYSCALL
    bool trap_wanted = false;  // PTRACE_INTERRUPT and the like: stop on the way to user mode

    bool has_ended = false;
    u32 end_status = 0;
};

// The tracee's side, a part of Task.
struct TraceSeat {
    Tracing* by = nullptr;
    bool stopped = false;
    bool stepping = false;     // TF is set on the tracer's behalf
    bool fpu_changed = false;  // while it was stopped
    bool debug_changed = false;
    u32 signal = 0;  // to go on with
    WaitQueue go_on;

    bool wants_trap() const { return by && by->trap_wanted; }
};

// ---- Where a task passes (each only if it is traced) ----

// Before a signal is acted on. False: the tracer took it. It may be another one afterwards.
bool trace_signal_locked(Task& self, SignalInfo& info) REQUIRES(process_lock);
// The process is stopped. True: the tracer lets this task go on in spite of it. False: not traced, or no longer.
bool trace_group_stop_locked(Task& self, u32 signal) REQUIRES(process_lock);
// Stops for PTRACE_INTERRUPT and the like.
void trace_trap_locked(Task& self) REQUIRES(process_lock);
// System calls. What it is to be called with stands in the frame afterwards.
void trace_call(Task& self, CallStop which) EXCLUDES(process_lock);
void trace_handler_entered(Task& self) EXCLUDES(process_lock);  // while stepping
void trace_exec(Task& self, u32 old_tid) EXCLUDES(process_lock);
void trace_exit(Task& self, u32 status) EXCLUDES(process_lock);
void trace_event(Task& self, TraceEventKind kind, u32 message) EXCLUDES(process_lock);

// ---- fork ----

// The child that is about to start gets the parent's tracer, where that wants it. What the parent shall stop for once the
// child runs. Without memory for it the child goes untraced.
TraceEventKind trace_new_child(Task& self, Task& child, u32 clone_flags) EXCLUDES(process_lock);

// ---- What others tell ----

void trace_continued_locked(Process& process) REQUIRES(process_lock);  // SIGCONT
void trace_task_left_locked(Task& task, Process& process) REQUIRES(process_lock);
// True: a tracer is told first, and the parent once that has waited for it.
bool trace_holds_zombie_locked(Process& process) REQUIRES(process_lock);
void trace_tracer_leaves(Process& tracer) EXCLUDES(process_lock);

// ---- wait4 ----

// wait4's `which`, as kernel/wait.cpp has it. `any`: set where there is a tracee to wait for.
// `dropped`: let go of after the lock.
bool trace_take_locked(Process& tracer, i32 which, u32 options, WaitAnswer& answer, bool& any,
                       Ref<Process>& dropped) REQUIRES(process_lock);
bool is_traced_by_locked(Process& process, const Process& tracer) REQUIRES(process_lock);

// ---- ptrace(2) ----

enum class TraceStart : u8 { Attach, Seize };
Result<void> trace_begin(Task& self, u32 tid, u32 options, TraceStart start) EXCLUDES(process_lock);
Result<void> trace_me(Task& self) EXCLUDES(process_lock);
void trace_resume_locked(Tracing& tie, u32 signal) REQUIRES(process_lock);  // the tracee is stopped
void trace_end_locked(Tracing& tie, u32 signal) REQUIRES(process_lock);     // the tie is gone afterwards
void trace_interrupt_locked(Tracing& tie) REQUIRES(process_lock);

// May `self` look into the process, and change it? ptrace's rule, also for /proc and process_vm_readv.
bool may_trace(const Task& self, const Process& target);

}  // namespace faultline
