// ptrace: one function a request. The tracee, being stopped, is looked at and changed under process_lock; what is the
// caller's memory is read before and written after.
#include "arch/segments.h"
#include "kernel/signal_delivery.h"
#include "kernel/syscall/table.h"
#include "kernel/task.h"
#include "kernel/tracee_registers.h"
#include "lib/string.h"

namespace faultline {

namespace {

enum Request : u32 {
    kTraceMe = 0,
    kPeekText = 1,
    kPeekData = 2,
    kPeekUser = 3,
    kPokeText = 4,
    kPokeData = 5,
    kPokeUser = 6,
    kContinue = 7,
    kKill = 8,
    kSingleStep = 9,
    kGetRegisters = 12,
    kSetRegisters = 13,
    kGetFpuRegisters = 14,
    kSetFpuRegisters = 15,
    kAttach = 16,
    kDetach = 17,
    kGetFpxRegisters = 18,
    kSetFpxRegisters = 19,
    kOldSetOptions = 21,
    kUntilCall = 24,
    kGetThreadArea = 25,
    kSetThreadArea = 26,
    kSetOptions = 0x4200,
    kGetEventMessage = 0x4201,
    kGetSiginfo = 0x4202,
    kSetSiginfo = 0x4203,
    kGetRegisterSet = 0x4204,
    kSetRegisterSet = 0x4205,
    kSeize = 0x4206,
    kInterrupt = 0x4207,
    kListen = 0x4208,
    kGetSignalMask = 0x420a,
    kSetSignalMask = 0x420b,
    kGetCallInfo = 0x420e,
};

constexpr u32 kTrapFlag = 1u << 8;

struct Call {  // the arguments
    Task& self;
    u32 tid, address, data;
};

// ---- The tracee, held still ----

Result<Tracing*> find_tracee_locked(const Call& call) REQUIRES(process_lock)
{
    Task* task = find_task_locked(call.tid);
    if (!task || !task->trace.by || task->trace.by->tracer != &call.self.process()) return Errno::NoProcess;
    return task->trace.by;
}

Result<Tracing*> find_stopped_locked(const Call& call) REQUIRES(process_lock)
{
    Tracing* tie = TRY(find_tracee_locked(call));
    if (!tie->tracee->trace.stopped || tie->listening) return Errno::NoProcess;
    return tie;
}

// Runs use(tie) with the tracee stopped, and gives what it gives.
template <class Use>
auto with_stopped(const Call& call, Use use) -> decltype(use(*static_cast<Tracing*>(nullptr)))
{
    SpinGuard guard{process_lock};
    auto tie = find_stopped_locked(call);
    if (!tie.ok()) return tie.error();
    return use(*tie.value());
}

Result<Ref<AddressSpace>> space_of(const Call& call)
{
    return with_stopped(call, [](Tracing& tie) -> Result<Ref<AddressSpace>> {
        Ref<AddressSpace> space = tie.tracee->process().space_;
        if (!space) return Errno::NoProcess;
        return space;
    });
}

Result<void> give(UserAddr to, const void* from, u32 size)
{
    return copy_to_user(to, from, size);
}

// ---- Memory ----

Result<void> peek(const Call& call)
{
    const Ref<AddressSpace> space = TRY(space_of(call));
    u32 word;
    if (space->read_memory(&word, UserAddr{call.address}, sizeof word) != sizeof word) return Errno::Io;
    return give(UserAddr{call.data}, &word, sizeof word);
}

Result<void> poke(const Call& call)
{
    const Ref<AddressSpace> space = TRY(space_of(call));
    const u32 word = call.data;
    return space->poke_memory(UserAddr{call.address}, &word, sizeof word).ok() ? Result<void>{} : Errno::Io;
}

// ---- Registers ----

constexpr u32 kUserSize = 284,
              kDebugRegisters = 252;  // of struct user: its size, and where u_debugreg begins

// ---- The debug registers: addresses in 0 to 3, what trapped in 6, what is to trap in 7 ----

constexpr u32 kDebugAddresses = 4, kDebugStatus = 6, kDebugControl = 7, kDebugStatusSet = 0xffff0ff0;

u32 read_debug_register(const Task& tracee, u32 n)
{
    if (n < kDebugAddresses) return tracee.debug.address[n];
    if (n == kDebugStatus) return tracee.debug.status ^ kDebugStatusSet;
    return n == kDebugControl ? tracee.debug.control : 0;
}

Result<void> write_debug_control(DebugRegisters& registers, u32 control)
{
    control &= ~kDebugControlReserved;
    if (!debug_control_is_sane(registers, control)) return Errno::Invalid;
    registers.control = control;
    return {};
}

Result<void> write_debug_address(DebugRegisters& registers, u32 n, u32 address)
{
    if (address >= kUserEnd) return Errno::Invalid;
    DebugRegisters changed = registers;
    changed.address[n] = address;
    if (!debug_control_is_sane(changed, changed.control)) return Errno::Invalid;
    registers = changed;
    return {};
}

// The tracee loads them when it goes on.
Result<void> write_debug_register(Task& tracee, u32 n, u32 value)
{
    tracee.trace.debug_changed = true;
    if (n < kDebugAddresses) return write_debug_address(tracee.debug, n, value);
    if (n == kDebugControl) return write_debug_control(tracee.debug, value);
    if (n != kDebugStatus) return Errno::Io;
    tracee.debug.status = value ^ kDebugStatusSet;
    return {};
}

Result<void> peek_user(const Call& call)
{
    if (call.address % 4 != 0 || call.address > kUserSize - 4) return Errno::Io;
    const u32 word = TRY(with_stopped(call, [&](Tracing& tie) -> Result<u32> {
        const TraceeRegisters registers = read_registers(tie.tracee->registers());
        u32 value = 0;
        if (call.address >= kDebugRegisters)
            value = read_debug_register(*tie.tracee, (call.address - kDebugRegisters) / 4);
        else if (call.address < sizeof registers)
            memcpy(&value, reinterpret_cast<const u8*>(&registers) + call.address, sizeof value);
        return value;
    }));
    return give(UserAddr{call.data}, &word, sizeof word);
}

Result<void> poke_user(const Call& call)
{
    if (call.address % 4 != 0 || call.address > kUserSize - 4) return Errno::Io;
    return with_stopped(call, [&](Tracing& tie) REQUIRES(process_lock) -> Result<void> {
        TraceeRegisters registers = read_registers(tie.tracee->registers());
        if (call.address >= kDebugRegisters)
            return write_debug_register(*tie.tracee, (call.address - kDebugRegisters) / 4, call.data);
        if (call.address >= sizeof registers) return {};
        memcpy(reinterpret_cast<u8*>(&registers) + call.address, &call.data, sizeof call.data);
        write_registers(tie.tracee->registers(), registers);
        return {};
    });
}

enum class Set : u8 { General, Fpu, Fpx };

struct SetBytes {
    u32 size;
    alignas(16) u8 bytes[sizeof(FpuState)];
};

u32 size_of(Set set)
{
    if (set == Set::General) return sizeof(TraceeRegisters);
    return set == Set::Fpu ? sizeof(FsaveImage) : sizeof(FpuState);
}

void read_set(Task& tracee, Set set, u8* out)
{
    if (set == Set::General) {
        const TraceeRegisters registers = read_registers(tracee.registers());
        memcpy(out, &registers, sizeof registers);
    } else if (set == Set::Fpu) {
        const FsaveImage image = read_fsave(tracee.fpu_state);
        memcpy(out, &image, sizeof image);
    } else {
        memcpy(out, &tracee.fpu_state, sizeof(FpuState));
    }
}

void write_set(Task& tracee, Set set, const u8* in)
{
    if (set == Set::General) {
        TraceeRegisters registers;
        memcpy(&registers, in, sizeof registers);
        return write_registers(tracee.registers(), registers);
    }
    if (set == Set::Fpu) {
        FsaveImage image;
        memcpy(&image, in, sizeof image);
        write_fsave(tracee.fpu_state, image);
    } else {
        memcpy(&tracee.fpu_state, in, sizeof(FpuState));
    }
    fpu_sanitize(tracee.fpu_state);
    tracee.trace.fpu_changed = true;
}

// As much of the set as `size` has room for.
Result<u32> get_set(const Call& call, Set set, UserAddr to, u32 size)
{
    if (set == Set::Fpx && !has_fxsr()) return Errno::Io;
    SetBytes copy{min(size, size_of(set)), {}};
    TRY(with_stopped(call, [&](Tracing& tie) REQUIRES(process_lock) -> Result<void> {
        read_set(*tie.tracee, set, copy.bytes);
        return {};
    }));
    TRY(give(to, copy.bytes, copy.size));
    return copy.size;
}

// What is not given stays.
Result<u32> set_set(const Call& call, Set set, UserAddr from, u32 size)
{
    if (set == Set::Fpx && !has_fxsr()) return Errno::Io;
    SetBytes given{min(size, size_of(set)), {}};
    TRY(copy_from_user(given.bytes, from, given.size));
    TRY(with_stopped(call, [&](Tracing& tie) REQUIRES(process_lock) -> Result<void> {
        SetBytes whole{size_of(set), {}};
        read_set(*tie.tracee, set, whole.bytes);
        memcpy(whole.bytes, given.bytes, given.size);
        write_set(*tie.tracee, set, whole.bytes);
        return {};
    }));
    return given.size;
}

Result<void> whole_get(const Call& call, Set set)
{
    const auto got = get_set(call, set, UserAddr{call.data}, size_of(set));
    return got.ok() ? Result<void>{} : got.error();
}

Result<void> whole_set(const Call& call, Set set)
{
    const auto put = set_set(call, set, UserAddr{call.data}, size_of(set));
    return put.ok() ? Result<void>{} : put.error();
}

Result<Set> set_of_note(u32 note)
{
    constexpr u32 kPrStatus = 1, kPrFpReg = 2, kPrXfpReg = 0x46e62b7f, kXState = 0x202;
    if (note == kPrStatus) return Set::General;
    if (note == kPrFpReg) return Set::Fpu;
    if (note == kPrXfpReg && has_fxsr()) return Set::Fpx;
    if (note == kXState || note == kPrXfpReg) return Errno::NoDevice;  // known, but this CPU does not have it
    return Errno::Invalid;
}

struct UserVector {  // struct iovec
    u32 start, size;
};

template <class Move> Result<void> move_register_set(const Call& call, Move move_set)
{
    const Set set = TRY(set_of_note(call.address));
    const UserPtr<UserVector> place{UserAddr{call.data}};
    UserVector vector = TRY(place.read());
    if (vector.size % 4 != 0) return Errno::Invalid;
    vector.size = TRY(move_set(call, set, UserAddr{vector.start}, vector.size));
    return place.write(vector);
}

// ---- Thread areas ----

Result<void> get_area(const Call& call)
{
    const u32 slot = call.address - kFirstTlsEntry;
    if (slot >= kTlsEntries) return Errno::Invalid;
    const TlsArea area = TRY(with_stopped(
        call, [&](Tracing& tie) -> Result<TlsArea> { return read_tls_descriptor(tie.tracee->tls[slot]); }));
    const u32 words[] = {call.address, area.base, area.limit, area.flags};
    return give(UserAddr{call.data}, words, sizeof words);
}

// ---- What the stop is about ----

Result<void> get_message(const Call& call)
{
    const u32 message = TRY(with_stopped(call, [](Tracing& tie) -> Result<u32> { return tie.message; }));
    return give(UserAddr{call.data}, &message, sizeof message);
}

Result<void> get_siginfo(const Call& call)
{
    const SignalInfo info = TRY(with_stopped(call, [](Tracing& tie) -> Result<SignalInfo> {
        return tie.has_info ? Result<SignalInfo>{tie.info} : Errno::Invalid;
    }));
    Siginfo out;
    fill_siginfo(out, info);
    return give(UserAddr{call.data}, &out, sizeof out);
}

Result<void> set_siginfo(const Call& call)
{
    const Siginfo given = TRY(UserPtr<const Siginfo>{UserAddr{call.data}}.read());
    SignalInfo info{static_cast<u32>(given.signal), given.code, {}};
    for (u32 i = 0; i < kSignalInfoFields; i++)
        info.fields[i] = given.fields[i];
    return with_stopped(call, [&](Tracing& tie) REQUIRES(process_lock) -> Result<void> {
        if (!tie.has_info) return Errno::Invalid;
        tie.info = info;
        return {};
    });
}

Result<void> get_mask(const Call& call)
{
    if (call.address != sizeof(u64)) return Errno::Invalid;
    const u64 mask =
        TRY(with_stopped(call, [](Tracing& tie) -> Result<u64> { return tie.tracee->blocked.bits(); }));
    return give(UserAddr{call.data}, &mask, sizeof mask);
}

Result<void> set_mask(const Call& call)
{
    if (call.address != sizeof(u64)) return Errno::Invalid;
    const u64 mask = TRY(UserPtr<const u64>{UserAddr{call.data}}.read());
    return with_stopped(call, [&](Tracing& tie) REQUIRES(process_lock) -> Result<void> {
        set_blocked_locked(*tie.tracee, SignalSet{mask});
        return {};
    });
}

struct CallInfo {  // struct ptrace_syscall_info
    u8 kind;
    u8 reserved[3];
    u32 architecture;
    u32 eip[2], esp[2];
    u32 words[14];  // 64 bits each. Entry: number, six arguments. Exit: result, and one byte: is it an error?
};

// Fills what there is to say; how many bytes that is.
u32 describe_call_stop(Tracing& tie, CallInfo& info)
{
    constexpr u32 kI386 = 0x40000003, kCommon = 24;
    constexpr u32 kEntrySize = kCommon + 7 * 8, kExitSize = kCommon + 9;
    const TraceeRegisters registers = read_registers(tie.tracee->registers());
    info = CallInfo{};
    info.kind = static_cast<u8>(tie.call);
    info.architecture = kI386;
    info.eip[0] = registers.eip;
    info.esp[0] = registers.esp;
    if (tie.call == CallStop::Entry) {
        const u32 said[] = {registers.number, registers.ebx, registers.ecx, registers.edx,
                            registers.esi,    registers.edi, registers.ebp};
        for (u32 i = 0; i < 7; i++)
            info.words[2 * i] = said[i];
        return kEntrySize;
    }
    if (tie.call == CallStop::None) return kCommon;
    const bool is_error = registers.eax > 0u - 4096;
    info.words[0] = registers.eax;
    info.words[1] = (registers.eax >> 31) != 0 && is_error ? ~0u
                    : static_cast<i32>(registers.eax) < 0  ? ~0u
                                                           : 0;
    info.words[2] = is_error;
    return kExitSize;
}

Result<u32> get_call_info(const Call& call)
{
    CallInfo info;
    const u32 size =
        TRY(with_stopped(call, [&](Tracing& tie) -> Result<u32> { return describe_call_stop(tie, info); }));
    TRY(give(UserAddr{call.data}, &info, min(size, call.address)));
    return size;
}

// ---- Going on ----

enum class How : u8 { Run, UntilCall, Step };

Result<void> go_on(const Call& call, How how)
{
    if (call.data > kSignals) return Errno::Io;
    return with_stopped(call, [&](Tracing& tie) REQUIRES(process_lock) -> Result<void> {
        Task& tracee = *tie.tracee;
        tie.at_calls = how == How::UntilCall;
        tracee.trace.stepping = how == How::Step;
        if (how == How::Step) tracee.registers().eflags |= kTrapFlag;
        trace_resume_locked(tie, call.data);
        return {};
    });
}

Result<void> detach(const Call& call)
{
    if (call.data > kSignals) return Errno::Io;
    return with_stopped(call, [&](Tracing& tie) REQUIRES(process_lock) -> Result<void> {
        trace_end_locked(tie, call.data);
        return {};
    });
}

Result<void> kill_tracee(const Call& call)
{
    SpinGuard guard{process_lock};
    Tracing* tie = TRY(find_tracee_locked(call));
    send_signal_locked(tie->tracee->process(), SignalInfo::from_task(kSigKill, kCodeUser, call.self));
    return {};
}

Result<void> set_options(const Call& call)
{
    if ((call.data & ~kTraceOptions) != 0) return Errno::Invalid;
    return with_stopped(call, [&](Tracing& tie) REQUIRES(process_lock) -> Result<void> {
        tie.options = call.data;
        return {};
    });
}

Result<void> seize(const Call& call)
{
    if (call.address != 0 || (call.data & ~kTraceOptions) != 0) return Errno::Io;
    return trace_begin(call.self, call.tid, call.data, TraceStart::Seize);
}

Result<void> interrupt(const Call& call)
{
    SpinGuard guard{process_lock};
    Tracing* tie = TRY(find_tracee_locked(call));
    if (!tie->seized) return Errno::Io;
    trace_interrupt_locked(*tie);
    return {};
}

Result<void> listen(const Call& call)
{
    return with_stopped(call, [](Tracing& tie) REQUIRES(process_lock) -> Result<void> {
        const bool is_event_stop = tie.code >> 8 == static_cast<u32>(TraceEventKind::Stop);
        if (!tie.seized || !is_event_stop) return Errno::Io;
        tie.listening = true;
        if (tie.trap_wanted) trace_interrupt_locked(tie);  // something happened meanwhile
        return {};
    });
}

Result<void> carry_out(const Call& call, u32 request)
{
    switch (request) {
    case kTraceMe:
        return trace_me(call.self);
    case kPeekText:
    case kPeekData:
        return peek(call);
    case kPokeText:
    case kPokeData:
        return poke(call);
    case kPeekUser:
        return peek_user(call);
    case kPokeUser:
        return poke_user(call);
    case kContinue:
        return go_on(call, How::Run);
    case kUntilCall:
        return go_on(call, How::UntilCall);
    case kSingleStep:
        return go_on(call, How::Step);
    case kKill:
        return kill_tracee(call);
    case kGetRegisters:
        return whole_get(call, Set::General);
    case kSetRegisters:
        return whole_set(call, Set::General);
    case kGetFpuRegisters:
        return whole_get(call, Set::Fpu);
    case kSetFpuRegisters:
        return whole_set(call, Set::Fpu);
    case kGetFpxRegisters:
        return whole_get(call, Set::Fpx);
    case kSetFpxRegisters:
        return whole_set(call, Set::Fpx);
    case kGetRegisterSet:
        return move_register_set(call, get_set);
    case kSetRegisterSet:
        return move_register_set(call, set_set);
    case kAttach:
        return trace_begin(call.self, call.tid, 0, TraceStart::Attach);
    case kSeize:
        return seize(call);
    case kDetach:
        return detach(call);
    case kInterrupt:
        return interrupt(call);
    case kListen:
        return listen(call);
    case kOldSetOptions:
    case kSetOptions:
        return set_options(call);
    case kGetThreadArea:
        return get_area(call);
    case kGetEventMessage:
        return get_message(call);
    case kGetSiginfo:
        return get_siginfo(call);
    case kSetSiginfo:
        return set_siginfo(call);
    case kGetSignalMask:
        return get_mask(call);
    case kSetSignalMask:
        return set_mask(call);
    default:
        return Errno::Io;
    }
}

}  // namespace

Result<u32> sys_ptrace(Task& self, u32 request, i32 tid, u32 address, u32 data)
{
    const Call call{self, static_cast<u32>(tid), address, data};
    if (request == kGetCallInfo) return get_call_info(call);
    TRY(carry_out(call, request));
    return 0u;
}

}  // namespace faultline
