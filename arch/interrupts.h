// The IDT, who handles which vector, and what the assembly stubs call.
//
//   vectors 0..31    traps of the CPU: 8 is a task gate (arch/segments), 14 goes to page_fault_entry, 2 is the NMI
//           32..     device interrupts, given out by allocate_irq_vector
//           0x80     system calls: a trap gate, interrupts stay on
//           0xF0..   the CPUs' own: timer, rescheduling, function calls, spurious
//
// Handlers run with interrupts off, on the interrupted thread's stack, and may not sleep. Handlers are set while
// booting or by drivers at start; a slot is one word for the reader, so no lock is needed to call.
#pragma once

#include "arch/trap_frame.h"
#include "lib/result.h"
#include "lib/types.h"

namespace faultline {

using InterruptHandler = void (*)(TrapFrame&, void* context);

constexpr u8 kFirstIrqVector = 32;
constexpr u8 kTimerVector = 0xF0;
constexpr u8 kRescheduleVector = 0xF1;
constexpr u8 kCallVector = 0xF2;
constexpr u8 kSpuriousVector = 0xFF;

void interrupts_init();           // boot CPU: fills the IDT and loads it
void interrupts_init_this_cpu();  // the others: load it

// Context is stored before the handler. Without a handler a trap from the kernel panics, and an IRQ is logged once.
void set_handler(u8 vector, InterruptHandler handler, void* context);

// A free device vector with its handler already set.
Result<u8> allocate_irq_vector(InterruptHandler handler, void* context);

// Sends a legacy ISA interrupt (0..15, the MADT's overrides applied) or a PCI line (by the global system interrupt
// number, level triggered, active low unless the MADT says otherwise) to a CPU. The handler calls end_of_interrupt().
Result<void> route_isa_irq(u32 irq, u8 vector, u32 cpu);
Result<void> route_pci_irq(u32 gsi, u8 vector, u32 cpu);

void end_of_interrupt();  // one write to the local APIC

// ---- What the stubs call ----

extern "C" {
// Traps and interrupts but those below; here: looks the handler up.
void trap_dispatch(TrapFrame& frame);

// Defined in kernel/. int 0x80, interrupts on.
void syscall_entry(TrapFrame& frame);
// Page fault, interrupts off, CR2 already read.
void page_fault_entry(TrapFrame& frame, u32 cr2);
// Before going back to user mode when the thread's return_work is not zero; interrupts off, and off again at return.
void return_to_user_work(TrapFrame& frame);
// The way out to user mode faulted (a bad selector or frame that the user made); interrupts off, on the thread's stack.
void bad_user_return(TrapFrame& frame);
// A trap from the user or the kernel (never an IRQ, page fault or NMI) without a handler of its own.
void unhandled_trap(TrapFrame& frame);

// Leaves for user mode with these registers, which stand at the top of the current kernel stack. Interrupts off.
[[noreturn]] void return_to_user(TrapFrame* frame_at_top);
}

const char* trap_name(u32 trap_number);

// Of traps and interrupts that came by a vector on a CPU; page faults and system calls are not among them.
u32 interrupt_count(u32 cpu, u32 vector);

}  // namespace faultline
