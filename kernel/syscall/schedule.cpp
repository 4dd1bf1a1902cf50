// System calls about scheduling: nice values, policies, turns, CPUs.
#include "kernel/schedule.h"
#include "arch/percpu.h"
#include "core/scheduler.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/time_values.h"
#include "kernel/task.h"

namespace faultline {

namespace {

Task* find_task_locked(Task& self, i32 tid) REQUIRES(process_lock)
{
    return tid == 0 ? &self : static_cast<Task*>(pids.find(static_cast<u32>(tid), PidKind::Task));
}

bool may_change(const Task& self, const Task& target)
{
    const Process &process = self.process(), &other = target.process();
    const u32 uid = process.credentials.uid;
    return process.credentials.is_root() || uid == other.uids.real || uid == other.credentials.uid;
}

void apply_locked(Task& target, const Schedule& schedule) REQUIRES(process_lock)
{
    target.schedule = schedule;
    target.slice_ns = static_cast<u32>(schedule.slice_ns());
}

// ---- Nice values ----

// RLIMIT_NICE counts from 20 - nice.
Result<void> check_nice(const Task& self, const Task& target, i32 nice)
{
    const Process& process = self.process();
    if (nice >= target.schedule.nice || process.credentials.is_root()) return {};
    const u32 least = target.process().limits[kLimitNice].soft;
    return static_cast<u32>(kNicest + 1 - nice) <= least ? Result<void>{} : Result<void>{Errno::Access};
}

Result<void> set_nice_locked(const Task& self, Task& target, i32 nice) REQUIRES(process_lock)
{
    if (!may_change(self, target)) return Errno::Perm;
    TRY(check_nice(self, target, nice));
    Schedule schedule = target.schedule;
    schedule.nice = static_cast<i8>(nice);
    apply_locked(target, schedule);
    return {};
}

// What getpriority and setpriority name, one call of `action` for each task.
enum class Whose : u32 { Process, Group, User };

template <class Action>
void for_each_in_group_locked(Task& self, i32 id, Action action) REQUIRES(process_lock)
{
    ProcessGroup* group = id == 0 ? self.process().group : find_group_locked(static_cast<u32>(id));
    if (!group) return;
    for (Process& process : group->members)
        for (Task& task : process.tasks)
            action(task);
}

template <class Action> void for_each_of_user_locked(Task& self, i32 id, Action action) REQUIRES(process_lock)
{
    const u32 uid = id == 0 ? self.process().uids.real : static_cast<u32>(id);
    for (Process& process : all_processes) {
        if (process.uids.real != uid) continue;
        for (Task& task : process.tasks)
            action(task);
    }
}

template <class Action>
Result<void> for_each_named_locked(Task& self, u32 which, i32 id, Action action) REQUIRES(process_lock)
{
    switch (Whose{which}) {
    case Whose::Process:
        if (Task* task = find_task_locked(self, id)) action(*task);
        return {};
    case Whose::Group:
        for_each_in_group_locked(self, id, action);
        return {};
    case Whose::User:
        for_each_of_user_locked(self, id, action);
        return {};
    }
    return Errno::Invalid;
}

}  // namespace

Result<u32> sys_getpriority(Task& self, u32 which, i32 id)
{
    u32 best = 0;  // 20 - nice, so that no answer looks like an error
    SpinGuard guard{process_lock};
    TRY(for_each_named_locked(self, which, id, [&](const Task& task) {
        best = max(best, static_cast<u32>(kNicest + 1 - task.schedule.nice));
    }));
    return best == 0 ? Result<u32>{Errno::NoProcess} : best;
}

Result<void> sys_setpriority(Task& self, u32 which, i32 id, i32 nice)
{
    const i32 wanted = max(kLeastNice, min(kNicest, nice));
    Result<void> answer = Errno::NoProcess;  // nobody
    bool refused = false;
    SpinGuard guard{process_lock};
    TRY(for_each_named_locked(self, which, id, [&](Task& task) REQUIRES(process_lock) {
        const auto one = set_nice_locked(self, task, wanted);
        if (!refused) new (&answer) Result<void>(one);
        refused |= !one.ok();
    }));
    return answer;
}

Result<void> sys_nice(Task& self, i32 increment)
{
    constexpr i32 kMost = kNicest - kLeastNice + 1;
    SpinGuard guard{process_lock};
    const i32 wanted = self.schedule.nice + max(-kMost, min(kMost, increment));
    const auto done = set_nice_locked(self, self, max(kLeastNice, min(kNicest, wanted)));
    return done.ok() ? done : Errno::Perm;
}

// ---- Policies ----

namespace {

constexpr u32 kResetOnFork = 0x40000000;
constexpr u32 kMostPriority = 99;

bool is_policy(u32 policy)
{
    return policy <= 3 || policy == 5;
}

Result<Schedule> make_schedule(const Schedule& had, u32 policy, i32 priority)
{
    Schedule wanted = had;
    wanted.resets_on_fork = (policy & kResetOnFork) != 0;
    const u32 plain = policy & ~kResetOnFork;
    if (!is_policy(plain)) return Errno::Invalid;
    wanted.policy = SchedulePolicy{static_cast<u8>(plain)};
    if (priority < 0 || static_cast<u32>(priority) > kMostPriority) return Errno::Invalid;
    if (wanted.is_real_time() != (priority != 0)) return Errno::Invalid;
    wanted.priority = static_cast<u8>(priority);
    return wanted;
}

// Others than the superuser: real-time priorities up to RLIMIT_RTPRIO, and no way back from what binds them.
Result<void> check_schedule(const Task& self, const Task& target, const Schedule& wanted)
{
    if (self.process().credentials.is_root()) return {};
    if (!may_change(self, target)) return Errno::Perm;
    const Schedule& had = target.schedule;
    const u32 most = target.process().limits[kLimitRealTime].soft;
    if (wanted.is_real_time() && wanted.priority > had.priority && wanted.priority > most) return Errno::Perm;
    if (wanted.is_real_time() && !had.is_real_time() && most == 0) return Errno::Perm;
    if (had.policy == SchedulePolicy::Idle && wanted.policy != SchedulePolicy::Idle) return Errno::Perm;
    return had.resets_on_fork && !wanted.resets_on_fork ? Result<void>{Errno::Perm} : Result<void>{};
}

constexpr u32 kSamePolicy = ~u32{0};

Result<void> change_schedule(Task& self, i32 tid, u32 policy, i32 priority)
{
    SpinGuard guard{process_lock};
    Task* target = find_task_locked(self, tid);
    if (!target) return Errno::NoProcess;
    const Schedule& had = target->schedule;
    const u32 same = static_cast<u32>(had.policy) | (had.resets_on_fork ? kResetOnFork : 0);
    const Schedule wanted = TRY(make_schedule(had, policy == kSamePolicy ? same : policy, priority));
    TRY(check_schedule(self, *target, wanted));
    apply_locked(*target, wanted);
    return {};
}

Result<Schedule> schedule_of(Task& self, i32 tid)
{
    if (tid < 0) return Errno::Invalid;
    SpinGuard guard{process_lock};
    const Task* target = find_task_locked(self, tid);
    return target ? Result<Schedule>{target->schedule} : Errno::NoProcess;
}

}  // namespace

Result<void> sys_sched_setscheduler(Task& self, i32 tid, u32 policy, UserPtr<const i32> priority)
{
    if (static_cast<i32>(policy) < 0 || tid < 0 || !priority) return Errno::Invalid;
    return change_schedule(self, tid, policy, TRY(priority.read()));
}

Result<void> sys_sched_setparam(Task& self, i32 tid, UserPtr<const i32> priority)
{
    if (tid < 0 || !priority) return Errno::Invalid;
    return change_schedule(self, tid, kSamePolicy, TRY(priority.read()));
}

Result<u32> sys_sched_getscheduler(Task& self, i32 tid)
{
    const Schedule schedule = TRY(schedule_of(self, tid));
    return static_cast<u32>(schedule.policy) | (schedule.resets_on_fork ? kResetOnFork : 0);
}

Result<void> sys_sched_getparam(Task& self, i32 tid, UserPtr<i32> priority)
{
    if (!priority) return Errno::Invalid;
    return priority.write(TRY(schedule_of(self, tid)).priority);
}

namespace {

// Policies that Linux knows: deadline (6) is one of them, with a range of nothing.
bool has_range(u32 policy)
{
    constexpr u32 kDeadline = 6;
    return is_policy(policy) || policy == kDeadline;
}

}  // namespace

Result<u32> sys_sched_get_priority_max(Task&, u32 policy)
{
    if (!has_range(policy)) return Errno::Invalid;
    return policy == 1 || policy == 2 ? kMostPriority : 0;
}

Result<u32> sys_sched_get_priority_min(Task&, u32 policy)
{
    if (!has_range(policy)) return Errno::Invalid;
    return policy == 1 || policy == 2 ? 1u : 0u;
}

namespace {

Result<u64> interval_of(Task& self, i32 tid)
{
    const Schedule schedule = TRY(schedule_of(self, tid));
    return schedule.policy == SchedulePolicy::Fifo ? 0 : schedule.slice_ns();
}

}  // namespace

Result<void> sys_sched_rr_get_interval(Task& self, i32 tid, UserPtr<Timespec32> interval)
{
    return interval.write(to_timespec32(TRY(interval_of(self, tid))));
}

Result<void> sys_sched_rr_get_interval_time64(Task& self, i32 tid, UserPtr<Timespec64> interval)
{
    return interval.write(to_timespec64(TRY(interval_of(self, tid))));
}

// ---- sched_attr: all of it in one structure that grows ----

namespace {

struct ScheduleAttributes {
    u32 size, policy;
    u64 flags;
    i32 nice;
    u32 priority;
    u64 runtime, deadline, period;
};
static_assert(sizeof(ScheduleAttributes) == 48);

constexpr u64 kAttributeResets = 1;

}  // namespace

Result<void> sys_sched_getattr(Task& self, i32 tid, UserAddr attributes, u32 size_bytes, u32 flags)
{
    if (attributes.is_null() || tid < 0 || flags != 0) return Errno::Invalid;
    if (size_bytes < sizeof(ScheduleAttributes) || size_bytes > kPageSize) return Errno::Invalid;
    const Schedule schedule = TRY(schedule_of(self, tid));
    ScheduleAttributes out{};
    out.size = sizeof out;
    out.policy = static_cast<u32>(schedule.policy);
    out.flags = schedule.resets_on_fork ? kAttributeResets : 0;
    out.nice = schedule.is_real_time() ? 0 : schedule.nice;
    out.priority = schedule.priority;
    return copy_to_user(attributes, &out, sizeof out);
}

Result<void> sys_sched_setattr(Task& self, i32 tid, UserAddr attributes, u32 flags)
{
    if (attributes.is_null() || tid < 0 || flags != 0) return Errno::Invalid;
    ScheduleAttributes in;
    TRY(copy_from_user(&in.size, attributes, sizeof in.size));
    if (in.size != 0 && in.size < sizeof in) return Errno::TooBig;
    TRY(copy_from_user(&in, attributes, sizeof in));
    if ((in.flags & ~kAttributeResets) != 0 || in.policy >= kResetOnFork) return Errno::Invalid;
    const u32 policy = in.policy | (in.flags != 0 ? kResetOnFork : 0);
    TRY(change_schedule(self, tid, policy, static_cast<i32>(in.priority)));
    SpinGuard guard{process_lock};
    Task* target = find_task_locked(self, tid);
    if (!target || target->schedule.is_real_time()) return {};
    return set_nice_locked(self, *target, max(kLeastNice, min(kNicest, in.nice)));
}

// ---- CPUs ----

Result<void> sys_getcpu(Task&, UserPtr<u32> cpu, UserPtr<u32> node, UserAddr)
{
    TRY(cpu.write_if_given(cpu_index()));
    return node.write_if_given(0);
}

// ---- The disk's priorities: told as they were set ----

namespace {

// A class in the upper bits, 0 to 3, and one of eight levels in the lower ones; class 0 has none.
Result<u16> check_io_priority(const Task& self, u32 value)
{
    constexpr u32 kClassShift = 13, kLevels = 8, kRealTime = 1, kClasses = 4;
    const u32 kind = value >> kClassShift & 7, level = value & (kLevels - 1);
    if (kind >= kClasses) return Errno::Invalid;
    if (kind == 0 && level != 0) return Errno::Invalid;
    if (kind == kRealTime && !self.process().credentials.is_root()) return Errno::Perm;
    return static_cast<u16>(value);
}

Result<Whose> whose_io(u32 which)  // here they count from 1
{
    return which >= 1 && which <= 3 ? Result<Whose>{Whose{which - 1}} : Errno::Invalid;
}

}  // namespace

Result<u32> sys_ioprio_get(Task& self, u32 which, i32 id)
{
    const u32 whose = static_cast<u32>(TRY(whose_io(which)));
    bool found = false;
    u32 value = 0;
    SpinGuard guard{process_lock};
    TRY(for_each_named_locked(self, whose, id, [&](const Task& task) {
        value = found ? min(value, u32{task.schedule.io_priority}) : task.schedule.io_priority;
        found = true;
    }));
    return found ? Result<u32>{value} : Errno::NoProcess;
}

Result<void> sys_ioprio_set(Task& self, u32 which, i32 id, u32 value)
{
    const u16 wanted = TRY(check_io_priority(self, value));
    const u32 whose = static_cast<u32>(TRY(whose_io(which)));
    bool found = false, refused = false;
    SpinGuard guard{process_lock};
    TRY(for_each_named_locked(self, whose, id, [&](Task& task) {
        found = true;
        refused |= !may_change(self, task);
        if (!refused) task.schedule.io_priority = wanted;
    }));
    if (!found) return Errno::NoProcess;
    return refused ? Result<void>{Errno::Perm} : Result<void>{};
}

}  // namespace faultline
