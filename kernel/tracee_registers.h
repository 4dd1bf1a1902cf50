// A stopped tracee's registers in the layouts of ptrace(2): struct user_regs_struct, the FSAVE and FXSAVE images, struct user.
#pragma once

#include "arch/fpu.h"
#include "arch/trap_frame.h"

namespace faultline {

struct TraceeRegisters {  // struct user_regs_struct
    u32 ebx, ecx, edx, esi, edi, ebp, eax, ds, es, fs, gs, number, eip, cs, eflags, esp, ss;
};
static_assert(sizeof(TraceeRegisters) == 17 * 4);

TraceeRegisters read_registers(const TrapFrame& frame);
// Whatever it asks for: selectors keep privilege 3, and of EFLAGS only a program's own bits change.
void write_registers(TrapFrame& frame, const TraceeRegisters& registers);

struct FsaveImage {  // struct user_i387_struct
    u32 environment[7];
    u8 registers[80];
};
static_assert(sizeof(FsaveImage) == 108);
FsaveImage read_fsave(const FpuState& state);
void write_fsave(FpuState& state, const FsaveImage& image);

}  // namespace faultline
