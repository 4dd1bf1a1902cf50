// Frames of signal handlers: how they are put on the user's stack, and sigreturn, which takes them back.
//
// The FPU state goes from the registers to the user's stack and back at once where no x87 register is in use, which is
// nearly always; MMX and x87 programs pay for a copy in between. What comes back is a stranger's: selectors, flags and
// MXCSR are reduced to what a program may set, or refused.
#include "kernel/signal_frame.h"

#include "arch/segments.h"
#include "arch/user_copy.h"
#include "kernel/signal_delivery.h"
#include "kernel/task.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/user_access.h"

namespace faultline {

namespace {

constexpr u32 kUserFlags =
    0x50dd5;  // EFLAGS that a program may set by sigreturn: AC RF OF DF TF SF ZF AF PF CF
constexpr u32 kHandlerClears = 1u << 8 | 1u << 10 | 1u << 16;  // TF, DF, RF are clear when a handler starts
constexpr u32 kFxsaveUsed = 288;  // header, ST0-7, XMM0-7: the rest does not exist in 32-bit mode
constexpr u32 kFsaveSize = 108;
constexpr u32 kFpuHeaderSize = sizeof(FpuSavedHeader);

void* pointer(u32 address)
{
    return reinterpret_cast<void*>(static_cast<usize>(address));
}

// Whole structures, in a range that was checked.
template <class T> Result<void> put(u32 at, const T& what)
{
    static_assert(sizeof(T) % 4 == 0);
    return user_copy_words(pointer(at), &what, sizeof(T) / 4) == 0 ? Result<void>{} : Errno::Fault;
}

template <class T> Result<void> get(T& what, u32 at)
{
    static_assert(sizeof(T) % 4 == 0);
    return user_copy_words(&what, pointer(at), sizeof(T) / 4) == 0 ? Result<void>{} : Errno::Fault;
}

// ---- Where the frame goes ----

struct FramePlace {
    u32 at;   // what esp will be
    u32 fpu;  // the FPU state, above it
};

u32 fpu_place(u32 top)
{
    return round_down(top - kFxsaveSize, 16u) - kFpuHeaderSize;
}

u32 frame_place(u32 below, u32 size)
{
    return round_down(below - size + 4, 16u) - 4;  // as after a call: (esp + 4) % 16 == 0
}

bool is_armed(const SignalStack& stack)
{
    return (stack.flags & kStackDisabled) == 0;
}

// A frame that would leave the alternate stack at its lower end is not written at all.
Result<FramePlace> place_frame(const Task& self, const TrapFrame& frame, const KernelSigaction& action,
                               u32 size)
{
    const SignalStack& stack = self.alternate_stack;
    const bool was_on = is_on_stack(stack, frame.esp);
    const bool enters = (action.flags & kActionOnStack) != 0 && is_armed(stack) && !was_on;
    const u32 fpu = fpu_place(enters ? stack.start + stack.size_bytes : frame.esp);
    const u32 at = frame_place(fpu, size);
    if ((was_on || enters) && at - stack.start - 1 >= stack.size_bytes) return Errno::Fault;
    if (!is_user_range(UserAddr{at}, fpu + kFpuHeaderSize + kFxsaveSize - at)) return Errno::Fault;
    return FramePlace{at, fpu};
}

// ---- FPU state, out ----

u16 half(const FpuState& state, u32 offset)
{
    u16 value;
    __builtin_memcpy(&value, &state.bytes[offset], sizeof value);
    return value;
}

void set_half(FpuState& state, u32 offset, u32 value)
{
    const u16 narrow = static_cast<u16>(value);
    __builtin_memcpy(&state.bytes[offset], &narrow, sizeof narrow);
}

// FSAVE's tag of a register: valid, zero, special. (SDM vol. 1, "x87 FPU Tag Word")
u32 tag_of(const u8* value)
{
    constexpr u32 kValid = 0, kZero = 1, kSpecial = 2;
    u32 low, high;
    u16 exponent;
    __builtin_memcpy(&low, value, 4);
    __builtin_memcpy(&high, value + 4, 4);
    __builtin_memcpy(&exponent, value + 8, 2);
    exponent &= 0x7fff;
    if (exponent == 0x7fff) return kSpecial;
    if (exponent == 0) return low == 0 && high == 0 ? kZero : kSpecial;
    return (high >> 31) != 0 ? kValid : kSpecial;
}

// Tags go by the register's own number, FXSAVE's contents by its place on the stack.
u32 full_tags(const FpuState& state)
{
    const u32 top = half(state, 2) >> 11 & 7;
    u32 tags = 0xffff0000;
    for (u32 i = 0; i < 8; i++) {
        const bool in_use = (state.bytes[4] >> i & 1) != 0;
        tags |= (in_use ? tag_of(&state.bytes[32 + ((i - top) & 7) * 16]) : 3u) << 2 * i;
    }
    return tags;
}

// Some x87 register is in use: the header shows them, too.
Result<void> put_x87(u32 at)
{
    FpuState state;
    FpuSavedHeader header;
    fpu_save(state);
    TRY(get(header, at));
    header.environment.tags = full_tags(state);
    for (u32 i = 0; i < 8; i++)
        __builtin_memcpy(&header.registers[i * 10], &state.bytes[32 + i * 16], 10);
    return put(at, header);
}

Result<void> put_fpu_without_fxsr(Task& self, u32 at)
{
    const u32 no_image = 0xffff0000;
    fpu_save(self.fpu_state);  // and the registers are empty, as a handler finds them
    TRY(copy_to_user(UserAddr{at}, &self.fpu_state, kFsaveSize));
    return copy_to_user(UserAddr{at + kFsaveSize}, &no_image, sizeof no_image);
}

Result<void> put_fpu(Task& self, u32 at)
{
    if (!has_fxsr()) return put_fpu_without_fxsr(self, at);
    switch (user_fpu_save(pointer(at))) {
    case UserFpu::Done:
        return {};
    case UserFpu::RestIsCallers:
        return put_x87(at);
    case UserFpu::Fault:
        break;
    }
    return Errno::Fault;
}

// ---- Registers, out ----

inline void save_registers(SavedRegisters& saved, const Task& self, const TrapFrame& frame, u32 fpu, u32 mask)
{
    saved.gs = frame.gs & 0xffff;
    saved.fs = frame.fs & 0xffff;
    saved.es = frame.es & 0xffff;
    saved.ds = frame.ds & 0xffff;
    saved.edi = frame.edi;
    saved.esi = frame.esi;
    saved.ebp = frame.ebp;
    saved.esp = saved.esp_at_signal = frame.esp;
    saved.ebx = frame.ebx;
    saved.edx = frame.edx;
    saved.ecx = frame.ecx;
    saved.eax = frame.eax;
    saved.trap_number = self.fault_trap;
    saved.error_code = self.fault_error;
    saved.eip = frame.eip;
    saved.cs = frame.cs & 0xffff;
    saved.eflags = frame.eflags;
    saved.ss = frame.ss & 0xffff;
    saved.fpu_state = fpu;
    saved.old_mask = mask;
    saved.cr2 = self.fault_address;
}

u32 return_address(const KernelSigaction& action, u32 own_code)
{
    return (action.flags & kActionRestorer) != 0 ? action.restorer : own_code;
}

constexpr u32 kTailOffset = sizeof(SignalFrameHead) + kUnusedFpuRoom;

Result<void> put_plain_frame(const Task& self, const TrapFrame& frame, const SignalInfo& info,
                             const KernelSigaction& action, SignalSet mask, FramePlace place)
{
    const u32 tail_at = place.at + kTailOffset;
    const u32 own_code = tail_at + static_cast<u32>(offsetof(SignalFrameTail, trampoline));
    SignalFrameHead head;
    head.return_address = return_address(action, own_code);
    head.signal = info.signal;
    save_registers(head.registers, self, frame, place.fpu, mask.low());
    const SignalFrameTail tail{mask.high(), kSigreturnCode};
    TRY(put(place.at, head));
    return put(tail_at, tail);
}

Result<void> put_siginfo_frame(const Task& self, const TrapFrame& frame, const SignalInfo& info,
                               const KernelSigaction& action, SignalSet mask, FramePlace place)
{
    const u32 own_code = place.at + static_cast<u32>(offsetof(SiginfoFrame, trampoline));
    SiginfoFrame out;
    out.return_address = return_address(action, own_code);
    out.signal = info.signal;
    out.info_address = place.at + static_cast<u32>(offsetof(SiginfoFrame, info));
    out.context_address = place.at + static_cast<u32>(offsetof(SiginfoFrame, context));
    fill_siginfo(out.info, info);
    out.context.flags = out.context.link = 0;
    out.context.stack = self.alternate_stack;
    save_registers(out.context.registers, self, frame, place.fpu, mask.low());
    out.context.mask[0] = mask.low();
    out.context.mask[1] = mask.high();
    out.trampoline = kRtSigreturnCode;
    return put(place.at, out);
}

void enter_handler(TrapFrame& frame, u32 signal, const KernelSigaction& action, u32 at)
{
    const bool wants_info = (action.flags & kActionSiginfo) != 0;
    frame.esp = at;
    frame.eip = action.handler;
    frame.eax = signal;  // for handlers that take arguments in registers
    frame.edx = wants_info ? at + static_cast<u32>(offsetof(SiginfoFrame, info)) : 0;
    frame.ecx = wants_info ? at + static_cast<u32>(offsetof(SiginfoFrame, context)) : 0;
    frame.ds = frame.es = frame.ss = kUserData;
    frame.cs = kUserCode;
    frame.eflags &= ~kHandlerClears;
    fpu_reset();
}

}  // namespace

// An alternate stack that disarms itself counts as one that nobody is on.
bool is_on_stack(const SignalStack& stack, u32 esp)
{
    if ((stack.flags & (kStackDisabled | kStackAutoDisarm)) != 0) return false;
    return esp - stack.start - 1 < stack.size_bytes;
}

Result<void> push_signal_frame(Task& self, TrapFrame& frame, const SignalInfo& info,
                               const KernelSigaction& action, SignalSet mask)
{
    const bool wants_info = (action.flags & kActionSiginfo) != 0;
    const u32 size = wants_info ? static_cast<u32>(sizeof(SiginfoFrame)) : kSignalFrameSize;
    const FramePlace place = TRY(place_frame(self, frame, action, size));
    TRY(put_fpu(self, place.fpu));
    if (wants_info)
        TRY(put_siginfo_frame(self, frame, info, action, mask, place));
    else
        TRY(put_plain_frame(self, frame, info, action, mask, place));
    enter_handler(frame, info.signal, action, place.at);
    if ((self.alternate_stack.flags & kStackAutoDisarm) != 0) self.alternate_stack = {0, kStackDisabled, 0};
    return {};
}

// ---- FPU state, back ----

namespace {

// The x87 part is what FSAVE's header says, as in Linux: handlers change the control word there.
void take_x87_from_header(FpuState& state, const FpuSavedHeader& header)
{
    const FpuEnvironment& environment = header.environment;
    set_half(state, 0, environment.control);
    set_half(state, 2, environment.status);
    u8 in_use = 0;
    for (u32 i = 0; i < 8; i++)
        if ((environment.tags >> 2 * i & 3) != 3) in_use |= static_cast<u8>(1u << i);
    state.bytes[4] = in_use;
    for (u32 i = 0; i < 8; i++)
        __builtin_memcpy(&state.bytes[32 + i * 16], &header.registers[i * 10], 10);
}

Result<void> restore_fpu_by_copy(u32 at)
{
    FpuSavedHeader header;
    FpuState state;
    TRY(copy_from_user(&header, UserAddr{at}, sizeof header));
    TRY(copy_from_user(&state, UserAddr{at + kFpuHeaderSize}, kFxsaveUsed));
    if (!fpu_is_sane(state)) return Errno::Fault;
    take_x87_from_header(state, header);
    fpu_restore(state);
    return {};
}

Result<void> restore_fpu_without_fxsr(u32 at)
{
    FpuState state;
    TRY(copy_from_user(&state, UserAddr{at}, kFsaveSize));
    fpu_restore(state);
    return {};
}

Result<void> restore_fpu(u32 at)
{
    if (at == 0) {
        fpu_reset();
        return {};
    }
    if (!has_fxsr()) return restore_fpu_without_fxsr(at);
    if (!is_user_range(UserAddr{at}, kFpuHeaderSize + kFxsaveSize)) return Errno::Fault;
    if (at % 16 != 0) return restore_fpu_by_copy(at);
    switch (user_fpu_restore(pointer(at), fpu_bad_mxcsr())) {
    case UserFpu::Done:
        return {};
    case UserFpu::RestIsCallers:
        return restore_fpu_by_copy(at);
    case UserFpu::Fault:
        break;
    }
    return Errno::Fault;
}

// ---- Registers, back ----

// At the user's level; a null selector may stay null, which 0 to 3 all are.
u32 user_selector(u32 saved)
{
    constexpr u32 kUserLevel = 3;
    const u32 selector = saved & 0xffff;
    return selector <= kUserLevel ? 0 : selector | kUserLevel;
}

void restore_registers(TrapFrame& frame, const SavedRegisters& saved)
{
    frame.gs = user_selector(saved.gs);
    frame.fs = user_selector(saved.fs);
    frame.es = user_selector(saved.es);
    frame.ds = user_selector(saved.ds);
    frame.cs = (saved.cs & 0xffff) | 3;
    frame.ss = (saved.ss & 0xffff) | 3;
    frame.edi = saved.edi;
    frame.esi = saved.esi;
    frame.ebp = saved.ebp;
    frame.esp = saved.esp;
    frame.ebx = saved.ebx;
    frame.edx = saved.edx;
    frame.ecx = saved.ecx;
    frame.eip = saved.eip;
    frame.eflags = (frame.eflags & ~kUserFlags) | (saved.eflags & kUserFlags);
    frame.trap_number = 0;  // whatever eax holds now, no call is to be restarted
}

Result<u32> restore(Task& self, TrapFrame& frame, const SavedRegisters& saved, SignalSet mask)
{
    set_blocked(self, mask);
    TRY(restore_fpu(saved.fpu_state));
    restore_registers(frame, saved);
    return saved.eax;
}

Result<u32> restore_plain(Task& self, TrapFrame& frame)
{
    const u32 at = frame.esp - 8;  // the handler's ret and the trampoline's pop
    SignalFrameHead head;
    u32 mask_high;
    if (!is_user_range(UserAddr{at}, kSignalFrameSize)) return Errno::Fault;
    TRY(get(head, at));
    TRY(get(mask_high, at + kTailOffset));
    return restore(self, frame, head.registers, SignalSet{head.registers.old_mask, mask_high});
}

// Nonsense, or a change while the handler's caller is on the stack, leaves it as it is.
void restore_alternate_stack(Task& self, const SignalStack& saved, u32 esp)
{
    const auto changed = changed_signal_stack(self.alternate_stack, saved, esp);
    if (changed.ok()) self.alternate_stack = changed.value();
}

Result<u32> restore_siginfo(Task& self, TrapFrame& frame)
{
    SignalContext context;
    const u32 at = frame.esp - 4 + static_cast<u32>(offsetof(SiginfoFrame, context));
    if (!is_user_range(UserAddr{at}, sizeof context)) return Errno::Fault;
    TRY(get(context, at));
    const u32 eax = TRY(restore(self, frame, context.registers, SignalSet{context.mask[0], context.mask[1]}));
    restore_alternate_stack(self, context.stack, frame.esp);
    return eax;
}

u32 value_or_fault(Task& self, const Result<u32>& eax)
{
    if (eax.ok()) return eax.value();
    force_signal(self, SignalInfo::from_kernel(kSigSegv));
    return 0;
}

}  // namespace

// sigaltstack's rules.
Result<SignalStack> changed_signal_stack(const SignalStack& now, const SignalStack& wanted, u32 esp)
{
    constexpr u32 kLeast = 2048;  // MINSIGSTKSZ
    const u32 mode = wanted.flags & ~kStackAutoDisarm;
    if (is_on_stack(now, esp)) return Errno::Perm;
    if (mode != 0 && mode != kStackDisabled && mode != kStackOnStack) return Errno::Invalid;
    if (mode == kStackDisabled) return SignalStack{0, wanted.flags, 0};
    if (wanted.size_bytes < kLeast) return Errno::NoMemory;
    return SignalStack{wanted.start, wanted.flags & kStackAutoDisarm, wanted.size_bytes};
}

u32 return_from_handler(Task& self, TrapFrame& frame)
{
    return value_or_fault(self, restore_plain(self, frame));
}

u32 return_from_siginfo_handler(Task& self, TrapFrame& frame)
{
    return value_or_fault(self, restore_siginfo(self, frame));
}

}  // namespace faultline
