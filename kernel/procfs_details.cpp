#include "kernel/procfs_details.h"

#include "fs/mount.h"
#include "kernel/oom.h"
#include "kernel/task.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/frame.h"

namespace faultline {

// ---- What exec left on the stack ----

namespace {

void append_memory(AddressSpace& space, UserAddr from, UserAddr end, TextBuffer& out)
{
    char part[128];
    for (u32 at = from.value(); at < end.value();) {
        const u32 wanted = min(end.value() - at, static_cast<u32>(sizeof part));
        const u32 size = space.read_memory(part, UserAddr{at}, wanted);
        if (size == 0) return;
        out.append(StringView{part, size});
        at += size;
    }
}

}  // namespace

Result<void> write_process_cmdline(Process& process, TextBuffer& out)
{
    const Ref<AddressSpace> space = process.share_space();
    if (space) append_memory(*space, process.arguments_start, process.arguments_end, out);
    return {};
}

Result<void> write_process_environ(Process& process, TextBuffer& out)
{
    const Ref<AddressSpace> space = process.share_space();
    if (space) append_memory(*space, process.arguments_end, process.environment_end, out);
    return {};
}

// Behind argc, the arguments, a null, the environment, a null: pairs up to the one of type 0.
Result<void> write_process_auxv(Process& process, TextBuffer& out)
{
    constexpr u32 kMostWords = 1 << 20, kMostPairs = 64;
    const Ref<AddressSpace> space = process.share_space();
    if (!space || process.stack_start.is_null()) return {};
    u32 word;
    UserAddr at = process.stack_start;
    const auto next = [&] {
        const bool got = space->read_memory(&word, at, sizeof word) == sizeof word;
        at = at + sizeof word;
        return got;
    };
    if (!next() || word > kMostWords) return {};
    at = at + (word + 1) * static_cast<u32>(sizeof word);
    do {
        if (!next()) return {};
    } while (word != 0);
    for (u32 i = 0; i < kMostPairs; i++) {
        u32 pair[2];
        if (space->read_memory(pair, at, sizeof pair) != sizeof pair) break;
        out.append(StringView{reinterpret_cast<const char*>(pair), sizeof pair});
        at = at + sizeof pair;
        if (pair[0] == 0) break;
    }
    return {};
}

// ---- Name ----

Result<void> write_process_comm(Process& process, TextBuffer& out)
{
    out.print("%s\n", process.name());
    return {};
}

Result<void> accept_process_comm(Process& process, StringView text)
{
    constexpr usize kMost = 15;
    if (&process != &current_task().process()) return Errno::Invalid;
    const StringView name{text.data(), min(text.size(), kMost)};
    process.set_name(name);
    return {};
}

// ---- Limits ----

namespace {

struct LimitName {
    const char* name;
    const char* unit;
};
constexpr LimitName kLimitNames[kResources] = {
    {"Max cpu time", "seconds"},    {"Max file size", "bytes"},      {"Max data size", "bytes"},
    {"Max stack size", "bytes"},    {"Max core file size", "bytes"}, {"Max resident set", "bytes"},
    {"Max processes", "processes"}, {"Max open files", "files"},     {"Max locked memory", "bytes"},
    {"Max address space", "bytes"}, {"Max file locks", "locks"},     {"Max pending signals", "signals"},
    {"Max msgqueue size", "bytes"}, {"Max nice priority", ""},       {"Max realtime priority", ""},
    {"Max realtime timeout", "us"},
};

void print_limit(u32 value, TextBuffer& out)
{
    if (value == kUnlimited)
        out.print("%-20s ", "unlimited");
    else
        out.print("%-20u ", value);
}

}  // namespace

Result<void> write_process_limits(Process& process, TextBuffer& out)
{
    out.print("%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    for (u32 i = 0; i < kResources; i++) {
        out.print("%-25s ", kLimitNames[i].name);
        print_limit(process.limits[i].soft, out);
        print_limit(process.limits[i].hard, out);
        if (kLimitNames[i].unit[0] != 0)
            out.print("%-10s\n", kLimitNames[i].unit);
        else
            out.print("\n");
    }
    return {};
}

// ---- What there is little to say about ----

Result<void> write_process_personality(Process& process, TextBuffer& out)
{
    out.print("%08x\n", process.personality);
    return {};
}

Result<void> write_process_loginuid(Process&, TextBuffer& out)  // nobody logs in through audit
{
    out.print("%u", ~0u);
    return {};
}

Result<void> write_process_sessionid(Process&, TextBuffer& out)
{
    out.print("%u", ~0u);
    return {};
}

Result<void> write_process_cgroup(Process&, TextBuffer& out)
{
    out.print("0::/\n");
    return {};
}

// The call that the first task sleeps in: number, six arguments, stack pointer, eip.
Result<void> write_process_syscall(Process& process, TextBuffer& out)
{
    TrapFrame frame;
    {
        SpinGuard guard{process_lock};
        Task* task = process.tasks.first();
        const bool sleeps = task && (task->Thread::state() == ThreadState::Sleeping ||
                                     task->Thread::state() == ThreadState::SleepingInterruptible);
        if (!sleeps) {
            out.print("running\n");
            return {};
        }
        frame = task->registers();
    }
    if (frame.trap_number != kSystemCallVector) {
        out.print("-1 0x%x 0x%x\n", frame.esp, frame.eip);
        return {};
    }
    out.print("%u 0x%x 0x%x 0x%x 0x%x 0x%x 0x%x 0x%x 0x%x\n", frame.error_code, frame.ebx, frame.ecx,
              frame.edx, frame.esi, frame.edi, frame.ebp, frame.esp, frame.eip);
    return {};
}

// ---- Mounts ----

namespace {

// What would end a field is written in octal.
void print_escaped(TextBuffer& out, StringView text)
{
    for (const char c : text) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\\')
            out.print("\\%03o", static_cast<u32>(static_cast<u8>(c)));
        else
            out.append(c);
    }
}

void print_mount_flags(TextBuffer& out, const MountDescription& mount, bool read_only)
{
    out.print("%s%s%s%s%s", read_only ? "ro" : "rw", (mount.flags & kMountNoSetId) != 0 ? ",nosuid" : "",
              (mount.flags & kMountNoDevices) != 0 ? ",nodev" : "",
              (mount.flags & kMountNoExec) != 0 ? ",noexec" : "",
              (mount.flags & kMountNoAccessTime) != 0 ? ",noatime" : ",relatime");
}

const char* source_of(const MountDescription& mount)
{
    return mount.source[0] ? mount.source : "none";
}

void print_mount(const MountDescription& mount, void* context)
{
    TextBuffer& out = *static_cast<TextBuffer*>(context);
    char options[64];
    mount.file_system->show_options(Span<char>{options});
    print_escaped(out, source_of(mount));
    out.append(' ');
    print_escaped(out, mount.path);
    out.print(" %s ", mount.type);
    print_mount_flags(out, mount, mount.read_only);
    out.print("%s 0 0\n", options);
}

void print_mount_info(const MountDescription& mount, void* context)
{
    TextBuffer& out = *static_cast<TextBuffer*>(context);
    char options[64];
    mount.file_system->show_options(Span<char>{options});
    const DeviceNumber device = mount.file_system->device();
    out.print("%u %u %u:%u ", mount.number, mount.parent_number, device.major(), device.minor());
    print_escaped(out, mount.root_path);
    out.append(' ');
    print_escaped(out, mount.path);
    out.append(' ');
    print_mount_flags(out, mount, (mount.flags & kMountReadOnly) != 0);
    out.print(" - %s ", mount.type);
    print_escaped(out, source_of(mount));
    out.print(" %s%s\n", mount.file_system->read_only() ? "ro" : "rw", options);
}

}  // namespace

Result<void> write_process_mountinfo(Process& process, TextBuffer& out)
{
    const Ref<PathPlaces> places = process.share_places();
    return places ? for_each_mount(places->root(), print_mount_info, &out) : Result<void>{};
}

Result<void> write_process_mounts(Process& process, TextBuffer& out)
{
    const Ref<PathPlaces> places = process.share_places();
    return places ? for_each_mount(places->root(), print_mount, &out) : Result<void>{};
}

// ---- Whom the killer for memory takes ----

namespace {

constexpr i32 kMostAdjust = 1000;

// An integer as Linux's kstrtoint takes it: a sign, digits, one newline.
Result<i32> integer_in(StringView text)
{
    usize at = 0, end = text.size();
    if (end > 0 && text[end - 1] == '\n') end--;
    const bool negative = end > 0 && text[0] == '-';
    if (negative || (end > 0 && text[0] == '+')) at++;
    if (at == end) return Errno::Invalid;
    i32 value = 0;
    for (; at < end; at++) {
        if (text[at] < '0' || text[at] > '9') return Errno::Invalid;
        if (value > 100'000'000) return Errno::Range;
        value = value * 10 + (text[at] - '0');
    }
    return negative ? -value : value;
}

// To be spared more takes root's rights, unless it was so before.
Result<void> set_oom_adjust(Process& process, i32 value)
{
    const bool is_root = current_task().process().credentials.is_root();
    SpinGuard guard{process_lock};
    if (value < process.oom_adjust_least && !is_root) return Errno::Access;
    process.oom_adjust = static_cast<i16>(value);
    if (is_root) process.oom_adjust_least = static_cast<i16>(value);
    return {};
}

}  // namespace

Result<void> write_process_oom_score(Process& process, TextBuffer& out)
{
    constexpr i32 kScale = 1000;
    const Ref<AddressSpace> space = process.share_space();
    const i32 total = static_cast<i32>(managed_frames());
    i32 points = -kScale;
    if (space && process.oom_adjust != -kMostAdjust) {
        const i32 pages = static_cast<i32>(space->footprint_pages());
        points = static_cast<i32>(i64{pages} * kScale / total) + process.oom_adjust;
    }
    out.print("%d\n", max(0, (kScale + points) * 2 / 3));
    return {};
}

Result<void> write_process_oom_score_adj(Process& process, TextBuffer& out)
{
    out.print("%d\n", process.oom_adjust);
    return {};
}

Result<void> accept_process_oom_score_adj(Process& process, StringView text)
{
    const i32 value = TRY(integer_in(text));
    if (value < -kMostAdjust || value > kMostAdjust) return Errno::Invalid;
    return set_oom_adjust(process, value);
}

// The old scale: -17 (never) to 15.
constexpr i32 kOldNever = -17, kOldMost = 15;

Result<void> write_process_oom_adj(Process& process, TextBuffer& out)
{
    const i32 value =
        process.oom_adjust == kMostAdjust ? kOldMost : process.oom_adjust * -kOldNever / kMostAdjust;
    out.print("%d\n", value);
    return {};
}

Result<void> accept_process_oom_adj(Process& process, StringView text)
{
    const i32 value = TRY(integer_in(text));
    if (value < kOldNever || value > kOldMost) return Errno::Invalid;
    return set_oom_adjust(process, value == kOldMost ? kMostAdjust : value * kMostAdjust / -kOldNever);
}

}  // namespace faultline
