#include "kernel/clocks.h"

#include "arch/clock.h"
#include "core/scheduler.h"
#include "kernel/cpu_time.h"
#include "kernel/task.h"

namespace faultline {

namespace {

enum ClockNumber : i32 {
    kRealTime = 0,
    kMonotonic = 1,
    kProcessCpu = 2,
    kTaskCpu = 3,
    kMonotonicRaw = 4,
    kRealTimeCoarse = 5,
    kMonotonicCoarse = 6,
    kBootTime = 7,
    kAtomicTime = 11,  // CLOCK_TAI: nobody told us of leap seconds
};

// The task that a clock belongs to; null: none that the caller may look at.
Task* find_task_locked(Task& self, u32 number) REQUIRES(process_lock)
{
    if (number == 0) return &self;
    PidEntry* entry = pids.find(number, PidKind::Task);
    Task* task = static_cast<Task*>(entry);
    return task && &task->process() == &self.process() ? task : nullptr;
}

Process* find_clock_process_locked(Task& self, u32 number) REQUIRES(process_lock)
{
    return number == 0 ? &self.process() : find_process_locked(number);
}

// A negative number holds whose CPU time it is, inverted, above three bits that say of what kind.
Result<Clock> parse_cpu_clock(Task& self, i32 id)
{
    enum Part : u32 { Profile, Virtual, Scheduled, Descriptor };
    constexpr u32 kOfTask = 4;
    const u32 bits = static_cast<u32>(id), part = bits & 3;
    if (part == Descriptor) return Errno::Invalid;
    Clock clock{(bits & kOfTask) != 0 ? ClockKind::TaskCpu : ClockKind::ProcessCpu};
    clock.number = static_cast<u32>(~(id >> 3));
    clock.user_only = part == Virtual;
    clock.is_coarse = part != Scheduled;
    clock.is_fixed = true;
    SpinGuard guard{process_lock};
    const bool found = clock.kind == ClockKind::TaskCpu
                           ? find_task_locked(self, clock.number) != nullptr
                           : find_clock_process_locked(self, clock.number) != nullptr;
    return found ? Result<Clock>{clock} : Errno::Invalid;
}

Clock steady(ClockKind kind, bool rings, bool is_coarse)
{
    Clock clock{kind};
    clock.rings = rings;
    clock.is_coarse = is_coarse;
    clock.is_fixed = true;
    return clock;
}

}  // namespace

Result<Clock> parse_clock(Task& self, i32 id)
{
    if (id < 0) return parse_cpu_clock(self, id);
    switch (id) {
    case kRealTime:
        return Clock{ClockKind::Wall};
    case kAtomicTime:
        return steady(ClockKind::Wall, true, false);
    case kRealTimeCoarse:
        return steady(ClockKind::Wall, false, true);
    case kMonotonic:
    case kBootTime:
        return steady(ClockKind::Monotonic, true, false);
    case kMonotonicRaw:
        return steady(ClockKind::Monotonic, false, false);
    case kMonotonicCoarse:
        return steady(ClockKind::Monotonic, false, true);
    case kProcessCpu:
        return steady(ClockKind::ProcessCpu, true, false);
    case kTaskCpu:
        return steady(ClockKind::TaskCpu, true, false);
    default:
        return Errno::Invalid;
    }
}

Result<u64> read_clock(Task& self, const Clock& clock)
{
    if (clock.kind == ClockKind::Wall) return wall_ns();
    if (clock.kind == ClockKind::Monotonic) return now_ns();
    SpinGuard guard{process_lock};
    CpuSplit now;
    if (clock.kind == ClockKind::TaskCpu) {
        Task* task = find_task_locked(self, clock.number);
        if (!task) return Errno::Invalid;
        if (!clock.user_only) return ticks_to_ns(task->cpu_ticks());
        now = split_cpu_time(cpu_time_of(*task), task->cpu_shown);
    } else {
        Process* process = find_clock_process_locked(self, clock.number);
        if (!process) return Errno::Invalid;
        now = process_cpu_locked(*process);
    }
    return clock.user_only ? now.user_ns : now.total_ns();
}

u64 resolution_ns(const Clock& clock)
{
    return clock.is_coarse ? kTickNs : 1;
}

}  // namespace faultline
