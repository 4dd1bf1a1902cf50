// prctl: what a process says of itself, one option a subject.
#include "kernel/syscall/table.h"
#include "kernel/task.h"
#include "lib/string.h"

namespace faultline {

namespace {

enum Option : u32 {
    kSetDeathSignal = 1,
    kGetDeathSignal = 2,
    kGetDumpable = 3,
    kSetDumpable = 4,
    kGetKeepCapabilities = 7,
    kSetKeepCapabilities = 8,
    kGetTiming = 13,
    kSetTiming = 14,
    kSetName = 15,
    kGetName = 16,
    kGetSecureComputing = 21,
    kReadBoundingSet = 23,
    kGetSecureBits = 27,
    kSetSecureBits = 28,
    kSetTimerSlack = 29,
    kGetTimerSlack = 30,
    kSetTakesOrphans = 36,
    kGetTakesOrphans = 37,
    kSetNoNewPrivileges = 38,
    kGetNoNewPrivileges = 39,
    kSetFaultAround = 0x464c0001,  // ours: bytes, for the next exec
    kSetReceipt = 0x464c0002,      // ours: 1, a receipt at exit; 0, none
};

constexpr u32 kCapabilities = 41;  // CAP_CHECKPOINT_RESTORE is the last

Result<void> set_task_name(Task& self, UserAddr from)
{
    char name[16] = {};
    const auto length = copy_string_from_user(name, from);
    if (!length.ok() && length.error() == Errno::Fault) return Errno::Fault;
    name[sizeof name - 1] = 0;  // longer ones are cut
    self.Thread::set_name(name);
    if (self.is_leader()) self.process().set_name(name);
    return {};
}

Result<void> tell_task_name(Task& self, UserAddr to)
{
    char name[16] = {};
    copy_string(name, self.Thread::name);
    return copy_to_user(to, name, sizeof name);
}

Result<void> set_flag(bool& flag, u32 value)
{
    if (value > 1) return Errno::Invalid;
    flag = value != 0;
    return {};
}

Result<void> set_death_signal(Process& process, u32 signal)
{
    if (signal > kSignals) return Errno::Invalid;
    SpinGuard guard{process_lock};
    process.traits.parent_death_signal = signal;
    return {};
}

Result<void> set_takes_orphans(Process& process, u32 value)
{
    SpinGuard guard{process_lock};
    process.traits.takes_orphans = value != 0;
    return {};
}

// Never taken back, so that only 1 can be set; the words that have no meaning yet must be 0.
Result<void> set_no_new_privileges(Process& process, u32 value, u32 others)
{
    if (value != 1 || others != 0) return Errno::Invalid;
    process.traits.has_no_new_privileges = true;
    return {};
}

Result<void> set_fault_around(Process& process, u32 bytes)
{
    if (!is_fault_around(bytes)) return Errno::Invalid;
    process.memory.fault_around_pages = bytes / kPageSize;
    return {};
}

Result<u32> done(const Result<void>& answer)
{
    return answer.ok() ? Result<u32>{0u} : answer.error();
}

}  // namespace

Result<u32> sys_prctl(Task& self, u32 option, u32 first, u32 second, u32 third, u32 fourth)
{
    Process& process = self.process();
    ProcessTraits& traits = process.traits;
    const u32 others = second | third | fourth;
    switch (option) {
    case kSetDeathSignal:
        return done(set_death_signal(process, first));
    case kGetDeathSignal:
        return done(copy_to_user(UserAddr{first}, &traits.parent_death_signal, sizeof(u32)));
    case kGetDumpable:
        return u32{process.dumpable};
    case kSetDumpable:
        return done(set_flag(process.dumpable, first));
    case kGetKeepCapabilities:
        return u32{traits.keeps_capabilities};
    case kSetKeepCapabilities:
        return done(set_flag(traits.keeps_capabilities, first));
    case kGetTiming:
    case kGetSecureComputing:
    case kGetSecureBits:
        return 0u;
    case kSetTiming:  // 0 only: statistical
    case kSetSecureBits:
        return first == 0 ? Result<u32>{0u} : option == kSetTiming ? Errno::Invalid : Errno::Perm;
    case kSetName:
        return done(set_task_name(self, UserAddr{first}));
    case kGetName:
        return done(tell_task_name(self, UserAddr{first}));
    case kReadBoundingSet:
        return first < kCapabilities ? Result<u32>{1u} : Errno::Invalid;
    case kSetTimerSlack:
        traits.timer_slack_ns = first == 0 ? ProcessTraits::kTimerSlackNs : first;
        return 0u;
    case kGetTimerSlack:
        return traits.timer_slack_ns;
    case kSetTakesOrphans:
        return done(set_takes_orphans(process, first));
    case kGetTakesOrphans: {
        const u32 takes = traits.takes_orphans ? 1 : 0;
        return done(copy_to_user(UserAddr{first}, &takes, sizeof takes));
    }
    case kSetNoNewPrivileges:
        return done(set_no_new_privileges(process, first, others));
    case kGetNoNewPrivileges:
        return (first | others) == 0 ? Result<u32>{u32{traits.has_no_new_privileges}} : Errno::Invalid;
    case kSetFaultAround:
        return done(set_fault_around(process, first));
    case kSetReceipt:
        return done(set_flag(process.memory.wants_receipt, first));
    default:
        return Errno::Invalid;
    }
}

}  // namespace faultline
