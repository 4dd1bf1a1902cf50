// System calls about rights that Linux splits from the superuser's, and those that only the superuser may make.
//
// Rights follow the effective user id alone: the superuser has every capability, others have none, and no file gives
// any. So capget tells, and capset takes only what changes nothing.
#include "core/cpu_call.h"
#include "kernel/syscall/table.h"
#include "kernel/task.h"

namespace faultline {

// ---- Capabilities ----

namespace {

struct CapabilityWord {
    u32 effective, permitted, inheritable;
};

constexpr u32 kVersion1 = 0x19980330, kVersion2 = 0x20071026, kVersion3 = 0x20080522;
constexpr u64 kAllCapabilities = (u64{1} << 41) - 1;

// How many words of 32 capabilities the program's structures have. An unknown version is answered with ours.
Result<u32> words_of_version(UserPtr<CapabilityHeader> header, CapabilityHeader& given)
{
    given = TRY(header.read());
    if (given.version == kVersion1) return 1u;
    if (given.version == kVersion2 || given.version == kVersion3) return 2u;
    given.version = kVersion3;
    TRY(header.write(given));
    return Errno::Invalid;
}

CapabilityWord word_of(u64 capabilities, u32 index)
{
    const u32 part = static_cast<u32>(capabilities >> (32 * index));
    return {part, part, 0};
}

Result<u64> capabilities_of(Task& self, i32 tid)
{
    if (tid < 0) return Errno::Invalid;
    SpinGuard guard{process_lock};
    const auto* task = tid == 0 ? &self : static_cast<Task*>(pids.find(static_cast<u32>(tid), PidKind::Task));
    if (!task) return Errno::NoProcess;
    return task->process().credentials.is_root() ? kAllCapabilities : 0;
}

}  // namespace

Result<void> sys_capget(Task& self, UserPtr<CapabilityHeader> header, UserAddr data)
{
    CapabilityHeader given;
    const auto words = words_of_version(header, given);
    if (!words.ok())
        return words.error() == Errno::Invalid && data.is_null() ? Result<void>{} : words.error();
    const u64 capabilities = TRY(capabilities_of(self, given.pid));
    if (data.is_null()) return {};
    CapabilityWord out[2] = {word_of(capabilities, 0), word_of(capabilities, 1)};
    return copy_to_user(data, out, words.value() * static_cast<u32>(sizeof out[0]));
}

Result<void> sys_capset(Task& self, UserPtr<CapabilityHeader> header, UserAddr data)
{
    CapabilityHeader given;
    const u32 words = TRY(words_of_version(header, given));
    if (given.pid != 0 && static_cast<u32>(given.pid) != self.tid()) return Errno::Perm;
    CapabilityWord in[2] = {};
    TRY(copy_from_user(in, data, words * static_cast<u32>(sizeof in[0])));
    const u64 had = TRY(capabilities_of(self, 0));
    for (u32 i = 0; i < words; i++) {
        const CapabilityWord has = word_of(had, i);
        const u32 known = word_of(kAllCapabilities, i).permitted;
        if ((in[i].effective & known) != has.effective || (in[i].permitted & known) != has.permitted)
            return Errno::Perm;
    }
    return {};
}

// ---- The superuser's ----

namespace {

Result<void> only_root(const Task& self, Errno otherwise)
{
    return self.process().credentials.is_root() ? otherwise : Errno::Perm;
}

}  // namespace

// No program touches a port, root's neither.
Result<void> sys_iopl(Task& self, u32 level)
{
    if (level > 3) return Errno::Invalid;
    return level == 0 ? Result<void>{} : only_root(self, Errno::Perm);
}

Result<void> sys_ioperm(Task& self, u32 first, u32 count, u32 on)
{
    constexpr u32 kPorts = 65536;
    if (first >= kPorts || count == 0 || count > kPorts - first) return Errno::Invalid;
    return on == 0 ? Result<void>{} : only_root(self, Errno::Perm);
}

// Nobody has a local descriptor table: reading it gives nothing, changing it is not there.
Result<u32> sys_modify_ldt(Task&, u32 function, UserSpan<u8>)
{
    constexpr u32 kRead = 0;
    return function == kRead ? Result<u32>{0u} : Errno::NoSystemCall;
}

Result<void> sys_acct(Task& self, UserString)
{
    return only_root(self, Errno::NoSystemCall);  // nobody keeps accounts
}

Result<void> sys_vhangup(Task& self)
{
    if (!self.process().credentials.is_root()) return Errno::Perm;
    hang_up_terminal(self.process());
    return {};
}

// ---- Ordering between the tasks of the machine ----

namespace {

constexpr u32 kQuery = 0, kEverywhere = 1, kPrivateExpedited = 8, kRegisterPrivate = 16;

void order_memory(void*)
{
    // An interrupt was taken and will be returned from: that orders what came before and what comes.
}

}  // namespace

Result<u32> sys_membarrier(Task& self, u32 command, u32 flags, i32)
{
    Process& process = self.process();
    if (flags != 0) return Errno::Invalid;
    switch (command) {
    case kQuery:
        return kEverywhere | kPrivateExpedited | kRegisterPrivate;
    case kRegisterPrivate:
        process.traits.uses_barriers = true;
        return 0u;
    case kPrivateExpedited:
        if (!process.traits.uses_barriers) return Errno::Perm;
        [[fallthrough]];
    case kEverywhere:
        call_on_cpus(online_cpus(), order_memory, nullptr);
        return 0u;
    default:
        return Errno::Invalid;
    }
}

}  // namespace faultline
