// Groups and sessions: who belongs to which, and what terminals want of them. All under process_lock.
#include "core/assert.h"
#include "dev/tty.h"
#include "fs/devices.h"
#include "kernel/process.h"
#include "kernel/task.h"
#include "mm/heap.h"

namespace faultline {

ProcessGroup* find_group_locked(u32 group)
{
    return static_cast<ProcessGroup*>(pids.find(group, PidKind::Group));
}

void join_group_locked(Process& process, ProcessGroup& group)
{
    process.group = &group;
    group.members.push_back(process);
    group.member_count++;
    if (process.state == ProcessState::Stopped) group.stopped_count++;
}

void leave_group_locked(Process& process)
{
    ProcessGroup& group = *process.group;
    group.members.remove(process);
    if (process.state == ProcessState::Stopped) group.stopped_count--;
    process.group = nullptr;
    if (--group.member_count != 0) return;
    Session& session = group.session;
    pids.remove(group);
    destroy(&group);
    if (--session.group_count != 0) return;
    pids.remove(session);
    destroy(&session);
}

namespace {

// Puts the process into a group that begins with it.
void found_group_locked(Process& process, ProcessGroup& fresh) REQUIRES(process_lock)
{
    fresh.session.group_count++;
    pids.insert(fresh, process.pid());
    if (process.group) leave_group_locked(process);
    join_group_locked(process, fresh);
}

// setpgid's rules, in Linux's order.
Result<Process*> check_set_group_locked(Process& caller, i32 pid, u32& group) REQUIRES(process_lock)
{
    Process* target = pid == 0 ? &caller : find_process_locked(static_cast<u32>(pid));
    if (!target || target->state == ProcessState::Zombie) return Errno::NoProcess;
    if (group == 0) group = target->pid();
    if (target != &caller) {
        if (target->parent != &caller) return Errno::NoProcess;
        if (&target->session() != &caller.session()) return Errno::Perm;
        if (target->has_executed) return Errno::Access;
    }
    if (target->is_session_leader()) return Errno::Perm;
    if (group == target->pid()) return target;
    ProcessGroup* existing = find_group_locked(group);
    if (!existing || &existing->session != &caller.session()) return Errno::Perm;
    return target;
}

}  // namespace

Result<void> set_group(Process& caller, i32 pid, i32 wanted)
{
    if (pid < 0 || wanted < 0) return Errno::Invalid;
    void* memory = TRY(heap_allocate(sizeof(ProcessGroup)));  // freed below where it is not needed
    Result<void> answer;
    {
        SpinGuard guard{process_lock};
        u32 group = static_cast<u32>(wanted);
        auto checked = check_set_group_locked(caller, pid, group);
        if (!checked.ok()) {
            answer = Result<void>{checked.error()};
        } else {
            Process& target = *checked.value();
            ProcessGroup* existing = find_group_locked(group);
            if (!existing) {
                found_group_locked(target, *new (memory) ProcessGroup(target.session()));
                memory = nullptr;
            } else if (existing != target.group) {
                leave_group_locked(target);
                join_group_locked(target, *existing);
            }
        }
    }
    heap_free(memory);
    return answer;
}

Result<u32> begin_session(Process& process)
{
    Session* session = TRY(make<Session>());
    auto group = make<ProcessGroup>(*session);
    if (!group.ok()) {
        destroy(session);
        return group.error();
    }
    {
        SpinGuard guard{process_lock};
        if (!find_group_locked(process.pid())) {
            pids.insert(*session, process.pid());
            process.gave_up_terminal = false;
            found_group_locked(process, *group.value());
            return process.pid();
        }
    }
    destroy(group.value());  // it leads a group already
    destroy(session);
    return Errno::Perm;
}

// POSIX: no member has a parent outside the group and inside the session: nobody is left who could continue it. Linux
// never counts process 1; here it may be a shell (init=/bin/bash), whose jobs ^Z is to stop. A true init gives its children
// sessions of their own.
bool is_orphaned_locked(ProcessGroup& group, const Process* leaving)
{
    for (Process& member : group.members) {
        if (&member == leaving || member.state == ProcessState::Zombie || !member.parent) continue;
        const Process& parent = *member.parent;
        if (&parent == leaving || !parent.group) continue;
        if (parent.group != &group && &parent.session() == &group.session) return false;
    }
    return true;
}

void note_orphaned_locked(Process& child, const Process& parent, const Process& leaving)
{
    ProcessGroup& group = *child.group;
    if (group.stopped_count == 0) return;
    const bool was_bond = parent.group && parent.group != &group && &parent.session() == &group.session;
    if (!was_bond || !is_orphaned_locked(group, &leaving)) return;
    for (Process& member : group.members) {
        send_signal_locked(member, SignalInfo::from_kernel(kSigHup));
        send_signal_locked(member, SignalInfo::from_kernel(kSigCont));
    }
}

// ---- What terminals ask ----

namespace {

Session* find_session_locked(u32 number) REQUIRES(process_lock)
{
    return static_cast<Session*>(pids.find(number, PidKind::Session));
}

void signal_group(u32 session, u32 number, u32 signal)
{
    SpinGuard guard{process_lock};
    ProcessGroup* group = find_group_locked(number);
    if (!group || group->session.number() != session) return;  // the group is gone, its number is another's
    for (Process& member : group->members)
        send_signal_locked(member, SignalInfo::from_kernel(signal), PendingSignals::Details::Drop);
}

void signal_leader(u32 session, u32 signal)
{
    SpinGuard guard{process_lock};
    Process* leader = find_process_locked(session);
    if (leader && leader->group && leader->is_session_leader())
        send_signal_locked(*leader, SignalInfo::from_kernel(signal), PendingSignals::Details::Drop);
}

void lost_terminal(u32 number, u32 foreground)
{
    SpinGuard guard{process_lock};
    if (Session* session = find_session_locked(number)) session->lost_foreground = foreground;
}

void give_up_terminal_of_caller()
{
    SpinGuard guard{process_lock};
    current_task().process().gave_up_terminal = true;
}

Result<u32> session_of_group(u32 number)
{
    SpinGuard guard{process_lock};
    if (ProcessGroup* group = find_group_locked(number)) return group->session.number();
    Process* process = find_process_locked(number);  // Linux makes do with one that leads no group
    if (!process || !process->group) return Errno::NoProcess;
    return process->session().number();
}

bool group_is_orphaned(u32 number)
{
    SpinGuard guard{process_lock};
    ProcessGroup* group = find_group_locked(number);
    return !group || is_orphaned_locked(*group);
}

bool is_unheeded_locked(Task& task, u32 signal) REQUIRES(process_lock)
{
    return task.blocked.has(signal) || task.process().actions.of(signal).handler == kHandlerIgnore;
}

TtyCaller describe_caller()
{
    Task& task = current_task();
    Process& process = task.process();
    SpinGuard guard{process_lock};
    TtyCaller caller;
    caller.session = process.gave_up_terminal ? 0 : process.session().number();
    caller.group = process.group->number();
    caller.is_session_leader = process.is_session_leader() && caller.session != 0;
    caller.uid = process.credentials.file_uid;
    caller.gid = process.credentials.file_gid;
    caller.is_superuser = process.credentials.is_root();
    caller.ignores_ttin = is_unheeded_locked(task, kSigTtin);
    caller.ignores_ttou = is_unheeded_locked(task, kSigTtou);
    return caller;
}

// The foreground group that a hang-up left behind hears of it only now that nobody leads it.
u32 take_lost_foreground(Process& leader)
{
    SpinGuard guard{process_lock};
    const u32 group = leader.session().lost_foreground;
    leader.session().lost_foreground = 0;
    return group;
}

}  // namespace

void hang_up_terminal(Process& process)
{
    u32 session;
    {
        SpinGuard guard{process_lock};
        session = process.session().number();
    }
    if (const Ref<Tty> tty = find_controlling_tty(session)) tty->hang_up(Tty::HangUp::TellsLeader);
}

void leave_terminal(Process& leader)
{
    if (tty_session_ended(leader.pid())) return;
    const u32 group = take_lost_foreground(leader);
    if (group == 0) return;
    signal_group(leader.pid(), group, kSigHup);
    signal_group(leader.pid(), group, kSigCont);
}

void connect_terminals()
{
    set_tty_hooks({signal_group, signal_leader, session_of_group, group_is_orphaned, lost_terminal,
                   give_up_terminal_of_caller});
    set_caller_hook(describe_caller);
}

}  // namespace faultline
