// CPU time of tasks and processes, divided between user and system; and what rings by it: ITIMER_VIRTUAL, ITIMER_PROF,
// RLIMIT_CPU, timers of CPU clocks.
//
// The sum is exact (rdtsc at each switch). Its division is what the ticks of core/scheduler found, as Linux samples it:
// nothing is done on the way into the kernel. What was once shown never goes back. Lock: process_lock.
#pragma once

#include "kernel/process_lock.h"
#include "lib/types.h"

namespace faultline {

class Process;
class Task;

struct CpuSplit {
    u64 user_ns = 0, system_ns = 0;
    u64 total_ns() const { return user_ns + system_ns; }
};

struct CpuTime {
    u64 ticks = 0;                         // rdtsc's
    u32 user_ticks = 0, system_ticks = 0;  // the scheduler's
    void add(const CpuTime& other);
};
CpuTime cpu_time_of(const Task& task);
// Divides `time`; `shown` is what was told of the same before.
CpuSplit split_cpu_time(const CpuTime& time, CpuSplit& shown);

// An interval timer that runs by CPU time. 0: off.
struct CpuAlarm {
    u64 deadline_ns = 0, interval_ns = 0;
};

CpuSplit process_cpu_locked(Process& process) REQUIRES(process_lock);
// After a change of its alarms, timers or RLIMIT_CPU: whether ticks have anything to look at.
void watch_cpu_time_locked(Process& process) REQUIRES(process_lock);
void connect_ticks();  // at bring-up

}  // namespace faultline
