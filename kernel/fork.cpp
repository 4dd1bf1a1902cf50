#include "kernel/fork.h"

#include "core/scheduler.h"
#include "kernel/pid_file.h"
#include "kernel/task.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/kernel_stack.h"
#include "mm/reclaim.h"

namespace faultline {

namespace {

// What can be asked for. A thread shares all that a process can share.
constexpr u32 kForAll = kCloneSignalMask | kCloneSetTls | kCloneParentSetTid | kCloneChildSetTid |
                        kCloneChildClearTid | kCloneDetached | kCloneUntraced | kCloneSysVSem;
constexpr u32 kForProcesses =
    kForAll | kCloneVm | kCloneFiles | kCloneFs | kCloneSigHand | kCloneVfork | kClonePidFile;
constexpr u32 kOfThreads = kCloneThread | kCloneSigHand | kCloneVm | kCloneFiles | kCloneFs;

Result<void> check_flags(u32 flags)
{
    if ((flags & kCloneSignalMask) > kSignals) return Errno::Invalid;
    const bool thread = (flags & kCloneThread) != 0;
    if (thread && (flags & kOfThreads) != kOfThreads) return Errno::Invalid;
    if ((flags & kCloneSigHand) != 0 && (flags & kCloneVm) == 0) return Errno::Invalid;
    if ((flags & kClonePidFile) != 0 && (flags & kCloneDetached) != 0) return Errno::Invalid;
    const u32 supported = thread ? kForAll | kOfThreads : kForProcesses;
    return (flags & ~supported) == 0 ? Result<void>{} : Result<void>{Errno::Invalid};
}

Result<void> copy_space(Process& parent, Process& child, u32 flags)
{
    child.space_ = (flags & kCloneVm) != 0 ? parent.space_ : TRY(parent.space().fork());
    if ((flags & kCloneVm) != 0) {  // the counters of a shared space go on; ours begin at 0
        child.faults_before_minor = 0u - parent.space().fault_counts().minor;
        child.faults_before_major = 0u - parent.space().fault_counts().major;
    }
    return {};
}

Result<Ref<Process>> copy_process(Task& self, const CloneRequest& request)
{
    Process& parent = self.process();
    Ref<Process> child = TRY(with_room([] { return Process::create(); }));
    child->set_name(self.Thread::name);
    child->credentials = parent.credentials;
    child->uids = parent.uids;
    child->gids = parent.gids;
    child->gave_up_terminal = parent.gave_up_terminal;
    child->personality = parent.personality;
    child->dumpable = parent.dumpable;
    child->memory = parent.memory;
    child->traits = parent.traits.inherited();
    memcpy(child->limits, parent.limits, sizeof parent.limits);
    child->watches_cpu = parent.limits[kLimitCpu].soft != kUnlimited;
    child->executable = parent.executable;
    child->stack_start = parent.stack_start;
    child->oom_adjust = parent.oom_adjust;
    child->oom_adjust_least = parent.oom_adjust_least;
    child->running = parent.running;
    child->arguments_start = parent.arguments_start;
    child->arguments_end = parent.arguments_end;
    child->environment_end = parent.environment_end;
    child->view = (request.flags & kCloneFs) != 0 ? parent.share_view() : TRY(with_room([&] {
        return PathView::create(parent.share_places(), parent.umask());
    }));
    child->exit_signal = request.flags & kCloneSignalMask;
    child->parents_execs = (request.flags & kCloneParent) != 0 ? parent.parents_execs : parent.execs;
    const bool shares_actions = (request.flags & kCloneSigHand) != 0;
    TRY(with_room([&] {
        return shares_actions ? child->actions.share(parent.actions)
                              : child->actions.copy_from(parent.actions);
    }));
    if (request.clear_handlers) child->actions.reset_handlers();
    child->files = (request.flags & kCloneFiles) != 0 ? parent.files
                                                      : TRY(with_room([&] { return parent.files->copy(); }));
    TRY(copy_space(parent, *child, request.flags));
    return child;
}

void copy_task(Task& self, Task& child, const CloneRequest& request)
{
    for (u32 i = 0; i < kTlsEntries; i++)
        child.tls[i] = self.tls[i];
    fpu_save(child.fpu_state);
    if (!has_fxsr()) fpu_restore(child.fpu_state);  // FNSAVE emptied the registers
    child.Thread::set_name(self.Thread::name);
    child.blocked = self.blocked;
    child.affinity = self.affinity;
    child.schedule = self.schedule.inherited();
    child.slice_ns = static_cast<u32>(child.schedule.slice_ns());
    if ((request.flags & kCloneVm) == 0 || (request.flags & kCloneVfork) != 0)
        child.alternate_stack = self.alternate_stack;
    if ((request.flags & kCloneChildClearTid) != 0) child.clear_tid = request.child_tid.address();

    TrapFrame registers = self.registers();
    registers.eax = 0;
    if (!request.stack.is_null()) registers.esp = request.stack.value();
    thread_init_user(child, child.stack_low, child.stack_high, registers);
}

Result<void> set_child_tls(Task& child, UserPtr<UserDesc> description)
{
    const UserDesc area = TRY(description.read());
    const u32 slot = area.entry_number - kFirstTlsEntry;
    if (slot >= kTlsEntries) return Errno::Invalid;
    child.tls[slot] = TRY(parse_user_desc(area));
    return {};
}

Result<void> prepare_task(Task& self, Task& child, const CloneRequest& request)
{
    copy_task(self, child, request);
    if ((request.flags & kCloneSetTls) != 0) TRY(set_child_tls(child, request.tls));
    if ((request.flags & kCloneThread) != 0) return enlist_thread(self, child);
    return enlist(child.process(), child, &self.process());
}

void tell_tids(Process& child, u32 tid, const CloneRequest& request)
{
    // As in Linux a bad address here is the program's own loss.
    if ((request.flags & kCloneParentSetTid) != 0) static_cast<void>(request.parent_tid.write(tid).ok());
    if ((request.flags & kCloneChildSetTid) != 0)
        static_cast<void>(child.space().write_memory(request.child_tid.address(), &tid, sizeof tid).ok());
}

void wait_for_vfork_child(Process& child, Process& parent)
{
    SpinGuard guard{process_lock};
    while (child.vfork_parent == &parent)
        if (!child.vfork_done.sleep(process_lock, Wait::Killable).ok()) child.vfork_parent = nullptr;
}

}  // namespace

Result<TlsDescriptor> parse_user_desc(const UserDesc& description)
{
    const TlsArea area{description.base, description.limit, description.flags};
    if (area.is_empty() || (area.base == 0 && area.limit == 0 && area.flags == 0)) return TlsDescriptor{};
    const bool conforming = (area.flags >> 1 & 3) == 3, is_32bit = (area.flags & 1) != 0;
    if (conforming || !is_32bit) return Errno::Invalid;
    return make_tls_descriptor(area);
}

namespace {

// Of the machine, as in Linux: their kernel stacks never take more than an eighth of memory.
u32 most_tasks()
{
    return managed_frames() / (8 * (kKernelStackSize / kPageSize));
}

// RLIMIT_NPROC: root may have any number.
Result<void> check_process_limit(const Process& parent)
{
    if (task_count() >= most_tasks()) return Errno::Again;
    const u32 most = parent.limits[kLimitProcesses].soft;
    if (most == kUnlimited || parent.credentials.is_root()) return {};
    u32 count = 0;
    SpinGuard guard{process_lock};
    for (const Process& process : all_processes)
        if (process.uids.real == parent.uids.real) count += max(1u, process.live_tasks);
    return count < most ? Result<void>{} : Result<void>{Errno::Again};
}

}  // namespace

namespace {

// CLONE_PIDFD: the descriptor of a child that is not in the table yet.
Result<u32> give_pid_file(Process& parent, const Ref<Process>& child, const CloneRequest& request)
{
    const u32 fd = TRY(open_pid_file(parent, child, 0));
    const Result<void> told = request.pid_file.write(fd);
    if (told.ok()) return fd;
    static_cast<void>(parent.files->close(static_cast<i32>(fd)).ok());
    return told.error();
}

// All that may fail, and last the numbers: then it can be seen.
Result<void> finish_child(Task& self, Task& task, const Ref<Process>& child, const CloneRequest& request)
{
    if ((request.flags & kClonePidFile) == 0) return prepare_task(self, task, request);
    const u32 fd = TRY(give_pid_file(self.process(), child, request));
    const Result<void> prepared = prepare_task(self, task, request);
    if (!prepared.ok()) static_cast<void>(self.process().files->close(static_cast<i32>(fd)).ok());
    return prepared;
}

}  // namespace

Result<u32> clone_process(Task& self, const CloneRequest& request)
{
    TRY(check_flags(request.flags));
    Process& parent = self.process();
    const bool thread = (request.flags & kCloneThread) != 0;
    TRY(check_process_limit(parent));
    Ref<Process> child = thread ? Ref<Process>::share(&parent) : TRY(copy_process(self, request));
    Task* task = TRY(with_room([&] { return Task::create(*child); }));
    const Result<void> prepared = finish_child(self, *task, child, request);
    if (!prepared.ok()) {
        Task::discard(task);
        return prepared.error();
    }
    const bool vforks = (request.flags & kCloneVfork) != 0;
    if (vforks) child->vfork_parent = &parent;
    const u32 tid = task->tid();
    tell_tids(*child, tid, request);
    const TraceEventKind event =
        self.trace.by ? trace_new_child(self, *task, request.flags) : TraceEventKind::None;
    start(*task);
    if (event != TraceEventKind::None) trace_event(self, event, tid);
    if (vforks) wait_for_vfork_child(*child, parent);
    if (vforks && self.trace.by) trace_event(self, TraceEventKind::VforkDone, tid);
    return tid;
}

}  // namespace faultline
