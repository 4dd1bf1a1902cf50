// wait4, waitid: which child has something to tell. Zombies stand on a list of their own, so that taking any is O(1).
#include "kernel/process.h"
#include "kernel/task.h"

namespace faultline {

namespace {

constexpr u32 kStatusStopped = 0x7f, kStatusContinued = 0xffff;

struct Choice {
    Task& self;
    Process& parent;
    i32 which;  // as wait4's pid
    u32 options;

    // Children of clone, which tell their end by another signal or none, are waited for on demand only.
    bool takes(const Process& child) const
    {
        if (child.parent != &parent) return false;
        const bool of_clone = child.exit_signal != kSigChild, wants_clone = (options & kWaitClone) != 0;
        if (of_clone != wants_clone && (options & kWaitAll) == 0) return false;
        if ((options & kWaitNoThread) != 0 && !is_own(child)) return false;
        if (which > 0) return child.pid() == static_cast<u32>(which);
        if (which == -1) return true;
        return child.group->number() == (which == 0 ? parent.group->number() : static_cast<u32>(-which));
    }

    // The first task has what others leave behind.
    bool is_own(const Process& child) const
    {
        if (child.made_by == self.tid()) return true;
        const auto* maker = static_cast<const Task*>(pids.find(child.made_by, PidKind::Task));
        const bool is_gone = !maker || &maker->process() != &parent || maker->leaving;
        return is_gone && parent.tasks.first() == &self;
    }
};

Process* find_in_list(const Choice& choice, IntrusiveList<Process, SiblingsTag>& list)
{
    for (Process& child : list)
        if (choice.takes(child)) return &child;
    return nullptr;
}

// A zombie whose tracer has not waited for it yet is not its parent's.
Process* find_announced(const Choice& choice, IntrusiveList<Process, SiblingsTag>& list)
{
    for (Process& child : list)
        if (choice.takes(child) && !child.leader_tracing) return &child;
    return nullptr;
}

Process* find_zombie_locked(const Choice& choice) REQUIRES(process_lock)
{
    if (choice.which <= 0) return find_announced(choice, choice.parent.zombies);
    Process* child = find_process_locked(static_cast<u32>(choice.which));
    const bool is_zombie = child && choice.takes(*child) && child->state == ProcessState::Zombie;
    return is_zombie && !child->leader_tracing ? child : nullptr;
}

// One that may still tell what is asked for: a zombie has nothing but its end.
bool any_child_locked(const Choice& choice, u32 options) REQUIRES(process_lock)
{
    const bool takes_ends = (options & kWaitExited) != 0;
    if (choice.which <= 0 && takes_ends && find_in_list(choice, choice.parent.zombies))
        return true;  // held by a tracer
    if (choice.which <= 0) return find_in_list(choice, choice.parent.children) != nullptr;
    const Process* child = find_process_locked(static_cast<u32>(choice.which));
    return child && choice.takes(*child) && (takes_ends || child->state != ProcessState::Zombie);
}

// A child that stopped or went on, and nobody has been told.
bool take_change_locked(const Choice& choice, u32 options, WaitAnswer& answer) REQUIRES(process_lock)
{
    for (Process& child : choice.parent.children) {
        if (!choice.takes(child)) continue;
        const bool stays = (options & kWaitLeave) != 0;  // for another wait to find
        if ((options & kWaitStopped) != 0 && child.stop_unreported &&
            !is_traced_by_locked(child, choice.parent)) {
            child.stop_unreported = stays;
            answer.status = kStatusStopped | child.stop_signal << 8;
        } else if ((options & kWaitContinued) != 0 && child.continue_unreported) {
            child.continue_unreported = stays;
            answer.status = kStatusContinued;
        } else {
            continue;
        }
        answer.pid = child.pid();
        answer.uid = child.uids.real;
        return true;
    }
    return false;
}

Usage usage_of_dead(Process& process) REQUIRES(process_lock)
{
    Usage sum = process.usage;
    sum.cpu = process_cpu_locked(process);
    sum.minor_faults += process.faults_before_minor;
    sum.major_faults += process.faults_before_major;
    sum.peak_resident_pages = max(sum.peak_resident_pages, process.peak_resident_before);
    sum.add(process.children_usage);
    return sum;
}

}  // namespace

Ref<Process> reap_locked(Process& process)
{
    process.parent->zombies.remove(process);
    process.parent->children_usage.add(usage_of_dead(process));
    process.parent = nullptr;
    leave_group_locked(process);
    if (!process.ended.empty()) process.ended.wake_all();
    return delist_locked(process);
}

Result<WaitAnswer> wait_for_child(Task& self, i32 which, u32 options)
{
    if (which == static_cast<i32>(0x80000000)) return Errno::NoProcess;
    Process& parent = self.process();
    const Choice choice{self, parent, which, options};
    Ref<Process> reaped;  // dropped after the lock
    SpinGuard guard{process_lock};
    for (;;) {
        WaitAnswer answer;
        Process* child = (options & kWaitExited) != 0 ? find_zombie_locked(choice) : nullptr;
        if (child) {
            answer = {child->pid(), child->exit_status, child->uids.real, usage_of_dead(*child)};
            if ((options & kWaitLeave) == 0) reaped = reap_locked(*child);
            return answer;
        }
        if ((options & (kWaitStopped | kWaitContinued)) != 0 && take_change_locked(choice, options, answer))
            return answer;
        bool any_tracee = false;
        if (!parent.tracees.empty() && trace_take_locked(parent, which, options, answer, any_tracee, reaped))
            return answer;
        if (!any_tracee && !any_child_locked(choice, options)) return Errno::NoChild;
        if ((options & kWaitNoHang) != 0) return answer;
        if (!parent.child_changed.sleep(process_lock, Wait::Interruptible).ok()) return Errno::RestartSys;
    }
}

}  // namespace faultline
