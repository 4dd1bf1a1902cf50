// What a signal leaves on the user's stack, in Linux's layout for i386: programs, debuggers and unwinders look into it.
//
//   higher addresses   FPU state: FSAVE's 112 bytes, then FXSAVE's 512 on a 16-byte boundary
//                      the frame: its return address stands at (esp + 4) % 16 == 0, as after a call
#pragma once

#include "arch/trap_frame.h"
#include "kernel/abi.h"
#include "kernel/signal_set.h"
#include "lib/result.h"

namespace faultline {

class Task;
struct SignalInfo;

struct SavedRegisters {  // struct sigcontext
    u32 gs, fs, es, ds;
    u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
    u32 trap_number, error_code;
    u32 eip, cs, eflags, esp_at_signal, ss;
    u32 fpu_state;  // address of the FPU state
    u32 old_mask, cr2;
};
static_assert(sizeof(SavedRegisters) == 88);

struct FpuEnvironment {  // FSAVE's, and the start of struct _fpstate
    u32 control, status, tags, instruction, code_selector, operand, operand_selector;
};
constexpr u32 kFsaveRegisters = 80;
struct FpuSavedHeader {
    FpuEnvironment environment;
    u8 registers[kFsaveRegisters];
    u16 status;
    u16 magic;  // 0: FXSAVE's image follows; 0xffff: none
};
static_assert(sizeof(FpuSavedHeader) == 112);
constexpr u32 kFxsaveSize = 512;

struct Trampoline {
    u8 code[8];
};
// pop %eax; mov $119, %eax; int $0x80
constexpr Trampoline kSigreturnCode{{0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80}};
// mov $173, %eax; int $0x80
constexpr Trampoline kRtSigreturnCode{{0xb8, 173, 0, 0, 0, 0xcd, 0x80, 0}};

struct SignalFrameHead {  // struct sigframe up to the room that old kernels used for the FPU
    u32 return_address;
    u32 signal;
    SavedRegisters registers;
};
constexpr u32 kUnusedFpuRoom = 624;
struct SignalFrameTail {
    u32 mask_high;
    Trampoline trampoline;
};
constexpr u32 kSignalFrameSize = sizeof(SignalFrameHead) + kUnusedFpuRoom + sizeof(SignalFrameTail);

struct SignalContext {  // ucontext_t as the kernel knows it
    u32 flags, link;
    SignalStack stack;
    SavedRegisters registers;
    u32 mask[2];
};
struct SiginfoFrame {  // struct rt_sigframe
    u32 return_address;
    u32 signal;
    u32 info_address, context_address;
    Siginfo info;
    SignalContext context;
    Trampoline trampoline;
};

// Puts a frame on the user's stack and makes `frame` enter the handler. `mask` comes back with it. Fault: nothing is
// changed.
Result<void> push_signal_frame(Task& self, TrapFrame& frame, const SignalInfo& info,
                               const KernelSigaction& action, SignalSet mask);

bool is_on_stack(const SignalStack& stack, u32 esp);
// What sigaltstack(wanted) makes of `now`. Perm: esp is on it; Invalid; NoMemory: too small.
Result<SignalStack> changed_signal_stack(const SignalStack& now, const SignalStack& wanted, u32 esp);

}  // namespace faultline
