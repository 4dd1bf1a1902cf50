// FPU and SSE state of user threads, and the two page routines that use SSE registers.
//
// The kernel is compiled without FPU registers; clear_page and copy_page save the few they use, so the user's state is
// always live in the registers between context switches. CR0.TS stays clear.
#pragma once

#include "lib/types.h"

namespace faultline {

struct alignas(16) FpuState {
    u8 bytes[512];  // FXSAVE's layout; FNSAVE's 108 bytes where the CPU has no FXSR
};

void fpu_init_this_cpu();
bool has_fxsr();

void fpu_init_state(FpuState& state);  // control word 0x37f, MXCSR 0x1f80
void fpu_reset();                      // the same in the registers
bool fpu_save(FpuState& state);  // false: the registers are empty now (FNSAVE): restore before they are used
void fpu_restore(const FpuState& state);
// A state that a user handed in (signal return): bits of MXCSR that do not exist would fault.
u32 fpu_bad_mxcsr();
bool fpu_is_sane(const FpuState& state);
void fpu_sanitize(FpuState& state);  // takes them away
// Exceptions that have happened and are not masked, by the bits of MXCSR and of the x87 status word.
enum class FpuUnit : u8 { X87, Sse };
constexpr u32 kFpuInvalid = 1, kFpuDenormal = 2, kFpuDivideByZero = 4, kFpuOverflow = 8, kFpuUnderflow = 16,
              kFpuInexact = 32;
u32 fpu_exceptions(const FpuState& state, FpuUnit unit);

// One page, page aligned. The hot path of every fault.
extern "C" void (*clear_page)(void* page);
extern "C" void (*copy_page)(void* to, const void* from);

}  // namespace faultline
