// FPU and SSE set-up, and the state of a thread.

#include "arch/fpu.h"

#include "arch/percpu.h"
#include "arch/x86.h"
#include "lib/string.h"

namespace faultline {

extern "C" {
void clear_page_sse(void*);
void clear_page_words(void*);
void copy_page_sse(void*, const void*);
void copy_page_words(void*, const void*);
extern u32 user_copy_by_sse;
void (*clear_page)(void*) = clear_page_words;
void (*copy_page)(void*, const void*) = copy_page_words;
}

namespace {

constexpr u32 kFeatureFxsr = 1u << 24;
constexpr u32 kFeatureSse = 1u << 25;
constexpr u32 kInitialMxcsr = 0x1f80;
constexpr u32 kMxcsrOffset = 24, kMxcsrMaskOffset = 28;  // in FXSAVE's image (SDM vol. 1, "FXSAVE Area")

bool fxsr, sse;
u32 mxcsr_mask = 0xFFBF;  // the CPU's own where FXSAVE gives one
FpuState initial_state;

u32& word_at(FpuState& state, u32 offset)
{
    return *reinterpret_cast<u32*>(state.bytes + offset);
}

u32 word_at(const FpuState& state, u32 offset)
{
    return *reinterpret_cast<const u32*>(state.bytes + offset);
}

void capture_initial_state()
{
    asm volatile("fninit");
    if (sse) asm volatile("ldmxcsr %0" : : "m"(kInitialMxcsr));
    fpu_save(initial_state);
    if (!fxsr) asm volatile("fninit");
    if (!sse) return;
    const u32 mask = word_at(initial_state, kMxcsrMaskOffset);
    if (mask != 0) mxcsr_mask = mask;
    memset(initial_state.bytes + 160, 0,
           sizeof(initial_state.bytes) - 160);  // XMM registers: the loader's leavings
}

}  // namespace

bool has_fxsr()
{
    return fxsr;
}

void fpu_init_this_cpu()
{
    const u32 features = cpuid(1).edx;
    fxsr = (features & kFeatureFxsr) != 0;
    sse = fxsr && (features & kFeatureSse) != 0;
    u32 cr0 = read_cr0() & ~(kCr0Emulation | kCr0TaskSwitched);
    write_cr0(cr0 | kCr0MonitorCoprocessor | kCr0NumericError);
    if (fxsr) write_cr4(read_cr4() | kCr4OsFxsr);
    if (sse) write_cr4(read_cr4() | kCr4OsXmmExceptions);
    if (cpu_index() != 0) return;
    capture_initial_state();
    if (!sse) return;
    clear_page = clear_page_sse;
    copy_page = copy_page_sse;
    user_copy_by_sse = 1;
}

void fpu_init_state(FpuState& state)
{
    state = initial_state;
}

bool fpu_save(FpuState& state)
{
    if (fxsr)
        asm volatile("fxsave %0" : "=m"(state));
    else
        asm volatile("fnsave %0" : "=m"(state));
    return fxsr;
}

void fpu_restore(const FpuState& state)
{
    if (fxsr)
        asm volatile("fxrstor %0" : : "m"(state));
    else
        asm volatile("frstor %0" : : "m"(state));
}

void fpu_reset()
{
    fpu_restore(initial_state);
}

u32 fpu_bad_mxcsr()
{
    return ~mxcsr_mask;
}

bool fpu_is_sane(const FpuState& state)
{
    return !fxsr || (word_at(state, kMxcsrOffset) & ~mxcsr_mask) == 0;
}

void fpu_sanitize(FpuState& state)
{
    if (fxsr) word_at(state, kMxcsrOffset) &= mxcsr_mask;
}

u32 fpu_exceptions(const FpuState& state, FpuUnit unit)
{
    constexpr u32 kAll = 0x3f, kMxcsrMasks = 7;  // the masks begin at bit 7 of MXCSR
    if (unit == FpuUnit::Sse) {
        const u32 mxcsr = fxsr ? word_at(state, kMxcsrOffset) : 0;
        return mxcsr & ~(mxcsr >> kMxcsrMasks) & kAll;
    }
    const u32 control =
        word_at(state, 0);  // FXSAVE packs the status word behind it, FNSAVE has it in the next word
    const u32 status = fxsr ? control >> 16 : word_at(state, 4);
    return status & ~control & kAll;
}

}  // namespace faultline
