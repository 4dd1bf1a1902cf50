// The clocks that programs name by number: wall time, time since boot, CPU time of processes and tasks.
#pragma once

#include "lib/result.h"
#include "lib/types.h"

namespace faultline {

class Task;

enum class ClockKind : u8 { Wall, Monotonic, ProcessCpu, TaskCpu };

struct Clock {
    ClockKind kind;
    bool rings = true;       // timers and sleeps may use it
    bool is_coarse = false;  // told in ticks
    bool is_fixed = false;   // CLOCK_REALTIME itself is the only one that can be set
    bool user_only = false;  // of CPU time
    u32 number = 0;          // of the process or task; 0: the caller's

    bool is_cpu() const { return kind == ClockKind::ProcessCpu || kind == ClockKind::TaskCpu; }
};

// Invalid: no such clock; a CPU clock of nobody, or of a task of another process.
Result<Clock> parse_clock(Task& self, i32 id);
Result<u64> read_clock(Task& self, const Clock& clock);  // ns
u64 resolution_ns(const Clock& clock);

}  // namespace faultline
