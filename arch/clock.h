// Time: the TSC, calibrated once at boot against the ACPI timer (else the PIT), and the RTC for the wall clock.
#pragma once

#include "lib/types.h"

namespace faultline {

constexpr u64 kNsPerSecond = 1'000'000'000;
constexpr u64 kNsPerMs = 1'000'000;
constexpr u64 kNsPerUs = 1'000;

void clock_init();  // needs acpi_init(); about 5 ms

u64 now_ns();              // since clock_init(), monotonic, never goes back on one CPU
u64 wall_ns();             // since 1970
void set_wall_ns(u64 ns);  // settimeofday

u64 ticks_per_second();      // of rdtsc()
u64 ticks_to_ns(u64 ticks);  // a duration
u64 ns_to_ticks(u64 ns);     // a duration, rounded up
void spin_ns(u64 ns);        // busy wait, for devices while booting

}  // namespace faultline
