// The end of the kernel. Nothing here takes a lock or trusts more than the early console, the per-CPU data and the
// bounds of the thread's stack.

#include "core/panic.h"

#include <stdarg.h>

#include "arch/apic.h"
#include "arch/early_console.h"
#include "arch/interrupts.h"
#include "arch/power.h"
#include "arch/segments.h"
#include "arch/x86.h"
#include "core/assert.h"
#include "core/symbols.h"
#include "core/thread.h"
#include "lib/format.h"

namespace faultline {

namespace {

constexpr u8 kExitStatus = 0x3E;  // QEMU makes 125 of it
constexpr u32 kMaxFrames = 32;

PanicEnd panic_end = PanicEnd::Halt;
Atomic<u32> panicking_cpu;  // CPU + 1

void put(void*, char c)
{
    early_put(c);
}

void say(const char* text, ...) __attribute__((format(printf, 1, 2)));
void say(const char* text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    format_to(put, nullptr, text, arguments);
    va_end(arguments);
}

void say_place(u32 eip)
{
    const Symbol symbol = find_symbol(eip);
    say("  0x%08x  %s+0x%x\n", eip, symbol.name, symbol.offset);
}

// The first CPU goes on; a second panic on the same one stops where it is; the others are stopped.
void enter_panic()
{
    cli();
    u32 expected = 0;
    const u32 self = cpu_index() + 1;
    if (!panicking_cpu.compare_exchange(expected, self)) {
        if (expected == self) {
            early_print("\npanic: again, while panicking\n");
            debug_exit(kExitStatus);
        }
        halt_forever();
    }
    send_nmi_to_others();
    early_print("\n");
}

[[noreturn]] void end_of_all()
{
    if (panic_end == PanicEnd::Exit) debug_exit(kExitStatus);
    if (panic_end == PanicEnd::Reboot) reboot_machine();
    say("halted.\n");
    halt_forever();
}

void say_reason(const char* text, va_list arguments)
{
    say("panic: ");
    format_to(put, nullptr, text, arguments);
    const Thread& thread = current_thread();
    say("\non cpu %u in thread %s (%u)\n", cpu_index(), thread.name, thread.id);
}

void say_registers(const TrapFrame& f)
{
    say("trap %u (%s) error code 0x%x cr2 0x%08x cr3 0x%08x\n", f.trap_number, trap_name(f.trap_number),
        f.error_code, read_cr2(), read_cr3());
    say("eax %08x ebx %08x ecx %08x edx %08x esi %08x edi %08x ebp %08x\n", f.eax, f.ebx, f.ecx, f.edx, f.esi,
        f.edi, f.ebp);
    const u32 kernel_esp = KernelAddr::of(&f.esp).value();
    say("eip %08x esp %08x eflags %08x cs %04x ds %04x es %04x fs %04x gs %04x\n", f.eip,
        f.from_user() ? f.esp : kernel_esp, f.eflags, f.cs & 0xFFFF, f.ds & 0xFFFF, f.es & 0xFFFF,
        f.fs & 0xFFFF, f.gs & 0xFFFF);
}

void nmi(TrapFrame&, void*)
{
    if (panicking()) halt_forever();
    early_print("NMI: hardware trouble, ignored\n");
}

bool on_stack_of(const Thread& thread, u32 address)
{
    return thread.stack_low.value() <= address && address + 8 <= thread.stack_high.value() &&
           address % 4 == 0;
}

void say_double_fault(const SavedState& s, u32 cr2)
{
    const Thread& thread = current_thread();
    const u32 low = thread.stack_low.value();
    if (cr2 < low && low - cr2 <= kPageSize)
        say("panic: kernel stack overflow in thread %s (%u): the stack begins at 0x%08x, 0x%08x was "
            "touched\n",
            thread.name, thread.id, low, cr2);
    else
        say("panic: double fault in thread %s (%u), cr2 0x%08x\n", thread.name, thread.id, cr2);
    say("on cpu %u\n", cpu_index());
    say("eax %08x ebx %08x ecx %08x edx %08x esi %08x edi %08x ebp %08x\n", s.eax, s.ebx, s.ecx, s.edx, s.esi,
        s.edi, s.ebp);
    say("eip %08x esp %08x eflags %08x cs %04x ss %04x\n", s.eip, s.esp, s.eflags, s.cs, s.ss);
    say_place(s.eip);
    print_backtrace(s.ebp);
}

}  // namespace

bool panicking()
{
    return panicking_cpu.load_relaxed() != 0;
}

void set_panic_end(PanicEnd end)
{
    panic_end = end;
}

void panic_init()
{
    set_handler(kTrapNmi, nmi, nullptr);
}

void print_backtrace(u32 ebp)
{
    const Thread& thread = current_thread();
    for (u32 i = 0; i < kMaxFrames && on_stack_of(thread, ebp); i++) {
        const u32* frame = KernelAddr{ebp}.as<const u32>();
        if (frame[1] == 0) return;
        say_place(frame[1] - 1);  // inside the call, not behind it
        if (frame[0] <= ebp) return;
        ebp = frame[0];
    }
}

[[noreturn]] void panic(const char* text, ...)
{
    enter_panic();
    va_list arguments;
    va_start(arguments, text);
    say_reason(text, arguments);
    va_end(arguments);
    print_backtrace(static_cast<u32>(reinterpret_cast<usize>(__builtin_frame_address(0))));
    end_of_all();
}

[[noreturn]] void panic_at(const TrapFrame& frame, const char* text, ...)
{
    enter_panic();
    va_list arguments;
    va_start(arguments, text);
    say_reason(text, arguments);
    va_end(arguments);
    say_registers(frame);
    if (!frame.from_user()) {
        say_place(frame.eip);
        print_backtrace(frame.ebp);
    }
    end_of_all();
}

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line)
{
    panic("assertion failed: %s (%s:%d)", condition, file, line);
}

extern "C" [[noreturn]] void double_fault_entry(const SavedState& state, u32 cr2)
{
    enter_panic();
    say_double_fault(state, cr2);
    end_of_all();
}

}  // namespace faultline

// What clang puts where a class leaves a virtual function open; nothing can call it but a constructor's mistake.
extern "C" [[noreturn]] void __cxa_pure_virtual();
extern "C" [[noreturn]] void __cxa_pure_virtual()
{
    faultline::panic("pure virtual function called");
}
