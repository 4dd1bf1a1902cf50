// System calls that ask about the machine, or end it.
#include "mm/inspect.h"
#include "arch/clock.h"
#include "core/log.h"
#include "core/random.h"
#include "core/scheduler.h"
#include "kernel/self_test.h"
#include "kernel/shutdown.h"
#include "kernel/syscall/table.h"
#include "kernel/task.h"
#include "lib/string.h"
#include "mm/fail.h"
#include "mm/frame.h"
#include "mm/swap.h"

namespace faultline {

Result<void> sys_sysinfo(Task&, UserPtr<Sysinfo> out)
{
    const FrameCounts frames = count_frames();
    Sysinfo info{};
    info.uptime_seconds = static_cast<u32>(now_ns() / kNsPerSecond);
    for (u32 i = 0; i < 3; i++)
        info.loads[i] = load_average(i) << (16 - 11);
    info.total_ram = frames.total;
    info.free_ram = frames.free;
    info.shared_ram = memory_use().shared;
    const SwapCounts swap = swap_counts();
    info.total_swap = swap.total_pages;
    info.free_swap = swap.free_pages;
    info.processes = static_cast<u16>(process_count());
    info.memory_unit = kPageSize;
    return out.write(info);
}

Result<u32> sys_getrandom(Task&, UserSpan<u8> bytes, u32 flags)
{
    constexpr u32 kKnownFlags = 7;
    constexpr u32 kRandom = 2, kInsecure = 4;
    if ((flags & ~kKnownFlags) != 0 || (flags & (kRandom | kInsecure)) == (kRandom | kInsecure))
        return Errno::Invalid;
    u8 part[64];
    const u32 size = min(bytes.size_bytes(), u32{0x7fffffff});
    for (u32 done = 0; done < size;) {
        const u32 count = min(size - done, static_cast<u32>(sizeof part));
        random_bytes({part, count});
        TRY(copy_to_user(bytes.start() + done, part, count));
        done += count;
    }
    return size;
}

// ---- The kernel log ----

namespace {

u64 cleared_at;  // what dmesg -c has seen; a word's race does no harm
u64 read_at;

Result<u32> copy_log(UserSpan<u8> to, u64& position)
{
    char part[256];
    u32 done = 0;
    while (done < to.size_bytes()) {
        const u32 wanted = min(to.size_bytes() - done, static_cast<u32>(sizeof part));
        const u32 size = static_cast<u32>(log_read(position, {part, wanted}));
        if (size == 0) break;
        TRY(copy_to_user(to.start() + done, part, size));
        done += size;
    }
    return done;
}

Result<u32> copy_log_end(UserSpan<u8> to)
{
    const u64 end = log_end();
    u64 position = max(log_begin(), cleared_at);
    if (end - position > to.size_bytes()) position = end - to.size_bytes();
    return copy_log(to, position);
}

}  // namespace

Result<u32> sys_syslog(Task& self, u32 type, UserSpan<u8> bytes)
{
    enum Type : u32 {
        Close,
        Open,
        Read,
        ReadAll,
        ReadClear,
        Clear,
        ConsoleOff,
        ConsoleOn,
        Level,
        Unread,
        Size
    };
    const bool is_root = self.process().credentials.is_root();
    if (type != ReadAll && type != Size && !is_root) return Errno::Perm;
    if (type == Read || type == ReadAll || type == ReadClear)
        if (bytes.start().is_null() || static_cast<i32>(bytes.size_bytes()) < 0) return Errno::Invalid;
    switch (type) {
    case Close:
    case Open:
    case ConsoleOff:
    case ConsoleOn:
    case Level:
        return 0u;
    case Read:
        return copy_log(bytes, read_at);
    case ReadAll:
        return copy_log_end(bytes);
    case ReadClear: {
        const Result<u32> size = copy_log_end(bytes);
        cleared_at = log_end();
        return size;
    }
    case Clear:
        cleared_at = log_end();
        return 0u;
    case Unread:
        return static_cast<u32>(log_end() - max(log_begin(), read_at));
    case Size:
        return kLogSize;
    default:
        return Errno::Invalid;
    }
}

// ---- The end ----

Result<void> sys_reboot(Task& self, u32 magic1, u32 magic2, u32 command, UserAddr)
{
    constexpr u32 kMagic1 = 0xfee1dead;
    constexpr u32 kMagic2[] = {672274793, 85072278, 369367448, 537993216};
    constexpr u32 kRestart = 0x01234567, kRestart2 = 0xa1b2c3d4, kHalt = 0xcdef0123, kPowerOff = 0x4321fedc,
                  kKeysOn = 0x89abcdef, kKeysOff = 0;
    if (!self.process().credentials.is_root()) return Errno::Perm;
    bool known = false;
    for (u32 magic : kMagic2)
        known |= magic == magic2;
    if (magic1 != kMagic1 || !known) return Errno::Invalid;
    switch (command) {
    case kRestart:
    case kRestart2:
        end_machine(MachineEnd::Reboot);
    case kHalt:
        end_machine(MachineEnd::Halt);
    case kPowerOff:
        end_machine(MachineEnd::PowerOff);
    case kKeysOn:
    case kKeysOff:
        return {};
    default:
        return Errno::Invalid;
    }
}

Result<void> sys_shutdown(Task& self, i32 status)
{
    if (!self.process().credentials.is_root()) return Errno::Perm;
    end_machine_with_status(static_cast<u32>(status));
}

// ---- Our own: the policy ----

// For the next exec, and what comes of it.
Result<void> sys_set_policy(Task& self, u32 policy, i32 stack_pages)
{
    constexpr i32 kMostStackPages = 1 << 15;
    if (policy >= kPolicyCount || stack_pages < 0 || stack_pages > kMostStackPages) return Errno::Invalid;
    MemoryChoices& choices = self.process().memory;
    choices.policy = kPolicies[policy];
    choices.stack_pages = static_cast<u32>(stack_pages);
    return {};
}

Result<u32> sys_fail_nth(Task&, i32 n)
{
    if (n < 0) return Errno::Invalid;
    return fail_nth_allocation(static_cast<u32>(n));
}

Result<void> sys_ktest(Task& self, UserString name)
{
    if (!self.process().credentials.is_root()) return Errno::Perm;  // some end in a panic
    char text[32];
    const auto length = copy_string_from_user(text, name.address());
    if (!length.ok()) return length.error() == Errno::NameTooLong ? Errno::NoEntry : length.error();
    return run_self_test({text, length.value()});
}

}  // namespace faultline
