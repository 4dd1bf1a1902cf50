// Where a task sleeps in the kernel: /proc/PID/stack, for root alone, and the innermost function of it, /proc/PID/wchan.
//
// A sleeper's registers lie on its stack where switch_context left them, and %ebp chains the frames above. The stack is
// there as long as process_lock is held; one that wakes meanwhile leaves words that are no addresses of ours, or old ones.
#include "arch/thread_switch.h"
#include "core/symbols.h"
#include "kernel/procfs.h"
#include "kernel/procfs_details.h"
#include "kernel/task.h"

namespace faultline {

namespace {

constexpr u32 kMostFrames = 24;

struct Frames {
    u32 eips[kMostFrames];  // innermost first, each inside its call
    u32 count = 0;
};

// What switch_context pushes.
struct SavedRegisters {
    u32 edi, esi, ebx, ebp, eip;
};

// Without its namespaces and without the types of its parameters.
StringView function_name(StringView text)
{
    constexpr StringView kSpaces[] = {"faultline::", "(anonymous namespace)::"};
    for (StringView space : kSpaces)
        if (text.starts_with(space)) text = {text.data() + space.size(), text.size() - space.size()};
    usize length = 0;
    while (length < text.size() && text[length] != '(' && text[length] != '<')
        length++;
    return {text.data(), length};
}

// Part of sleeping itself, as everybody does it.
bool is_of_scheduler(StringView name)
{
    constexpr StringView kParts[] = {"Scheduler::",     "finish_sleep", "WaitQueue::", "sleep_until_ns",
                                     "ObserverGroup::", "PollTable::",  "wait_until",  "SleepLock::"};
    for (StringView part : kParts)
        if (name.starts_with(part)) return true;
    return false;
}

void add_frame(Frames& frames, u32 return_address)
{
    const u32 eip = return_address - 1;
    const StringView name = function_name(find_symbol(eip).name);
    if (name == "?" || (frames.count == 0 && is_of_scheduler(name))) return;
    frames.eips[frames.count++] = eip;
}

// Empty: it runs, or is about to.
Frames frames_of_locked(const Task& task) REQUIRES(process_lock)
{
    Frames frames;
    const ThreadState state = task.state();
    const bool sleeps = state == ThreadState::Sleeping || state == ThreadState::SleepingInterruptible ||
                        state == ThreadState::SleepingKillable;
    const u32 low = task.stack_low.value(), high = task.stack_high.value();
    const u32 esp = task.saved_esp;
    if (!sleeps || esp < low || esp >= high - sizeof(SavedRegisters)) return frames;
    const auto& saved = *KernelAddr{esp}.as<const SavedRegisters>();
    add_frame(frames, saved.eip);
    u32 above = esp;
    for (u32 ebp = saved.ebp; ebp > above && ebp < high - 8 && frames.count < kMostFrames;) {
        const u32* const frame = KernelAddr{ebp}.as<const u32>();
        add_frame(frames, frame[1]);
        above = ebp;
        ebp = frame[0];
    }
    return frames;
}

// `tid` 0: of the first task.
Frames frames_of(Process& process, u32 tid)
{
    SpinGuard guard{process_lock};
    const Task* task = tid == 0 ? process.tasks.first() : find_task_locked(tid);
    return task && &task->process() == &process ? frames_of_locked(*task) : Frames{};
}

}  // namespace

Result<void> write_stack_of(Process& process, u32 tid, TextBuffer& out)
{
    if (!current_task().process().credentials.is_root()) return Errno::Access;
    const Frames frames = frames_of(process, tid);
    for (u32 i = 0; i < frames.count; i++) {
        const Symbol symbol = find_symbol(frames.eips[i]);
        out.print("[<0>] ");
        out.append(function_name(symbol.name));
        out.print("+0x%x\n", symbol.offset);
    }
    return {};
}

Result<void> write_wchan_of(Process& process, u32 tid, TextBuffer& out)
{
    const bool may_look = may_trace(current_task(), process);
    const Frames frames = may_look ? frames_of(process, tid) : Frames{};
    if (frames.count == 0)
        out.append('0');
    else
        out.append(function_name(find_symbol(frames.eips[0]).name));
    return {};
}

}  // namespace faultline
