// Functions run on other CPUs, by interprocessor interrupt: TLB shootdown, and giving up a dead address space.
#pragma once

#include "arch/percpu.h"

namespace faultline {

// Runs fn(context) on each CPU of the mask that is online (on this one too, if named) and waits until all have.
// fn runs with interrupts off. Thread context, interrupts on (two CPUs may call each other), no spin lock held.
void call_on_cpus(CpuMask cpus, void (*fn)(void*), void* context);

void cpu_calls_init();

}  // namespace faultline
