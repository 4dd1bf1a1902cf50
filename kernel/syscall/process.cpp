// System calls about processes: beginning, ending, waiting, ids, groups, limits.
#include "arch/clock.h"
#include "arch/segments.h"
#include "core/scheduler.h"
#include "kernel/exec.h"
#include "kernel/fork.h"
#include "kernel/pid_file.h"
#include "kernel/syscall/at.h"
#include "kernel/syscall/pid_files.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/time_values.h"
#include "kernel/task.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "mm/reclaim.h"

namespace faultline {

// ---- Beginning and ending ----

Result<void> sys_exit(Task& self, i32 status)
{
    exit_task(self, (static_cast<u32>(status) & 0xff) << 8);
}

Result<void> sys_exit_group(Task& self, i32 status)
{
    exit_process(self, (static_cast<u32>(status) & 0xff) << 8);
}

Result<u32> sys_fork(Task& self)
{
    CloneRequest request;
    request.flags = kSigChild;
    return clone_process(self, request);
}

Result<u32> sys_vfork(Task& self)
{
    CloneRequest request;
    request.flags = kSigChild | kCloneVfork | kCloneVm;
    return clone_process(self, request);
}

Result<u32> sys_clone(Task& self, u32 flags, UserAddr stack, UserPtr<u32> parent_tid, UserAddr tls,
                      UserPtr<u32> child_tid)
{
    if ((flags & kClonePidFile) != 0 && (flags & kCloneParentSetTid) != 0) return Errno::Invalid;
    return clone_process(self, {flags, stack, parent_tid, UserPtr<UserDesc>{tls}, child_tid, parent_tid});
}

Result<void> sys_execve(Task& self, UserString path, UserPtr<const u32> argv, UserPtr<const u32> envp)
{
    PathText text;
    const StringView name = TRY(text.read(path));
    return execute(self, ProgramName{name}, argv, envp, self.registers());
}

namespace {

// What a program behind a descriptor is called, as /dev shows it; `text` has room for it.
StringView name_behind_descriptor(Span<char> text, Descriptor fd, StringView path)
{
    if (path.empty())
        format(text, "/dev/fd/%d", fd.number);
    else
        format(text, "/dev/fd/%d/%s", fd.number, path.data());
    return text.data();
}

Result<void> execute_behind(Task& self, Descriptor fd, ProgramName name, UserPtr<const u32> argv,
                            UserPtr<const u32> envp)
{
    constexpr u32 kMostBefore = 32;
    const u32 size = static_cast<u32>(name.path.size()) + kMostBefore;
    char* const text = static_cast<char*>(TRY(with_room([size] { return heap_allocate(size); })));
    name.shown = name_behind_descriptor({text, size}, fd, name.path);
    name.is_closed = TRY(self.process().files->on_exec(fd.number)) == OnExec::Close;
    const Result<void> done = execute(self, name, argv, envp, self.registers());
    heap_free(text);
    return done;
}

}  // namespace

Result<void> sys_execveat(Task& self, Descriptor directory, UserString path, UserPtr<const u32> argv,
                          UserPtr<const u32> envp, u32 flags)
{
    Name name{self.process()};
    TRY(name.read(directory, path));
    const bool may_be_empty = (flags & kAtEmptyPath) != 0;
    if (name.path().empty() && !may_be_empty) return Errno::NoEntry;
    if ((flags & ~(kAtEmptyPath | kAtNoFollow)) != 0) return Errno::Invalid;
    const PathContext context = name.context();
    if (!context.start) return Errno::Access;  // a pipe
    const bool absolute = !name.path().empty() && name.path()[0] == '/';
    const ProgramName program{name.path(), name.path(), &context.start, walk_of(flags)};
    if (absolute || directory.number == kCurrentDirectory)
        return execute(self, program, argv, envp, self.registers());
    return execute_behind(self, directory, program, argv, envp);
}

// ---- Waiting ----

namespace {

Rusage to_rusage(const Usage& usage)
{
    Rusage out{};
    out.user = to_timeval32(usage.cpu.user_ns);
    out.system = to_timeval32(usage.cpu.system_ns);
    out.max_resident_kib = usage.peak_resident_pages * (kPageSize / kKiB);
    out.minor_faults = usage.minor_faults;
    out.major_faults = usage.major_faults;
    out.switches_voluntary = usage.switches_voluntary;
    out.switches_forced = usage.switches_forced;
    return out;
}

constexpr u32 kWaitOptions =
    kWaitNoHang | kWaitStopped | kWaitContinued | kWaitNoThread | kWaitAll | kWaitClone;

}  // namespace

Result<u32> sys_wait4(Task& self, i32 pid, UserPtr<i32> status, u32 options, UserPtr<Rusage> usage)
{
    if ((options & ~kWaitOptions) != 0) return Errno::Invalid;
    const WaitAnswer answer = TRY(wait_for_child(self, pid, options | kWaitExited));
    if (answer.pid == 0) return 0u;
    TRY(status.write_if_given(static_cast<i32>(answer.status)));
    if (usage) TRY(usage.write(to_rusage(answer.usage)));
    return answer.pid;
}

Result<u32> sys_waitpid(Task& self, i32 pid, UserPtr<i32> status, u32 options)
{
    return sys_wait4(self, pid, status, options, UserPtr<Rusage>{});
}

namespace {

i32 code_of_status(u32 status)
{
    if (status == 0xffff) return kCodeContinued;
    if ((status & 0xff) == 0x7f) return kCodeStopped;
    return (status & 0x7f) == 0 ? kCodeExited : kCodeKilled;
}

Siginfo to_siginfo(const WaitAnswer& answer)
{
    Siginfo info{};
    if (answer.pid == 0) return info;  // nobody yet
    info.signal = kSigChild;
    info.code = answer.is_trap ? kCodeTrapped : code_of_status(answer.status);
    const u32 shown = info.code == kCodeContinued ? kSigCont
                      : info.code == kCodeKilled  ? answer.status & 0x7f
                                                  : answer.status >> 8;
    info.fields[0] = answer.pid;
    info.fields[1] = answer.uid;
    info.fields[2] = shown;
    return info;
}

// wait4's way to name children: a pid, -1 for any, minus a group.
Result<i32> which_child(u32 id_type, i32 id)
{
    enum Type : u32 { All, Pid, Group };
    switch (id_type) {
    case All:
        return -1;
    case Pid:
        return id > 0 ? Result<i32>{id} : Errno::Invalid;
    case Group:
        return id >= 0 && id != 1 ? Result<i32>{-id} : id == 1 ? Errno::NoChild : Errno::Invalid;
    default:
        return Errno::Invalid;
    }
}

// The child that a pidfd names; one that does not block is not waited for (Again).
Result<WaitAnswer> wait_by_descriptor(Task& self, i32 fd, u32 options)
{
    if (fd < 0) return Errno::Invalid;
    const PidFileChoice chosen = TRY(process_of_descriptor(self, Descriptor{fd}));
    {
        SpinGuard guard{process_lock};
        if (!find_listed_locked(&*chosen.process)) return Errno::NoChild;
    }
    const bool only_asks = chosen.nonblocking && (options & kWaitNoHang) == 0;
    const WaitAnswer answer = TRY(wait_for_child(self, static_cast<i32>(chosen.process->pid()),
                                                 only_asks ? options | kWaitNoHang : options));
    return answer.pid == 0 && only_asks ? Result<WaitAnswer>{Errno::Again} : answer;
}

}  // namespace

Result<void> sys_waitid(Task& self, u32 id_type, i32 id, UserPtr<Siginfo> info, u32 options,
                        UserPtr<Rusage> usage)
{
    constexpr u32 kEvents = kWaitExited | kWaitStopped | kWaitContinued;
    if ((options & ~(kWaitOptions | kWaitExited | kWaitLeave)) != 0) return Errno::Invalid;
    if ((options & kEvents) == 0) return Errno::Invalid;
    constexpr u32 kPidFile = 3;
    const auto waited = id_type == kPidFile ? wait_by_descriptor(self, id, options)
                                            : wait_for_child(self, TRY(which_child(id_type, id)), options);
    if (!waited.ok()) {
        TRY(info.write_if_given(Siginfo{}));  // so that si_pid is 0
        return waited.error();
    }
    const WaitAnswer& answer = waited.value();
    if (usage && answer.pid != 0) TRY(usage.write(to_rusage(answer.usage)));
    return info.write_if_given(to_siginfo(answer));
}

namespace {

Usage usage_of_task(Task& self)
{
    Usage usage = usage_now(self.process());
    SpinGuard guard{process_lock};
    note_own_usage_locked(self, usage);
    return usage;
}

}  // namespace

Result<void> sys_getrusage(Task& self, i32 who, UserPtr<Rusage> usage)
{
    constexpr i32 kSelf = 0, kChildren = -1, kThread = 1;
    if (who == kChildren) {
        Usage children;
        {
            SpinGuard guard{process_lock};
            children = self.process().children_usage;
        }
        return usage.write(to_rusage(children));
    }
    if (who == kThread) return usage.write(to_rusage(usage_of_task(self)));
    if (who != kSelf) return Errno::Invalid;
    return usage.write(to_rusage(usage_now(self.process())));
}

Result<u32> sys_times(Task& self, UserPtr<Tms> times)
{
    constexpr u64 kNsPerTick = kNsPerSecond / kUserTicksPerSecond;
    if (times) {
        CpuSplit own, children;
        {
            SpinGuard guard{process_lock};
            own = process_cpu_locked(self.process());
            children = self.process().children_usage.cpu;
        }
        TRY(times.write({static_cast<u32>(own.user_ns / kNsPerTick),
                         static_cast<u32>(own.system_ns / kNsPerTick),
                         static_cast<u32>(children.user_ns / kNsPerTick),
                         static_cast<u32>(children.system_ns / kNsPerTick)}));
    }
    return static_cast<u32>(now_ns() / kNsPerTick);
}

// ---- Ids ----

u32 sys_getpid(Task& self)
{
    return self.process().pid();
}

u32 sys_gettid(Task& self)
{
    return self.tid();
}

u32 sys_getppid(Task& self)
{
    SpinGuard guard{process_lock};
    const Process* parent = self.process().parent;
    return parent ? parent->pid() : 0;
}

// ---- Groups and sessions ----

Result<void> sys_setpgid(Task& self, i32 pid, i32 group)
{
    return set_group(self.process(), pid, group);
}

Result<u32> sys_getpgid(Task& self, i32 pid)
{
    SpinGuard guard{process_lock};
    const Process* process = pid == 0 ? &self.process() : find_process_locked(static_cast<u32>(pid));
    if (!process) return Errno::NoProcess;
    return process->group->number();
}

u32 sys_getpgrp(Task& self)
{
    return sys_getpgid(self, 0).value_or(0);
}

Result<u32> sys_getsid(Task& self, i32 pid)
{
    SpinGuard guard{process_lock};
    const Process* process = pid == 0 ? &self.process() : find_process_locked(static_cast<u32>(pid));
    if (!process) return Errno::NoProcess;
    return process->session().number();
}

Result<u32> sys_setsid(Task& self)
{
    return begin_session(self.process());
}

// ---- Limits ----

namespace {

Result<void> change_limit(Process& caller, Process& target, u32 resource, Limit wanted)
{
    Limit& limit = target.limits[resource];
    if (wanted.soft > wanted.hard) return Errno::Invalid;
    if (wanted.hard > limit.hard && !caller.credentials.is_root()) return Errno::Perm;
    if (resource == kLimitFiles && wanted.hard > FileTable::kMost) return Errno::Perm;
    {
        SpinGuard guard{process_lock};
        limit = wanted;
        if (resource == kLimitCpu && limit.soft == 0) limit.soft = 1;  // at the next tick, as in Linux
        if (resource == kLimitCpu) watch_cpu_time_locked(target);
    }
    if (!target.space_) return {};
    SpaceLimits& space = target.space().limits();
    if (resource == kLimitStack) space.stack_bytes = wanted.soft;
    if (resource == kLimitData) space.data_bytes = wanted.soft;
    if (resource == kLimitSpace) space.space_bytes = wanted.soft;
    return {};
}

u32 narrow_limit(u64 value)
{
    return value > kUnlimited ? kUnlimited : static_cast<u32>(value);
}

u64 widen_limit(u32 value)
{
    return value == kUnlimited ? ~u64{0} : value;
}

}  // namespace

Result<void> sys_ugetrlimit(Task& self, u32 resource, UserPtr<Rlimit32> limit)
{
    if (resource >= kResources) return Errno::Invalid;
    const Limit& value = self.process().limits[resource];
    return limit.write({value.soft, value.hard});
}

// The old form: a signed number, so unlimited and whatever is too large look the same.
Result<void> sys_getrlimit(Task& self, u32 resource, UserPtr<Rlimit32> limit)
{
    constexpr u32 kLargest = 0x7fffffff;
    if (resource >= kResources) return Errno::Invalid;
    const Limit& value = self.process().limits[resource];
    return limit.write({min(value.soft, kLargest), min(value.hard, kLargest)});
}

Result<void> sys_setrlimit(Task& self, u32 resource, UserPtr<const Rlimit32> limit)
{
    if (resource >= kResources) return Errno::Invalid;
    const Rlimit32 wanted = TRY(limit.read());
    return change_limit(self.process(), self.process(), resource, {wanted.soft, wanted.hard});
}

Result<void> sys_prlimit64(Task& self, i32 pid, u32 resource, UserPtr<const Rlimit64> limit,
                           UserPtr<Rlimit64> old)
{
    if (resource >= kResources) return Errno::Invalid;
    Rlimit64 wanted{};
    if (limit) wanted = TRY(limit.read());
    Ref<Process> target =
        pid == 0 ? Ref<Process>::share(&self.process()) : find_process(static_cast<u32>(pid));
    if (!target) return Errno::NoProcess;
    const Credentials& who = self.process().credentials;
    if (!who.is_root() && who.uid != target->uids.real) return Errno::Perm;
    const Limit before = target->limits[resource];
    if (limit)
        TRY(change_limit(self.process(), *target, resource,
                         {narrow_limit(wanted.soft), narrow_limit(wanted.hard)}));
    return old.write_if_given({widen_limit(before.soft), widen_limit(before.hard)});
}

}  // namespace faultline
