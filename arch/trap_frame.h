// What a trap, an interrupt or a system call leaves on the kernel stack: the interrupted registers.
//
//   higher addresses           pushed by
//   ss, esp                    the CPU, only when it came from user mode
//   eflags, cs, eip            the CPU
//   error_code                 the CPU for some traps, else the stub pushes 0
//   trap_number                the stub
//   eax ecx edx ebx esp ebp esi edi   PUSHA (that esp is of no use)
//   ds es fs gs                the stub; then ds = es = flat, fs = this CPU's data
//
// A frame from user mode ends exactly at the top of the thread's kernel stack.
#pragma once

#include "lib/types.h"

namespace faultline {

struct TrapFrame {
    u32 gs, fs, es, ds;
    u32 edi, esi, ebp, unused_esp, ebx, edx, ecx, eax;
    u32 trap_number;
    u32 error_code;
    u32 eip, cs, eflags;
    u32 esp, ss;  // only from user mode

    bool from_user() const { return (cs & 3) == 3; }
    bool interrupts_were_on() const { return (eflags & (1u << 9)) != 0; }
};

static_assert(sizeof(TrapFrame) == 19 * 4);

enum TrapNumber : u32 {
    kTrapDivide = 0,
    kTrapDebug = 1,
    kTrapNmi = 2,
    kTrapBreakpoint = 3,
    kTrapOverflow = 4,
    kTrapBounds = 5,
    kTrapIllegalOpcode = 6,
    kTrapNoDevice = 7,
    kTrapDoubleFault = 8,
    kTrapInvalidTss = 10,
    kTrapSegmentNotPresent = 11,
    kTrapStack = 12,
    kTrapGeneralProtection = 13,
    kTrapPageFault = 14,
    kTrapFloatingPoint = 16,
    kTrapAlignment = 17,
    kTrapMachineCheck = 18,
    kTrapSimd = 19,
};

constexpr u8 kSystemCallVector = 0x80;

// Page fault error code (SDM vol. 3A, "Page-Fault Exceptions").
constexpr u32 kFaultPresent = 1;  // 0: no page there; 1: its rights forbid it
constexpr u32 kFaultWrite = 2;
constexpr u32 kFaultUser = 4;

}  // namespace faultline
