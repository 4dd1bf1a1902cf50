// The IDT, shared by all CPUs (its task gate names a GDT entry, and each CPU has its own GDT), and the table of handlers.

#include "arch/interrupts.h"

#include "arch/debug_registers.h"
#include "arch/report.h"
#include "arch/segments.h"
#include "arch/thread_switch.h"
#include "arch/user_copy.h"
#include "arch/x86.h"
#include "lib/atomic.h"

namespace faultline {

extern "C" {
extern const u32 trap_stubs[256];
void system_call_stub();
void return_to_user_pops();
void return_to_user_fs();
void return_to_user_es();
void return_to_user_ds();
void return_to_user_iret();
[[noreturn]] void resume_bad_return(TrapFrame* frame_at_top);
}

namespace {

struct Gate {
    u16 offset_low, selector;
    u8 zero, type;
    u16 offset_high;
};
static_assert(sizeof(Gate) == 8);

constexpr u8 kInterruptGate = 0x8E, kTrapGate = 0x8F, kTaskGate = 0x85, kUserMay = 0x60;
constexpr u32 kVectors = 256;
constexpr u8 kLastIrqVector = 0xDF;

struct Handler {
    InterruptHandler function;
    void* context;
    bool complained;
};

Gate idt[kVectors];
Handler handlers[kVectors];
PER_CPU PerCpuCounters<kVectors> counts;  // but page faults and system calls, which mm and kernel count
Atomic<u32> next_irq_vector{kFirstIrqVector};

u32 code_address(void (*function)())
{
    return static_cast<u32>(reinterpret_cast<usize>(function));
}

void set_gate(u32 vector, u32 address, u8 type)
{
    idt[vector] = Gate{static_cast<u16>(address), kKernelCode, 0, type, static_cast<u16>(address >> 16)};
}

// The user's frame, put together again after a fault on the way out had begun to overwrite it: what was popped is in
// the fault's frame, the rest still stands.
TrapFrame user_frame_after_fault(const TrapFrame& fault, const TrapFrame& at_top)
{
    TrapFrame frame = at_top;
    if (fault.eip >= code_address(return_to_user_fs)) frame.gs = fault.gs;
    if (fault.eip >= code_address(return_to_user_es)) frame.fs = fault.fs;
    if (fault.eip >= code_address(return_to_user_ds)) frame.es = fault.es;
    if (fault.eip == code_address(return_to_user_iret)) {
        frame.ds = fault.ds;
        frame.edi = fault.edi;
        frame.esi = fault.esi;
        frame.ebp = fault.ebp;
        frame.ebx = fault.ebx;
        frame.edx = fault.edx;
        frame.ecx = fault.ecx;
        frame.eax = fault.eax;
    }
    frame.trap_number = fault.trap_number;
    frame.error_code = fault.error_code;
    return frame;
}

bool is_way_out_to_user(const TrapFrame& fault)
{
    return !fault.from_user() && fault.eip >= code_address(return_to_user_pops) &&
           fault.eip <= code_address(return_to_user_iret);
}

[[noreturn]] void mend_way_out(const TrapFrame& fault)
{
    TrapFrame& at_top = user_frame(*current_context.load());
    const TrapFrame mended = user_frame_after_fault(fault, at_top);
    at_top = mended;  // may overwrite `fault`, which is done with
    resume_bad_return(&at_top);
}

void unexpected(TrapFrame& frame)
{
    if (frame.trap_number < kFirstIrqVector) {
        if (is_way_out_to_user(frame)) mend_way_out(frame);
        if (frame.trap_number == kTrapGeneralProtection && !frame.from_user() && fix_up_user_copy(frame))
            return;
        if (frame.trap_number == kTrapDebug && !frame.from_user() && (take_debug_status() & kDebugHits) != 0)
            return;  // the kernel copied to or from a place that a program watches: its own accesses alone count
        if (!frame.from_user())
            panic_at(frame, "trap %u (%s) in the kernel", frame.trap_number, trap_name(frame.trap_number));
        unhandled_trap(frame);
        return;
    }
    Handler& handler = handlers[frame.trap_number];
    if (frame.trap_number == kSpuriousVector) return;
    if (!handler.complained) log_warn("interrupt vector %u has no handler", frame.trap_number);
    handler.complained = true;
    end_of_interrupt();
}

}  // namespace

void interrupts_init()
{
    for (u32 vector = 0; vector < kVectors; vector++)
        set_gate(vector, trap_stubs[vector], kInterruptGate);
    set_gate(kTrapBreakpoint, trap_stubs[kTrapBreakpoint], kInterruptGate | kUserMay);
    set_gate(kTrapOverflow, trap_stubs[kTrapOverflow], kInterruptGate | kUserMay);
    set_gate(kSystemCallVector, code_address(system_call_stub), kTrapGate | kUserMay);
    idt[kTrapDoubleFault] = Gate{0, kDoubleFaultSelector, 0, kTaskGate, 0};
    interrupts_init_this_cpu();
}

void interrupts_init_this_cpu()
{
    lidt(TableRegister{sizeof(idt) - 1, KernelAddr::of(idt).value()});
}

void set_handler(u8 vector, InterruptHandler handler, void* context)
{
    handlers[vector].context = context;
    compiler_barrier();
    handlers[vector].function = handler;
}

Result<u8> allocate_irq_vector(InterruptHandler handler, void* context)
{
    u32 vector = next_irq_vector.fetch_add(1);
    if (vector == kSystemCallVector) vector = next_irq_vector.fetch_add(1);
    if (vector > kLastIrqVector) return Errno::NoSpace;
    set_handler(static_cast<u8>(vector), handler, context);
    return static_cast<u8>(vector);
}

u32 interrupt_count(u32 cpu, u32 vector)
{
    return counts.on(cpu, vector);
}

extern "C" void trap_dispatch(TrapFrame& frame)
{
    counts.add_one(frame.trap_number);
    const Handler& handler = handlers[frame.trap_number];
    if (__builtin_expect(handler.function != nullptr, 1))
        handler.function(frame, handler.context);
    else
        unexpected(frame);
}

const char* trap_name(u32 trap_number)
{
    static const char* const names[] = {
        "divide error",
        "debug",
        "NMI",
        "breakpoint",
        "overflow",
        "bounds",
        "invalid opcode",
        "no FPU",
        "double fault",
        "FPU overrun",
        "invalid TSS",
        "segment not present",
        "stack segment",
        "general protection",
        "page fault",
        "reserved",
        "floating point",
        "alignment",
        "machine check",
        "SIMD floating point",
    };
    return trap_number < sizeof(names) / sizeof(names[0]) ? names[trap_number] : "interrupt";
}

}  // namespace faultline
