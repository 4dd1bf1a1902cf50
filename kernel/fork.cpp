#include "kernel/fork.h"

#include "core/scheduler.h"
#include "kernel/task.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/kernel_stack.h"
#include "mm/reclaim.h"

namespace faultline {

namespace {

// What can be asked for until user threads come. Thread flags are refused, not ignored.
constexpr u32 kSupported = kCloneSignalMask | kCloneVm | kCloneFiles | kCloneVfork | kCloneSetTls |
                           kCloneParentSetTid | kCloneChildSetTid | kCloneChildClearTid | kCloneDetached |
                           kCloneUntraced | kCloneSysVSem;

Result<void> copy_space(Process& parent, Process& child, u32 flags)
{
    child.space_ = (flags & kCloneVm) != 0 ? parent.space_ : TRY(parent.space().fork());
    if ((flags & kCloneVm) != 0) {  // the counters of a shared space go on; ours begin at 0
        child.faults_before_minor = 0u - parent.space().fault_counts().minor;
        child.faults_before_major = 0u - parent.space().fault_counts().major;
    }
    return {};
}

Result<Ref<Process>> copy_process(Process& parent, const CloneRequest& request)
{
    Ref<Process> child = TRY(with_room([] { return Process::create(); }));
    child->set_name(parent.name());
    child->credentials = parent.credentials;
    child->uids = parent.uids;
    child->gids = parent.gids;
    child->umask = parent.umask;
    child->personality = parent.personality;
    child->memory = parent.memory;
    memcpy(child->limits, parent.limits, sizeof parent.limits);
    child->executable = parent.executable;
    child->arguments_start = parent.arguments_start;
    child->arguments_end = parent.arguments_end;
    child->environment_end = parent.environment_end;
    child->places = parent.places;
    child->exit_signal = request.flags & kCloneSignalMask;
    TRY(with_room([&] { return child->actions.copy_from(parent.actions); }));
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
    child.blocked = self.blocked;
    child.affinity = self.affinity;
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
    return enlist(child.process(), child, &self.process());
}

void tell_tids(Process& child, const CloneRequest& request)
{
    const u32 tid = child.pid();
    // As in Linux a bad address here is the program's own loss.
    if ((request.flags & kCloneParentSetTid) != 0) static_cast<void>(request.parent_tid.write(tid).ok());
    if ((request.flags & kCloneChildSetTid) != 0)
        static_cast<void>(child.space().write_memory(request.child_tid.address(), &tid, sizeof tid).ok());
}

void wait_for_vfork_child(Process& child, Process& parent)
{
    SpinGuard guard{process_lock};
    while (child.vfork_parent == &parent)
        static_cast<void>(child.vfork_done.sleep(process_lock).ok());
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
u32 most_processes()
{
    return managed_frames() / (8 * (kKernelStackSize / kPageSize));
}

// RLIMIT_NPROC: root may have any number.
Result<void> check_process_limit(const Process& parent)
{
    if (process_count() >= most_processes()) return Errno::Again;
    const u32 most = parent.limits[kLimitProcesses].soft;
    if (most == kUnlimited || parent.credentials.is_root()) return {};
    u32 count = 0;
    SpinGuard guard{process_lock};
    for (const Process& process : all_processes)
        count += process.uids.real == parent.uids.real;
    return count < most ? Result<void>{} : Result<void>{Errno::Again};
}

}  // namespace

Result<u32> clone_process(Task& self, const CloneRequest& request)
{
    if ((request.flags & ~kSupported) != 0) return Errno::Invalid;
    if ((request.flags & kCloneSignalMask) > kSignals) return Errno::Invalid;
    Process& parent = self.process();
    TRY(check_process_limit(parent));
    Ref<Process> child = TRY(copy_process(parent, request));
    Task* task = TRY(with_room([&] { return Task::create(*child); }));
    auto prepared = prepare_task(self, *task, request);
    if (!prepared.ok()) {
        Task::discard(task);
        return prepared.error();
    }
    const bool vforks = (request.flags & kCloneVfork) != 0;
    if (vforks) child->vfork_parent = &parent;
    tell_tids(*child, request);
    const u32 pid = child->pid();
    start(*task);
    if (vforks) wait_for_vfork_child(*child, parent);
    return pid;
}

}  // namespace faultline
