#include "kernel/signal_delivery.h"

#include "arch/segments.h"
#include "core/scheduler.h"
#include "kernel/signal_frame.h"
#include "kernel/task.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/user_access.h"

namespace faultline {

namespace {

constexpr u32 kUserFlags =
    0x50dd5;  // EFLAGS that a program may set by sigreturn: AC RF OF DF TF SF ZF AF PF CF
constexpr u32 kHandlerClears = 1u << 8 | 1u << 10 | 1u << 16;  // TF, DF, RF are clear when a handler starts
constexpr u32 kFxsaveUsed = 288;      // header, ST0-7, XMM0-7: the rest does not exist in 32-bit mode
constexpr u32 kFxsaveSoftware = 464;  // says whether state of newer CPUs follows
constexpr u32 kFsaveSize = 108;

// ---- Taking a signal ----

struct Taken {
    SignalInfo info;
    KernelSigaction action;
};

// Its own before those of the process, as in Linux; a fault before all, the end before the rest.
u32 choose(SignalSet own, SignalSet shared)
{
    if (const SignalSet faults = own.common(kFaultSignals); !faults.empty()) return faults.lowest();
    if (own.with(shared).has(kSigKill)) return kSigKill;
    return (own.empty() ? shared : own).lowest();
}

bool take_locked(Task& self, Taken& taken) REQUIRES(process_lock)
{
    Process& process = self.process();
    const SignalSet open = SignalSet::all().without(self.blocked.without(kUnblockable));
    const SignalSet own = self.pending.set().common(open);
    const SignalSet shared = process.pending.set().common(open);
    if (own.empty() && shared.empty()) return false;
    const u32 signal = choose(own, shared);
    (own.has(signal) ? self.pending : process.pending).take(signal, taken.info);
    if (self.fault.signal == signal && own.has(signal)) {
        taken.info = self.fault;
        self.fault.signal = 0;
    }
    return true;
}

// What the process does about it. False: a tracer took it.
bool look_up_action_locked(Task& self, Taken& taken) REQUIRES(process_lock)
{
    if (self.trace.by && taken.info.signal != kSigKill && !trace_signal_locked(self, taken.info))
        return false;
    Process& process = self.process();
    const u32 signal = taken.info.signal;
    taken.action = process.actions.of(signal);
    if (taken.action.handler > kHandlerIgnore && (taken.action.flags & kActionResetHandler) != 0)
        process.actions.set(signal, KernelSigaction{});
    return true;
}

// ---- Default actions ----

bool is_stop(const Taken& taken)
{
    const u32 signal = taken.info.signal;
    return taken.action.handler == kHandlerDefault && signal <= 31 && kStopSignals.has(signal);
}

// In the same stretch under the lock in which the signal was taken: else a SIGCONT or SIGKILL that comes in between
// would find nothing to resume, and we would sleep for ever.
void obey_stop_locked(Task& self, u32 signal) REQUIRES(process_lock)
{
    if (signal == kSigStop || !is_orphaned_locked(*self.process().group)) stop_locked(self, signal);
}

void act_by_default(Task& self, u32 signal)
{
    if (signal <= 31 && kIgnoredByDefault.has(signal)) return;
    exit_process(self, signal);
}

// Takes signals, and stops where they say so, until one has to be acted on otherwise. False: none is left.
bool take_next(Task& self, Taken& taken)
{
    SpinGuard guard{process_lock};
    while (!self.leaving) {
        if (self.trace.wants_trap()) trace_trap_locked(self);
        if (has_to_stop_locked(self)) {
            join_stop_locked(self);
            continue;
        }
        if (!take_locked(self, taken)) return false;
        if (!look_up_action_locked(self, taken)) continue;
        if (!is_stop(taken)) return true;
        obey_stop_locked(self, taken.info.signal);
    }
    return false;
}

// ---- Restarting an interrupted call ----

enum class Interruption : u8 { None, ByHandler };

bool is_interrupted_call(const TrapFrame& frame)
{
    return frame.trap_number == kSystemCallVector && is_restart_code(frame.eax);
}

void repeat_call(TrapFrame& frame, u32 number)
{
    constexpr u32 kIntInstruction = 2;  // bytes of int $0x80
    frame.eax = number;
    frame.eip -= kIntInstruction;
}

void settle_call_before_handler(TrapFrame& frame, const KernelSigaction& action)
{
    if (!is_interrupted_call(frame)) return;
    const u32 code = 0u - frame.eax;
    const bool restarts = code == static_cast<u32>(Errno::RestartSys) && (action.flags & kActionRestart) != 0;
    if (restarts)
        repeat_call(frame, frame.error_code);
    else
        frame.eax = 0u - static_cast<u32>(Errno::Intr);
    frame.trap_number = 0;  // settled
}

void settle_call_without_handler(TrapFrame& frame)
{
    constexpr u32 kRestartSyscall = 0;
    if (!is_interrupted_call(frame)) return;
    const bool by_block = 0u - frame.eax == static_cast<u32>(Errno::RestartBlock);
    repeat_call(frame, by_block ? kRestartSyscall : frame.error_code);
    frame.trap_number = 0;
}

// ---- Frames ----

bool is_on(const SignalStack& stack, u32 esp)
{
    return (stack.flags & kStackDisabled) == 0 && esp > stack.start && esp - stack.start <= stack.size_bytes;
}

u32 stack_for(const Task& self, const TrapFrame& frame, const KernelSigaction& action)
{
    const SignalStack& stack = self.alternate_stack;
    const bool other = (action.flags & kActionOnStack) != 0 && (stack.flags & kStackDisabled) == 0;
    return other && !is_on(stack, frame.esp) ? stack.start + stack.size_bytes : frame.esp;
}

SavedRegisters save_registers(const Task& self, const TrapFrame& frame, u32 fpu, SignalSet mask)
{
    SavedRegisters saved;
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
    saved.old_mask = mask.low();
    saved.cr2 = self.fault_address;
    return saved;
}

u16 half(const FpuState& state, u32 offset)
{
    u16 value;
    __builtin_memcpy(&value, &state.bytes[offset], sizeof value);
    return value;
}

u32 word(const FpuState& state, u32 offset)
{
    u32 value;
    __builtin_memcpy(&value, &state.bytes[offset], sizeof value);
    return value;
}

// FSAVE's environment from FXSAVE's image. Tags say only "in use" (valid) or "empty": who wants more reads the image.
// Registers are filled in only where one is in use.
void make_legacy_header(const FpuState& state, FpuSavedHeader& header)
{
    constexpr u32 kAbove = 0xffff0000, kAllEmpty = ~0u;
    const u8 in_use = state.bytes[4];
    header.environment.control = kAbove | half(state, 0);
    header.environment.status = kAbove | half(state, 2);
    header.environment.tags = kAllEmpty;
    header.environment.instruction = word(state, 8);
    header.environment.code_selector = half(state, 12);
    header.environment.operand = word(state, 16);
    header.environment.operand_selector = half(state, 20);
    header.status = half(state, 2);
    header.magic = 0;
    if (in_use == 0) return;
    for (u32 i = 0; i < 8; i++) {
        if ((in_use >> i & 1) != 0) header.environment.tags &= ~(3u << 2 * i);
        __builtin_memcpy(&header.registers[i * 10], &state.bytes[32 + i * 16], 10);
    }
}

// Below `top`: the FPU state of the task. Its address goes into the frame.
Result<u32> push_fpu(Task& self, u32 top)
{
    constexpr u32 kHeaderSize = sizeof(FpuSavedHeader);
    const u32 start = round_down(top - kFxsaveSize, 16u) - kHeaderSize;
    fpu_save(self.fpu_state);  // the place where a switch would save it too
    if (has_fxsr()) {
        make_legacy_header(self.fpu_state, self.fpu_header);
        // The two stand together. What the CPU does not use of the image stays as it is, but for the mark of more state.
        const u32 no_more_state = 0;
        TRY(copy_to_user(UserAddr{start}, &self.fpu_header, kHeaderSize + kFxsaveUsed));
        TRY(copy_to_user(UserAddr{start + kHeaderSize + kFxsaveSoftware}, &no_more_state,
                         sizeof no_more_state));
        return start;
    }
    const u32 no_image = 0xffff0000;
    TRY(copy_to_user(UserAddr{start}, &self.fpu_state, kFsaveSize));
    TRY(copy_to_user(UserAddr{start + kFsaveSize}, &no_image, sizeof no_image));
    return start;
}

u32 frame_address(u32 below, u32 size)
{
    return round_down(below - size + 4, 16u) - 4;  // as after a call: (esp + 4) % 16 == 0
}

Result<u32> push_plain_frame(Task& self, const TrapFrame& frame, const Taken& taken, SignalSet mask, u32 fpu)
{
    const u32 at = frame_address(fpu, kSignalFrameSize);
    const u32 tail_at = at + static_cast<u32>(sizeof(SignalFrameHead)) + kUnusedFpuRoom;
    const bool has_restorer = (taken.action.flags & kActionRestorer) != 0;
    const u32 own_code = tail_at + static_cast<u32>(offsetof(SignalFrameTail, trampoline));
    const SignalFrameHead head{has_restorer ? taken.action.restorer : own_code, taken.info.signal,
                               save_registers(self, frame, fpu, mask)};
    const SignalFrameTail tail{mask.high(), kSigreturnCode};
    TRY(copy_to_user(UserAddr{at}, &head, sizeof head));
    TRY(copy_to_user(UserAddr{tail_at}, &tail, sizeof tail));
    return at;
}

// The start of siginfo_t, as far as a signal's details go.
struct SignalInfoStart {
    u32 signal, error;
    i32 code;
    u32 fields[kSignalInfoFields];
};

SignalInfoStart start_of_siginfo(const SignalInfo& info)
{
    SignalInfoStart start{info.signal, 0, info.code, {}};
    for (u32 i = 0; i < kSignalInfoFields; i++)
        start.fields[i] = info.fields[i];
    return start;
}

// What a frame with siginfo holds beyond its first fields of siginfo; between the two nothing is written.
struct SiginfoFrameTail {
    SignalContext context;
    Trampoline trampoline;
};
static_assert(sizeof(SiginfoFrameTail) == sizeof(SiginfoFrame) - offsetof(SiginfoFrame, context));

struct SiginfoFrameHead {
    u32 return_address, signal, info_address, context_address;
    SignalInfoStart info;
};

Result<u32> push_siginfo_frame(Task& self, const TrapFrame& frame, const Taken& taken, SignalSet mask,
                               u32 fpu)
{
    const u32 at = frame_address(fpu, sizeof(SiginfoFrame));
    const u32 info_at = at + static_cast<u32>(offsetof(SiginfoFrame, info));
    const u32 context_at = at + static_cast<u32>(offsetof(SiginfoFrame, context));
    const u32 own_code = at + static_cast<u32>(offsetof(SiginfoFrame, trampoline));
    const bool has_restorer = (taken.action.flags & kActionRestorer) != 0;
    const SiginfoFrameHead head{has_restorer ? taken.action.restorer : own_code, taken.info.signal, info_at,
                                context_at, start_of_siginfo(taken.info)};
    SignalStack stack = self.alternate_stack;
    if (is_on(stack, frame.esp)) stack.flags |= kStackOnStack;
    const SiginfoFrameTail tail{
        {0, 0, stack, save_registers(self, frame, fpu, mask), {mask.low(), mask.high()}}, kRtSigreturnCode};
    TRY(copy_to_user(UserAddr{at}, &head, sizeof head));
    TRY(copy_to_user(UserAddr{context_at}, &tail, sizeof tail));
    return at;
}

void enter_handler(TrapFrame& frame, const Taken& taken, u32 at)
{
    const bool wants_info = (taken.action.flags & kActionSiginfo) != 0;
    frame.esp = at;
    frame.eip = taken.action.handler;
    frame.eax = taken.info.signal;  // for handlers that take arguments in registers
    frame.edx = wants_info ? at + static_cast<u32>(offsetof(SiginfoFrame, info)) : 0;
    frame.ecx = wants_info ? at + static_cast<u32>(offsetof(SiginfoFrame, context)) : 0;
    frame.ds = frame.es = frame.ss = kUserData;
    frame.cs = kUserCode;
    frame.eflags &= ~kHandlerClears;
    fpu_reset();
}

Result<void> push_frame(Task& self, TrapFrame& frame, const Taken& taken, SignalSet mask)
{
    const u32 fpu = TRY(push_fpu(self, stack_for(self, frame, taken.action)));
    const bool wants_info = (taken.action.flags & kActionSiginfo) != 0;
    const u32 at = TRY((wants_info ? push_siginfo_frame : push_plain_frame)(self, frame, taken, mask, fpu));
    enter_handler(frame, taken, at);
    return {};
}

// The stack would not take the frame: SIGSEGV; if that is what we deliver, its default action.
void fail_delivery(Task& self, u32 signal)
{
    if (signal == kSigSegv) {
        SpinGuard guard{process_lock};
        self.process().actions.set(kSigSegv, KernelSigaction{});
    }
    force_signal(self, SignalInfo::from_kernel(kSigSegv));
}

void call_handler(Task& self, TrapFrame& frame, const Taken& taken)
{
    settle_call_before_handler(frame, taken.action);
    const SignalSet before = self.restore_blocked ? self.saved_blocked : self.blocked;
    auto pushed = push_frame(self, frame, taken, before);
    if (!pushed.ok()) return fail_delivery(self, taken.info.signal);
    SignalSet during{taken.action.mask[0], taken.action.mask[1]};
    if ((taken.action.flags & kActionNoDefer) == 0) during.add(taken.info.signal);
    SpinGuard guard{process_lock};
    self.restore_blocked = false;
    set_blocked_locked(self, self.blocked.with(during));
}

// Nothing is left to take.
void finish(Task& self, TrapFrame& frame)
{
    settle_call_without_handler(frame);
    SpinGuard guard{process_lock};
    if (self.restore_blocked) self.blocked = self.saved_blocked;
    self.restore_blocked = false;
    update_signal_marks_locked(self);
}

}  // namespace

void fill_siginfo(Siginfo& out, const SignalInfo& info)
{
    out = Siginfo{};
    out.signal = static_cast<i32>(info.signal);
    out.code = info.code;
    for (u32 i = 0; i < kSignalInfoFields; i++)
        out.fields[i] = info.fields[i];
}

void deliver_signals(Task& self, TrapFrame& frame)
{
    for (;;) {
        Taken taken;
        const bool any = take_next(self, taken);
        if (self.leaving) exit_task(self, self.process().exit_status);
        if (!any) return finish(self, frame);
        if (taken.action.handler > kHandlerIgnore) {
            call_handler(self, frame, taken);
            if (self.trace.stepping) trace_handler_entered(self);
            return;
        }
        if (taken.action.handler == kHandlerDefault) act_by_default(self, taken.info.signal);
    }
}

// ---- The way back ----

namespace {

void restore_registers(TrapFrame& frame, const SavedRegisters& saved)
{
    constexpr u32 kUserLevel = 3;  // a null selector may stay null: 0 to 3 all are
    frame.gs = saved.gs & 0xffff ? (saved.gs & 0xffff) | kUserLevel : 0;
    frame.fs = saved.fs & 0xffff ? (saved.fs & 0xffff) | kUserLevel : 0;
    frame.es = saved.es & 0xffff ? (saved.es & 0xffff) | kUserLevel : 0;
    frame.ds = saved.ds & 0xffff ? (saved.ds & 0xffff) | kUserLevel : 0;
    frame.cs = (saved.cs & 0xffff) | kUserLevel;
    frame.ss = (saved.ss & 0xffff) | kUserLevel;
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

Result<void> restore_fpu(u32 at)
{
    FpuState state;
    if (at == 0) {
        fpu_reset();
        return {};
    }
    if (has_fxsr()) {
        TRY(copy_from_user(&state, UserAddr{at + static_cast<u32>(sizeof(FpuSavedHeader))}, kFxsaveUsed));
    } else {
        TRY(copy_from_user(&state, UserAddr{at}, kFsaveSize));
    }
    fpu_sanitize(state);
    fpu_restore(state);
    return {};
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
    TRY(copy_from_user(&head, UserAddr{at}, sizeof head));
    TRY(copy_from_user(&mask_high, UserAddr{at + static_cast<u32>(sizeof head) + kUnusedFpuRoom}, 4));
    return restore(self, frame, head.registers, SignalSet{head.registers.old_mask, mask_high});
}

Result<u32> restore_siginfo(Task& self, TrapFrame& frame)
{
    SignalContext context;
    const u32 at = frame.esp - 4 + static_cast<u32>(offsetof(SiginfoFrame, context));
    TRY(copy_from_user(&context, UserAddr{at}, sizeof context));
    const u32 eax = TRY(restore(self, frame, context.registers, SignalSet{context.mask[0], context.mask[1]}));
    self.alternate_stack = context.stack;
    self.alternate_stack.flags &= kStackDisabled;
    return eax;
}

u32 value_or_fault(Task& self, const Result<u32>& eax)
{
    if (eax.ok()) return eax.value();
    force_signal(self, SignalInfo::from_kernel(kSigSegv));
    return 0;
}

}  // namespace

u32 return_from_handler(Task& self, TrapFrame& frame)
{
    return value_or_fault(self, restore_plain(self, frame));
}

u32 return_from_siginfo_handler(Task& self, TrapFrame& frame)
{
    return value_or_fault(self, restore_siginfo(self, frame));
}

}  // namespace faultline
