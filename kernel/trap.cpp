// Who handles which trap. mm decides what a page fault means; only here is a process killed for one.
//
// A fault of the kernel on a user address is legal in the copy routines alone (mm/user_access.h); anywhere else it is
// our bug.
#include "arch/fpu.h"
#include "arch/interrupts.h"
#include "arch/user_copy.h"
#include "arch/x86.h"
#include "core/log.h"
#include "core/scheduler.h"
#include "kernel/signal_delivery.h"
#include "kernel/task.h"
#include "lib/format.h"
#include "mm/fail.h"
#include "mm/user_access.h"

namespace faultline {

namespace {

constexpr u32 kResumeFlag = 1u << 16;  // the next instruction does not trap before it runs

struct TrapSignal {
    u32 signal;
    i32 code;
};

i32 floating_point_code(Task& self, FpuUnit unit)
{
    if (!fpu_save(self.fpu_state)) fpu_restore(self.fpu_state);
    const u32 exceptions = fpu_exceptions(self.fpu_state, unit);
    if ((exceptions & kFpuInvalid) != 0) return 7;                     // FPE_FLTINV
    if ((exceptions & kFpuDivideByZero) != 0) return 3;                // FPE_FLTDIV
    if ((exceptions & kFpuOverflow) != 0) return 4;                    // FPE_FLTOVF
    if ((exceptions & (kFpuUnderflow | kFpuDenormal)) != 0) return 5;  // FPE_FLTUND
    return 6;                                                          // FPE_FLTRES
}

// What a trap of a program means, but for page faults.
TrapSignal signal_of(Task& self, u32 trap)
{
    switch (trap) {
    case kTrapDivide:
        return {kSigFpe, 1};  // FPE_INTDIV
    case kTrapOverflow:
        return {kSigSegv, kCodeKernel};
    case kTrapBounds:
        return {kSigSegv, kCodeKernel};
    case kTrapBreakpoint:
        return {kSigTrap, kCodeKernel};
    case kTrapIllegalOpcode:
        return {kSigIll, 2};  // ILL_ILLOPN
    case kTrapFloatingPoint:
        return {kSigFpe, floating_point_code(self, FpuUnit::X87)};
    case kTrapSimd:
        return {kSigFpe, floating_point_code(self, FpuUnit::Sse)};
    case kTrapAlignment:
        return {kSigBus, kCodeBusAlignment};
    default:
        return {kSigSegv, kCodeKernel};
    }
}

void print_kill_line(const Process& process, const TrapFrame& frame, u32 address)
{
    kprintf("pid %u %s: trap %u err %u on cpu %u eip 0x%x addr 0x%x--kill proc\n", process.pid(),
            process.name(), frame.trap_number, frame.error_code, cpu_index(), frame.eip, address);
}

void note_fault(Task& self, const TrapFrame& frame, u32 address)
{
    self.fault_trap = frame.trap_number;
    self.fault_error = frame.error_code;
    self.fault_address = address;
}

// The kill line, and why. Nothing stands between the two.
[[gnu::noinline]] void announce_death(Task& self, const TrapFrame& frame, u32 address, const char* reason)
{
    LogGroup group;
    print_kill_line(self.process(), frame, address);
    kprintf("pid %u: %s\n", self.process().pid(), reason);
}

void fault_signal(Task& self, const TrapFrame& frame, const SignalInfo& info, u32 address, const char* reason)
{
    note_fault(self, frame, address);
    if (!will_be_handled(self, info.signal)) announce_death(self, frame, address, reason);
    force_signal(self, info);
}

Access access_of(const TrapFrame& frame)
{
    return (frame.error_code & kFaultWrite) != 0 ? Access::Write : Access::Read;
}

SignalInfo signal_of_fault(FaultOutcome outcome, u32 address)
{
    switch (outcome) {
    case FaultOutcome::DeniedAccessError:
        return SignalInfo::of_fault(kSigSegv, kCodeAccessError, address);
    case FaultOutcome::BusError:
        return SignalInfo::of_fault(kSigBus, kCodeBusAddress, address);
    case FaultOutcome::OutOfMemory:
        return SignalInfo::from_kernel(kSigKill);
    case FaultOutcome::Done:
    case FaultOutcome::Interrupted:
    case FaultOutcome::DeniedMapError:
        break;
    }
    return SignalInfo::of_fault(kSigSegv, kCodeMapError, address);
}

[[gnu::noinline]] void explain_and_announce(Task& self, const TrapFrame& frame, u32 address,
                                            FaultOutcome outcome)
{
    char reason[160];
    if (outcome == FaultOutcome::OutOfMemory)
        format(reason, "no memory was left for it");
    else
        self.process().space().explain_fault(UserAddr{address}, access_of(frame), reason);
    announce_death(self, frame, address, reason);
}

void user_fault_failed(Task& self, const TrapFrame& frame, u32 address, FaultOutcome outcome)
{
    if (outcome == FaultOutcome::Interrupted) return;  // the signal that did it is on its way
    if (outcome == FaultOutcome::OutOfMemory && self.process().is_init() && failed_on_purpose())
        return;  // once only: it tries again
    const SignalInfo info = signal_of_fault(outcome, address);
    note_fault(self, frame, address);
    if (!will_be_handled(self, info.signal)) explain_and_announce(self, frame, address, outcome);
    force_signal(self, info);
}

[[noreturn]] void kernel_fault(const TrapFrame& frame, u32 address)
{
    panic_at(frame, "page fault in the kernel: %s 0x%x, which is %s",
             (frame.error_code & kFaultWrite) != 0 ? "write to" : "read of", address,
             (frame.error_code & kFaultPresent) != 0 ? "protected" : "not mapped");
}

i32 debug_code(u32 status)
{
    if ((status & kDebugStep) != 0) return 2;   // TRAP_TRACE
    return (status & kDebugHits) != 0 ? 4 : 1;  // TRAP_HWBKPT; TRAP_BRKPT: the instruction int1
}

// After a step, or at what the debug registers watch; these may be another thread's yet, which is no trap of ours.
void debug_trap(TrapFrame& frame)
{
    Task& self = current_task();
    const u32 raised = take_debug_status(), hits = debug_hits(self.debug, raised);
    if (self.debug.control == 0) load_debug_registers(self.debug);
    const u32 status = (raised & kDebugStep) | hits;
    if (raised != 0 && status == 0) return;
    if (debug_hit_before_instruction(self.debug, hits)) frame.eflags |= kResumeFlag;
    self.debug.status = status;
    sti();
    const SignalInfo info = SignalInfo::of_fault(kSigTrap, debug_code(status), frame.eip);
    fault_signal(self, frame, info, frame.eip, trap_name(kTrapDebug));
}

}  // namespace

extern "C" void page_fault_entry(TrapFrame& frame, u32 cr2)
{
    const bool from_user = frame.from_user();
    if (!from_user && (cr2 >= kUserEnd || !is_user_copy(frame.eip))) kernel_fault(frame, cr2);
    Task& self = current_task();
    if (!self.owner || !self.process().space_) kernel_fault(frame, cr2);
    if (!frame.interrupts_were_on()) {  // a spin lock is held: nothing may sleep (mm/user_access.h)
        fix_up_user_access(frame);
        return;
    }
    sti();
    const FaultOutcome outcome = self.process().space().handle_fault(UserAddr{cr2}, access_of(frame));
    if (__builtin_expect(outcome == FaultOutcome::Done, 1)) return;
    if (!from_user)
        fix_up_user_access(frame);
    else
        user_fault_failed(self, frame, cr2, outcome);
}

extern "C" void unhandled_trap(TrapFrame& frame)
{
    if (frame.trap_number == kTrapDebug) return debug_trap(frame);
    sti();
    const TrapSignal meaning = signal_of(current_task(), frame.trap_number);
    const u32 address = meaning.signal == kSigSegv ? 0 : frame.eip;
    char reason[64];
    format(reason, "%s", trap_name(frame.trap_number));
    fault_signal(current_task(), frame, SignalInfo::of_fault(meaning.signal, meaning.code, address), address,
                 reason);
}

extern "C" void bad_user_return(TrapFrame& frame)
{
    sti();
    fault_signal(current_task(), frame, SignalInfo::from_kernel(kSigSegv), 0,
                 "its segment registers or stack cannot be loaded");
    // A handler, if there is one, starts with segments that can.
    frame.gs = frame.fs = 0;
    frame.ds = frame.es = frame.ss = kUserData;
    frame.cs = kUserCode;
}

extern "C" void return_to_user_work(TrapFrame& frame)
{
    Task& self = current_task();
    const u32 work = self.return_work.load();
    if ((work & kReturnReschedule) != 0) schedule();
    if ((work & kReturnSignal) == 0) return;
    self.return_work.fetch_and(~kReturnSignal);
    sti();
    deliver_signals(self, frame);
}

}  // namespace faultline
