// Local APIC and IO APIC: interprocessor interrupts, the per-CPU one-shot timer, routing of device interrupts, and the
// start of the other CPUs. Registers are device memory, slow in an emulator: nothing here is on a lock's path.
#pragma once

#include "arch/layout.h"
#include "arch/percpu.h"
#include "lib/result.h"
#include "lib/types.h"

namespace faultline {

// Boot CPU, once the kernel map stands: masks the 8259s, maps the registers by `map_device` (uncached), starts the
// local APIC and measures its timer (under 5 ms; the clock must run).
void apic_init(KernelAddr (*map_device)(PhysAddr address, u32 size));
void apic_init_this_cpu();

void send_ipi(u32 cpu, u8 vector);
void send_nmi_to_others();

// One interrupt (kTimerVector) on this CPU, at least 1 us from now; replaces the one set before.
void set_timer(u64 ns_from_now);

// The address and data of a message-signalled interrupt (MSI, MSI-X) for one CPU.
struct MsiMessage {
    u32 address, data;
};
MsiMessage msi_message(u32 cpu, u8 vector);

// Starts the CPUs that the MADT names, one after the other, each on the stack that `stack_top` gives (an error: this CPU
// stays off) and with the kernel's directory; returns when all have reached ap_main or given no sign for 100 ms.
// A CPU's number is its place among those started; cpu_count() counts set_cpu_online() calls.
void set_trampoline_page(PhysAddr page);  // arch/multiboot has chosen it
void start_other_cpus(Result<KernelAddr> (*stack_top)(u32 cpu));

extern "C" [[noreturn]] void
ap_main(u32 cpu);  // kernel/smp.cpp; segments, IDT, FPU and local APIC are set up

}  // namespace faultline
