// Functions run on other CPUs, by interprocessor interrupt: TLB shootdown, and giving up a dead address space.
#pragma once

#include "arch/percpu.h"

namespace faultline {

// Runs fn(context) on each CPU of the mask that is online (on this one too, if named) and waits until all have.
// fn runs with interrupts off. Thread context, interrupts on (two CPUs may call each other), no spin lock held.
void call_on_cpus(CpuMask cpus, void (*fn)(void*), void* context);

#ifdef FAULTLINE_DEBUG
// Runs fn(context) here while every other CPU that is online stands still, interrupts off everywhere: none of them is in a
// spin lock then. As for call_on_cpus, and only one thread at a time.
void run_alone(void (*fn)(void*), void* context);
#endif

void cpu_calls_init();

}  // namespace faultline
